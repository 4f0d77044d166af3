"""Customers, their tags and, apart from them, where they can be reached."""

from collections.abc import Sequence
from datetime import datetime

from records.customers import Contact, Customer, CustomerEntry
from records.errors import NotFound
from records.ids import new_number
from records.quiet import USUAL
from records.store import latecomers
from records.store.engine import Row, Store
from records.times import from_ms, to_ms
from records.zones import is_zone


def put(store: Store, entry: CustomerEntry, *, default_language: str, now: datetime) -> bool:
    """Add a customer or make the record match `entry`. False when nothing changed."""
    return put_all(store, [entry], default_language=default_language, now=now) > 0


def put_all(store: Store, entries: Sequence[CustomerEntry], *, default_language: str, now: datetime) -> int:
    """Add or match a bundle in a handful of statements; of several with one reference the last counts.

    Returns how many changed. A bundle of a few hundred is best: every statement names them all.
    """
    wanted = {entry.external_id: entry for entry in entries}
    if not wanted:
        return 0
    with store.tx():
        known, added = _known_or_added(store, wanted, default_language, now)
        changed = added | _match_tags(store, wanted, known, default_language)
        changed |= _match_contacts(store, wanted, known)
        changed |= {
            ref
            for ref, row in known.items()
            if row != {"id": row["id"], **_described(wanted[ref], default_language, row)}
        }
        store.many(
            """
            UPDATE customers SET language = :language, time_zone = :time_zone, region = :region,
                quiet_hours = :quiet_hours, updated_at = :now
            WHERE id = :id
            """,
            [
                {"id": known[ref]["id"], "now": to_ms(now), **_described(wanted[ref], default_language, known[ref])}
                for ref in sorted(changed - added)
            ],
        )
        latecomers.touch(store, [known[ref]["id"] for ref in changed])
    return len(changed)


def _described(entry: CustomerEntry, default_language: str, known: Row | None = None) -> dict[str, str | None]:
    """What stands in the row; what a customer chose stays until they choose again."""
    chosen = known["quiet_hours"] if known is not None else None
    if entry.quiet_hours is not None:
        chosen = None if entry.quiet_hours == USUAL else entry.quiet_hours
    return {
        "language": entry.language or default_language,
        "time_zone": entry.time_zone,
        "region": entry.region,
        "quiet_hours": chosen,
    }


def _known_or_added(
    store: Store, wanted: dict[str, CustomerEntry], default_language: str, now: datetime
) -> tuple[dict[str, Row], set[str]]:
    """Number and description by reference, as they stand now; and the references that this call added."""
    known, numbers = _known(store, list(wanted)), dict[str, int]()
    # Once, as a rule. Numbers made within one millisecond may be equal; and somebody else may add the same customer at
    # the same moment: then theirs is the number.
    while missing := [ref for ref in wanted if ref not in known]:
        numbers |= {ref: new_number() for ref in missing}
        store.many(
            """
            INSERT INTO customers (id, external_id, language, time_zone, region, quiet_hours, created_at, updated_at)
            VALUES (:id, :ref, :language, :time_zone, :region, :quiet_hours, :now, :now)
            ON CONFLICT DO NOTHING
            """,
            [
                {"id": numbers[ref], "ref": ref, "now": to_ms(now), **_described(wanted[ref], default_language)}
                for ref in missing
            ],
        )
        known |= _known(store, missing)
    return known, {ref for ref, number in numbers.items() if known[ref]["id"] == number}


def _known(store: Store, refs: Sequence[str]) -> dict[str, Row]:
    names, values = _marks(refs)
    described = "external_id, language, time_zone, region, quiet_hours"
    found = store.rows(f"SELECT id, {described} FROM customers WHERE external_id IN ({names})", **values)
    return {row.pop("external_id"): row for row in found}


def _marks(values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """Names for a list in a statement, `:v0, :v1`, and the values they stand for."""
    named = {f"v{index}": value for index, value in enumerate(values)}
    return ", ".join(f":{name}" for name in named), named


def tags_of(entry: CustomerEntry, language: str) -> set[str]:
    """The tags a customer carries: the given ones, and those that follow from region and language."""
    derived = {f"language:{language}"}
    if entry.region:
        derived.add(f"region:{entry.region}")
    return derived | set(entry.tags)


def _match_tags(
    store: Store, wanted: dict[str, CustomerEntry], known: dict[str, Row], default_language: str
) -> set[str]:
    """Give each customer the tags of its entry and no others; returns the references whose tags changed."""
    names, values = _marks([row["id"] for row in known.values()])
    have: dict[int, set[str]] = {row["id"]: set() for row in known.values()}
    for row in store.rows(f"SELECT customer_id, tag FROM customer_tags WHERE customer_id IN ({names})", **values):
        have[row["customer_id"]].add(row["tag"])
    gone: list[Row] = []
    new: list[Row] = []
    for ref, row in known.items():
        should = tags_of(wanted[ref], wanted[ref].language or default_language)
        gone += [{"ref": ref, "id": row["id"], "tag": tag} for tag in sorted(have[row["id"]] - should)]
        new += [{"ref": ref, "id": row["id"], "tag": tag} for tag in sorted(should - have[row["id"]])]
    if gone:
        store.many("DELETE FROM customer_tags WHERE customer_id = :id AND tag = :tag", gone)
    if new:
        store.many("INSERT INTO customer_tags (tag, customer_id) VALUES (:tag, :id) ON CONFLICT DO NOTHING", new)
    return {each["ref"] for each in (*gone, *new)}


def _match_contacts(store: Store, wanted: dict[str, CustomerEntry], known: dict[str, Row]) -> set[str]:
    """Keep addresses and choices of channels; returns the references for which something changed."""
    names, values = _marks([row["id"] for row in known.values()])
    found = store.rows(f"SELECT * FROM contacts WHERE customer_id IN ({names})", **values)
    have = {(row["customer_id"], row["channel"]): _contact(row) for row in found}
    puts: list[Row] = []
    for ref, row in known.items():
        email = _email_to_put(wanted[ref], row["id"], have.get((row["id"], "email")))
        inapp = _inapp_to_put(wanted[ref], row["id"], have.get((row["id"], "inapp")))
        puts += [{"ref": ref, **_contact_values(contact)} for contact in (email, inapp) if contact is not None]
    if puts:
        store.many(
            """
            INSERT INTO contacts (customer_id, channel, address, wanted, blocked)
            VALUES (:id, :channel, :address, :wanted, :blocked)
            ON CONFLICT (customer_id, channel) DO UPDATE SET address = excluded.address, wanted = excluded.wanted,
                blocked = excluded.blocked
            """,
            puts,
        )
    return {each["ref"] for each in puts}


def _email_to_put(entry: CustomerEntry, customer_id: int, have: Contact | None) -> Contact | None:
    """The address to keep; None when it is kept already. A new address lifts a block that the old one earned."""
    address = entry.email or (have.address if have else None)
    if address is None:
        return None
    should = Contact(
        customer_id=customer_id,
        channel="email",
        address=address,
        wanted=entry.channels.get("email", have.wanted if have else True),
        blocked=have.blocked if have and have.address == address else None,
    )
    return None if should == have else should


def _inapp_to_put(entry: CustomerEntry, customer_id: int, have: Contact | None) -> Contact | None:
    """The app needs no address; a row exists only where the customer switched it off or on again."""
    wanted = entry.channels.get("inapp")
    if wanted is None or (have.wanted if have else True) == wanted:
        return None
    return Contact(customer_id=customer_id, channel="inapp", address="", wanted=wanted, blocked=None)


def _contact_values(contact: Contact) -> Row:
    return {
        "id": contact.customer_id,
        "channel": contact.channel,
        "address": contact.address,
        "wanted": int(contact.wanted),
        "blocked": contact.blocked,
    }


def block_contact(store: Store, customer_id: int, channel: str, reason: str, *, address: str | None = None) -> None:
    """Send nothing more to this address: the far side says it does not exist, or its owner complained.

    Where an `address` is named, only if it is the customer's still. What must be said may take another channel, or go
    to the new address, so the customer is looked at again.
    """
    with store.tx():
        store.run(
            """
            UPDATE contacts SET blocked = :reason WHERE customer_id = :id AND channel = :channel
                AND (CAST(:address AS TEXT) IS NULL OR address = :address)
            """,
            address=address,
            id=customer_id,
            channel=channel,
            reason=reason,
        )
        latecomers.touch(store, [customer_id])


def unblock_contact(store: Store, customer_id: int, channel: str) -> bool:
    """Send to this address again. False when nothing stood in the way."""
    with store.tx():
        changed = store.run(
            "UPDATE contacts SET blocked = NULL WHERE customer_id = :id AND channel = :channel AND blocked IS NOT NULL",
            id=customer_id,
            channel=channel,
        )
        if changed:
            latecomers.touch(store, [customer_id])
    return changed == 1


def customer(store: Store, ref: str) -> Customer:
    """One customer by the wallet's reference. Raises NotFound."""
    found = store.row("SELECT * FROM customers WHERE external_id = :ref", ref=ref)
    if found is None:
        raise NotFound(f"There is no customer {ref}.")
    return _customer(store, found)


def customer_by_number(store: Store, customer_id: int) -> Customer:
    """One customer by our own opaque number. Raises NotFound."""
    found = store.row("SELECT * FROM customers WHERE id = :id", id=customer_id)
    if found is None:
        raise NotFound("There is no such customer.")
    return _customer(store, found)


#: Newest customers that say which zones are usual: enough to know, and quickly counted.
_SAMPLE = 5_000


def usual_zones(store: Store, *, limit: int = 12) -> list[str]:
    """The time zones that most of the newest customers live by, the most frequent first; only zones we know."""
    found = store.rows(
        """
        SELECT time_zone, count(*) AS total FROM (
            SELECT time_zone FROM customers ORDER BY id DESC LIMIT :sample) newest
        WHERE time_zone <> '' GROUP BY time_zone ORDER BY total DESC, time_zone LIMIT :limit
        """,
        sample=_SAMPLE,
        limit=limit,
    )
    return [row["time_zone"] for row in found if is_zone(row["time_zone"])]


def search(store: Store, words: str, *, limit: int = 20) -> list[Customer]:
    """Customers whose reference starts with `words`, who have that e-mail address, or who wrote that ticket."""
    found = store.rows(
        """
        SELECT * FROM customers WHERE id IN (
            SELECT id FROM customers WHERE external_id = :words OR (external_id >= :words AND external_id < :after)
            UNION SELECT customer_id FROM contacts WHERE address = :address
            UNION SELECT customer_id FROM tickets WHERE external_id = :words AND customer_id IS NOT NULL)
        ORDER BY external_id LIMIT :limit
        """,
        words=words,
        after=words + "\U0010ffff",
        address=words.lower(),
        limit=limit,
    )
    return [_customer(store, row) for row in found]


def by_address(store: Store, address: str) -> Customer | None:
    """The customer with this e-mail address, if exactly one has it."""
    found = store.rows(
        "SELECT customer_id FROM contacts WHERE channel = 'email' AND address = :address LIMIT 2",
        address=address.lower(),
    )
    return customer_by_number(store, found[0]["customer_id"]) if len(found) == 1 else None


def contact(store: Store, customer_id: int, channel: str) -> Contact | None:
    """Where the customer can be reached on a channel."""
    found = store.row(
        "SELECT * FROM contacts WHERE customer_id = :id AND channel = :channel", id=customer_id, channel=channel
    )
    return None if found is None else _contact(found)


def contacts(store: Store, customer_id: int) -> list[Contact]:
    """Everywhere the customer can be reached."""
    found = store.rows("SELECT * FROM contacts WHERE customer_id = :id ORDER BY channel", id=customer_id)
    return [_contact(row) for row in found]


def count(store: Store) -> int:
    """How many customers there are."""
    found = store.row("SELECT count(*) AS total FROM customers")
    return int(found["total"]) if found else 0


def languages(store: Store) -> Sequence[str]:
    """Languages that customers have, most spoken first."""
    found = store.rows(
        "SELECT language, count(*) AS speakers FROM customers GROUP BY language ORDER BY speakers DESC, language"
    )
    return [row["language"] for row in found]


def _tags(store: Store, customer_id: int) -> list[str]:
    found = store.rows("SELECT tag FROM customer_tags WHERE customer_id = :id ORDER BY tag", id=customer_id)
    return [row["tag"] for row in found]


def _customer(store: Store, row: Row) -> Customer:
    return Customer(
        id=row["id"],
        external_id=row["external_id"],
        language=row["language"],
        time_zone=row["time_zone"],
        region=row["region"],
        quiet_hours=row["quiet_hours"],
        tags=tuple(_tags(store, row["id"])),
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
    )


def _contact(row: Row) -> Contact:
    return Contact(
        customer_id=row["customer_id"],
        channel=row["channel"],
        address=row["address"],
        wanted=bool(row["wanted"]),
        blocked=row["blocked"],
    )

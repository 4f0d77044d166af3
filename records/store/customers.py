"""Customers, their tags and, apart from them, where they can be reached."""

from collections.abc import Sequence
from datetime import datetime

from records.customers import Contact, Customer, CustomerEntry
from records.errors import NotFound
from records.ids import new_number
from records.store.engine import Row, Store
from records.times import from_ms, to_ms


def put(store: Store, entry: CustomerEntry, *, default_language: str, now: datetime) -> bool:
    """Add a customer or make the record match `entry`. False when nothing changed."""
    language = entry.language or default_language
    found = store.row(
        "SELECT id, language, time_zone, region FROM customers WHERE external_id = :ref", ref=entry.external_id
    )
    described = {"language": language, "time_zone": entry.time_zone, "region": entry.region}
    customer_id = new_number() if found is None else int(found["id"])
    if found is None:
        store.run(
            """
            INSERT INTO customers (id, external_id, language, time_zone, region, created_at, updated_at)
            VALUES (:id, :ref, :language, :time_zone, :region, :now, :now)
            """,
            id=customer_id,
            ref=entry.external_id,
            now=to_ms(now),
            **described,
        )
    changed = found is None or any(found[name] != value for name, value in described.items())
    changed |= _put_tags(store, customer_id, tags_of(entry, language))
    changed |= _put_contacts(store, customer_id, entry)
    if changed and found is not None:
        store.run(
            """
            UPDATE customers SET language = :language, time_zone = :time_zone, region = :region, updated_at = :now
            WHERE id = :id
            """,
            id=customer_id,
            now=to_ms(now),
            **described,
        )
    return changed


def tags_of(entry: CustomerEntry, language: str) -> set[str]:
    """The tags a customer carries: the given ones, and those that follow from region and language."""
    derived = {f"language:{language}"}
    if entry.region:
        derived.add(f"region:{entry.region}")
    return derived | set(entry.tags)


def _put_tags(store: Store, customer_id: int, wanted: set[str]) -> bool:
    have = set(_tags(store, customer_id))
    for tag in have - wanted:
        store.run("DELETE FROM customer_tags WHERE customer_id = :id AND tag = :tag", id=customer_id, tag=tag)
    missing = [{"id": customer_id, "tag": tag} for tag in sorted(wanted - have)]
    if missing:
        store.many("INSERT INTO customer_tags (tag, customer_id) VALUES (:tag, :id)", missing)
    return have != wanted


def _put_contacts(store: Store, customer_id: int, entry: CustomerEntry) -> bool:
    """Keep the e-mail address; a new address lifts a block that the old one earned."""
    have = contact(store, customer_id, "email")
    wanted = entry.channels.get("email", have.wanted if have else True)
    changed = False
    if entry.email is not None and (have is None or have.address != entry.email or have.wanted != wanted):
        blocked = have.blocked if have and have.address == entry.email else None
        _put_contact(store, customer_id, "email", entry.email, wanted, blocked)
        changed = True
    elif have is not None and have.wanted != wanted:
        _put_contact(store, customer_id, "email", have.address, wanted, have.blocked)
        changed = True
    return _put_inapp(store, customer_id, entry) or changed


def _put_inapp(store: Store, customer_id: int, entry: CustomerEntry) -> bool:
    """The app needs no address; a row exists only where the customer switched it off or on again."""
    if "inapp" not in entry.channels:
        return False
    have, wanted = contact(store, customer_id, "inapp"), entry.channels["inapp"]
    if (have.wanted if have else True) == wanted:
        return False
    _put_contact(store, customer_id, "inapp", "", wanted, None)
    return True


def _put_contact(store: Store, customer_id: int, channel: str, address: str, wanted: bool, blocked: str | None) -> None:
    store.run(
        """
        INSERT INTO contacts (customer_id, channel, address, wanted, blocked)
        VALUES (:id, :channel, :address, :wanted, :blocked)
        ON CONFLICT (customer_id, channel) DO UPDATE SET address = excluded.address, wanted = excluded.wanted,
            blocked = excluded.blocked
        """,
        id=customer_id,
        channel=channel,
        address=address,
        wanted=int(wanted),
        blocked=blocked,
    )


def block_contact(store: Store, customer_id: int, channel: str, reason: str) -> None:
    """Send nothing more to this address: the far side says it does not exist, or its owner complained."""
    store.run(
        "UPDATE contacts SET blocked = :reason WHERE customer_id = :id AND channel = :channel",
        id=customer_id,
        channel=channel,
        reason=reason,
    )


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

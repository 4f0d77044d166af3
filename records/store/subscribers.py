"""Subscribers of the page, what they follow and, apart from them, where they are reached."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from records.errors import NotFound
from records.ids import new_number
from records.store import latecomers, meta
from records.store.engine import Row, Store
from records.store.people import hashed
from records.subscribers import (
    MOVES,
    Basis,
    Purpose,
    Subscriber,
    SubscriberContact,
    SubscriberEntry,
    SubscriberKind,
    SubscriberState,
    token,
)
from records.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none

_KEY = "subscriber_key"
_HASHES = {Purpose.MANAGE: "manage_hash", Purpose.LEAVE: "leave_hash"}


def key(store: Store) -> bytes:
    """What tokens are made with: drawn once, kept for good, so that links in old mails go on working."""
    return bytes.fromhex(meta.read(store, _KEY) or meta.write_once(store, _KEY, secrets.token_hex(32)))


def add(
    store: Store, entry: SubscriberEntry, *, secret: str, basis: Basis, confirm_until: datetime, now: datetime
) -> Subscriber | None:
    """Keep somebody new, pending. None when the address is taken: somebody else may come first at the same moment."""
    subscriber = Subscriber(
        id=new_number(),
        kind=entry.kind,
        state=SubscriberState.PENDING,
        language=entry.language,
        components=entry.components,
        basis=basis,
        created_at=now,
        confirm_until=confirm_until,
    )
    with store.tx():
        added = store.run(
            """
            INSERT INTO subscriber_contacts (subscriber_id, kind, address, secret, owner_email)
            VALUES (:id, :kind, :address, :secret, :owner_email) ON CONFLICT (kind, address) DO NOTHING
            """,
            id=subscriber.id,
            kind=entry.kind.value,
            address=entry.address,
            secret=secret,
            owner_email=entry.owner_email or None,
        )
        if not added:
            return None
        _insert(store, subscriber)
        follow(store, subscriber.id, entry.components)
    return subscriber


def _insert(store: Store, subscriber: Subscriber) -> None:
    own_key = key(store)
    hashes = {name: hashed(token(own_key, purpose, subscriber.id)) for purpose, name in _HASHES.items()}
    store.run(
        """
        INSERT INTO subscribers (id, kind, state, language, basis, manage_hash, leave_hash, created_at, confirm_until,
            confirmed_at, quarantine_reason, quarantined_at, ended_at)
        VALUES (:id, :kind, :state, :language, :basis, :manage_hash, :leave_hash, :created_at, :confirm_until,
            NULL, '', NULL, NULL)
        """,
        id=subscriber.id,
        kind=subscriber.kind.value,
        state=subscriber.state.value,
        language=subscriber.language,
        basis=subscriber.basis.value,
        created_at=to_ms(subscriber.created_at),
        confirm_until=to_ms(subscriber.confirm_until),
        **hashes,
    )


def follow(store: Store, subscriber_id: int, component_ids: Sequence[str]) -> None:
    """Follow these components and groups and no others; none of them: everything."""
    with store.tx():
        store.run("DELETE FROM subscriber_components WHERE subscriber_id = :id", id=subscriber_id)
        store.many(
            "INSERT INTO subscriber_components (subscriber_id, component_id) VALUES (:id, :component_id)",
            [{"id": subscriber_id, "component_id": each} for each in dict.fromkeys(component_ids)],
        )


def speak(store: Store, subscriber_id: int, language: str) -> None:
    """Write to this subscriber in another language from now on."""
    store.run("UPDATE subscribers SET language = :language WHERE id = :id", language=language, id=subscriber_id)


def rest(store: Store, subscriber_id: int, quiet_hours: str | None, time_zone: str | None) -> None:
    """What can wait waits for the end of these hours by the clock of that zone; None for never."""
    store.run(
        "UPDATE subscribers SET quiet_hours = :quiet_hours, time_zone = :time_zone WHERE id = :id",
        quiet_hours=quiet_hours,
        time_zone=time_zone,
        id=subscriber_id,
    )


def prolong(store: Store, subscriber_id: int, until: datetime) -> None:
    """Let a pending one be confirmed until then."""
    store.run("UPDATE subscribers SET confirm_until = :until WHERE id = :id", until=to_ms(until), id=subscriber_id)


def move(store: Store, before: Subscriber, state: SubscriberState, now: datetime, *, reason: str = "") -> bool:
    """On to another state, as MOVES allows. False when somebody else moved it meanwhile, or it may not."""
    if state not in MOVES[before.state]:
        return False
    after = replace(
        before,
        confirmed_at=before.confirmed_at or now if state is SubscriberState.CONFIRMED else before.confirmed_at,
        quarantine_reason=reason if state is SubscriberState.QUARANTINED else "",
        quarantined_at=now if state is SubscriberState.QUARANTINED else None,
        ended_at=now if state is SubscriberState.UNSUBSCRIBED else None,
    )
    changed = store.run(
        """
        UPDATE subscribers SET state = :state, confirmed_at = :confirmed_at, quarantine_reason = :reason,
            quarantined_at = :quarantined_at, ended_at = :ended_at
        WHERE id = :id AND state = :before
        """,
        id=before.id,
        before=before.state.value,
        state=state.value,
        confirmed_at=to_ms_or_none(after.confirmed_at),
        reason=after.quarantine_reason,
        quarantined_at=to_ms_or_none(after.quarantined_at),
        ended_at=to_ms_or_none(after.ended_at),
    )
    if changed and state is SubscriberState.CONFIRMED:
        latecomers.touch(store, [before.id], before.kind.value)
    return changed == 1


def quarantine(store: Store, subscriber_id: int, reason: str, now: datetime) -> bool:
    """Send nothing more there until its owner lifts it. False when it is not confirmed anyway."""
    found = subscriber(store, subscriber_id)
    return move(store, found, SubscriberState.QUARANTINED, now, reason=reason)


def put_secret(store: Store, subscriber_id: int, secret: str, *, old_until: datetime) -> None:
    """Sign with another secret from now on; until `old_until` with the one before it too."""
    store.run("DELETE FROM old_secrets WHERE subscriber_id = :id", id=subscriber_id)
    store.run(
        """
        INSERT INTO old_secrets (subscriber_id, secret, until)
        SELECT subscriber_id, secret, CAST(:until AS BIGINT) FROM subscriber_contacts WHERE subscriber_id = :id
        """,
        id=subscriber_id,
        until=to_ms(old_until),
    )
    store.run(
        "UPDATE subscriber_contacts SET secret = :secret WHERE subscriber_id = :id", secret=secret, id=subscriber_id
    )


def name_owner(store: Store, subscriber_id: int, owner_email: str) -> None:
    """Tell this mailbox when a receiver is paused; empty: nobody."""
    store.run(
        "UPDATE subscriber_contacts SET owner_email = :owner_email WHERE subscriber_id = :id",
        owner_email=owner_email or None,
        id=subscriber_id,
    )


def erase_contact(store: Store, subscriber_id: int) -> None:
    """Forget where a subscriber was reached."""
    store.run("DELETE FROM subscriber_contacts WHERE subscriber_id = :id", id=subscriber_id)
    store.run("DELETE FROM old_secrets WHERE subscriber_id = :id", id=subscriber_id)


def forget_unconfirmed(store: Store, now: datetime) -> int:
    """Forget requests that nobody confirmed in time, wholly: they may name people who never asked. Returns how many."""
    with store.tx():
        gone = store.rows(
            "DELETE FROM subscribers WHERE state = 'pending' AND confirm_until < :now RETURNING id", now=to_ms(now)
        )
        for table in ("subscriber_components", "subscriber_contacts", "letters"):
            store.many(f"DELETE FROM {table} WHERE subscriber_id = :id", gone)
    return len(gone)


def subscriber(store: Store, subscriber_id: int) -> Subscriber:
    """One by number. Raises NotFound."""
    found = store.row("SELECT * FROM subscribers WHERE id = :id", id=subscriber_id)
    if found is None:
        raise NotFound("There is no such subscriber.")
    return _subscriber(store, found)


def by_token(store: Store, purpose: Purpose, given: str) -> Subscriber | None:
    """Whose token this is; None when nobody's."""
    column, digest = _HASHES[purpose], hashed(given)
    found = store.row(f"SELECT * FROM subscribers WHERE {column} = :digest", digest=digest)
    if found is None or not hmac.compare_digest(found[column], digest):
        return None
    return _subscriber(store, found)


def by_number(store: Store, purpose: Purpose, number: int, given: str) -> Subscriber | None:
    """The subscriber of this number, where the token is theirs for the purpose; None otherwise."""
    own = token(key(store), purpose, number)
    found = store.row("SELECT * FROM subscribers WHERE id = :id", id=number)
    if found is None or not hmac.compare_digest(own.encode(), given.encode()):
        return None
    return _subscriber(store, found)


def by_address(store: Store, kind: SubscriberKind, address: str) -> Subscriber | None:
    """Who is reached there, if anybody is."""
    found = store.row(
        """
        SELECT s.* FROM subscribers s JOIN subscriber_contacts k ON k.subscriber_id = s.id
        WHERE k.kind = :kind AND k.address = :address
        """,
        kind=kind.value,
        address=address,
    )
    return None if found is None else _subscriber(store, found)


def contact(store: Store, subscriber_id: int) -> SubscriberContact | None:
    """Where a subscriber is reached; None once that is erased."""
    found = store.row("SELECT * FROM subscriber_contacts WHERE subscriber_id = :id", id=subscriber_id)
    if found is None:
        return None
    return SubscriberContact(
        subscriber_id=found["subscriber_id"],
        kind=SubscriberKind(found["kind"]),
        address=found["address"],
        secret=found["secret"],
        owner_email=found["owner_email"] or "",
    )


def subscribers(
    store: Store, *, state: SubscriberState | None = None, after: int = -1, limit: int = 100
) -> list[Subscriber]:
    """Subscribers in the order in which they came, from behind `after`; in one state, where asked."""
    found = store.rows(
        """
        SELECT * FROM subscribers WHERE id > :after AND (CAST(:state AS TEXT) IS NULL OR state = :state)
        ORDER BY id LIMIT :limit
        """,
        after=after,
        state=None if state is None else state.value,
        limit=limit,
    )
    return [_subscriber(store, row) for row in found]


def newest(store: Store, *, limit: int = 50) -> list[Subscriber]:
    """Those who came last and are not gone, the newest first."""
    found = store.rows(
        "SELECT * FROM subscribers WHERE state <> 'unsubscribed' ORDER BY id DESC LIMIT :limit", limit=limit
    )
    return [_subscriber(store, row) for row in found]


def counts(store: Store) -> dict[tuple[SubscriberKind, SubscriberState], int]:
    """How many of each kind are in each state."""
    found = store.rows("SELECT kind, state, count(*) AS total FROM subscribers GROUP BY kind, state")
    return {(SubscriberKind(row["kind"]), SubscriberState(row["state"])): int(row["total"]) for row in found}


def _subscriber(store: Store, row: Row) -> Subscriber:
    followed = store.rows(
        "SELECT component_id FROM subscriber_components WHERE subscriber_id = :id ORDER BY component_id", id=row["id"]
    )
    return Subscriber(
        id=row["id"],
        kind=SubscriberKind(row["kind"]),
        state=SubscriberState(row["state"]),
        language=row["language"],
        components=tuple(each["component_id"] for each in followed),
        basis=Basis(row["basis"]),
        created_at=from_ms(row["created_at"]),
        confirm_until=from_ms(row["confirm_until"]),
        confirmed_at=from_ms_or_none(row["confirmed_at"]),
        quarantine_reason=row["quarantine_reason"],
        quarantined_at=from_ms_or_none(row["quarantined_at"]),
        ended_at=from_ms_or_none(row["ended_at"]),
        quiet_hours=row["quiet_hours"],
        time_zone=row["time_zone"],
    )

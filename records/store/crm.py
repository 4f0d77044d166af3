"""The queue of events for the wallet's own system: in order, a batch at a time, each batch the same until it is taken.

Triggers fill it (see `schema.crm`). The batch on its way is marked in the rows, so a process that is killed leaves
behind exactly the post that has to be made again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from records.crm import NOTICED, About, Batch, Event, Standing
from records.ids import new_id
from records.notices import Outcome
from records.store.encoding import from_json
from records.store.engine import Row, Store
from records.store.meta import hold
from records.store.schema import crm as schema
from records.times import from_ms, from_ms_or_none, to_ms

#: Stands for the batch of what the other system would not take, not even alone.
_SET_ASIDE = "!"
#: So many refused one after the other are no matter of single events: then we wait instead.
MOST_REFUSED = 3
#: Customers per transaction when the ledger is told again.
_CHUNK = 2_000


def follow(store: Store, events: Iterable[str]) -> None:
    """From now on these events wait for the other system."""
    with store.tx():
        # Processes that start together take turns.
        hold(store)
        schema.listen(store)
        _keep(store, events)


def _keep(store: Store, events: Iterable[str]) -> None:
    store.run(
        """
        INSERT INTO crm (id, events, batch, first_id, last_id, most, attempts, due_at, told_at, code, taken, refused,
            refused_in_a_row, dropped)
        VALUES (1, :events, '', 0, 0, 0, 0, 0, NULL, '', 0, 0, 0, 0)
        ON CONFLICT (id) DO UPDATE SET events = excluded.events WHERE crm.events <> excluded.events
        """,
        events=f",{','.join(events)},",
    )


def leave(store: Store) -> None:
    """There is no other system any more: nothing waits for it."""
    with store.tx():
        if store.run("DELETE FROM crm"):
            store.run("DELETE FROM crm_events")
            schema.ignore(store)


def next_batch(store: Store, now: datetime, *, limit: int) -> Batch | None:
    """The batch on its way, or else the next one; None when there is nothing, or it is not time yet."""
    with store.tx():
        state = store.row("SELECT * FROM crm WHERE id = 1 {for_update}")
        if state is None or state["due_at"] > to_ms(now):
            return None
        if state["batch"] and (found := _read(store, state["batch"], state["first_id"], state["last_id"])):
            return _batch(store, state["batch"], found, state["attempts"])
        return _take(store, min(limit, state["most"] or limit))


def _take(store: Store, most: int) -> Batch | None:
    batch = new_id()
    taken = store.rows(
        """
        UPDATE crm_events SET batch = :batch WHERE id IN (
            SELECT id FROM crm_events WHERE batch = '' ORDER BY id LIMIT :most) RETURNING id
        """,
        batch=batch,
        most=most,
    )
    if not taken:
        store.run("UPDATE crm SET batch = '' WHERE batch <> ''")
        return None
    first, last = min(row["id"] for row in taken), max(row["id"] for row in taken)
    store.run(
        "UPDATE crm SET batch = :batch, first_id = :first, last_id = :last, attempts = 0",
        batch=batch,
        first=first,
        last=last,
    )
    return _batch(store, batch, _read(store, batch, first, last), 0)


def _read(store: Store, batch: str, first: int, last: int) -> list[Row]:
    return store.rows(
        """
        SELECT e.*, c.external_id, l.reason, coalesce(l.language, c.language, '') AS language, l.attempts
        FROM crm_events e LEFT JOIN customers c ON c.id = e.customer_id
        LEFT JOIN ledger l ON l.customer_id = e.customer_id AND l.notice_id = e.notice_id AND l.version = e.version
            AND l.channel = e.channel AND l.outcome = e.what
        WHERE e.id >= :first AND e.id <= :last AND e.batch = :batch ORDER BY e.id
        """,
        first=first,
        last=last,
        batch=batch,
    )


def _batch(store: Store, batch: str, found: list[Row], attempts: int) -> Batch:
    events = tuple(_event(row) for row in found)
    return Batch(id=batch, events=events, notices=_about(store, {one.notice_id for one in events}), attempts=attempts)


def settle(store: Store, batch: Batch, code: str, now: datetime, *, limit: int) -> bool:
    """It was taken; the next may be larger again, up to `limit`. False when somebody else has settled it."""
    with store.tx():
        if not _end(store, batch, code, now, taken=len(batch.events)):
            return False
        store.run("UPDATE crm SET refused_in_a_row = 0, most = CASE WHEN most * 2 >= :limit OR most = 0 THEN 0 "
                  "ELSE most * 2 END", limit=limit)  # fmt: skip
        _drop(store, batch)
    return True


def put_off(store: Store, batch: Batch, due_at: datetime, code: str, now: datetime) -> None:
    """Make the same post again at `due_at`."""
    store.run(
        "UPDATE crm SET attempts = :attempts, due_at = :due_at, told_at = :now, code = :code WHERE batch = :batch",
        batch=batch.id,
        attempts=batch.attempts + 1,
        due_at=to_ms(due_at),
        now=to_ms(now),
        code=code,
    )


def part(store: Store, batch: Batch, code: str, now: datetime) -> bool:
    """It was refused for what is in it: try halves, and set an event aside that is refused alone.

    False when that would be the fourth in a row: then it is hardly the events' fault, and nothing has changed.
    """
    with store.tx():
        if len(batch.events) > 1:
            if _end(store, batch, code, now):
                store.run("UPDATE crm SET most = :most", most=len(batch.events) // 2)
                store.run("UPDATE crm_events SET batch = '' WHERE batch = :batch AND id >= :first", **_span(batch))
            return True
        state = store.row("SELECT refused_in_a_row FROM crm WHERE batch = :batch", batch=batch.id)
        if state is None or state["refused_in_a_row"] >= MOST_REFUSED:
            return state is None
        _end(store, batch, code, now)
        store.run("UPDATE crm SET refused = refused + 1, refused_in_a_row = refused_in_a_row + 1")
        store.run(
            "UPDATE crm_events SET batch = :aside WHERE batch = :batch AND id >= :first",
            aside=_SET_ASIDE,
            **_span(batch),
        )
    return True


def take_up(store: Store) -> int:
    """What was set aside waits again; returns how many."""
    with store.tx():
        store.run("UPDATE crm SET refused_in_a_row = 0, due_at = 0")
        return store.run("UPDATE crm_events SET batch = '' WHERE batch = :aside", aside=_SET_ASIDE)


def _end(store: Store, batch: Batch, code: str, now: datetime, *, taken: int = 0) -> bool:
    changed = store.run(
        """
        UPDATE crm SET batch = '', attempts = 0, due_at = 0, told_at = :now, code = :code, taken = taken + :taken
        WHERE batch = :batch
        """,
        batch=batch.id,
        now=to_ms(now),
        code=code,
        taken=taken,
    )
    return changed == 1


def _drop(store: Store, batch: Batch) -> None:
    store.run(
        "DELETE FROM crm_events WHERE id >= :first AND id <= :last AND batch = :batch",
        **_span(batch),
        last=batch.events[-1].place,
    )


def _span(batch: Batch) -> dict[str, Any]:
    return {"batch": batch.id, "first": batch.events[0].place}


def standing(store: Store) -> Standing | None:
    """How far behind it is; None without another system. A few looks into the index, however much waits."""
    state = store.row("SELECT * FROM crm WHERE id = 1")
    if state is None:
        return None
    ends = store.row("SELECT min(id) AS first, max(id) AS last FROM crm_events") or {}
    head = store.row("SELECT at, id FROM crm_events WHERE batch <> :aside ORDER BY id LIMIT 1", aside=_SET_ASIDE)
    return Standing(
        waiting=int(ends["last"]) - int(head["id"]) + 1 if head else 0,
        oldest=from_ms(head["at"]) if head else None,
        taken=state["taken"],
        refused=state["refused"],
        dropped=state["dropped"],
        failures=state["attempts"],
        told_at=from_ms_or_none(state["told_at"]),
        code=state["code"],
        due_at=from_ms(state["due_at"]) if state["attempts"] else None,
    )


def forget(store: Store, before: datetime) -> int:
    """What has waited since `before` waits no longer; the ledger still has it. Returns how many."""
    with store.tx():
        gone = store.run("DELETE FROM crm_events WHERE at < :before", before=to_ms(before))
        if gone:
            store.run("UPDATE crm SET dropped = dropped + :gone", gone=gone)
    return gone


def replay(store: Store, since: datetime, *, after: int = 0) -> tuple[int, int | None]:
    """Queue again what the ledger says since then, of the next customers behind `after`; under the same keys.

    Returns how many events, and the customer to go on behind; None at the end.
    """
    last = store.row(
        "SELECT max(id) AS last FROM (SELECT id FROM customers WHERE id > :after ORDER BY id LIMIT :chunk) next_ones",
        after=after,
        chunk=_CHUNK,
    )
    if last is None or last["last"] is None:
        return 0, None
    span = {"after": after, "last": int(last["last"]), "since": to_ms(since)}
    with store.tx():
        queued = store.run(_REPLAY, **span)
    return queued, int(last["last"])


_REPLAY = f"""
INSERT INTO crm_events (at, customer_id, notice_id, version, channel, what, batch)
SELECT at, customer_id, notice_id, version, channel, what, '' FROM (
    SELECT f.decided_at AS at, m.customer_id, m.notice_id, m.version, '' AS channel, '{NOTICED}' AS what
    FROM audience_members m JOIN fanouts f ON f.notice_id = m.notice_id AND f.version = m.version
    WHERE f.decided_at >= :since AND m.customer_id > :after AND m.customer_id <= :last
    UNION ALL SELECT at, customer_id, notice_id, version, channel, outcome FROM ledger
    WHERE customer_id > :after AND customer_id <= :last AND at >= :since AND channel NOT LIKE 'subscriber:%') told
WHERE EXISTS (SELECT 1 FROM crm WHERE events LIKE '%,' || told.what || ',%')
ORDER BY at, CASE what {" ".join(f"WHEN '{each.value}' THEN {rank}" for rank, each in enumerate(Outcome))} ELSE -1 END
"""


def _about(store: Store, ids: Iterable[str]) -> tuple[About, ...]:
    marks = {f"n{index}": each for index, each in enumerate(sorted(ids))}
    if not marks:
        return ()
    found = store.rows(
        f"""
        SELECT id, kind, category, subject_kind, subject_id, facts, verify_code, created_at FROM notices
        WHERE id IN ({", ".join(f":{name}" for name in marks)}) ORDER BY id
        """,
        **marks,
    )
    return tuple(_one_about(row, from_json(row["facts"])) for row in found)


def _one_about(row: Row, facts: Mapping[str, Any]) -> About:
    return About(
        id=row["id"],
        kind=row["kind"],
        category=row["category"],
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        ref=facts.get("ref", ""),
        name=facts.get("name", {}),
        verify_code=row["verify_code"],
        created_at=from_ms(row["created_at"]),
    )


def _event(row: Row) -> Event:
    return Event(
        place=row["id"],
        at=from_ms(row["at"]),
        external_id=row["external_id"],
        customer_id=row["customer_id"],
        notice_id=row["notice_id"],
        version=row["version"],
        channel=row["channel"],
        what=row["what"],
        reason=row["reason"] or "",
        language=row["language"],
        attempts=row["attempts"] or 0,
    )

"""Why a notice waits before anybody hears it, and what became of that."""

from datetime import datetime

from records.notices import Decision, Notice, NoticeState, Wait, WaitsFor
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none


def add(store: Store, notice: Notice, wait: Wait) -> None:
    """Keep why a new notice waits."""
    store.run(
        """
        INSERT INTO notice_waits (notice_id, version, reason, asked_by, customers, since, until)
        VALUES (:notice_id, :version, :reason, :asked_by, :customers, :since, :until)
        """,
        notice_id=notice.id,
        version=notice.version,
        reason=wait.reason.value,
        asked_by=wait.asked_by,
        customers=wait.customers,
        since=to_ms(wait.since),
        until=to_ms_or_none(wait.until),
    )


def end(store: Store, waiting: Notice, decision: Decision, by: str, now: datetime) -> bool:
    """Say what became of a notice that waits, and move it on. False when somebody else did so first."""
    state = NoticeState.FANNING_OUT if decision is Decision.APPROVED else NoticeState.CANCELLED
    moved = store.run(
        "UPDATE notices SET state = :state WHERE id = :id AND state IN ('draft', 'held')",
        id=waiting.id,
        state=state.value,
    )
    if not moved:
        return False
    store.run(
        """
        UPDATE notice_waits SET decision = :decision, decided_at = :now, decided_by = :by
        WHERE notice_id = :id AND version = :version
        """,
        id=waiting.id,
        version=waiting.version,
        decision=decision.value,
        by=by,
        now=to_ms(now),
    )
    return True


def successor(store: Store, notice: Notice) -> str | None:
    """The notice whose words took the place of one that waited; None where none did, or only the page heard them."""
    if notice.wait is None or notice.wait.decided_at is None or notice.wait.decision is not Decision.SUPERSEDED:
        return None
    # One deed puts the older away and says the newer, at one moment.
    found = store.row(
        "SELECT max(id) AS id FROM notices WHERE subject_id = :subject_id AND id > :id AND created_at = :at",
        subject_id=notice.subject_id,
        id=notice.id,
        at=to_ms(notice.wait.decided_at),
    )
    return None if found is None else found["id"]


def wait_of(row: Row) -> Wait:
    """From the columns that `records.store.notices` reads beside a notice."""
    return Wait(
        reason=WaitsFor(row["wait_reason"]),
        asked_by=row["asked_by"],
        customers=row["customers"],
        since=from_ms(row["since"]),
        until=from_ms_or_none(row["until"]),
        decision=Decision(row["decision"]) if row["decision"] else None,
        decided_at=from_ms_or_none(row["decided_at"]),
        decided_by=row["decided_by"],
    )

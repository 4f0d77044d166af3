"""The queue of deliveries: filled in chunks behind a cursor, claimed under a lease, emptied into the ledger.

A delivery leaves the queue when it is settled, and its outcome enters the ledger, in one transaction: at any moment
audience = ledger outcomes + still queued. `due_at` is both "next try" and "lease ends", so a dead worker's
deliveries fall due by themselves. Every mark carries the lease, so a worker that lost it changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.audience import parse
from records.ids import new_number
from records.notices import Category, Delivery, Notice, NoticeState, Outcome, Reason
from records.store import notices
from records.store.audience import condition
from records.store.engine import Row, Store
from records.times import from_ms, to_ms

#: Customers per transaction of a fan-out: other writers wait 0.2 s at worst, where one great transaction took 2.2 s.
FANOUT_CHUNK = 5_000
#: More results per transaction would be repeated after a kill.
MAX_MARKS = 50


def start_fanout(store: Store, notice: Notice, now: datetime) -> None:
    """Inside the deed: the audience is decided now and will be counted and queued from here on."""
    store.run(
        """
        INSERT INTO fanouts (notice_id, version, position, matched, decided_at)
        VALUES (:notice_id, :version, -1, 0, :now)
        """,
        notice_id=notice.id,
        version=notice.version,
        now=to_ms(now),
    )
    store.many(
        """
        INSERT INTO deliveries (notice_id, version, customer_id, channel, language, lane, due_at, lease, attempts,
            state, useful_until, created_at)
        VALUES (:notice_id, :version, 0, :channel, '', :lane, :now, 0, 0, 'queued', :useful_until, :now)
        ON CONFLICT (notice_id, version, customer_id, channel) DO NOTHING
        """,
        [
            {
                "notice_id": notice.id,
                "version": notice.version,
                "channel": channel,
                "lane": notice.lane.rank,
                "useful_until": to_ms(notice.useful_until),
                "now": to_ms(now),
            }
            for channel in notice.channels
            if channel.startswith("social:")
        ],
    )


def fan_out_chunk(store: Store, notice: Notice, now: datetime, *, chunk: int = FANOUT_CHUNK) -> bool:
    """Queue the next customers of a notice. True while there are more to come.

    One transaction: members, deliveries, reasons for not sending, and the cursor. Killed anywhere, it resumes.
    """
    with store.tx():
        fanout = store.row(
            "SELECT position, decided_at FROM fanouts WHERE notice_id = :id AND version = :version AND done_at IS NULL",
            id=notice.id,
            version=notice.version,
        )
        if fanout is None:
            return False
        last = _end_of_chunk(store, fanout["position"], chunk)
        if not _move_cursor(store, notice, fanout["position"], last, now):
            return True  # Another notifier moved the cursor meanwhile; look again.
        if last is None:
            notices.set_state(store, notice.id, NoticeState.SENDING, only_from=(NoticeState.FANNING_OUT,))
            return False
        _queue(store, notice, fanout, last, now)
        return True


def _end_of_chunk(store: Store, position: int, chunk: int) -> int | None:
    found = store.row(
        """
        SELECT max(id) AS last FROM (SELECT id FROM customers WHERE id > :position ORDER BY id LIMIT :chunk) next_ones
        """,
        position=position,
        chunk=chunk,
    )
    return None if found is None or found["last"] is None else int(found["last"])


def _move_cursor(store: Store, notice: Notice, position: int, last: int | None, now: datetime) -> bool:
    return (
        store.run(
            """
            UPDATE fanouts SET position = :last, done_at = CASE WHEN :is_done = 1 THEN :now ELSE done_at END
            WHERE notice_id = :id AND version = :version AND position = :position AND done_at IS NULL
            """,
            id=notice.id,
            version=notice.version,
            position=position,
            last=position if last is None else last,
            is_done=int(last is None),
            now=to_ms(now),
        )
        > 0
    )


def _queue(store: Store, notice: Notice, fanout: Row, last: int, now: datetime) -> None:
    span = {"notice_id": notice.id, "version": notice.version, "first": fanout["position"], "last": last}
    test, values = condition(parse(notice.audience_rule))
    matched = store.run(
        f"""
        INSERT INTO audience_members (notice_id, customer_id, version)
        SELECT CAST(:notice_id AS TEXT), c.id, CAST(:version AS INTEGER) FROM customers c
        WHERE c.id > :first AND c.id <= :last AND c.created_at <= :decided_at AND {test}
        ON CONFLICT (notice_id, customer_id, version) DO NOTHING
        """,
        **span,
        decided_at=fanout["decided_at"],
        **values,
    )
    for channel in notice.channels:
        if matched and not channel.startswith("social:"):
            _queue_channel(store, notice, channel, span, now)
    store.run(
        "UPDATE fanouts SET matched = matched + :matched WHERE notice_id = :notice_id AND version = :version",
        matched=matched,
        notice_id=notice.id,
        version=notice.version,
    )
    store.run(
        "UPDATE notices SET audience_count = audience_count + :matched WHERE id = :id", matched=matched, id=notice.id
    )


def _queue_channel(store: Store, notice: Notice, channel: str, span: dict[str, object], now: datetime) -> None:
    """A delivery for each member that can be reached, a ledger row with the reason for each that cannot."""
    chosen = f"""
        SELECT c.id, c.language, {_reason_sql(notice, channel)} AS reason
        FROM audience_members m
        JOIN customers c ON c.id = m.customer_id
        LEFT JOIN contacts k ON k.customer_id = c.id AND k.channel = :channel
        LEFT JOIN contacts o ON o.customer_id = c.id AND o.channel = :other
        WHERE m.notice_id = :notice_id AND m.version = :version AND m.customer_id > :first AND m.customer_id <= :last
    """
    common = {**span, "channel": channel, "other": _other(notice, channel), "now": to_ms(now)}
    store.run(
        f"""
        INSERT INTO deliveries (notice_id, version, customer_id, channel, language, lane, due_at, lease, attempts,
            state, useful_until, created_at)
        SELECT CAST(:notice_id AS TEXT), CAST(:version AS INTEGER), x.id, CAST(:channel AS TEXT), x.language,
            CAST(:lane AS INTEGER), CAST(:now AS INTEGER), 0, 0, 'queued', CAST(:useful_until AS INTEGER),
            CAST(:now AS INTEGER)
        FROM ({chosen}) x WHERE x.reason = ''
        ON CONFLICT (notice_id, version, customer_id, channel) DO NOTHING
        """,
        **common,
        lane=notice.lane.rank,
        useful_until=to_ms(notice.useful_until),
    )
    store.run(
        f"""
        INSERT INTO ledger (customer_id, at, notice_id, version, channel, outcome, reason, language, sha256, attempts)
        SELECT x.id, CAST(:now AS INTEGER), CAST(:notice_id AS TEXT), CAST(:version AS INTEGER),
            CAST(:channel AS TEXT), 'suppressed', x.reason, x.language, '', 0
        FROM ({chosen}) x WHERE x.reason <> ''
        ON CONFLICT (customer_id, notice_id, version, channel, outcome) DO NOTHING
        """,
        **common,
    )


def _other(notice: Notice, channel: str) -> str:
    """The channel that carries a mandatory notice when the customer declined `channel`; empty when there is none."""
    others = [each for each in notice.channels if each != channel and not each.startswith("social:")]
    return others[0] if others else ""


def _reason_sql(notice: Notice, channel: str) -> str:
    """Why a member gets nothing on this channel, as SQL; '' when they do.

    Opt-out never drops a mandatory notice wholly: it holds only while the other channel carries it (R54).
    """
    has_address = "1 = 1" if channel == "inapp" else "k.address IS NOT NULL AND k.address <> ''"
    other = _other(notice, channel)
    other_has_address = (
        "1 = 1" if other == "inapp" else "o.address IS NOT NULL AND o.address <> '' AND o.blocked IS NULL"
    )
    other_carries = f"({other_has_address}) AND COALESCE(o.wanted, 1) = 1" if other else "1 = 0"
    opted_out = "COALESCE(k.wanted, 1) = 0"
    if notice.category is Category.MANDATORY_SERVICE:
        opted_out = f"({opted_out} AND {other_carries})"
    return f"""CASE WHEN NOT ({has_address}) THEN '{Reason.NO_ADDRESS.value}'
            WHEN k.blocked IS NOT NULL THEN k.blocked
            WHEN {opted_out} THEN '{Reason.OPTOUT.value}' ELSE '' END"""


def claim(store: Store, channel: str, now: datetime, *, lease: timedelta, limit: int = 500) -> list[Delivery]:
    """Take due deliveries of one channel, urgent ones first, for as long as the lease runs."""
    token = new_number()
    found = store.rows(
        """
        UPDATE deliveries SET due_at = :until, lease = :token
        WHERE (notice_id, version, customer_id, channel) IN (
            SELECT notice_id, version, customer_id, channel FROM deliveries
            WHERE channel = :channel AND due_at <= :now ORDER BY lane, due_at LIMIT :limit {skip_locked})
        RETURNING notice_id, version, customer_id, channel, language, lane, attempts, useful_until, created_at,
            (SELECT k.address FROM contacts k
             WHERE k.customer_id = deliveries.customer_id AND k.channel = deliveries.channel) AS address
        """,
        until=to_ms(now + lease),
        token=token,
        channel=channel,
        now=to_ms(now),
        limit=limit,
    )
    found.sort(key=lambda row: (row["lane"], row["created_at"], row["customer_id"]))
    return [_delivery(row, token) for row in found]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one try did at the far side."""

    #: How far it came: `connect`, `mail`, `rcpt`, `data`, `dot`, `answered`, `posted`, `offered`.
    phase: str
    #: The far side's code: `250`, `451 4.7.1`, `timeout`.
    code: str = ""
    #: The far side's words, at most 500 characters, without addresses.
    reply: str = ""
    took_ms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The result of one claimed delivery: settled with an outcome, or put off until `due_at`."""

    delivery: Delivery
    #: None when it is put off.
    outcome: Outcome | None
    reason: str = ""
    #: SHA-256 of the words as sent; empty when nothing was.
    sha256: str = ""
    language: str = ""
    #: When to try again; only for what is put off.
    due_at: datetime | None = None
    #: Whether the far side may have taken it already.
    is_uncertain: bool = False
    #: None when nothing was tried (expired, cancelled).
    attempt: Attempt | None = None


def mark(store: Store, marks: Sequence[Mark], now: datetime) -> int:
    """Settle or put off claimed deliveries, all in one transaction; returns how many still were ours to mark.

    Raises ValueError for more than MAX_MARKS.
    """
    if len(marks) > MAX_MARKS:
        raise ValueError(f"{len(marks)} marks in one transaction; at most {MAX_MARKS}")
    with store.tx():
        done = [one for one in marks if _leave_queue(store, one)]
        store.many(_INSERT_LEDGER, [_ledger_row(one, now) for one in done if one.outcome is not None])
        store.many(_INSERT_ATTEMPT, [_attempt_row(one, now) for one in done if one.attempt is not None])
    return len(done)


_KEY = "notice_id = :notice_id AND version = :version AND customer_id = :customer_id AND channel = :channel"

_INSERT_LEDGER = """
INSERT INTO ledger (customer_id, at, notice_id, version, channel, outcome, reason, language, sha256, attempts)
VALUES (:customer_id, :at, :notice_id, :version, :channel, :outcome, :reason, :language, :sha256, :attempts)
ON CONFLICT (customer_id, notice_id, version, channel, outcome) DO NOTHING
"""

_INSERT_ATTEMPT = """
INSERT INTO attempts (notice_id, version, customer_id, channel, attempt, at, phase, code, reply, took_ms)
VALUES (:notice_id, :version, :customer_id, :channel, :attempts, :at, :phase, :code, :reply, :took_ms)
ON CONFLICT (notice_id, version, customer_id, channel, attempt, at) DO NOTHING
"""


def _leave_queue(store: Store, one: Mark) -> bool:
    key = {**_key(one.delivery), "lease": one.delivery.lease}
    if one.outcome is not None:
        return store.run(f"DELETE FROM deliveries WHERE {_KEY} AND lease = :lease", **key) == 1
    if one.due_at is None:
        raise ValueError("a delivery that is put off needs a time for the next try")
    changed = store.run(
        f"""
        UPDATE deliveries SET due_at = :due_at, lease = 0, attempts = :attempts, state = :state
        WHERE {_KEY} AND lease = :lease
        """,
        **key,
        due_at=to_ms(one.due_at),
        attempts=_attempts(one),
        state="uncertain" if one.is_uncertain else "deferred",
    )
    return changed == 1


def _key(delivery: Delivery) -> dict[str, object]:
    return {
        "notice_id": delivery.notice_id,
        "version": delivery.version,
        "customer_id": delivery.customer_id,
        "channel": delivery.channel,
    }


def _attempts(one: Mark) -> int:
    return one.delivery.attempts + (1 if one.attempt is not None else 0)


def _ledger_row(one: Mark, now: datetime) -> dict[str, object]:
    assert one.outcome is not None
    return {
        **_key(one.delivery),
        "at": to_ms(now),
        "outcome": one.outcome.value,
        "reason": one.reason,
        "language": one.language or one.delivery.language,
        "sha256": one.sha256,
        "attempts": _attempts(one),
    }


def _attempt_row(one: Mark, now: datetime) -> dict[str, object]:
    assert one.attempt is not None
    return {
        **_key(one.delivery),
        "attempts": _attempts(one),
        "at": to_ms(now),
        "phase": one.attempt.phase,
        "code": one.attempt.code,
        "reply": one.attempt.reply[:500],
        "took_ms": one.attempt.took_ms,
    }


def settle_unclaimed(store: Store, notice_id: str, outcome: Outcome, reason: str, now: datetime) -> int:
    """Take what nobody is sending right now out of the queue: cancelled, or superseded by newer words."""
    with store.tx():
        gone = store.rows(
            """
            DELETE FROM deliveries WHERE notice_id = :id AND (lease = 0 OR due_at <= :now)
            RETURNING notice_id, version, customer_id, channel, language, attempts
            """,
            id=notice_id,
            now=to_ms(now),
        )
        store.many(
            _INSERT_LEDGER,
            [{**row, "at": to_ms(now), "outcome": outcome.value, "reason": reason, "sha256": ""} for row in gone],
        )
    return len(gone)


def unfinished_fanouts(store: Store) -> list[Notice]:
    """Notices whose customers are not all queued yet, urgent ones first."""
    found = store.rows(
        """
        SELECT n.id FROM fanouts f JOIN notices n ON n.id = f.notice_id AND n.version = f.version
        WHERE f.done_at IS NULL AND n.state = 'fanning_out' ORDER BY n.lane, n.id
        """
    )
    return [notices.notice(store, row["id"]) for row in found]


def finish_notices(store: Store) -> list[str]:
    """Notices with nothing left in the queue are done. Returns their ids."""
    found = store.rows(
        """
        UPDATE notices SET state = 'done' WHERE state = 'sending' AND NOT EXISTS (
            SELECT 1 FROM deliveries d WHERE d.notice_id = notices.id AND d.version = notices.version)
        RETURNING id
        """
    )
    return [row["id"] for row in found]


def queue_depth(store: Store) -> dict[str, tuple[int, datetime | None]]:
    """Per channel how many wait, and since when the oldest that is due does."""
    found = store.rows("SELECT channel, count(*) AS total, min(created_at) AS oldest FROM deliveries GROUP BY channel")
    return {row["channel"]: (int(row["total"]), from_ms(row["oldest"])) for row in found}


def due_channels(store: Store, now: datetime) -> list[str]:
    """Channels with something due."""
    found = store.rows("SELECT DISTINCT channel FROM deliveries WHERE due_at <= :now", now=to_ms(now))
    return sorted(row["channel"] for row in found)


def next_due(store: Store, channel: str) -> datetime | None:
    """When the next delivery of a channel falls due; None when none waits."""
    found = store.row("SELECT min(due_at) AS due_at FROM deliveries WHERE channel = :channel", channel=channel)
    return None if found is None or found["due_at"] is None else from_ms(found["due_at"])


def _delivery(row: Row, token: int) -> Delivery:
    return Delivery(
        notice_id=row["notice_id"],
        version=row["version"],
        customer_id=row["customer_id"],
        channel=row["channel"],
        language=row["language"],
        address=row["address"],
        attempts=row["attempts"],
        lease=token,
        useful_until=from_ms(row["useful_until"]),
        created_at=from_ms(row["created_at"]),
    )

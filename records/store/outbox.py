"""The queue of deliveries: filled by `fanout`, claimed under a lease, emptied into the ledger.

A delivery leaves the queue when it is settled, and its outcome enters the ledger, in one transaction: at any moment
audience = ledger outcomes + still queued. `due_at` is both "next try" and "lease ends", so a dead worker's
deliveries fall due by themselves. Every mark carries the lease, so a worker that lost it changes nothing.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from records.errors import InTheWay
from records.notices import ENDS, Delivery, Outcome
from records.posts import Post
from records.quick import quick
from records.store import handovers, posts

# The queue's other verbs, for whoever has the queue in hand.
from records.store.claims import TAKEN_OVER, UNCERTAIN
from records.store.claims import claim as claim
from records.store.claims import due_channels as due_channels
from records.store.claims import next_due as next_due
from records.store.encoding import from_json
from records.store.engine import Store
from records.store.handovers import Moved
from records.subscribers import is_subscriber_channel
from records.times import from_ms, to_ms

#: More results per transaction would be repeated after a kill.
MAX_MARKS = 50
#: Marks that stood in another change's way are made again; results given up would be repeated messages.
_TRIES = 4


@quick
class Attempt:
    """What one try did at the far side."""

    #: How far it came: `connect`, `mail`, `rcpt`, `data`, `dot`, `answered`, `posted`, `offered`.
    phase: str
    #: The far side's code: `250`, `451 4.7.1`, `timeout`.
    code: str = ""
    #: The far side's words, at most 500 characters, without addresses.
    reply: str = ""
    took_ms: float = 0.0


@quick
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
    #: What stands in public now; None where nothing does.
    post: Post | None = None


def mark(store: Store, marks: Sequence[Mark], now: datetime) -> int:
    """Settle or put off claimed deliveries, all in one transaction; returns how many still were ours to mark.

    Raises ValueError for more than MAX_MARKS.
    """
    if len(marks) > MAX_MARKS:
        raise ValueError(f"{len(marks)} marks in one transaction; at most {MAX_MARKS}")
    # In one order for all, so that two who mark, renew or supersede seldom wait for each other.
    marks = sorted(marks, key=lambda one: _order(one.delivery))
    for _ in range(_TRIES - 1):
        with contextlib.suppress(InTheWay):
            return _mark(store, marks, now)
    return _mark(store, marks, now)


def _mark(store: Store, marks: Sequence[Mark], now: datetime) -> int:
    try:
        with store.tx():
            done = _without_late_retries(store, marks)
            _take_out(store, done)
            _write_down(store, done, now)
    except _NotOurs:
        with store.tx():
            done = [one for one in _without_late_retries(store, marks) if _is_taken_out(store, one)]
            _write_down(store, done, now)
    return len(done)


def _order(delivery: Delivery) -> tuple[str, int, int, str]:
    return (delivery.notice_id, delivery.version, delivery.customer_id, delivery.channel)


class _NotOurs(Exception):
    """Some of these deliveries are not ours any more: a count says that much, but not which, so each is tried alone."""


def _without_late_retries(store: Store, marks: Sequence[Mark]) -> list[Mark]:
    """What would be tried again is not, once its notice is cancelled or newer words go out on the same channel.

    The deed settled what waited; this settles what was under way at that moment.
    """
    ends = {
        delivery: _end_of(store, *delivery)
        for delivery in {(one.delivery.notice_id, one.delivery.channel) for one in marks if one.outcome is None}
    }
    return [
        replace(one, outcome=outcome, reason=outcome.value, due_at=None)
        if one.outcome is None and (outcome := ends[one.delivery.notice_id, one.delivery.channel])
        else one
        for one in marks
    ]


def _end_of(store: Store, notice_id: str, channel: str) -> Outcome | None:
    found = store.rows(
        """
        SELECT n.id, n.state, n.kind, n.channels FROM notices n JOIN notices o ON o.subject_id = n.subject_id
        WHERE o.id = :id AND n.id >= :id
        """,
        id=notice_id,
    )
    if any(row["id"] == notice_id and row["state"] == "cancelled" for row in found):
        return Outcome.CANCELLED
    is_newer = any(
        row["id"] != notice_id
        # Newer words that wait for a yes may never be said.
        and row["state"] not in ("cancelled", "draft", "held")
        and (row["kind"] in ENDS or is_subscriber_channel(channel) or channel in from_json(row["channels"]))
        for row in found
    )
    return Outcome.SUPERSEDED if is_newer else None


def _take_out(store: Store, marks: Sequence[Mark]) -> None:
    """All of them at once. Raises _NotOurs when one was not ours, for the transaction to be undone."""
    settled = [(*_key(one.delivery), one.delivery.lease) for one in marks if one.outcome is not None]
    if store.together(_DELETE_SETTLED, settled) != len(settled):
        raise _NotOurs
    if not all(_is_put_off(store, one) for one in marks if one.outcome is None):
        raise _NotOurs


def _is_taken_out(store: Store, one: Mark) -> bool:
    if one.outcome is None:
        return _is_put_off(store, one)
    return store.together(_DELETE_SETTLED, [(*_key(one.delivery), one.delivery.lease)]) == 1


def _is_put_off(store: Store, one: Mark) -> bool:
    if one.due_at is None:
        raise ValueError("a delivery that is put off needs a time for the next try")
    changed = store.run(
        f"""
        UPDATE deliveries SET due_at = :due_at, lease = 0, attempts = :attempts, state = :state
        WHERE {_KEY} AND lease = :lease
        """,
        **_named_key(one.delivery),
        lease=one.delivery.lease,
        due_at=to_ms(one.due_at),
        attempts=_attempts(one),
        state=_state_of(one),
    )
    return changed == 1


def _state_of(one: Mark) -> str:
    """Of what is put off: what may have arrived stays so, whatever else delays it."""
    if one.is_uncertain or one.delivery.is_uncertain:
        return UNCERTAIN
    return TAKEN_OVER if one.delivery.is_taken_over and one.attempt is None else "deferred"


def _write_down(store: Store, marks: Sequence[Mark], now: datetime) -> None:
    at = to_ms(now)
    store.together(_INSERT_LEDGER, [_ledger_row(one, at) for one in marks if one.outcome is not None])
    store.together(_INSERT_ATTEMPT, [_attempt_row(one, at) for one in marks if one.attempt is not None])
    moved = [Moved(delivery=one.delivery, is_accepted=one.outcome is Outcome.ACCEPTED) for one in marks]
    handovers.note(store, moved, now)
    if standing := [(one.delivery, one.post) for one in marks if one.post is not None]:
        posts.keep(store, [(each.notice_id, each.version, each.channel, post) for each, post in standing], now)


_KEY_NAMES = ("notice_id", "version", "customer_id", "channel")
_KEY = " AND ".join(f"{name} = :{name}" for name in _KEY_NAMES)

_DELETE_SETTLED = """
DELETE FROM deliveries WHERE (notice_id, version, customer_id, channel, lease) IN ({rows})
"""

_INSERT_LEDGER = """
INSERT INTO ledger (notice_id, version, customer_id, channel, at, outcome, reason, language, sha256, attempts)
{rows}
ON CONFLICT (customer_id, notice_id, version, channel, outcome) DO NOTHING
"""

_INSERT_ATTEMPT = """
INSERT INTO attempts (notice_id, version, customer_id, channel, at, attempt, phase, code, reply, took_ms)
{rows}
ON CONFLICT (notice_id, version, customer_id, channel, attempt, at) DO NOTHING
"""


def _key(delivery: Delivery) -> tuple[str, int, int, str]:
    return delivery.notice_id, delivery.version, delivery.customer_id, delivery.channel


def _named_key(delivery: Delivery) -> dict[str, object]:
    return dict(zip(_KEY_NAMES, _key(delivery), strict=True))


def _attempts(one: Mark) -> int:
    return one.delivery.attempts + (1 if one.attempt is not None else 0)


def _ledger_row(one: Mark, at: int) -> tuple[object, ...]:
    assert one.outcome is not None
    language = one.language or one.delivery.language
    # What was taken has no other reason than the rules by which it went.
    reason = one.reason or one.delivery.because
    return *_key(one.delivery), at, one.outcome.value, reason, language, one.sha256, _attempts(one)


def _attempt_row(one: Mark, at: int) -> tuple[object, ...]:
    tried = one.attempt
    assert tried is not None
    return *_key(one.delivery), at, _attempts(one), tried.phase, tried.code, tried.reply[:500], float(tried.took_ms)


def renew(store: Store, deliveries: Sequence[Delivery], now: datetime, *, lease: timedelta) -> list[Delivery]:
    """Hold claimed deliveries for longer, since nobody may send them meanwhile. Returns those that still are ours."""
    sql = f"UPDATE deliveries SET due_at = :until WHERE {_KEY} AND lease = :lease"
    with store.tx():
        ours = {
            (_order(one), one.lease)
            for one in sorted(deliveries, key=_order)
            if store.run(sql, **_named_key(one), lease=one.lease, until=to_ms(now + lease)) == 1
        }
    return [one for one in deliveries if (_order(one), one.lease) in ours]


def settle_unclaimed(
    store: Store,
    notice_id: str,
    outcome: Outcome,
    reason: str,
    now: datetime,
    *,
    channels: Sequence[str] | None = None,
    told_of: str | None = None,
) -> int:
    """Take what nobody is sending right now out of the queue: cancelled, or superseded by newer words.

    On these channels only, where some are named; and only for those whom words about the incident `told_of` reached on
    the same channel, or are about to. Returns how many.
    """
    marks = {f"c{index}": channel for index, channel in enumerate(channels or ())}
    named = ", ".join(f":{name}" for name in marks) or "NULL"
    with store.tx():
        gone = store.rows(
            f"""
            DELETE FROM deliveries WHERE notice_id = :id AND (lease = 0 OR due_at <= :now)
                AND (:any_channel = 1 OR channel IN ({named})) AND {"1 = 1" if told_of is None else _IS_TOLD}
            RETURNING notice_id, version, customer_id, channel, language, attempts
            """,
            id=notice_id,
            now=to_ms(now),
            any_channel=int(channels is None),
            **({} if told_of is None else {"told_of": told_of}),
            **marks,
        )
        end = (to_ms(now), outcome.value, reason)
        store.together(
            _INSERT_LEDGER,
            [(*(row[name] for name in _KEY_NAMES), *end, row["language"], "", row["attempts"]) for row in gone],
        )
    return len(gone)


_IS_TOLD = """
EXISTS (SELECT 1 FROM notices n WHERE n.subject_id = :told_of AND (
    EXISTS (SELECT 1 FROM ledger g WHERE g.customer_id = deliveries.customer_id AND g.notice_id = n.id
        AND g.channel = deliveries.channel AND g.outcome = 'accepted')
    OR EXISTS (SELECT 1 FROM deliveries w WHERE w.notice_id = n.id AND w.version = n.version
        AND w.customer_id = deliveries.customer_id AND w.channel = deliveries.channel)))
"""


def finish_notices(store: Store) -> list[str]:
    """Notices with nothing left in the queue are done. Returns their ids."""
    with store.tx():
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

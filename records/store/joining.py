"""Whoever comes into an audience while a notice is current hears it, once on each channel; and whoever can be reached
only now: an address was added or corrected, a block was lifted, or the channel that should have carried it was blocked.

Looks at the customers whose record changed, a few hundred at once, for each notice that is current. Deeds wait
meanwhile, so no notice becomes outdated between the look and the queue.
"""

from dataclasses import dataclass
from datetime import datetime

from records.audience import parse_kept
from records.notices import ADDRESS_REFUSED, Because, Notice, Outcome, Reason
from records.quiet import QuietRule
from records.store import latecomers, meta, notices
from records.store.audience import condition_and_reason
from records.store.engine import Store
from records.store.fanout import count_more
from records.store.queueing import customer_channels, queue, queue_of, suppress, these
from records.store.subscriber_fanout import queue_latecomers
from records.subscribers import SubscriberKind
from records.times import to_ms

#: Looked at in one transaction.
MOST = 500


@dataclass(frozen=True, kw_only=True)
class Current:
    """The newest notice about something, while it is of use."""

    notice: Notice
    #: Whether what it is about goes on: then it is for newcomers, too.
    is_open: bool


def take_in(store: Store, now: datetime, *, quiet: QuietRule, most: int = MOST) -> bool:
    """Look at the next whose record changed. False when there was nobody, or a notice is being fanned out first."""
    if not latecomers.is_anybody_there(store):
        return False
    with store.tx():
        meta.hold(store)
        if store.row("SELECT 1 AS one FROM fanouts WHERE done_at IS NULL LIMIT 1"):
            return False
        taken = latecomers.take(store, most)
        for current in current_notices(store, now) if taken else ():
            for kind, numbers in taken.items():
                if kind == latecomers.CUSTOMER:
                    _take_in_customers(store, current, numbers, now, quiet)
                elif current.is_open:
                    queue_latecomers(store, current.notice, SubscriberKind(kind), numbers, now)
    return bool(taken)


def current_notices(store: Store, now: datetime) -> list[Current]:
    """The newest notice that left about each incident or planned event, unless it was stopped or is of no use.

    A digest goes on as long as anything that it tells of.
    """
    found = store.rows(
        """
        SELECT n.id, CASE WHEN EXISTS (SELECT 1 FROM incidents i WHERE i.id = n.subject_id AND i.resolved_at IS NULL)
            OR EXISTS (SELECT 1 FROM maintenances w WHERE w.id = n.subject_id
                AND w.completed_at IS NULL AND w.cancelled_at IS NULL)
            OR EXISTS (SELECT 1 FROM carried k JOIN notices b ON b.id = k.notice_id
                JOIN incidents i ON i.id = b.subject_id
                WHERE k.by_id = n.id AND i.resolved_at IS NULL) THEN 1 ELSE 0 END AS is_open
        FROM notices n
        WHERE n.useful_until > :now AND n.state IN ('sending', 'done') AND NOT EXISTS (
            SELECT 1 FROM notices l JOIN fanouts f ON f.notice_id = l.id
            WHERE l.subject_id = n.subject_id AND l.id > n.id)
        ORDER BY n.id
        """,
        now=to_ms(now),
    )
    return [Current(notice=notices.notice(store, row["id"]), is_open=bool(row["is_open"])) for row in found]


def _take_in_customers(store: Store, current: Current, numbers: list[int], now: datetime, quiet: QuietRule) -> None:
    notice = current.notice
    joined = _new_members(store, notice, numbers, now) if current.is_open else []
    waiting = 0
    for channel in customer_channels(notice):
        if joined:
            found = queue_of(store, notice, channel, these(joined), now, quiet, also=Because.JOINED_LATE)
            waiting += queue(found)
            suppress(found)
        waiting += _requeue(store, current, channel, numbers, now, quiet)
    if joined:
        count_more(store, notice, len(joined))
    if waiting:
        store.run("UPDATE notices SET state = 'sending' WHERE id = :id AND state = 'done'", id=notice.id)
        store.wake()


def _new_members(store: Store, notice: Notice, numbers: list[int], now: datetime) -> list[int]:
    """Of these, those whom the frozen rule matches now and did not then; why is frozen, too."""
    whom, rule = these(numbers), parse_kept(notice.audience_rule)
    test, reason, values = condition_and_reason(rule)
    key = {"notice_id": notice.id, "version": notice.version}
    found = store.rows(
        f"""
        INSERT INTO audience_members (notice_id, customer_id, version, reason)
        SELECT CAST(:notice_id AS TEXT), c.id, CAST(:version AS BIGINT), {reason} FROM customers c
        WHERE {whom.of("c.id")} AND {test}
        ON CONFLICT (notice_id, customer_id, version) DO NOTHING
        RETURNING customer_id, reason
        """,
        **key,
        **whom.values,
        **values,
    )
    joined = {row["customer_id"]: row["reason"] for row in found}
    store.many(
        """
        INSERT INTO late_members (notice_id, customer_id, version, at, reason)
        VALUES (:notice_id, :customer_id, :version, :now, :reason)
        """,
        [{**key, "customer_id": one, "now": to_ms(now), "reason": reason} for one, reason in sorted(joined.items())],
    )
    return sorted(joined)


#: What may be over later: it stood in the way of one channel, and nothing else was ever tried there.
_PASSING = (Reason.NO_ADDRESS, Reason.BOUNCED, Reason.COMPLAINED, Reason.OPTOUT)
#: Why one channel left the end to the other, which may have failed.
_LEFT_TO_ANOTHER = (Reason.OPTOUT, Reason.NOT_AFFECTED_ANY_MORE)
_KEY = "{row}.customer_id = c.id AND {row}.notice_id = :notice_id AND {row}.version = :version"
_PASSED_OVER = f"""
    EXISTS (SELECT 1 FROM ledger g WHERE {_KEY.format(row="g")} AND g.channel = :channel
        AND g.outcome = 'suppressed' AND g.reason IN ({{reasons}}))
    AND NOT EXISTS (SELECT 1 FROM ledger g WHERE {_KEY.format(row="g")} AND g.channel = :channel
        AND g.outcome IN ('accepted', 'failed', 'expired', 'superseded', 'cancelled'))
"""
#: The mail server said that there is no such mailbox, and nothing was tried at another one since.
_ADDRESS_REFUSED = f"""
    EXISTS (SELECT 1 FROM ledger g WHERE {_KEY.format(row="g")} AND g.channel = :channel
        AND g.outcome = 'failed' AND g.reason LIKE '{ADDRESS_REFUSED}%')
    AND NOT EXISTS (SELECT 1 FROM ledger g WHERE {_KEY.format(row="g")} AND g.channel = :channel
        AND g.outcome IN ('accepted', 'expired', 'superseded', 'cancelled', 'requeued'))
"""
_HEARD_NOTHING = f"""
    NOT EXISTS (SELECT 1 FROM ledger g WHERE {_KEY.format(row="g")} AND g.outcome = 'accepted')
    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE {_KEY.format(row="d")})
"""


def _requeue(store: Store, current: Current, channel: str, numbers: list[int], now: datetime, quiet: QuietRule) -> int:
    """Queue members who got nothing on this channel and can be reached there now, as after a corrected address.

    Once it is over, only those whom another channel should have told, and did not. Returns how many.
    """
    passing = _PASSING if current.is_open else _LEFT_TO_ANOTHER
    passed_over = _PASSED_OVER.format(reasons=", ".join(f"'{each.value}'" for each in passing))
    where = f"(({passed_over}) OR ({_ADDRESS_REFUSED}))"
    if not current.is_open:
        where += f" AND {_HEARD_NOTHING}"
    whom = these(numbers)
    also = Because.JOINED_LATE if current.is_open else None
    queued = queue(queue_of(store, current.notice, channel, whom, now, quiet, also=also, where=where))
    if queued:
        _note_requeued(store, current.notice, channel, numbers, now)
    return queued


def _note_requeued(store: Store, notice: Notice, channel: str, numbers: list[int], now: datetime) -> None:
    """The ledger keeps that it was not sent at first, and that it was queued after all."""
    whom = these(numbers)
    store.run(
        f"""
        INSERT INTO ledger (customer_id, at, notice_id, version, channel, outcome, reason, language, sha256, attempts)
        SELECT g.customer_id, CAST(:now AS BIGINT), g.notice_id, g.version, g.channel, CAST(:outcome AS TEXT),
            g.reason, d.language, '', 0
        FROM ledger g JOIN deliveries d ON d.notice_id = g.notice_id AND d.version = g.version
            AND d.customer_id = g.customer_id AND d.channel = g.channel
        WHERE {whom.of("g.customer_id")} AND g.notice_id = :notice_id AND g.version = :version
            AND g.channel = :channel AND g.outcome IN ('suppressed', 'failed')
        ON CONFLICT (customer_id, notice_id, version, channel, outcome) DO NOTHING
        """,
        **whom.values,
        notice_id=notice.id,
        version=notice.version,
        channel=channel,
        now=to_ms(now),
        outcome=Outcome.REQUEUED.value,
    )

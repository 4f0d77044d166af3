"""From a decided audience to queued deliveries: in chunks behind a cursor, each one transaction.

Killed anywhere, it resumes where the cursor stands; done twice, it changes nothing, because every row has a natural
key. One great transaction would make other writers wait for seconds.
"""

import hashlib
from datetime import datetime

from records.audience import parse_kept
from records.notices import ENDS, Notice, Outcome, Reason
from records.quiet import QuietRule
from records.store import digests, notices, outbox
from records.store.audience import condition_and_reason
from records.store.encoding import from_json
from records.store.engine import Row, Store
from records.store.queueing import between, customer_channels, queue, queue_of, suppress
from records.store.subscriber_fanout import queue_subscribers
from records.subscribers import SUBSCRIBER_CHANNELS
from records.times import to_ms

#: Customers per transaction: other writers wait 0.2 s at worst, where one great transaction took 2.2 s.
FANOUT_CHUNK = 5_000
_NEVER_QUIET = QuietRule()


def start_fanout(store: Store, notice: Notice, now: datetime) -> None:
    """Inside the deed: the audience is decided now and will be counted and queued from here on."""
    store.run(
        """
        INSERT INTO fanouts (notice_id, version, position, matched, decided_at, rule_sha256)
        VALUES (:notice_id, :version, -1, 0, :now, :rule_sha256)
        """,
        notice_id=notice.id,
        version=notice.version,
        rule_sha256=hashlib.sha256(notice.audience_rule.encode()).hexdigest(),
        now=to_ms(now),
    )
    if digests.is_carried(store, notice.id):
        _leave_posts_to_digest(store, notice, now)
        return
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


def _leave_posts_to_digest(store: Store, notice: Notice, now: datetime) -> None:
    store.many(
        """
        INSERT INTO ledger (customer_id, at, notice_id, version, channel, outcome, reason, language, sha256, attempts)
        VALUES (0, :now, :notice_id, :version, :channel, 'suppressed', :reason, '', '', 0)
        """,
        [
            {
                "notice_id": notice.id,
                "version": notice.version,
                "channel": channel,
                "reason": Reason.IN_DIGEST.value,
                "now": to_ms(now),
            }
            for channel in notice.channels
            if channel.startswith("social:")
        ],
    )


def fan_out_chunk(
    store: Store, notice: Notice, now: datetime, *, chunk: int = FANOUT_CHUNK, quiet: QuietRule = _NEVER_QUIET
) -> bool:
    """Queue the next customers of a notice. True while there are more to come.

    One transaction: members, deliveries, reasons for not sending, and the cursor. Killed anywhere, it resumes. While
    an earlier notice about the same thing is not queued, its customers come first: who was told decides who hears
    the next one.
    """
    with store.tx():
        earlier = _earlier_unfinished(store, notice)
        if earlier is not None:
            _chunk(store, earlier, now, chunk, quiet)
            return True
        return _chunk(store, notice, now, chunk, quiet)


def _earlier_unfinished(store: Store, notice: Notice) -> Notice | None:
    found = store.row(
        """
        SELECT n.id FROM notices n JOIN fanouts f ON f.notice_id = n.id AND f.version = n.version
        WHERE n.subject_id = :subject_id AND n.id < :id AND f.done_at IS NULL AND n.state = 'fanning_out'
        ORDER BY n.id LIMIT 1
        """,
        subject_id=notice.subject_id,
        id=notice.id,
    )
    return None if found is None else notices.notice(store, found["id"])


def _chunk(store: Store, notice: Notice, now: datetime, chunk: int, quiet: QuietRule) -> bool:
    fanout = store.row(
        "SELECT position, decided_at FROM fanouts WHERE notice_id = :id AND version = :version AND done_at IS NULL",
        id=notice.id,
        version=notice.version,
    )
    if fanout is None:
        return False
    last = _end_of_chunk(store, fanout["position"], chunk) if customer_channels(notice) else None
    if last is None and queue_subscribers(store, notice, now, chunk=chunk):
        return True
    if not _move_cursor(store, notice, fanout["position"], last, now):
        return True  # Another notifier moved the cursor meanwhile; look again.
    if last is None:
        notices.mark_fanned_out(store, notice.id, now)
        _give_way(store, notice, now)
        return False
    _queue(store, notice, fanout, last, now, quiet)
    return True


def _give_way(store: Store, notice: Notice, now: datetime) -> None:
    """Newer words were let go while these were queued: what nobody has begun to send of these is not sent.

    Nor is what nobody has begun to send of a digest, once all is over that it tells of.
    """
    if notice.is_digest and digests.is_over(store, notice.id):
        outbox.settle_unclaimed(store, notice.id, Outcome.SUPERSEDED, Reason.SUPERSEDED.value, now)
    newer = store.rows(
        """
        SELECT n.channels, n.kind FROM notices n JOIN fanouts f ON f.notice_id = n.id
        WHERE n.subject_id = :subject_id AND n.id > :id AND n.state IN ('fanning_out', 'sending')
        """,
        subject_id=notice.subject_id,
        id=notice.id,
    )
    if newer:
        is_over = any(row["kind"] in ENDS for row in newer)
        channels = [channel for row in newer for channel in from_json(row["channels"])]
        outbox.settle_unclaimed(
            store, notice.id, Outcome.SUPERSEDED, Reason.SUPERSEDED.value, now,
            channels=None if is_over else (*dict.fromkeys(channels), *SUBSCRIBER_CHANNELS),
        )  # fmt: skip


def has_begun(store: Store, subject_id: str) -> bool:
    """Whether any notice about an incident or window was ever let go."""
    found = store.row(
        """
        SELECT 1 AS one FROM fanouts f JOIN notices n ON n.id = f.notice_id WHERE n.subject_id = :subject_id LIMIT 1
        """,
        subject_id=subject_id,
    )
    return found is not None


def stop_fanout(store: Store, notice_id: str, now: datetime) -> None:
    """Inside a deed: queue no more customers of this notice; those queued already stay queued."""
    store.run(
        "UPDATE fanouts SET done_at = :now WHERE notice_id = :id AND done_at IS NULL", id=notice_id, now=to_ms(now)
    )


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


def _queue(store: Store, notice: Notice, fanout: Row, last: int, now: datetime, quiet: QuietRule) -> None:
    span = {"notice_id": notice.id, "version": notice.version, "first": fanout["position"], "last": last}
    test, reason, values = condition_and_reason(parse_kept(notice.audience_rule))
    matched = store.run(
        f"""
        INSERT INTO audience_members (notice_id, customer_id, version, reason)
        SELECT CAST(:notice_id AS TEXT), c.id, CAST(:version AS BIGINT), {reason} FROM customers c
        WHERE c.id > :first AND c.id <= :last AND c.created_at <= :decided_at AND {test}
        ON CONFLICT (notice_id, customer_id, version) DO NOTHING
        """,
        **span,
        decided_at=fanout["decided_at"],
        **values,
    )
    for channel in customer_channels(notice) if matched else ():
        found = queue_of(store, notice, channel, between(fanout["position"], last), now, quiet)
        if queue(found) < matched:  # Else everybody can be reached: no need to look for those who cannot.
            suppress(found)
    count_more(store, notice, matched)


def count_more(store: Store, notice: Notice, matched: int) -> None:
    """Inside a transaction: so many more customers are in the audience."""
    store.run(
        "UPDATE fanouts SET matched = matched + :matched WHERE notice_id = :id AND version = :version",
        matched=matched,
        id=notice.id,
        version=notice.version,
    )
    store.run(
        "UPDATE notices SET audience_count = audience_count + :matched WHERE id = :id", matched=matched, id=notice.id
    )


def unfinished_fanouts(store: Store) -> list[Notice]:
    """Notices whose customers are not all queued yet, urgent ones first."""
    found = store.rows(
        """
        SELECT n.id FROM fanouts f JOIN notices n ON n.id = f.notice_id AND n.version = f.version
        WHERE f.done_at IS NULL AND n.state = 'fanning_out' ORDER BY n.lane, n.id
        """
    )
    return [notices.notice(store, row["id"]) for row in found]

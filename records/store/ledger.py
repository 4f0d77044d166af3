"""Who was told what, when, how: append-only, the database itself refuses changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from records.errors import Conflict
from records.notices import LedgerEntry, Outcome
from records.store import latecomers
from records.store.encoding import from_json
from records.store.engine import Row, Store
from records.times import from_ms, to_ms


def of_customer(store: Store, customer_id: int, *, limit: int = 500) -> list[LedgerEntry]:
    """Everything one customer was told, or not told and why; newest first."""
    found = store.rows(
        "SELECT * FROM ledger WHERE customer_id = :id ORDER BY at DESC, notice_id DESC, channel LIMIT :limit",
        id=customer_id,
        limit=limit,
    )
    return [_entry(row) for row in found]


def of_notice(
    store: Store, notice_id: str, *, after: tuple[int, str] = (-1, ""), limit: int = 100
) -> list[LedgerEntry]:
    """Ledger rows of a notice by customer and channel, from behind `after` (customer, channel).

    About `limit` of them: rows of one customer and channel are never parted, so that the next page misses none.
    """
    found = store.rows(
        """
        WITH page AS (
            SELECT customer_id, channel FROM ledger WHERE notice_id = :id
                AND (customer_id > :customer OR (customer_id = :customer AND channel > :channel))
            ORDER BY customer_id, channel LIMIT :limit)
        SELECT * FROM ledger WHERE notice_id = :id
            AND (customer_id, channel) IN (SELECT customer_id, channel FROM page)
        ORDER BY customer_id, channel, at, outcome
        """,
        id=notice_id,
        customer=after[0],
        channel=after[1],
        limit=limit,
    )
    return [_entry(row) for row in found]


def note(store: Store, entries: Sequence[LedgerEntry]) -> None:
    """Add rows; one that is there already stays as it was."""
    store.many(
        """
        INSERT INTO ledger (customer_id, at, notice_id, version, channel, outcome, reason, language, sha256, attempts)
        VALUES (:customer_id, :at, :notice_id, :version, :channel, :outcome, :reason, :language, :sha256, :attempts)
        ON CONFLICT (customer_id, notice_id, version, channel, outcome) DO NOTHING
        """,
        [
            {
                "customer_id": entry.customer_id,
                "at": to_ms(entry.at),
                "notice_id": entry.notice_id,
                "version": entry.version,
                "channel": entry.channel,
                "outcome": entry.outcome.value,
                "reason": entry.reason,
                "language": entry.language,
                "sha256": entry.sha256,
                "attempts": entry.attempts,
            }
            for entry in entries
        ],
    )


def note_seen(store: Store, customer_id: int, notice_id: str, outcome: Outcome, now: datetime) -> None:
    """The customer saw or dismissed a notice in the app. Raises Conflict when it was never offered to them there."""
    offered = store.row(
        """
        SELECT version, language, sha256 FROM ledger
        WHERE customer_id = :customer_id AND notice_id = :notice_id AND channel = 'inapp' AND outcome = 'accepted'
        ORDER BY version DESC LIMIT 1
        """,
        customer_id=customer_id,
        notice_id=notice_id,
    )
    if offered is None:
        raise Conflict(f"Notice {notice_id} was not shown to this customer in the app.")
    entry = LedgerEntry(
        customer_id=customer_id,
        at=now,
        notice_id=notice_id,
        version=offered["version"],
        channel="inapp",
        outcome=outcome,
        reason="",
        language=offered["language"],
        sha256=offered["sha256"],
        attempts=0,
    )
    note(store, [entry])


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What `forewarn ledger verify` found."""

    rows: int
    notices: int
    #: One line per thing that does not add up; empty when all is well.
    faults: tuple[str, ...]


def verify(store: Store) -> Proof:
    """Count the rows, and check for each fanned-out notice that audience = sent + suppressed + failed + queued."""
    with store.view():
        total = store.row("SELECT count(*) AS total FROM ledger")
        fanouts = store.rows(_FANOUTS)
        sums = {(row["notice_id"], row["version"], row["channel"]): int(row["accounted"]) for row in store.rows(_SUMS)}
        wordless = store.rows(_WORDLESS)
        following = store.rows("SELECT * FROM subscriber_fanouts ORDER BY notice_id, version, channel")
    faults = [fault for row in fanouts for fault in _faults(row, sums)]
    faults += [fault for row in following for fault in _faults_of_subscribers(row, sums)]
    faults += [f"notice {row['notice_id']}: {row['total']} rows name words that are not kept" for row in wordless]
    return Proof(rows=int(total["total"]) if total else 0, notices=len(fanouts), faults=tuple(faults))


def _faults(fanout: Row, sums: dict[tuple[str, int, str], int]) -> list[str]:
    """What does not add up about one notice; a channel without any row is as wrong as one that misses a few."""
    name, members = f"notice {fanout['notice_id']}", int(fanout["members"])
    faults = []
    if members != fanout["matched"]:
        faults.append(f"{name}: {fanout['matched']} customers were counted, {members} are kept")
    for channel in from_json(fanout["channels"]):
        # A social post stands for nobody in particular, but it is one thing to account for.
        expected = 1 if channel.startswith("social:") else members
        accounted = sums.get((fanout["notice_id"], fanout["version"], channel), 0)
        if accounted != expected:
            faults.append(f"{name}, {channel}: audience {expected}, accounted for {accounted}")
    return faults


def _faults_of_subscribers(fanout: Row, sums: dict[tuple[str, int, str], int]) -> list[str]:
    accounted = sums.get((fanout["notice_id"], fanout["version"], fanout["channel"]), 0)
    if accounted == fanout["matched"]:
        return []
    return [f"notice {fanout['notice_id']}, {fanout['channel']}: for {fanout['matched']}, accounted for {accounted}"]


_FANOUTS = """
SELECT f.notice_id, f.version, f.matched, n.channels,
    (SELECT count(*) FROM audience_members m WHERE m.notice_id = f.notice_id AND m.version = f.version) AS members
FROM fanouts f JOIN notices n ON n.id = f.notice_id
ORDER BY f.notice_id
"""

_SUMS = f"""
SELECT notice_id, version, channel, CAST(sum(counts) AS BIGINT) AS accounted FROM (
    SELECT notice_id, version, channel, 1 AS counts FROM ledger
    WHERE outcome IN ('accepted', 'failed', 'expired', 'superseded', 'suppressed', 'cancelled')
    UNION ALL SELECT notice_id, version, channel, 1 AS counts FROM deliveries
    UNION ALL SELECT notice_id, version, channel, -1 AS counts FROM ({latecomers.requeued_sql()}) again
) each_one GROUP BY notice_id, version, channel
"""

_WORDLESS = """
SELECT g.notice_id, count(*) AS total FROM ledger g
WHERE g.outcome = 'accepted' AND NOT EXISTS (
    SELECT 1 FROM notice_texts t
    WHERE t.notice_id = g.notice_id AND t.version = g.version AND t.language = g.language)
GROUP BY g.notice_id
"""


def _entry(row: Row) -> LedgerEntry:
    return LedgerEntry(
        customer_id=row["customer_id"],
        at=from_ms(row["at"]),
        notice_id=row["notice_id"],
        version=row["version"],
        channel=row["channel"],
        outcome=Outcome(row["outcome"]),
        reason=row["reason"],
        language=row["language"],
        sha256=row["sha256"],
        attempts=row["attempts"],
    )

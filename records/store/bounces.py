"""What came back about deliveries: onto the ledger, whatever came first."""

from dataclasses import dataclass
from datetime import datetime

from records.notices import LedgerEntry, Outcome
from records.store import ledger
from records.store.engine import Store
from records.subscribers import SubscriberKind
from records.times import from_ms_or_none, to_ms

_CHANNELS = ("email", SubscriberKind.EMAIL.channel)


@dataclass(frozen=True, kw_only=True)
class Mailed:
    """One mail that left or is about to: what came back may overtake our own note that it was taken."""

    notice_id: str
    version: int
    #: A customer's number or a subscriber's.
    number: int
    channel: str
    language: str
    sha256: str
    #: When it was settled; None when it is still queued.
    settled_at: datetime | None


def mailed(store: Store, notice_id: str, version: int, number: int) -> Mailed | None:
    """The mail of this delivery, as the ledger knows it or else the queue."""
    key = {"notice_id": notice_id, "version": version, "number": number, "email": _CHANNELS[0], "page": _CHANNELS[1]}
    found = store.rows(
        """
        SELECT channel, language, sha256, at FROM ledger
        WHERE customer_id = :number AND notice_id = :notice_id AND version = :version AND channel IN (:email, :page)
            AND outcome IN ('accepted', 'failed', 'expired')
        ORDER BY outcome LIMIT 1
        """,
        **key,
    ) or store.rows(
        """
        SELECT channel, language, '' AS sha256, NULL AS at FROM deliveries
        WHERE customer_id = :number AND notice_id = :notice_id AND version = :version AND channel IN (:email, :page)
        LIMIT 1
        """,
        **key,
    )
    if not found:
        return None
    row = found[0]
    return Mailed(
        notice_id=notice_id,
        version=version,
        number=number,
        channel=row["channel"],
        language=row["language"],
        sha256=row["sha256"],
        settled_at=from_ms_or_none(row["at"]),
    )


def note_outcome(store: Store, mail: Mailed, outcome: Outcome, reason: str, now: datetime) -> bool:
    """Write down that it bounced, or that somebody complained. False when that is known."""
    known = store.row(
        """
        SELECT 1 AS there FROM ledger WHERE customer_id = :number AND notice_id = :notice_id AND version = :version
            AND channel = :channel AND outcome = :outcome
        """,
        number=mail.number,
        notice_id=mail.notice_id,
        version=mail.version,
        channel=mail.channel,
        outcome=outcome.value,
    )
    if known is not None:
        return False
    entry = LedgerEntry(
        customer_id=mail.number,
        at=now,
        notice_id=mail.notice_id,
        version=mail.version,
        channel=mail.channel,
        outcome=outcome,
        reason=reason,
        language=mail.language,
        sha256=mail.sha256,
        attempts=0,
    )
    ledger.note(store, [entry])
    return True


def note_report(store: Store, mail: Mailed, phase: str, code: str, said: str, now: datetime) -> None:
    """Keep the far side's words beside the tries: `bounced`, `delayed` or `complained`, as attempt 0."""
    store.run(
        """
        INSERT INTO attempts (notice_id, version, customer_id, channel, at, attempt, phase, code, reply, took_ms)
        VALUES (:notice_id, :version, :number, :channel, :at, 0, :phase, :code, :said, 0.0)
        ON CONFLICT (notice_id, version, customer_id, channel, attempt, at) DO NOTHING
        """,
        notice_id=mail.notice_id,
        version=mail.version,
        number=mail.number,
        channel=mail.channel,
        at=to_ms(now),
        phase=phase,
        code=code,
        said=said,
    )


def has_report(store: Store, mail: Mailed, phase: str) -> bool:
    """Whether this was reported before."""
    found = store.row(
        """
        SELECT 1 AS there FROM attempts WHERE notice_id = :notice_id AND version = :version AND customer_id = :number
            AND channel = :channel AND phase = :phase LIMIT 1
        """,
        notice_id=mail.notice_id,
        version=mail.version,
        number=mail.number,
        channel=mail.channel,
        phase=phase,
    )
    return found is not None

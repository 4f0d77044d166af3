"""Long lists page by page, for programs that read them to the end: newest first, from behind a given id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.incidents import Incident
from records.maintenance import Maintenance, WindowState
from records.notices import LedgerEntry, Notice, NoticeState, Outcome
from records.store import incidents, maintenance, notices
from records.store.engine import Row, Store
from records.subscribers import SubscriberKind
from records.times import from_ms

#: Behind every id there is, in whichever order a database sorts signs.
FIRST = "z" * 13


class Listed(StrEnum):
    """Which incidents are meant."""

    ALL = "all"
    DRAFT = "draft"
    OPEN = "open"
    RESOLVED = "resolved"


_INCIDENTS = {
    Listed.ALL: "1 = 1",
    Listed.DRAFT: "published_at IS NULL AND discarded_at IS NULL",
    Listed.OPEN: "published_at IS NOT NULL AND stage IN ('investigating', 'identified', 'monitoring')",
    Listed.RESOLVED: "published_at IS NOT NULL AND stage IN ('resolved', 'postmortem')",
}


def incidents_before(store: Store, before: str, *, which: Listed = Listed.ALL, limit: int) -> list[Incident]:
    """Incidents, newest first."""
    found = store.rows(
        f"SELECT id FROM incidents WHERE id < :before AND {_INCIDENTS[which]} ORDER BY id DESC LIMIT :limit",
        before=before,
        limit=limit,
    )
    return [incidents.incident(store, row["id"]) for row in found]


def maintenances_before(
    store: Store, before: str, *, states: Sequence[WindowState] = (), limit: int
) -> list[Maintenance]:
    """Planned events, the one announced last first."""
    marks = {f"s{index}": state.value for index, state in enumerate(states or tuple(WindowState))}
    found = store.rows(
        f"""
        SELECT id FROM maintenances WHERE id < :before AND state IN ({", ".join(f":{name}" for name in marks)})
        ORDER BY id DESC LIMIT :limit
        """,
        before=before,
        limit=limit,
        **marks,
    )
    return [maintenance.maintenance(store, row["id"]) for row in found]


def notices_before(
    store: Store, before: str, *, subject_id: str | None = None, states: Sequence[NoticeState] = (), limit: int
) -> list[Notice]:
    """Notices, newest first; of one incident or window, or in certain states, where asked."""
    marks = {f"s{index}": state.value for index, state in enumerate(states or tuple(NoticeState))}
    found = store.rows(
        f"""
        SELECT id FROM notices
        WHERE id < :before AND (CAST(:subject_id AS TEXT) IS NULL OR subject_id = :subject_id)
            AND state IN ({", ".join(f":{name}" for name in marks)})
        ORDER BY id DESC LIMIT :limit
        """,
        before=before,
        subject_id=subject_id,
        limit=limit,
        **marks,
    )
    return [notices.notice(store, row["id"]) for row in found]


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """One line of a notice's deliveries: an outcome, or work that is not settled."""

    customer_id: int
    #: The wallet's own reference; None for a public post, or when the customer's record was erased.
    external_id: str | None
    channel: str
    version: int
    #: None while it is queued.
    outcome: Outcome | None
    reason: str
    language: str
    sha256: str
    attempts: int
    #: When it was settled, or queued.
    at: datetime


#: Customer, channel, version, outcome: the order of the list.
Place = tuple[int, str, int, str]


def deliveries_after(store: Store, notice_id: str, after: Place = (-1, "", 0, ""), *, limit: int) -> list[DeliveryRow]:
    """All that became of a notice, by customer and channel; what is still queued stands among it.

    Walks the members, of whom each has a row per channel: so many of them are enough, and a page costs the same
    wherever in a million it stands. Public posts stand under customer 0.
    """
    with store.view():
        members = store.rows(
            """
            SELECT DISTINCT customer_id FROM audience_members WHERE notice_id = :id AND customer_id >= :customer
            ORDER BY customer_id LIMIT :limit
            """,
            id=notice_id,
            customer=after[0],
            # The first may be the one whose rows were all on the page before.
            limit=limit + 1,
        )
        # By name, not by a join: a planner without statistics would read a whole table for it.
        marks = {f"c{index}": row["customer_id"] for index, row in enumerate(members)} | {"public": 0}
        found = _rows_of(store, notice_id, marks, after, limit)
    return [_delivery(row) for row in found]


def deliveries_to_subscribers(
    store: Store, notice_id: str, after: Place = (-1, "", 0, ""), *, limit: int
) -> list[DeliveryRow]:
    """The same of those who follow the page, by their numbers and channels."""
    channels = ", ".join(f"'{kind.channel}'" for kind in SubscriberKind)
    found = store.rows(
        f"""
        SELECT d.*, NULL AS external_id FROM (
            SELECT customer_id, channel, version, outcome, reason, language, sha256, attempts, at
            FROM ledger WHERE notice_id = :id AND channel IN ({channels})
            UNION ALL
            SELECT customer_id, channel, version, '', '', language, '', attempts, created_at
            FROM deliveries WHERE notice_id = :id AND channel IN ({channels})
                AND version IN (SELECT version FROM fanouts WHERE notice_id = :id)
        ) d WHERE (d.customer_id, d.channel, d.version, d.outcome) > (:customer, :channel, :version, :outcome)
        ORDER BY d.customer_id, d.channel, d.version, d.outcome LIMIT :limit
        """,
        id=notice_id,
        customer=after[0],
        channel=after[1],
        version=after[2],
        outcome=after[3],
        limit=limit,
    )
    return [_delivery(row) for row in found]


def _delivery(row: Row) -> DeliveryRow:
    return DeliveryRow(
        customer_id=row["customer_id"],
        external_id=row["external_id"],
        channel=row["channel"],
        version=row["version"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        reason=row["reason"],
        language=row["language"],
        sha256=row["sha256"],
        attempts=row["attempts"],
        at=from_ms(row["at"]),
    )


def _rows_of(store: Store, notice_id: str, marks: dict[str, int], after: Place, limit: int) -> list[Row]:
    named = ", ".join(f":{name}" for name in marks)
    return store.rows(
        f"""
        SELECT d.*, c.external_id FROM (
            SELECT customer_id, channel, version, outcome, reason, language, sha256, attempts, at
            FROM ledger WHERE customer_id IN ({named}) AND notice_id = :id
            UNION ALL
            SELECT customer_id, channel, version, '' AS outcome, '' AS reason, language, '' AS sha256, attempts,
                created_at AS at
            FROM deliveries
            WHERE notice_id = :id AND version IN (SELECT version FROM fanouts WHERE notice_id = :id)
                AND customer_id IN ({named})
        ) d LEFT JOIN customers c ON c.id = d.customer_id
        WHERE (d.customer_id, d.channel, d.version, d.outcome) > (:customer, :channel, :version, :outcome)
        ORDER BY d.customer_id, d.channel, d.version, d.outcome LIMIT :limit
        """,
        id=notice_id,
        customer=after[0],
        channel=after[1],
        version=after[2],
        outcome=after[3],
        limit=limit,
        **marks,
    )


#: Milliseconds since 1970, notice, channel, outcome: the order of a customer's ledger.
LedgerPlace = tuple[int, str, str, str]


def ledger_before(
    store: Store, customer_id: int, before: LedgerPlace | None = None, *, limit: int
) -> list[LedgerEntry]:
    """What one customer was told, or not told and why; newest first."""
    found = store.rows(
        """
        SELECT * FROM ledger
        WHERE customer_id = :customer_id AND (at, notice_id, channel, outcome) < (:at, :notice_id, :channel, :outcome)
        ORDER BY at DESC, notice_id DESC, channel DESC, outcome DESC LIMIT :limit
        """,
        customer_id=customer_id,
        at=2**62 if before is None else before[0],
        notice_id="" if before is None else before[1],
        channel="" if before is None else before[2],
        outcome="" if before is None else before[3],
        limit=limit,
    )
    return [
        LedgerEntry(
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
        for row in found
    ]

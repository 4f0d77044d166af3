"""What the wallet's app shows one customer now."""

from dataclasses import dataclass
from datetime import datetime

from records.notices import Notice
from records.store import notices
from records.store.engine import Store
from records.times import from_ms, from_ms_or_none


@dataclass(frozen=True, kw_only=True)
class Offered:
    """One notice on a customer's plate."""

    notice: Notice
    offered_at: datetime
    language: str
    #: When the customer saw it; None when not yet.
    seen_at: datetime | None


def active(store: Store, customer_id: int) -> list[Offered]:
    """The newest notice of each incident or window that is not over, unless dismissed; gravest lane first."""
    found = store.rows(
        """
        SELECT n.id, g.at, g.language,
            (SELECT min(s.at) FROM ledger s WHERE s.customer_id = g.customer_id AND s.notice_id = g.notice_id
                AND s.channel = 'inapp' AND s.outcome = 'displayed') AS seen_at
        FROM ledger g JOIN notices n ON n.id = g.notice_id AND n.version = g.version
        WHERE g.customer_id = :customer_id AND g.channel = 'inapp' AND g.outcome = 'accepted'
            AND (EXISTS (SELECT 1 FROM incidents i WHERE i.id = n.subject_id AND i.resolved_at IS NULL)
                OR EXISTS (SELECT 1 FROM maintenances w WHERE w.id = n.subject_id
                    AND w.completed_at IS NULL AND w.cancelled_at IS NULL))
            AND NOT EXISTS (SELECT 1 FROM ledger later JOIN notices p ON p.id = later.notice_id
                WHERE later.customer_id = g.customer_id AND later.channel = 'inapp'
                    AND later.outcome = 'accepted' AND p.subject_id = n.subject_id AND p.id > n.id)
            AND NOT EXISTS (SELECT 1 FROM ledger d WHERE d.customer_id = g.customer_id
                AND d.notice_id = g.notice_id AND d.channel = 'inapp' AND d.outcome = 'dismissed')
        ORDER BY n.lane, n.id DESC LIMIT 50
        """,
        customer_id=customer_id,
    )
    return [
        Offered(
            notice=notices.notice(store, row["id"]),
            offered_at=from_ms(row["at"]),
            language=row["language"],
            seen_at=from_ms_or_none(row["seen_at"]),
        )
        for row in found
    ]

"""What of a notice waits for the end of quiet hours, and until when."""

from dataclasses import dataclass
from datetime import datetime

from records.store.engine import Store
from records.times import from_ms


@dataclass(frozen=True, kw_only=True)
class Resting:
    """Deliveries that nobody has tried, because it is quiet where they go."""

    count: int
    #: When the first of them and the last of them go.
    first_at: datetime
    last_at: datetime


def resting(store: Store, notice_id: str, version: int) -> Resting | None:
    """None when nothing waits."""
    found = store.row(
        """
        SELECT count(*) AS total, min(due_at) AS first_at, max(due_at) AS last_at FROM deliveries
        WHERE notice_id = :id AND version = :version AND state = 'deferred' AND attempts = 0 AND lease = 0
            AND because LIKE '%quiet_hours'
        """,
        id=notice_id,
        version=version,
    )
    if found is None or not found["total"]:
        return None
    return Resting(count=int(found["total"]), first_at=from_ms(found["first_at"]), last_at=from_ms(found["last_at"]))

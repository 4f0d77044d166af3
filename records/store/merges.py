"""Which incident goes on under which other, and the monitors whose trouble an incident speaks of besides its own."""

from collections.abc import Sequence
from datetime import datetime

from records.store.engine import Store
from records.times import to_ms


def add(store: Store, incident_id: str, into_id: str, by: str, now: datetime) -> None:
    """Inside a deed: keep that it goes on under another; what had gone on under it does so too."""
    store.run("UPDATE incident_merges SET into_id = :into_id WHERE into_id = :id", into_id=into_id, id=incident_id)
    store.run("UPDATE taken_over SET incident_id = :into_id WHERE incident_id = :id", into_id=into_id, id=incident_id)
    store.run(
        "INSERT INTO incident_merges (incident_id, into_id, at, by) VALUES (:id, :into_id, :at, :by)",
        id=incident_id,
        into_id=into_id,
        at=to_ms(now),
        by=by,
    )


def take_over(store: Store, monitor_id: str, incident_id: str) -> None:
    """Inside a deed: what this monitor sees broken is spoken of in that incident, while it is open."""
    store.run(
        """
        INSERT INTO taken_over (monitor_id, incident_id) VALUES (:monitor_id, :incident_id)
        ON CONFLICT (monitor_id) DO UPDATE SET incident_id = excluded.incident_id
        """,
        monitor_id=monitor_id,
        incident_id=incident_id,
    )


def spoken_of_in(store: Store, monitor_id: str) -> str | None:
    """The incident that speaks of what this monitor sees, if another took that over; it may be over by now."""
    found = store.row("SELECT incident_id FROM taken_over WHERE monitor_id = :id", id=monitor_id)
    return None if found is None else str(found["incident_id"])


def taken_over(store: Store, incident_id: str) -> Sequence[str]:
    """Ids of the monitors besides its own whose trouble an incident speaks of."""
    found = store.rows("SELECT monitor_id FROM taken_over WHERE incident_id = :id ORDER BY monitor_id", id=incident_id)
    return [row["monitor_id"] for row in found]


def speaks_for_others(store: Store, incident_id: str) -> bool:
    """Whether an incident speaks of what other monitors than its own see."""
    return store.row("SELECT 1 AS found FROM taken_over WHERE incident_id = :id LIMIT 1", id=incident_id) is not None


def merged_into(store: Store, incident_id: str) -> Sequence[str]:
    """Ids of the incidents that go on under this one."""
    found = store.rows(
        "SELECT incident_id FROM incident_merges WHERE into_id = :id ORDER BY incident_id", id=incident_id
    )
    return [row["incident_id"] for row in found]

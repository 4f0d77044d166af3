"""Components, their signals from monitors and their history of states."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from records.components import Component, Direction, Status
from records.days import Correction, How
from records.errors import NotFound
from records.store import days
from records.store.encoding import from_json, to_json
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms

_SELECT = """
SELECT c.*, s.signal_rank, s.signal_at
FROM components c
LEFT JOIN (
    SELECT component_id, max(CASE status
        WHEN 'operational' THEN 0 WHEN 'under_maintenance' THEN 1 WHEN 'unknown' THEN 2
        WHEN 'degraded_performance' THEN 3 WHEN 'partial_outage' THEN 4 ELSE 5 END) AS signal_rank,
        min(at) AS signal_at
    FROM signals GROUP BY component_id
) s ON s.component_id = c.id
WHERE c.retired_at IS NULL
"""


def all_components(store: Store) -> list[Component]:
    """Every component in use, in page order: a group stands before its children."""
    return [_component(row) for row in store.rows(_SELECT + " ORDER BY c.position, c.id")]


def component(store: Store, name: str) -> Component:
    """One component by its configuration id or its public id. Raises NotFound."""
    found = store.row(_SELECT + " AND (c.id = :name OR c.public_id = :name)", name=name)
    if found is None:
        raise NotFound(f"There is no component {name}.")
    return _component(found)


def put(store: Store, entry: Component, now: datetime) -> None:
    """Add a component, or bring its description up to date; its state and public id stay as they are."""
    store.run(
        """
        INSERT INTO components (id, public_id, name, description, group_id, is_group, chain, asset, direction,
            depends_on, audience, auto_publish, position, status, status_since, created_at, updated_at, retired_at)
        VALUES (:id, :public_id, :name, :description, :group_id, :is_group, :chain, :asset, :direction,
            :depends_on, :audience, :auto_publish, :position, :status, :now, :now, :now, NULL)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
            group_id = excluded.group_id, is_group = excluded.is_group, chain = excluded.chain,
            asset = excluded.asset, direction = excluded.direction, depends_on = excluded.depends_on,
            audience = excluded.audience, auto_publish = excluded.auto_publish, position = excluded.position,
            updated_at = excluded.updated_at, retired_at = NULL
        """,
        **_values(entry),
        now=to_ms(now),
    )
    store.run(
        """
        INSERT INTO component_states (component_id, from_at, status)
        SELECT :id, CAST(:now AS BIGINT), :status
        WHERE NOT EXISTS (SELECT 1 FROM component_states WHERE component_id = :id)
        """,
        id=entry.id,
        now=to_ms(now),
        status=entry.status.value,
    )
    days.close_absence(store, entry.id, now)


def _values(entry: Component) -> dict[str, Any]:
    return {
        "id": entry.id,
        "public_id": entry.public_id,
        "name": to_json(entry.name),
        "description": to_json(entry.description),
        "group_id": entry.group_id,
        "is_group": int(entry.is_group),
        "chain": entry.chain,
        "asset": entry.asset,
        "direction": entry.direction.value if entry.direction else None,
        "depends_on": to_json(list(entry.depends_on)),
        "audience": entry.audience,
        "auto_publish": int(entry.auto_publish),
        "position": entry.position,
        "status": entry.status.value,
    }


def retire_all_but(store: Store, ids: Iterable[str], now: datetime) -> int:
    """Take components that are not in `ids` off the page; their history stays. Returns how many."""
    kept = set(ids)
    gone = [
        row["id"] for row in store.rows("SELECT id FROM components WHERE retired_at IS NULL") if row["id"] not in kept
    ]
    for component_id in gone:
        store.run("UPDATE components SET retired_at = :now WHERE id = :id", now=to_ms(now), id=component_id)
        absent = Correction(component_id=component_id, start=now, end=None, status=None, how=How.EXACT)
        days.correct(store, absent, component_id, "system:configuration", now)
        store.run("DELETE FROM signals WHERE component_id = :id", id=component_id)
    return len(gone)


def set_status(store: Store, component_id: str, status: Status, at: datetime) -> bool:
    """Change the state that the public sees and note it in the history. False when it was so already."""
    changed = store.run(
        """
        UPDATE components SET status = :status, status_since = :at, updated_at = :at
        WHERE id = :id AND status <> :status
        """,
        id=component_id,
        status=status.value,
        at=to_ms(at),
    )
    if changed:
        store.run(
            """
            INSERT INTO component_states (component_id, from_at, status) VALUES (:id, :at, :status)
            ON CONFLICT (component_id, from_at) DO UPDATE SET status = excluded.status
            """,
            id=component_id,
            status=status.value,
            at=to_ms(at),
        )
        days.reopen(store, [component_id], at)
    return changed > 0


def set_signal(store: Store, component_id: str, monitor_id: str, status: Status, at: datetime) -> None:
    """What one monitor says about one component."""
    store.run(
        """
        INSERT INTO signals (component_id, monitor_id, status, at) VALUES (:component_id, :monitor_id, :status, :at)
        ON CONFLICT (component_id, monitor_id) DO UPDATE SET status = excluded.status, at = excluded.at
        """,
        component_id=component_id,
        monitor_id=monitor_id,
        status=status.value,
        at=to_ms(at),
    )


def begin_signal(store: Store, component_id: str, monitor_id: str, status: Status, at: datetime) -> None:
    """What stands until the monitor has seen something; what it said already stays."""
    store.run(
        """
        INSERT INTO signals (component_id, monitor_id, status, at) VALUES (:component_id, :monitor_id, :status, :at)
        ON CONFLICT (component_id, monitor_id) DO NOTHING
        """,
        component_id=component_id,
        monitor_id=monitor_id,
        status=status.value,
        at=to_ms(at),
    )


def keep_signals(store: Store, pairs: Collection[tuple[str, str]]) -> None:
    """Drop what was said by monitors about components other than in `pairs` (component, monitor)."""
    for row in store.rows("SELECT component_id, monitor_id FROM signals"):
        if (row["component_id"], row["monitor_id"]) not in pairs:
            store.run("DELETE FROM signals WHERE component_id = :component_id AND monitor_id = :monitor_id", **row)


def silence(store: Store, monitor_id: str, now: datetime) -> None:
    """The monitor has not seen anything for too long: what it said before no longer counts."""
    store.run(
        "UPDATE signals SET status = 'unknown', at = :now WHERE monitor_id = :id AND status <> 'unknown'",
        id=monitor_id,
        now=to_ms(now),
    )


def freshen_signals(store: Store, monitor_id: str, at: datetime) -> None:
    """The monitor looked again and says the same."""
    store.run("UPDATE signals SET at = :at WHERE monitor_id = :id", at=to_ms(at), id=monitor_id)


def _component(row: Row) -> Component:
    rank = row["signal_rank"]
    return Component(
        id=row["id"],
        public_id=row["public_id"],
        name=from_json(row["name"]),
        description=from_json(row["description"]),
        group_id=row["group_id"],
        is_group=bool(row["is_group"]),
        chain=row["chain"],
        asset=row["asset"],
        direction=Direction(row["direction"]) if row["direction"] else None,
        depends_on=tuple(from_json(row["depends_on"])),
        audience=row["audience"],
        auto_publish=bool(row["auto_publish"]),
        position=row["position"],
        status=Status(row["status"]),
        status_since=from_ms(row["status_since"]),
        signal=None if rank is None else list(Status)[rank],
        signal_at=from_ms_or_none(row["signal_at"]),
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
    )

"""Planned events with their components and updates."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from records.errors import EditedMeanwhile, NotFound
from records.maintenance import AtBlock, Kind, Maintenance, MaintenanceUpdate, Series, WindowState
from records.recurrence import Recurrence
from records.store.belongings import belonging
from records.store.encoding import durations_from_json, durations_to_json, from_json, to_json
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none

_COLUMNS = (
    "kind", "name", "state", "scheduled_for", "scheduled_until", "time_zone", "announced_at", "started_at",
    "completed_at", "cancelled_at", "reminders", "reminded", "auto_start", "auto_complete", "audience", "channels",
    "still_works", "what_to_do", "emergency_reason", "created_by", "created_at", "updated_at",
)  # fmt: skip


def add(store: Store, event: Maintenance) -> None:
    """Keep a new planned event with its components."""
    names = ("id", "number", *_COLUMNS, "version")
    store.run(
        f"INSERT INTO maintenances ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})",
        id=event.id,
        number=event.number,
        version=event.version,
        **_values(event),
    )
    _put_components(store, event)
    if event.at_block is not None:
        store.run(
            "INSERT INTO upgrade_heights (maintenance_id, chain, height) VALUES (:id, :chain, :height)",
            id=event.id,
            chain=event.at_block.chain,
            height=event.at_block.height,
        )
        note_estimate(store, event.id, event.at_block)
    if event.series is not None:
        _add_series(store, event.id, event.series)


def _add_series(store: Store, event_id: str, series: Series) -> None:
    store.run(
        """
        INSERT INTO window_series (maintenance_id, series_id, rule, began, time_zone, slot, length_seconds)
        VALUES (:id, :series_id, :rule, :began, :time_zone, :slot, :length_seconds)
        """,
        id=event_id,
        series_id=series.id,
        rule=series.recurrence.rule,
        began=to_ms(series.recurrence.began),
        time_zone=series.recurrence.time_zone,
        slot=to_ms(series.slot),
        length_seconds=int(series.length.total_seconds()),
    )


def end_series(store: Store, series_id: str, now: datetime) -> bool:
    """Inside a deed: no more windows of it come. False when that was said before."""
    sql = "INSERT INTO window_series_ends (series_id, at) VALUES (:id, :at) ON CONFLICT (series_id) DO NOTHING"
    return bool(store.run(sql, id=series_id, at=to_ms(now)))


def last_of_each_series(store: Store) -> list[Maintenance]:
    """Of each series that goes on, the window that comes last by its rule; also when it was cancelled."""
    return _whole(
        store,
        store.rows(
            """
            SELECT m.* FROM maintenances m JOIN window_series s ON s.maintenance_id = m.id
            WHERE NOT EXISTS (SELECT 1 FROM window_series_ends e WHERE e.series_id = s.series_id)
                AND s.slot = (SELECT max(o.slot) FROM window_series o WHERE o.series_id = s.series_id)
            ORDER BY m.scheduled_for, m.id
            """
        ),
    )


def save(store: Store, event: Maintenance) -> None:
    """Keep an edited event; `event.version` is the one it was read with. Raises EditedMeanwhile."""
    changed = store.run(
        f"UPDATE maintenances SET {', '.join(f'{name} = :{name}' for name in _COLUMNS)}, version = version + 1 "
        "WHERE id = :id AND version = :version",
        id=event.id,
        version=event.version,
        **_values(event),
    )
    if not changed:
        raise EditedMeanwhile(f"{event.ref} was changed by somebody else meanwhile; look at it again, then repeat.")
    store.run("DELETE FROM maintenance_components WHERE maintenance_id = :id", id=event.id)
    _put_components(store, event)


def note_estimate(store: Store, event_id: str, estimate: AtBlock) -> None:
    """Keep when the chain gets there by what is known now. No edit: the event's version stays."""
    store.run(
        """
        UPDATE upgrade_heights SET eta = :eta, estimated_at = :estimated_at, moved_at = :moved_at
        WHERE maintenance_id = :id
        """,
        id=event_id,
        eta=to_ms_or_none(estimate.eta),
        estimated_at=to_ms_or_none(estimate.estimated_at),
        moved_at=to_ms_or_none(estimate.moved_at),
    )


def note_overrun(store: Store, event: Maintenance, now: datetime) -> bool:
    """Keep that it lasts past its present end. False when that is known already."""
    return bool(
        store.run(
            """
            INSERT INTO window_overruns (maintenance_id, until, at) VALUES (:id, :until, :at)
            ON CONFLICT (maintenance_id, until) DO NOTHING
            """,
            id=event.id,
            until=to_ms(event.scheduled_until),
            at=to_ms(now),
        )
    )


def is_upgrading(store: Store, chain: str) -> bool:
    """Whether the window of an upgrade at a height of `chain` runs now."""
    found = store.row(
        """
        SELECT 1 AS found FROM maintenances m JOIN upgrade_heights h ON h.maintenance_id = m.id
        WHERE h.chain = :chain AND m.state IN ('in_progress', 'verifying') LIMIT 1
        """,
        chain=chain,
    )
    return found is not None


def ran_over(store: Store, component_ids: Iterable[str], at: datetime) -> bool:
    """Whether planned work ran at a moment over any of these components; a promotion is none."""
    marks = {f"c{index}": each for index, each in enumerate(component_ids)}
    if not marks:
        return False
    found = store.row(
        f"""
        SELECT 1 AS found FROM maintenance_components c JOIN maintenances m ON m.id = c.maintenance_id
        WHERE c.component_id IN ({", ".join(f":{name}" for name in marks)}) AND m.kind <> 'promotion'
            AND m.started_at <= :at AND (m.completed_at IS NULL OR m.completed_at > :at)
        LIMIT 1
        """,
        at=to_ms(at),
        **marks,
    )
    return found is not None


def add_update(store: Store, update: MaintenanceUpdate) -> None:
    """Keep what was said."""
    store.run(
        """
        INSERT INTO maintenance_updates (id, maintenance_id, state, body, created_at, created_by)
        VALUES (:id, :maintenance_id, :state, :body, :created_at, :created_by)
        """,
        id=update.id,
        maintenance_id=update.maintenance_id,
        state=update.state.value,
        body=to_json(update.body),
        created_at=to_ms(update.created_at),
        created_by=update.created_by,
    )


def maintenance(store: Store, name: str) -> Maintenance:
    """One planned event by id, or by what people call it (`MNT-7`). Raises NotFound."""
    digits = name[4:] if name.upper().startswith("MNT-") else ""
    if digits.isascii() and digits.isdigit() and len(digits) < 10:
        found = store.rows("SELECT * FROM maintenances WHERE number = :number", number=int(digits))
    else:
        found = store.rows("SELECT * FROM maintenances WHERE id = :id", id=name)
    if not found:
        raise NotFound(f"There is no planned event {name}.")
    return _whole(store, found)[0]


def unfinished(store: Store) -> list[Maintenance]:
    """Scheduled or running, soonest first."""
    return _whole(
        store,
        store.rows(
            """
            SELECT * FROM maintenances WHERE state IN ('scheduled', 'in_progress', 'verifying')
            ORDER BY scheduled_for, id
            """
        ),
    )


def all_since(store: Store, since: datetime, *, limit: int = 50) -> list[Maintenance]:
    """Those whose window ends at or after `since`, latest first, cancelled ones too."""
    return _whole(
        store,
        store.rows(
            """
            SELECT * FROM maintenances WHERE scheduled_until >= :since
            ORDER BY scheduled_for DESC, id DESC LIMIT :limit
            """,
            since=to_ms(since),
            limit=limit,
        ),
    )


def _whole(store: Store, found: Sequence[Row]) -> list[Maintenance]:
    ids = [row["id"] for row in found]
    components = belonging(store, "maintenance_components", "maintenance_id", "component_id", ids)
    updates = belonging(store, "maintenance_updates", "maintenance_id", "id", ids)
    heights = belonging(store, "upgrade_heights", "maintenance_id", "maintenance_id", ids)
    series = belonging(store, _SERIES, "maintenance_id", "maintenance_id", ids)
    return [
        _maintenance(
            row,
            components.get(row["id"], []),
            updates.get(row["id"], []),
            next(iter(heights.get(row["id"], [])), None),
            next(iter(series.get(row["id"], [])), None),
        )
        for row in found
    ]


_SERIES = """(
    SELECT s.*, e.at AS ended_at FROM window_series s LEFT JOIN window_series_ends e ON e.series_id = s.series_id
) series"""


def _put_components(store: Store, event: Maintenance) -> None:
    store.many(
        "INSERT INTO maintenance_components (maintenance_id, component_id) VALUES (:maintenance_id, :component_id)",
        [{"maintenance_id": event.id, "component_id": component} for component in event.component_ids],
    )


def _values(event: Maintenance) -> dict[str, Any]:
    return {
        "kind": event.kind.value,
        "name": to_json(event.name),
        "state": event.state.value,
        "scheduled_for": to_ms(event.scheduled_for),
        "scheduled_until": to_ms(event.scheduled_until),
        "time_zone": event.time_zone,
        "announced_at": to_ms(event.announced_at),
        "started_at": to_ms_or_none(event.started_at),
        "completed_at": to_ms_or_none(event.completed_at),
        "cancelled_at": to_ms_or_none(event.cancelled_at),
        "reminders": durations_to_json(event.reminders),
        "reminded": to_json([to_ms(moment) for moment in event.reminded]),
        "auto_start": int(event.auto_start),
        "auto_complete": int(event.auto_complete),
        "audience": event.audience,
        "channels": to_json(list(event.channels)),
        "still_works": to_json(event.still_works),
        "what_to_do": to_json(event.what_to_do),
        "emergency_reason": event.emergency_reason,
        "created_by": event.created_by,
        "created_at": to_ms(event.created_at),
        "updated_at": to_ms(event.updated_at),
    }


def _at_block(row: Row) -> AtBlock:
    return AtBlock(
        chain=row["chain"],
        height=row["height"],
        eta=from_ms_or_none(row["eta"]),
        estimated_at=from_ms_or_none(row["estimated_at"]),
        moved_at=from_ms_or_none(row["moved_at"]),
    )


def _series(row: Row) -> Series:
    return Series(
        id=row["series_id"],
        recurrence=Recurrence(rule=row["rule"], began=from_ms(row["began"]), time_zone=row["time_zone"]),
        slot=from_ms(row["slot"]),
        length=timedelta(seconds=row["length_seconds"]),
        ended_at=from_ms_or_none(row["ended_at"]),
    )


def _maintenance(
    row: Row, components: list[Row], updates: list[Row], height: Row | None, series: Row | None
) -> Maintenance:
    return Maintenance(
        id=row["id"],
        number=row["number"],
        kind=Kind(row["kind"]),
        name=from_json(row["name"]),
        state=WindowState(row["state"]),
        scheduled_for=from_ms(row["scheduled_for"]),
        scheduled_until=from_ms(row["scheduled_until"]),
        time_zone=row["time_zone"],
        announced_at=from_ms(row["announced_at"]),
        started_at=from_ms_or_none(row["started_at"]),
        completed_at=from_ms_or_none(row["completed_at"]),
        cancelled_at=from_ms_or_none(row["cancelled_at"]),
        reminders=durations_from_json(row["reminders"]),
        reminded=tuple(from_ms(ms) for ms in from_json(row["reminded"])),
        auto_start=bool(row["auto_start"]),
        auto_complete=bool(row["auto_complete"]),
        audience=row["audience"],
        channels=tuple(from_json(row["channels"])),
        component_ids=tuple(each["component_id"] for each in components),
        still_works=from_json(row["still_works"]),
        what_to_do=from_json(row["what_to_do"]),
        emergency_reason=row["emergency_reason"],
        updates=tuple(
            MaintenanceUpdate(
                id=each["id"],
                maintenance_id=each["maintenance_id"],
                state=WindowState(each["state"]),
                body=from_json(each["body"]),
                created_at=from_ms(each["created_at"]),
                created_by=each["created_by"],
            )
            for each in updates
        ),
        created_by=row["created_by"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        version=row["version"],
        at_block=None if height is None else _at_block(height),
        series=None if series is None else _series(series),
    )

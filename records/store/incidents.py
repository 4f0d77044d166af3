"""Incidents with their components and updates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from records.components import Cause, Status
from records.errors import EditedMeanwhile, NotFound
from records.incidents import Impact, Incident, IncidentUpdate, Stage
from records.store.belongings import belonging
from records.store.encoding import from_json, statuses_from_json, statuses_to_json, to_json
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none

_COLUMNS = (
    "name", "impact", "stage", "cause", "published_at", "discarded_at", "started_at", "detected_at", "declared_at",
    "first_public_at", "first_customer_notice_at", "monitoring_at", "resolved_at", "resolution_notice_at",
    "next_update_at", "audience", "channels", "opened_by", "monitor_id", "open_monitor_id", "still_works", "funds",
    "what_to_do", "created_at", "updated_at",
)  # fmt: skip


def add(store: Store, incident: Incident) -> None:
    """Keep a new incident with its components; its updates are added by `add_update`."""
    names = ("id", "number", *_COLUMNS, "version")
    store.run(
        f"INSERT INTO incidents ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})",
        id=incident.id,
        number=incident.number,
        version=incident.version,
        **_values(incident),
    )
    _put_components(store, incident)


def save(store: Store, incident: Incident) -> None:
    """Keep an edited incident; `incident.version` is the one it was read with. Raises EditedMeanwhile."""
    changed = store.run(
        f"UPDATE incidents SET {', '.join(f'{name} = :{name}' for name in _COLUMNS)}, version = version + 1 "
        "WHERE id = :id AND version = :version",
        id=incident.id,
        version=incident.version,
        **_values(incident),
    )
    if not changed:
        raise EditedMeanwhile(f"{incident.ref} was changed by somebody else meanwhile; look at it again, then repeat.")
    store.run("DELETE FROM incident_components WHERE incident_id = :id", id=incident.id)
    _put_components(store, incident)


def note_heard(store: Store, incident_id: str, now: datetime, *, is_end: bool) -> None:
    """A notice that waited is on its way: customers hear of it, or of its end, now. No edit: its version stays."""
    store.run(
        """
        UPDATE incidents SET first_customer_notice_at = COALESCE(first_customer_notice_at, :now),
            resolution_notice_at = CASE WHEN :is_end = 1 THEN :now ELSE resolution_notice_at END
        WHERE id = :id
        """,
        id=incident_id,
        now=to_ms(now),
        is_end=int(is_end),
    )


def add_update(store: Store, update: IncidentUpdate) -> None:
    """Keep what was said; updates are never edited in place."""
    store.run(
        """
        INSERT INTO incident_updates (id, incident_id, stage, body, created_at, display_at, created_by,
            next_update_at, statuses)
        VALUES (:id, :incident_id, :stage, :body, :created_at, :display_at, :created_by, :next_update_at, :statuses)
        """,
        id=update.id,
        incident_id=update.incident_id,
        stage=update.stage.value,
        body=to_json(update.body),
        created_at=to_ms(update.created_at),
        display_at=to_ms(update.display_at),
        created_by=update.created_by,
        next_update_at=to_ms_or_none(update.next_update_at),
        statuses=statuses_to_json(update.statuses),
    )
    if update.corrects is not None:
        store.run(
            "INSERT INTO corrected_updates (incident_id, update_id, corrects) VALUES (:incident_id, :id, :corrects)",
            incident_id=update.incident_id,
            id=update.id,
            corrects=update.corrects,
        )


def note_promise(store: Store, update_id: str, next_update_at: datetime) -> None:
    """Keep what the words of a draft promise as they become public, unless they promised something before."""
    store.run(
        "UPDATE incident_updates SET next_update_at = :at WHERE id = :id AND next_update_at IS NULL",
        id=update_id,
        at=to_ms(next_update_at),
    )


def incident(store: Store, name: str) -> Incident:
    """One incident by id, or by what people call it (`INC-42`). Raises NotFound."""
    digits = name[4:] if name.upper().startswith("INC-") else ""
    if digits.isascii() and digits.isdigit() and len(digits) < 10:
        found = store.rows("SELECT * FROM incidents WHERE number = :number", number=int(digits))
    else:
        found = store.rows("SELECT * FROM incidents WHERE id = :id", id=name)
    if not found:
        raise NotFound(f"There is no incident {name}.")
    return _whole(store, found)[0]


def opened_by_monitor(store: Store, monitor_id: str) -> Incident | None:
    """The draft or open incident that a monitor caused, if there is one."""
    found = store.rows("SELECT * FROM incidents WHERE open_monitor_id = :id", id=monitor_id)
    return _whole(store, found)[0] if found else None


def discarded_since(store: Store, monitor_id: str, since: datetime) -> Incident | None:
    """The newest draft of a monitor that somebody discarded at or after `since`, if there is one."""
    found = store.rows(
        """
        SELECT * FROM incidents WHERE monitor_id = :id AND discarded_at >= :since
        ORDER BY discarded_at DESC, id DESC LIMIT 1
        """,
        id=monitor_id,
        since=to_ms(since),
    )
    return _whole(store, found)[0] if found else None


def open_incidents(store: Store) -> list[Incident]:
    """Published and not resolved, newest first."""
    return _whole(
        store,
        store.rows(
            """
            SELECT * FROM incidents
            WHERE published_at IS NOT NULL AND stage IN ('investigating', 'identified', 'monitoring')
            ORDER BY started_at DESC, id DESC
            """
        ),
    )


def drafts(store: Store) -> list[Incident]:
    """Waiting for an operator's yes, newest first."""
    return _whole(
        store,
        store.rows("SELECT * FROM incidents WHERE published_at IS NULL AND discarded_at IS NULL ORDER BY id DESC"),
    )


def published_incidents(store: Store, *, since: datetime | None = None, limit: int = 50) -> list[Incident]:
    """Published ones that started at or after `since`, newest first."""
    return _whole(
        store,
        store.rows(
            """
            SELECT * FROM incidents WHERE published_at IS NOT NULL AND started_at >= :since
            ORDER BY started_at DESC, id DESC LIMIT :limit
            """,
            since=0 if since is None else to_ms(since),
            limit=limit,
        ),
    )


def _whole(store: Store, found: Sequence[Row]) -> list[Incident]:
    ids = [row["id"] for row in found]
    components = belonging(store, "incident_components", "incident_id", "component_id", ids)
    updates = belonging(store, "incident_updates", "incident_id", "display_at, id", ids)
    corrected = {
        row["update_id"]: row["corrects"]
        for rows in belonging(store, "corrected_updates", "incident_id", "update_id", ids).values()
        for row in rows
    }
    merged = {
        name: rows[0]["into_id"]
        for name, rows in belonging(store, "incident_merges", "incident_id", "incident_id", ids).items()
    }
    return [
        replace(
            _incident(row, components.get(row["id"], []), updates.get(row["id"], []), corrected),
            merged_into=merged.get(row["id"]),
        )
        for row in found
    ]


def _put_components(store: Store, incident: Incident) -> None:
    store.many(
        """
        INSERT INTO incident_components (incident_id, component_id, status)
        VALUES (:incident_id, :component_id, :status)
        """,
        [
            {"incident_id": incident.id, "component_id": component, "status": status.value}
            for component, status in incident.statuses.items()
        ],
    )


def _values(incident: Incident) -> dict[str, Any]:
    is_live = incident.discarded_at is None and incident.resolved_at is None
    return {
        "name": to_json(incident.name),
        "impact": incident.impact.value,
        "stage": incident.stage.value,
        "cause": incident.cause.value,
        "published_at": to_ms_or_none(incident.published_at),
        "discarded_at": to_ms_or_none(incident.discarded_at),
        "started_at": to_ms(incident.started_at),
        "detected_at": to_ms_or_none(incident.detected_at),
        "declared_at": to_ms_or_none(incident.declared_at),
        "first_public_at": to_ms_or_none(incident.first_public_at),
        "first_customer_notice_at": to_ms_or_none(incident.first_customer_notice_at),
        "monitoring_at": to_ms_or_none(incident.monitoring_at),
        "resolved_at": to_ms_or_none(incident.resolved_at),
        "resolution_notice_at": to_ms_or_none(incident.resolution_notice_at),
        "next_update_at": to_ms_or_none(incident.next_update_at),
        "audience": incident.audience,
        "channels": to_json(list(incident.channels)),
        "opened_by": incident.opened_by,
        "monitor_id": incident.monitor,
        # Unique while it lives: one fault never opens two incidents, not even from two processes.
        "open_monitor_id": incident.monitor if is_live else None,
        "still_works": to_json(incident.still_works),
        "funds": to_json(incident.funds),
        "what_to_do": to_json(incident.what_to_do),
        "created_at": to_ms(incident.created_at),
        "updated_at": to_ms(incident.updated_at),
    }


def _incident(row: Row, components: list[Row], updates: list[Row], corrected: Mapping[str, str]) -> Incident:
    return Incident(
        id=row["id"],
        number=row["number"],
        name=from_json(row["name"]),
        impact=Impact(row["impact"]),
        stage=Stage(row["stage"]),
        cause=Cause(row["cause"]),
        published_at=from_ms_or_none(row["published_at"]),
        discarded_at=from_ms_or_none(row["discarded_at"]),
        started_at=from_ms(row["started_at"]),
        detected_at=from_ms_or_none(row["detected_at"]),
        declared_at=from_ms_or_none(row["declared_at"]),
        first_public_at=from_ms_or_none(row["first_public_at"]),
        first_customer_notice_at=from_ms_or_none(row["first_customer_notice_at"]),
        monitoring_at=from_ms_or_none(row["monitoring_at"]),
        resolved_at=from_ms_or_none(row["resolved_at"]),
        resolution_notice_at=from_ms_or_none(row["resolution_notice_at"]),
        next_update_at=from_ms_or_none(row["next_update_at"]),
        audience=row["audience"],
        channels=tuple(from_json(row["channels"])),
        opened_by=row["opened_by"],
        monitor=row["monitor_id"],
        still_works=from_json(row["still_works"]),
        funds=from_json(row["funds"]),
        what_to_do=from_json(row["what_to_do"]),
        statuses={each["component_id"]: Status(each["status"]) for each in components},
        updates=tuple(_update(each, corrected.get(each["id"])) for each in updates),
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        version=row["version"],
    )


def _update(row: Row, corrects: str | None) -> IncidentUpdate:
    return IncidentUpdate(
        id=row["id"],
        incident_id=row["incident_id"],
        stage=Stage(row["stage"]),
        body=from_json(row["body"]),
        created_at=from_ms(row["created_at"]),
        display_at=from_ms(row["display_at"]),
        created_by=row["created_by"],
        next_update_at=from_ms_or_none(row["next_update_at"]),
        statuses=statuses_from_json(row["statuses"]),
        corrects=corrects,
    )

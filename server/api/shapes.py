"""What happens, as JSON: components, monitors, incidents, planned events. The command line's `--json` prints the same.

The types below are also what the OpenAPI document is made from.
"""

from datetime import timedelta
from typing import Any

from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.components import Component, Status, Words
from records.incidents import Incident, IncidentUpdate
from records.maintenance import AtBlock, Maintenance, MaintenanceUpdate
from records.store.monitors import MonitorRecord
from records.times import iso, iso_or_none


class ComponentShape(TypedDict):
    """A row of the status page."""

    id: str
    public_id: str
    name: Words
    description: Words
    group_id: str | None
    group: bool
    chain: str | None
    asset: str | None
    direction: str | None
    depends_on: list[str]
    audience: str | None
    auto_publish: bool
    position: int
    status: str
    status_since: str
    signal: str | None
    signal_at: str | None
    created_at: str
    updated_at: str


def component(one: Component) -> ComponentShape:
    """A component whole."""
    return {
        "id": one.id,
        "public_id": one.public_id,
        "name": one.name,
        "description": one.description,
        "group_id": one.group_id,
        "group": one.is_group,
        "chain": one.chain,
        "asset": one.asset,
        "direction": one.direction.value if one.direction else None,
        "depends_on": list(one.depends_on),
        "audience": one.audience,
        "auto_publish": one.auto_publish,
        "position": one.position,
        "status": one.status.value,
        "status_since": iso(one.status_since),
        "signal": one.signal.value if one.signal else None,
        "signal_at": iso_or_none(one.signal_at),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
    }


class MonitorShape(TypedDict):
    """A monitor and what it concluded last."""

    id: str
    kind: str
    chain: str | None
    component_id: str | None
    every_seconds: float
    verdict: str | None
    reasoning: str
    facts: dict[str, Any]
    verdict_since: str | None
    seen_at: str | None
    looked_at: str | None
    muted_until: str | None


def monitor(one: MonitorRecord) -> MonitorShape:
    """A monitor whole."""
    return {
        "id": one.id,
        "kind": one.kind,
        "chain": one.chain,
        "component_id": one.component_id,
        "every_seconds": one.every_ms / 1000,
        "verdict": one.verdict,
        "reasoning": one.reasoning,
        "facts": one.facts,
        "verdict_since": iso_or_none(one.verdict_since),
        "seen_at": iso_or_none(one.seen_at),
        "looked_at": iso_or_none(one.looked_at),
        "muted_until": iso_or_none(one.muted_until),
    }


class AffectedShape(TypedDict):
    """A component and the state it is in."""

    id: str
    status: str


class IncidentUpdateShape(TypedDict):
    """One thing said about an incident."""

    id: str
    status: str
    body: Words
    components: list[AffectedShape]
    next_update_at: str | None
    display_at: str
    corrects: str | None
    created_at: str
    created_by: str


class IncidentShape(TypedDict):
    """An incident with its updates, newest first."""

    id: str
    ref: str
    name: Words
    status: str
    impact: str
    cause: str
    draft: bool
    open: bool
    components: list[AffectedShape]
    audience: str
    channels: list[str]
    still_works: Words
    funds: Words
    what_to_do: Words
    opened_by: str
    monitor: str | None
    started_at: str
    detected_at: str | None
    declared_at: str | None
    published_at: str | None
    discarded_at: str | None
    first_public_at: str | None
    first_customer_notice_at: str | None
    monitoring_at: str | None
    resolved_at: str | None
    resolution_notice_at: str | None
    next_update_at: str | None
    updates: list[IncidentUpdateShape]
    created_at: str
    updated_at: str
    version: int
    merged_into: str | None


def incident(one: Incident) -> IncidentShape:
    """An incident whole."""
    return {
        "id": one.id,
        "ref": one.ref,
        "name": one.name,
        "status": one.stage.value,
        "impact": one.impact.value,
        "cause": one.cause.value,
        "draft": one.is_draft,
        "open": one.is_open,
        "components": affected(one.statuses),
        "audience": one.audience,
        "channels": list(one.channels),
        "still_works": one.still_works,
        "funds": one.funds,
        "what_to_do": one.what_to_do,
        "opened_by": one.opened_by,
        "monitor": one.monitor,
        "started_at": iso(one.started_at),
        "detected_at": iso_or_none(one.detected_at),
        "declared_at": iso_or_none(one.declared_at),
        "published_at": iso_or_none(one.published_at),
        "discarded_at": iso_or_none(one.discarded_at),
        "first_public_at": iso_or_none(one.first_public_at),
        "first_customer_notice_at": iso_or_none(one.first_customer_notice_at),
        "monitoring_at": iso_or_none(one.monitoring_at),
        "resolved_at": iso_or_none(one.resolved_at),
        "resolution_notice_at": iso_or_none(one.resolution_notice_at),
        "next_update_at": iso_or_none(one.next_update_at),
        "updates": [incident_update(each) for each in reversed(one.updates)],
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "version": one.version,
        "merged_into": one.merged_into,
    }


def incident_update(one: IncidentUpdate) -> IncidentUpdateShape:
    """One update."""
    return {
        "id": one.id,
        "status": one.stage.value,
        "body": one.body,
        "components": affected(one.statuses),
        "next_update_at": iso_or_none(one.next_update_at),
        "display_at": iso(one.display_at),
        "corrects": one.corrects,
        "created_at": iso(one.created_at),
        "created_by": one.created_by,
    }


def affected(statuses: dict[str, Status]) -> list[AffectedShape]:
    """Components with their states, by id."""
    return [{"id": name, "status": status.value} for name, status in sorted(statuses.items())]


class MaintenanceUpdateShape(TypedDict):
    """One thing said about a planned event."""

    id: str
    status: str
    body: Words
    created_at: str
    created_by: str


class AtBlockShape(TypedDict):
    """The block at which an upgrade happens, and when the chain gets there by its pace, as last estimated."""

    chain: str
    height: int
    eta: str | None
    estimated_at: str | None


class MaintenanceShape(TypedDict):
    """A planned event with its updates, newest first."""

    id: str
    ref: str
    kind: str
    name: Words
    status: str
    scheduled_for: str
    scheduled_until: str
    time_zone: str
    components: list[str]
    audience: str
    channels: list[str]
    reminders: list[str]
    reminded: list[str]
    auto_start: bool
    auto_complete: bool
    still_works: Words
    what_to_do: Words
    emergency_reason: str
    at_block: AtBlockShape | None
    recurrence: str | None
    series_id: str | None
    announced_at: str
    started_at: str | None
    completed_at: str | None
    cancelled_at: str | None
    updates: list[MaintenanceUpdateShape]
    created_by: str
    created_at: str
    updated_at: str
    version: int


def maintenance(one: Maintenance) -> MaintenanceShape:
    """A planned event whole."""
    return {
        "id": one.id,
        "ref": one.ref,
        "kind": one.kind.value,
        "name": one.name,
        "status": one.state.value,
        "scheduled_for": iso(one.scheduled_for),
        "scheduled_until": iso(one.scheduled_until),
        "time_zone": one.time_zone,
        "components": list(one.component_ids),
        "audience": one.audience,
        "channels": list(one.channels),
        "reminders": [duration(each) for each in one.reminders],
        "reminded": [iso(each) for each in one.reminded],
        "auto_start": one.auto_start,
        "auto_complete": one.auto_complete,
        "still_works": one.still_works,
        "what_to_do": one.what_to_do,
        "emergency_reason": one.emergency_reason,
        "at_block": None if one.at_block is None else _at_block(one.at_block),
        # A series that was ended does not come again, whatever its rule says.
        "recurrence": None if one.series is None or one.series.ended_at else one.series.recurrence.rule,
        "series_id": None if one.series is None else one.series.id,
        "announced_at": iso(one.announced_at),
        "started_at": iso_or_none(one.started_at),
        "completed_at": iso_or_none(one.completed_at),
        "cancelled_at": iso_or_none(one.cancelled_at),
        "updates": [maintenance_update(each) for each in reversed(one.updates)],
        "created_by": one.created_by,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "version": one.version,
    }


def _at_block(one: AtBlock) -> AtBlockShape:
    return {
        "chain": one.chain,
        "height": one.height,
        "eta": iso_or_none(one.eta),
        "estimated_at": iso_or_none(one.estimated_at),
    }


def maintenance_update(one: MaintenanceUpdate) -> MaintenanceUpdateShape:
    """One update; its body is empty where the window moved without words."""
    return {
        "id": one.id,
        "status": one.state.value,
        "body": one.body,
        "created_at": iso(one.created_at),
        "created_by": one.created_by,
    }


def duration(span: timedelta) -> str:
    """ISO 8601 in the largest of hours, minutes and seconds that leaves no rest.

    >>> duration(timedelta(hours=24))
    'PT24H'
    """
    seconds = int(span.total_seconds())
    for unit, letter in ((3600, "H"), (60, "M")):
        if seconds and seconds % unit == 0:
            return f"PT{seconds // unit}{letter}"
    return f"PT{seconds}S"

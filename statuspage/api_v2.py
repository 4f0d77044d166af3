"""The read API that this field's clients know (Statuspage v2), field for field.

Never a value they do not know: what is ours alone stands in the extra key `forewarn`, which they ignore.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from records.components import TROUBLED, Component, Status, in_language, worst
from records.incidents import Impact, Incident, IncidentUpdate, impact_of
from records.maintenance import Kind, Maintenance, MaintenanceUpdate, WindowState
from records.times import iso, iso_or_none
from statuspage.snapshot import Snapshot
from templates.language import translations

Json = dict[str, Any]

#: How many incidents and planned events the lists hold, newest first.
_LISTED = 50
_DESCRIPTIONS = {
    Impact.CRITICAL: "Major System Outage",
    Impact.MAJOR: "Partial System Outage",
}


def documents(snapshot: Snapshot) -> dict[str, Json]:
    """Every address of the API and what it answers."""
    head = {"page": page(snapshot)}
    rows = [component_row(snapshot, each) for each in snapshot.components]
    said = [incident_row(snapshot, each) for each in snapshot.incidents[:_LISTED]]
    unresolved = [incident_row(snapshot, each) for each in snapshot.incidents if each.is_open]
    planned = [each for each in snapshot.maintenances if each.state is not WindowState.CANCELLED]
    upcoming = [maintenance_row(snapshot, each) for each in planned if each.state is WindowState.SCHEDULED]
    active = [maintenance_row(snapshot, each) for each in planned if each.is_running]
    newest_first = sorted(planned, key=lambda each: each.scheduled_for, reverse=True)
    return {
        "/api/v2/summary.json": {
            **head,
            "components": rows,
            "incidents": unresolved,
            "scheduled_maintenances": active + upcoming,
            "status": status(snapshot),
        },
        "/api/v2/status.json": {**head, "status": status(snapshot)},
        "/api/v2/components.json": {**head, "components": rows},
        "/api/v2/incidents.json": {**head, "incidents": said},
        "/api/v2/incidents/unresolved.json": {**head, "incidents": unresolved},
        "/api/v2/scheduled-maintenances.json": {
            **head,
            "scheduled_maintenances": [maintenance_row(snapshot, each) for each in newest_first[:_LISTED]],
        },
        "/api/v2/scheduled-maintenances/upcoming.json": {**head, "scheduled_maintenances": upcoming},
        "/api/v2/scheduled-maintenances/active.json": {**head, "scheduled_maintenances": active},
    }


def page(snapshot: Snapshot) -> Json:
    """Who speaks, and how fresh it is."""
    changed = [each.updated_at for each in snapshot.components]
    changed += [each.updated_at for each in snapshot.incidents]
    changed += [each.updated_at for each in snapshot.maintenances]
    return {
        "id": snapshot.page.id,
        "name": snapshot.page.name,
        "url": snapshot.page.url,
        "time_zone": snapshot.page.time_zone,
        "updated_at": iso(max(changed, default=snapshot.generated_at)),
        "forewarn": {
            "version": snapshot.version,
            "generated_at": iso(snapshot.generated_at),
            "stale_after_seconds": int(snapshot.page.stale_after.total_seconds()),
            "checked_at": iso_or_none(snapshot.checked_at),
            "blind_since": iso_or_none(snapshot.blind_since or snapshot.silent_since),
            "unknown": sum(each.status is Status.UNKNOWN for each in snapshot.services),
        },
    }


def status(snapshot: Snapshot) -> Json:
    """The whole in one word and one line."""
    counted = [
        each.status for each in snapshot.services if each.status in TROUBLED and not _is_cosmetic(snapshot, each)
    ]
    impacts = [incident.impact for incident in snapshot.open_incidents] + [impact_of(counted)]
    gravest = max(impacts, key=list(Impact).index)
    if gravest is Impact.NONE:
        if any(each.status is Status.UNDER_MAINTENANCE for each in snapshot.services):
            indicator = "maintenance" if snapshot.page.has_maintenance_indicator else "none"
            return {"indicator": indicator, "description": "Service Under Maintenance"}
        return {"indicator": "none", "description": "All Systems Operational"}
    minor = "Partially Degraded Service" if counted else "Minor Service Outage"
    return {"indicator": gravest.value, "description": _DESCRIPTIONS.get(gravest, minor)}


def _is_cosmetic(snapshot: Snapshot, component: Component) -> bool:
    """Whether only incidents without impact call it ill: trading bots read anything but `none` as a halt."""
    about = [incident for incident in snapshot.open_incidents if component.id in incident.statuses]
    by_monitors = component.signal in TROUBLED
    return bool(about) and not by_monitors and all(incident.impact is Impact.NONE for incident in about)


def component_row(snapshot: Snapshot, component: Component) -> Json:
    """One component, or a group with the ids of what stands in it."""
    children = [each for each in snapshot.components if each.group_id == component.id]
    groups = {each.id: each.public_id for each in snapshot.components if each.is_group}
    shown = [each.status for each in children] if component.is_group else [component.status]
    known: list[Status] = [each for each in shown if each is not Status.UNKNOWN]
    language = snapshot.page.languages[0]
    row: Json = {
        "id": component.public_id,
        "name": in_language(component.name, language),
        "status": worst(known).public_api_value,
        "created_at": iso(component.created_at),
        "updated_at": iso(component.updated_at),
        "position": component.position,
        "description": in_language(component.description, language) or None,
        "showcase": True,
        "start_date": component.created_at.date().isoformat(),
        "group_id": groups.get(component.group_id or ""),
        "page_id": snapshot.page.id,
        "group": component.is_group,
        "only_show_if_degraded": False,
        "forewarn": {
            "key": component.id,
            "status": worst(shown).value,
            "since": None if component.is_group else iso(component.status_since),
            "checked_at": iso_or_none(component.signal_at),
            "chain": component.chain,
            "asset": component.asset,
            "direction": component.direction.value if component.direction else None,
            "reports": "rising" if component.id in snapshot.rising else None,
        },
    }
    if component.is_group:
        row["components"] = [each.public_id for each in children]
    return row


def incident_row(snapshot: Snapshot, incident: Incident) -> Json:
    """One incident, with all that was said of it."""
    language = snapshot.page.languages[0]
    return {
        "id": incident.id,
        "name": in_language(incident.name, language),
        "status": incident.stage.value,
        "created_at": iso(incident.created_at),
        "updated_at": iso(incident.updated_at),
        "monitoring_at": iso_or_none(incident.monitoring_at),
        "resolved_at": iso_or_none(incident.resolved_at),
        "impact": incident.impact.value,
        "shortlink": snapshot.page.address(f"/incidents/{incident.id}"),
        "started_at": iso(incident.started_at),
        "page_id": snapshot.page.id,
        "incident_updates": list(reversed(_updates(snapshot, incident))),
        "components": [component_row(snapshot, each) for each in snapshot.named(list(incident.statuses))],
        "forewarn": {
            "ref": incident.ref,
            "cause": incident.cause.value,
            "next_update_at": iso_or_none(incident.next_update_at),
            "is_overdue": incident.is_overdue(snapshot.generated_at),
            "still_works": in_language(incident.still_works, language) or None,
            "funds": in_language(incident.funds, language) or None,
            "what_to_do": in_language(incident.what_to_do, language) or None,
        },
    }


def _updates(snapshot: Snapshot, incident: Incident) -> list[Json]:
    told, before = [], dict[str, Status]()
    for update in incident.updates:
        told.append(
            _said(
                snapshot, incident.id, update.id, update.stage.value, update, update.display_at,
                affected=_affected(snapshot, before, update), has_notices=bool(incident.channels),
            )
        )  # fmt: skip
        before = update.statuses
    return told


def _affected(snapshot: Snapshot, before: dict[str, Status], update: IncidentUpdate) -> list[Json] | None:
    language = snapshot.page.languages[0]
    rows = [
        {
            "code": each.public_id,
            "name": in_language(each.name, language),
            "old_status": before.get(each.id, Status.OPERATIONAL).public_api_value,
            "new_status": update.statuses[each.id].public_api_value,
        }
        for each in snapshot.named(list(update.statuses))
    ]
    return rows or None


def _said(
    snapshot: Snapshot,
    subject_id: str,
    update_id: str,
    state: str,
    update: IncidentUpdate | MaintenanceUpdate,
    display_at: datetime,
    *,
    affected: list[Json] | None,
    has_notices: bool,
    said_by_clock: str = "",
) -> Json:
    return {
        "id": update_id,
        "status": state,
        "body": in_language(update.body, snapshot.page.languages[0]) or said_by_clock,
        "incident_id": subject_id,
        "created_at": iso(update.created_at),
        "updated_at": iso(update.created_at),
        "display_at": iso(display_at),
        "affected_components": affected,
        "deliver_notifications": has_notices,
        "custom_tweet": None,
        "tweet_id": None,
    }


def maintenance_row(snapshot: Snapshot, event: Maintenance) -> Json:
    """One planned event. A cancelled one, which the lists leave out, is completed to clients, who know no other end."""
    language = snapshot.page.languages[0]
    covered = snapshot.named(event.component_ids)
    is_promotion = event.kind is Kind.PROMOTION
    return {
        "id": event.id,
        "name": in_language(event.name, language),
        "status": _public(event.state),
        "created_at": iso(event.created_at),
        "updated_at": iso(event.updated_at),
        "monitoring_at": None,
        "resolved_at": iso_or_none(event.completed_at),
        "impact": "none" if is_promotion else "maintenance",
        "shortlink": snapshot.page.address(f"/maintenances/{event.id}"),
        "started_at": iso(event.started_at or event.scheduled_for),
        "page_id": snapshot.page.id,
        "incident_updates": list(reversed([_window_update(snapshot, event, each, covered) for each in event.updates])),
        "components": [component_row(snapshot, each) for each in covered],
        "scheduled_for": iso(event.scheduled_for),
        "scheduled_until": iso(event.scheduled_until),
        "forewarn": {
            "ref": event.ref,
            "kind": event.kind.value,
            "is_cancelled": event.state is WindowState.CANCELLED,
            "time_zone": event.time_zone,
            "at_block": None
            if event.at_block is None
            else {"chain": event.at_block.chain, "height": event.at_block.height},
            "still_works": in_language(event.still_works, language) or None,
            "what_to_do": in_language(event.what_to_do, language) or None,
        },
    }


def _window_update(
    snapshot: Snapshot, event: Maintenance, update: MaintenanceUpdate, covered: Sequence[Component]
) -> Json:
    affected = None if event.kind is Kind.PROMOTION else _window_affected(snapshot, update.state, covered)
    return _said(
        snapshot, event.id, update.id, _public(update.state), update, update.created_at,
        affected=affected, has_notices=bool(event.channels),
        said_by_clock=_said_by_clock(event, update, snapshot.page.languages[0]),
    )  # fmt: skip


_BEGINNINGS = {
    WindowState.IN_PROGRESS: "It has begun.",
    WindowState.COMPLETED: "It is finished.",
    WindowState.CANCELLED: "It will not take place.",
}


def _said_by_clock(event: Maintenance, update: MaintenanceUpdate, language: str) -> str:
    """A window that starts or ends by itself has no operator's words; readers of this API still get a sentence."""
    first = next(each for each in event.updates if each.state is update.state)
    later = "It takes longer than planned; the new end stands below."
    return translations(language).gettext(_BEGINNINGS.get(update.state, later) if first.id == update.id else later)


def _public(state: WindowState) -> str:
    return (WindowState.COMPLETED if state is WindowState.CANCELLED else state).value


_AROUND_WINDOW = {
    WindowState.SCHEDULED: (Status.OPERATIONAL, Status.OPERATIONAL),
    WindowState.IN_PROGRESS: (Status.OPERATIONAL, Status.UNDER_MAINTENANCE),
    WindowState.VERIFYING: (Status.UNDER_MAINTENANCE, Status.UNDER_MAINTENANCE),
    WindowState.COMPLETED: (Status.UNDER_MAINTENANCE, Status.OPERATIONAL),
    WindowState.CANCELLED: (Status.OPERATIONAL, Status.OPERATIONAL),
}


def _window_affected(snapshot: Snapshot, state: WindowState, covered: Iterable[Component]) -> list[Json] | None:
    old, new = _AROUND_WINDOW[state]
    language = snapshot.page.languages[0]
    rows = [
        {
            "code": each.public_id,
            "name": in_language(each.name, language),
            "old_status": old.value,
            "new_status": new.value,
        }
        for each in covered
    ]
    return rows or None

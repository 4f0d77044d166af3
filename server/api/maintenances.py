"""Planned events: list, announce, extend, complete, cancel."""

from records.desk import maintenance as desk_maintenance
from records.desk import series
from records.desk.maintenance import MaintenanceEntry
from records.maintenance import AtBlock
from records.store import lists, maintenance
from server.api import cursors, shapes
from server.api.asking import Ask
from server.api.bodies import Nothing
from server.api.bodies_planned import AnnounceMaintenance, ExtendMaintenance, RescheduleMaintenance, Step
from server.api.queries import MaintenancesQuery, NoQuery


def list_maintenances(ask: Ask[Nothing, MaintenancesQuery]) -> cursors.PageShape[shapes.MaintenanceShape]:
    """Planned events, the one announced last first."""
    place = cursors.read(ask.query.cursor, str)
    found = lists.maintenances_before(
        ask.desk.store,
        place[0] if place else lists.FIRST,
        states=(ask.query.status,) if ask.query.status else (),
        limit=ask.query.limit + 1,
    )
    return cursors.page(found, ask.query.limit, shapes.maintenance, lambda one: [one.id])


def get_maintenance(ask: Ask[Nothing, NoQuery]) -> shapes.MaintenanceShape:
    """One planned event, by id or `MNT-7`."""
    return shapes.maintenance(maintenance.maintenance(ask.desk.store, ask.path["id"]))


def announce_maintenance(ask: Ask[AnnounceMaintenance, NoQuery]) -> shapes.MaintenanceShape:
    """Put a planned event on the page and tell whom it affects."""
    body = ask.body
    entry = MaintenanceEntry(
        name=body.name,
        body=body.body,
        scheduled_for=body.scheduled_for,
        scheduled_until=body.scheduled_until,
        component_ids=tuple(dict.fromkeys(body.components)),
        kind=body.kind,
        time_zone=body.time_zone,
        audience=body.audience,
        channels=None if body.channels is None else tuple(body.channels),
        reminders=tuple(dict.fromkeys(body.reminders)),
        auto_start=body.auto_start,
        auto_complete=body.auto_complete,
        still_works=body.still_works,
        what_to_do=body.what_to_do,
        emergency_reason=body.emergency_reason,
        at_block=None if body.at_block is None else AtBlock(chain=body.at_block.chain, height=body.at_block.height),
        recurrence=body.recurrence,
        untranslated_reason=body.untranslated_reason,
    )
    return shapes.maintenance(desk_maintenance.announce(ask.desk, entry, ask.actor, ask.now))


def extend_maintenance(ask: Ask[ExtendMaintenance, NoQuery]) -> shapes.MaintenanceShape:
    """Move the end, and tell everybody who was told."""
    until, body = ask.body.scheduled_until, ask.body.body
    return shapes.maintenance(
        desk_maintenance.extend(ask.desk, ask.path["id"], until, ask.actor, ask.now, body=body or None)
    )


def reschedule_maintenance(ask: Ask[RescheduleMaintenance, NoQuery]) -> shapes.MaintenanceShape:
    """Move what has not begun, and tell everybody who was told."""
    start, until, body = ask.body.scheduled_for, ask.body.scheduled_until, ask.body.body
    return shapes.maintenance(
        desk_maintenance.reschedule(ask.desk, ask.path["id"], start, until, ask.actor, ask.now, body=body or None)
    )


def stop_repeating(ask: Ask[Nothing, NoQuery]) -> shapes.MaintenanceShape:
    """Announce no more windows of its series; those that are announced stand."""
    return shapes.maintenance(series.stop_repeating(ask.desk, ask.path["id"], ask.actor, ask.now))


def complete_maintenance(ask: Ask[Step, NoQuery]) -> shapes.MaintenanceShape:
    """End a running window, early or late."""
    body = ask.body.body or None
    return shapes.maintenance(desk_maintenance.complete(ask.desk, ask.path["id"], ask.actor, ask.now, body=body))


def cancel_maintenance(ask: Ask[Step, NoQuery]) -> shapes.MaintenanceShape:
    """Call off what has not started, and tell everybody who was told."""
    body = ask.body.body or None
    return shapes.maintenance(desk_maintenance.cancel(ask.desk, ask.path["id"], ask.actor, ask.now, body=body))

"""Windows that come again: each is announced by itself, in good time, as the one before it was."""

from dataclasses import replace
from datetime import datetime, timedelta

from records.desk.desk import Desk
from records.desk.maintenance import MaintenanceEntry, announce
from records.errors import Conflict
from records.maintenance import LEAD_TIME, Maintenance
from records.people import Actor
from records.store import choices, components, maintenance
from records.store.choices import Choice
from records.store.meta import touch_page
from records.store.people import audit

#: A window is announced so much earlier than it must be: an hour when the house stands still is no broken promise.
_AHEAD = timedelta(days=1)


def run_series(desk: Desk, actor: Actor, now: datetime) -> list[str]:
    """Announce the next window of every series where it is time; returns what was done, for the log."""
    done = []
    for last in maintenance.last_of_each_series(desk.store):
        try:
            done += _go_on(desk, last, actor, now)
        except Conflict:
            # Somebody changed it between our look and our deed; the next round sees it as it is.
            continue
    return done


def stop_repeating(desk: Desk, event_id: str, actor: Actor, now: datetime) -> Maintenance:
    """No more of its series are announced; those announced already take place unless they are cancelled.

    Raises Conflict when it does not come again.
    """
    with desk.deed():
        event = maintenance.maintenance(desk.store, event_id)
        if event.series is None or not maintenance.end_series(desk.store, event.series.id, now):
            raise Conflict(f"{event.ref} does not come again.")
        audit(desk.store, actor.name, "maintenance.stop_repeating", event.id, now, ref=event.ref)
        touch_page(desk.store)
        return maintenance.maintenance(desk.store, event.id)


def _go_on(desk: Desk, last: Maintenance, actor: Actor, now: datetime) -> list[str]:
    series = last.series
    if series is None:
        return []
    start = series.following(now)
    if start is None:
        # The rule has come to its end by itself.
        with desk.deed():
            maintenance.end_series(desk.store, series.id, now)
        return [f"{last.ref} was the last of its series"]
    if start - now > LEAD_TIME[last.kind] + _AHEAD:
        return []
    with desk.deed():
        if not _is_still_last(desk, last):
            return []
        ids = _present(desk, last)
        if last.component_ids and not ids:
            # Nothing of what it was for is there any more.
            maintenance.end_series(desk.store, series.id, now)
            audit(desk.store, actor.name, "maintenance.stop_repeating", last.id, now, ref=last.ref)
            return [f"{last.ref} does not come again: its components are gone"]
        event = announce(desk, _again(desk, last, start, ids), actor, now, series=replace(series, slot=start))
        return [f"announced {event.ref}, the next after {last.ref}"]


def _is_still_last(desk: Desk, last: Maintenance) -> bool:
    return any(each.id == last.id for each in maintenance.last_of_each_series(desk.store))


def _present(desk: Desk, last: Maintenance) -> tuple[str, ...]:
    known = {each.id for each in components.all_components(desk.store)}
    return tuple(name for name in last.component_ids if name in known)


def _again(desk: Desk, last: Maintenance, start: datetime, component_ids: tuple[str, ...]) -> MaintenanceEntry:
    """What is announced: the words and choices of the window before it, at its own time."""
    assert last.series is not None
    left = choices.left(desk.store, last.id)
    return MaintenanceEntry(
        name=last.name,
        body=last.updates[0].body,
        scheduled_for=start,
        scheduled_until=start + last.series.length,
        component_ids=component_ids,
        kind=last.kind,
        time_zone=last.time_zone,
        audience=None if Choice.AUDIENCE in left else last.audience,
        channels=None if Choice.CHANNELS in left else last.channels,
        reminders=last.reminders,
        auto_start=last.auto_start,
        auto_complete=last.auto_complete,
        still_works=last.still_works,
        what_to_do=last.what_to_do,
    )

"""What the public sees of each component: the gravest of monitors, open incidents and running windows.

The rule: a running window shows as maintenance and no monitor overrides it; an open incident that says something is
broken shows through a window all the same.
"""

from collections.abc import Iterable
from datetime import datetime

from records.components import TROUBLED, Component, Status, worst
from records.days import Correction, How, state_at
from records.incidents import OPEN, Incident
from records.maintenance import Kind, Maintenance
from records.store import components, days, incidents, maintenance, receivers
from records.store.engine import Store
from records.store.meta import touch_page


def effective(signal: Status | None, said: Iterable[Status], is_in_window: bool) -> Status:
    """The state to show, from what monitors say, what open incidents say, and whether a window runs.

    >>> effective(Status.MAJOR_OUTAGE, [], is_in_window=True)
    <Status.UNDER_MAINTENANCE: 'under_maintenance'>
    >>> effective(Status.OPERATIONAL, [Status.DEGRADED], is_in_window=True)
    <Status.DEGRADED: 'degraded_performance'>
    """
    by_people = worst(list(said))
    if is_in_window:
        return by_people if by_people in TROUBLED else Status.UNDER_MAINTENANCE
    # A component nobody watches is as good as people say it is.
    by_monitors = Status.OPERATIONAL if signal is None else signal
    return worst([by_people, by_monitors])


def recompute(store: Store, now: datetime) -> list[str]:
    """Inside a deed: bring every component's public state up to date; returns the ids of those that changed."""
    live = [one for one in incidents.open_incidents(store) if one.stage in OPEN]
    running = [one for one in maintenance.unfinished(store) if one.is_running and one.kind is not Kind.PROMOTION]
    changed = [
        (each, after)
        for each in components.all_components(store)
        if not each.is_group and components.set_status(store, each.id, after := _status(each, live, running), now)
    ]
    for each, after in changed:
        if each.status.public_api_value != after.public_api_value:
            receivers.note_change(store, each.id, each.status, after, now)
    if changed:
        touch_page(store)
    return [each.id for each, _ in changed]


def _status(component: Component, live: list[Incident], running: list[Maintenance]) -> Status:
    said = [one.statuses[component.id] for one in live if component.id in one.statuses]
    is_in_window = any(component.id in event.component_ids for event in running)
    return effective(component.signal, said, is_in_window)


def backdate(store: Store, incident: Incident, actor: str, now: datetime) -> None:
    """Inside a deed: what is made public now began earlier, so the history since then is at least that bad.

    Between its updates a draft said other things of other components; each holds for its own time.
    """
    moments = [incident.started_at, *(update.created_at for update in incident.updates[1:]), now]
    for update, begun, over in zip(incident.updates, moments, moments[1:], strict=False):
        for component_id, status in update.statuses.items():
            if status in TROUBLED:
                _at_least(store, Correction(
                    component_id=component_id, start=begun, end=over, status=status, how=How.FLOOR
                ), incident.id, actor, now)  # fmt: skip


def _at_least(store: Store, floor: Correction, incident_id: str, actor: str, now: datetime) -> None:
    """Keep a correction unless the record says so already: monitors saw most of it themselves."""
    assert floor.status is not None
    assert floor.end is not None
    if floor.start >= floor.end:
        return
    recorded = days.changes_since(store, floor.start).get(floor.component_id, ())
    inside = [state_at(recorded, floor.start), *(each for at, each in recorded if floor.start < at < floor.end)]
    if any(each is not None and each.severity < floor.status.severity for each in inside):
        days.correct(store, floor, incident_id, actor, now)

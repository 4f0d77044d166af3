"""What the public sees of each component: the gravest of monitors, open incidents and running windows.

The rule: a running window shows as maintenance and no monitor overrides it; an open incident that says something is
broken shows through a window all the same. A window counts until the end that people were told: what takes longer hides
nothing that monitors see. An upgrade at a block has no such end; its chain says when it is through.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from records.components import TROUBLED, Component, Status, worst
from records.days import Correction, How, state_at
from records.incidents import OPEN, Incident
from records.maintenance import Kind, Maintenance
from records.store import components, days, incidents, maintenance, receivers
from records.store.engine import Store
from records.store.meta import touch_page


class Cover(Enum):
    """What planned work runs over a component."""

    NONE = "none"
    #: Within the time that people were told.
    PLANNED = "planned"
    #: Longer than that.
    OVERRUN = "overrun"


def effective(signal: Status | None, said: Iterable[Status], cover: Cover) -> Status:
    """The state to show, from what monitors say, what open incidents say, and the window that runs.

    >>> effective(Status.MAJOR_OUTAGE, [], Cover.PLANNED)
    <Status.UNDER_MAINTENANCE: 'under_maintenance'>
    >>> effective(Status.OPERATIONAL, [Status.DEGRADED], Cover.PLANNED)
    <Status.DEGRADED: 'degraded_performance'>
    >>> effective(Status.MAJOR_OUTAGE, [], Cover.OVERRUN)
    <Status.MAJOR_OUTAGE: 'major_outage'>
    """
    # A component nobody watches is as good as people say it is.
    by_monitors = Status.OPERATIONAL if signal is None else signal
    by_people = worst(list(said))
    match cover:
        case Cover.NONE:
            return worst([by_people, by_monitors])
        case Cover.PLANNED:
            found = by_people
        case Cover.OVERRUN:
            found = worst([by_people, by_monitors])
    return found if found in TROUBLED else Status.UNDER_MAINTENANCE


def covers(running: Iterable[Maintenance], now: datetime) -> dict[str, Cover]:
    """The cover of each component, by id, under these windows; of several the one that is in time counts."""
    found: dict[str, Cover] = {}
    for event in running:
        if not event.is_running or event.kind is Kind.PROMOTION:
            continue
        is_over = event.at_block is None and event.is_overdue(now)
        for component_id in event.component_ids:
            if not is_over or component_id not in found:
                found[component_id] = Cover.OVERRUN if is_over else Cover.PLANNED
    return found


def recompute(store: Store, now: datetime) -> list[str]:
    """Inside a deed: bring every component's public state up to date; returns the ids of those that changed."""
    live = [one for one in incidents.open_incidents(store) if one.stage in OPEN]
    covered = covers(maintenance.unfinished(store), now)
    changed = [
        (each, after)
        for each in components.all_components(store)
        if not each.is_group and components.set_status(store, each.id, after := _status(each, live, covered), now)
    ]
    for each, after in changed:
        if each.status.public_api_value != after.public_api_value:
            receivers.note_change(store, each.id, each.status, after, now)
    if changed:
        touch_page(store)
    return [each.id for each, _ in changed]


def _status(component: Component, live: list[Incident], covered: dict[str, Cover]) -> Status:
    said = [one.statuses[component.id] for one in live if component.id in one.statuses]
    return effective(component.signal, said, covered.get(component.id, Cover.NONE))


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

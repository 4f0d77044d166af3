"""One cause, one incident: what stands on a broken component joins that component's incident (N25).

A child whose trouble is explained opens nothing of its own. Its state shows at once; it becomes one of those that the
incident affects, together with whatever else broke in the same minute, so that people hear of it once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from records.components import TROUBLED, Component, Status, Words
from records.dependencies import above
from records.desk.desk import Desk
from records.desk.incidents import UpdateEntry, refresh_draft, update_incident
from records.desk.notices import widened_audience
from records.desk.states import recompute
from records.incidents import Incident, Stage, impact_of
from records.people import MONITOR
from records.store import components, incidents, merges, monitors
from records.store.meta import touch_page
from records.store.people import audit, was_done

#: A child's monitor may be quicker than its parent's: this long it waits for an explanation.
WAIT_FOR_PARENT = timedelta(minutes=1)
#: What joins a published incident is told together, at most this often.
_TELL_EVERY = timedelta(minutes=1)

_Statuses = Mapping[str, Status]


@dataclass(frozen=True, kw_only=True)
class AutoWords:
    """What is said when nobody is at the desk; written beforehand, from templates, never from a node's own words."""

    name: Words
    body: Words
    still_works: Words = field(default_factory=dict)
    what_to_do: Words = field(default_factory=dict)


#: What is said of components, at the incident's stage.
Say = Callable[[Sequence[Component], Stage], AutoWords]


class Tree:
    """The components in use with what they depend on, and the incidents and drafts that may explain trouble."""

    def __init__(self, desk: Desk) -> None:
        self.components = {each.id: each for each in components.all_components(desk.store)}
        self._needs = {each.id: each.depends_on for each in self.components.values()}
        self._live = [*incidents.open_incidents(desk.store), *incidents.drafts(desk.store)]

    def above(self, component_id: str) -> frozenset[str]:
        """Everything it depends on."""
        return above(component_id, self._needs)

    def explanation(self, component_id: str) -> Incident | None:
        """The oldest incident or draft that says something this component depends on is broken."""
        causes = self.above(component_id)
        for incident in reversed(self._live):
            if any(incident.statuses.get(cause) in TROUBLED for cause in causes):
                return incident
        return None

    def living(self, incident_id: str | None) -> Incident | None:
        """The incident or draft of this id, if it is not over."""
        return next((each for each in self._live if each.id == incident_id), None)

    def may_be_explained(self, component_id: str) -> bool:
        """Whether a monitor watches anything that it depends on."""
        return any(self.components[each].signal is not None for each in self.above(component_id) & set(self.components))

    def joining(self, incident: Incident) -> dict[str, Status]:
        """What monitors see broken, is explained by the incident, and stands in no incident as gravely yet."""
        spoken_for = {each for other in self._live if other.id != incident.id for each in other.statuses}
        found: dict[str, Status] = {}
        for each in self.components.values():
            if each.signal not in TROUBLED or each.id in spoken_for or each.signal is None:
                continue
            known = incident.statuses.get(each.id, Status.OPERATIONAL)
            is_below = any(incident.statuses.get(cause) in TROUBLED for cause in self.above(each.id))
            if is_below and each.signal.severity > known.severity:
                found[each.id] = each.signal
        return found


def is_ours(desk: Desk, incident: Incident) -> bool:
    """Whether a monitor may still speak in it: once a person has written in it, or edited the draft, it is theirs."""
    if any(update.created_by != MONITOR.name for update in incident.updates):
        return False
    return not (incident.is_draft and was_done(desk.store, "incident.edit", incident.id))


def unexplained(
    desk: Desk, monitor_id: str, troubled: _Statuses, since: datetime, say: Say, now: datetime
) -> dict[str, Status]:
    """Inside a deed: the rest of `troubled` that needs an incident of its own, after the others joined a parent's.

    An incident that took the monitor's own over explains all that it sees.

    What may yet be explained waits for its parent's monitor, `WAIT_FOR_PARENT` from `since` at the longest.
    """
    tree = Tree(desk)
    taken = tree.living(merges.spoken_of_in(desk.store, monitor_id))
    causes = {each: taken or tree.explanation(each) for each in troubled}
    for incident in {cause.id: cause for cause in causes.values() if cause is not None}.values():
        if incident is taken:
            seen = _seen_by_others(desk, incident, tree) | dict(troubled)
            _gather(desk, incident, {**tree.joining(incident), **_graver(seen, incident)}, tree, say, now)
        else:
            _join(desk, incident, tree.joining(incident), tree, say, now)
    alone = [each for each, cause in causes.items() if cause is None]
    is_early = now - since < WAIT_FOR_PARENT
    return {each: troubled[each] for each in alone if not (is_early and tree.may_be_explained(each))}


def _seen_by_others(desk: Desk, incident: Incident, tree: Tree) -> dict[str, Status]:
    """What the monitors that an incident took over see broken: all of it is said together."""
    taken = set(merges.taken_over(desk.store, incident.id))
    watched = [each for each in monitors.all_monitors(desk.store) if each.id in taken]
    ids = {each.component_id for each in watched}
    chains = {each.chain for each in watched if each.chain is not None}
    return {
        each.id: each.signal
        for each in tree.components.values()
        if each.signal in TROUBLED and each.signal is not None and (each.id in ids or each.chain in chains)
    }


def _graver(troubled: _Statuses, incident: Incident) -> dict[str, Status]:
    """What is graver than the incident says, or not in it at all."""
    known = incident.statuses
    return {
        each: status
        for each, status in troubled.items()
        if status.severity > known.get(each, Status.OPERATIONAL).severity
    }


def _join(desk: Desk, incident: Incident, joining: _Statuses, tree: Tree, say: Say, now: datetime) -> None:
    """It stands on what is broken: the incident keeps its name, and speaks of what joined."""
    if joining:
        words = say([tree.components[each] for each in joining], incident.stage)
        _add(desk, incident, joining, incident.name, words.body, now)


def _gather(desk: Desk, incident: Incident, joining: _Statuses, tree: Tree, say: Say, now: datetime) -> None:
    """It broke in the same minute: the incident is about all of it."""
    if joining:
        together = [each for each in tree.components.values() if each.id in {*incident.statuses, *joining}]
        words = say(together, incident.stage)
        _add(desk, incident, joining, words.name, words.body, now)


def _add(desk: Desk, incident: Incident, joining: _Statuses, name: Words, body: Words, now: datetime) -> None:
    statuses = {**incident.statuses, **joining}
    if not is_ours(desk, incident):
        _put_quietly(desk, incident, statuses, now)
    elif incident.is_draft:
        change = partial(_affecting, desk, statuses=statuses)
        refresh_draft(desk, incident, lambda draft: replace(change(draft), name=name), body, MONITOR, now)
    elif now - incident.updates[-1].created_at >= _TELL_EVERY:
        entry = UpdateEntry(stage=incident.stage, body=body, statuses=statuses, name=name)
        update_incident(desk, incident.id, entry, MONITOR, now)


def leave(desk: Desk, monitor_id: str, spoken_of: Collection[str], now: datetime) -> None:
    """Inside a deed: what joined another monitor's incident and is well again no longer stands in it as broken."""
    well = {each.id for each in components.all_components(desk.store) if each.signal not in TROUBLED} & set(spoken_of)
    for incident in [*incidents.open_incidents(desk.store), *incidents.drafts(desk.store)]:
        back = {each for each in well if incident.statuses.get(each) in TROUBLED}
        if back and incident.monitor not in (None, monitor_id) and is_ours(desk, incident):
            _put_quietly(desk, incident, {**incident.statuses, **dict.fromkeys(back, Status.OPERATIONAL)}, now)


def joined(desk: Desk, incident: Incident, spoken_of: Collection[str]) -> dict[str, Status]:
    """What stands in a monitor's incident although that monitor, which spoke of `spoken_of`, does not watch it."""
    known = {each.id for each in components.all_components(desk.store)} - set(spoken_of)
    return {each: status for each, status in incident.statuses.items() if each in known}


def recovered_with(desk: Desk, incident: Incident, spoken_of: Collection[str]) -> dict[str, Status]:
    """All that is well once the cause is; what joined and is still broken is left out, to get its own incident."""
    return {
        each.id: Status.OPERATIONAL
        for each in components.all_components(desk.store)
        if each.id in incident.statuses and (each.id in spoken_of or each.signal not in TROUBLED)
    }


def _put_quietly(desk: Desk, incident: Incident, statuses: _Statuses, now: datetime) -> None:
    """The page shows it at once, and the next words reach whom it concerns."""
    incidents.save(desk.store, replace(_affecting(desk, incident, statuses), updated_at=now))
    audit(desk.store, MONITOR.name, "incident.affects", incident.id, now, ref=incident.ref, components=sorted(statuses))
    recompute(desk.store, now)
    touch_page(desk.store)
    desk.store.wake()


def _affecting(desk: Desk, incident: Incident, statuses: _Statuses) -> Incident:
    impact = impact_of(list(statuses.values()))
    return replace(
        incident,
        statuses=dict(statuses),
        # Something that joins never makes it less grave than it was called.
        impact=max(incident.impact, impact, key=list(type(impact)).index),
        audience=widened_audience(desk.store, incident, list(statuses)),
    )

"""From a verdict to what the public sees: states change by themselves, words only where a person allowed it.

A monitor's verdict moves the state of its components at once; the page tells the truth without asking. Words wait as
a draft, unless every affected component may publish by itself, nobody has pulled the kill switch, and no planned work
runs over them: what breaks meanwhile is most likely that work. A draft that waited for its end only is published then.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from records.components import TROUBLED, Cause, Component, Status, Words
from records.desk import inheritance
from records.desk.desk import Desk
from records.desk.gathering import gathering, rest_is_broken
from records.desk.incident_checks import failing
from records.desk.incidents import (
    IncidentEntry,
    UpdateEntry,
    discard_incident,
    open_incident,
    publish_incident,
    refresh_draft,
    update_incident,
)
from records.desk.inheritance import AutoWords
from records.desk.notices import widened_audience
from records.desk.states import Cover, covers, recompute
from records.incidents import Incident, Stage, impact_of
from records.people import MONITOR, Actor
from records.store import components, findings, incidents, maintenance, merges, meta, monitors, sight
from records.store.people import audit
from records.verdicts import KEEPS_LAST_STATE, Verdict, VerdictKind

#: Fact that stops all automatic publishing while it is `off`.
KILL_SWITCH = "auto_publish"
#: Besides two intervals without data (R39), so long must pass before a component turns unknown.
_PATIENCE = timedelta(seconds=30)


#: Words for a verdict about these components, at a stage of the incident.
Describe = Callable[[Verdict, Sequence[Component], Stage], AutoWords]


_States = list[tuple[Component, Status]]


def _components(states: _States) -> list[Component]:
    return [component for component, _ in states]


def _ids(states: _States) -> frozenset[str]:
    return frozenset(component.id for component, _ in states)


def take_verdict(
    desk: Desk, verdict: Verdict, describe: Describe, now: datetime, *, holder: str = ""
) -> Incident | None:
    """Bring states and the monitor's incident in line with a verdict; returns that incident, if there is one.

    `holder` is the process that judged, where several share the monitors.
    """
    with desk.deed():
        _note_sight(desk, verdict, holder)
        if verdict.kind in KEEPS_LAST_STATE:
            # Seeing nothing proves nothing: the last state stays, its age shows, `mark_silent` ends it.
            return incidents.opened_by_monitor(desk.store, verdict.monitor)
        states = _states(desk, verdict)
        for component, status in states:
            components.set_signal(desk.store, component.id, verdict.monitor, status, now)
        recompute(desk.store, now)
        return _follow(desk, verdict, states, describe, now)


def _note_sight(desk: Desk, verdict: Verdict, holder: str) -> None:
    is_blind = verdict.kind is VerdictKind.BLIND
    if not is_blind and verdict.kind in KEEPS_LAST_STATE:
        return
    if sight.note(desk.store, holder, verdict.since if is_blind else None):
        meta.touch_page(desk.store)


def blind_since(desk: Desk) -> datetime | None:
    """Since when our own monitoring sees nothing at all; None while it sees."""
    return sight.blind_since(desk.store)


def _states(desk: Desk, verdict: Verdict) -> _States:
    """The component and state that each part of the verdict speaks of."""
    found: _States = []
    for component in components.all_components(desk.store):
        if component.is_group:
            continue
        if verdict.chain is not None and component.chain == verdict.chain:
            said = verdict.statuses.get(component.direction)
        elif verdict.chain is None and component.id == verdict.component:
            said = verdict.statuses.get(None)
        else:
            continue
        if said is not None:
            found.append((component, _held(said, verdict)))
    return found


def _held(status: Status, verdict: Verdict) -> Status:
    """A major outage needs two signals that agree, or a person; until then it shows as degraded."""
    return Status.DEGRADED if status is Status.MAJOR_OUTAGE and not verdict.corroborated else status


def _follow(desk: Desk, verdict: Verdict, states: _States, describe: Describe, now: datetime) -> Incident | None:
    incident = incidents.opened_by_monitor(desk.store, verdict.monitor)
    troubled = [(component, status) for component, status in states if status in TROUBLED]
    taken = merges.spoken_of_in(desk.store, verdict.monitor) if incident is None else None
    if incident is None and (taken is not None or any(component.depends_on for component, _ in states)):
        inheritance.leave(desk, verdict.monitor, _ids(states), now)
        troubled = _unexplained(desk, verdict, troubled, describe, now)
    if troubled and incident is None:
        refused = incidents.discarded_since(desk.store, verdict.monitor, verdict.since)
        if refused is not None and not _is_more(troubled, refused):
            # A person looked at exactly this and said that it is no incident.
            return None
        joins = gathering(desk, now, is_public=may_publish(desk, _components(troubled), now))
        if joins is None:
            return _open(desk, verdict, troubled, describe, now)
        merges.take_over(desk.store, verdict.monitor, joins.id)
        _unexplained(desk, verdict, troubled, describe, now)
    if incident is None:
        return None
    if troubled:
        others = inheritance.joined(desk, incident, _ids(states))
        return _follow_trouble(desk, incident, verdict, troubled, others, describe, now)
    return _follow_recovery(desk, incident, verdict, states, describe, now)


def _unexplained(desk: Desk, verdict: Verdict, troubled: _States, describe: Describe, now: datetime) -> _States:
    """What is left for an incident of the monitor's own, after what has a known cause joined the incident about it."""

    def say(affected: Sequence[Component], stage: Stage) -> AutoWords:
        return describe(verdict, affected, stage)

    statuses = {component.id: status for component, status in troubled}
    alone = inheritance.unexplained(desk, verdict.monitor, statuses, verdict.since, say, now)
    return [(component, status) for component, status in troubled if component.id in alone]


def _open(desk: Desk, verdict: Verdict, troubled: _States, describe: Describe, now: datetime) -> Incident:
    words = describe(verdict, _components(troubled), Stage.INVESTIGATING)
    statuses = {component.id: status for component, status in troubled}
    entry = IncidentEntry(
        name=words.name,
        body=words.body,
        statuses=statuses,
        impact=impact_of(list(statuses.values())),
        cause=_cause(desk, verdict, now),
        publish=may_publish(desk, _components(troubled), now),
        started_at=verdict.since,
        still_works=words.still_works,
        what_to_do=words.what_to_do,
    )
    return open_incident(desk, entry, MONITOR, now, monitor=verdict.monitor, detected_at=now)


def _cause(desk: Desk, verdict: Verdict, now: datetime) -> Cause:
    """Whose trouble it seems to be: a provider's, when one says at this moment that it has some with this chain.

    A suggestion that whoever looks can change; what says more than "ours" or "the ledger's" stays.
    """
    if verdict.chain is None or verdict.cause not in (Cause.OPERATIONAL, Cause.LEDGER):
        return verdict.cause
    return Cause.THIRD_PARTY if findings.has_upstream_incident(desk.store, verdict.chain, now) else verdict.cause


def may_publish(desk: Desk, affected: Sequence[Component], now: datetime) -> bool:
    """Whether a monitor may speak to the public about these by itself (job O4)."""
    if not all(each.auto_publish for each in affected) or meta.read(desk.store, KILL_SWITCH) == "off":
        return False
    covered = covers(maintenance.unfinished(desk.store), now)
    return all(covered.get(each.id) is not Cover.PLANNED for each in affected)


def _waited_for_window(desk: Desk, draft: Incident) -> bool:
    """Whether planned work is why it was not published when it was opened."""
    return maintenance.ran_over(desk.store, draft.statuses, draft.created_at)


def set_kill_switch(desk: Desk, actor: Actor, now: datetime, *, stop: bool) -> None:
    """Stop, or allow again, all publishing by monitors."""
    with desk.deed():
        meta.write(desk.store, KILL_SWITCH, "off" if stop else "on")
        audit(desk.store, actor.name, "auto_publish.stop" if stop else "auto_publish.allow", "auto_publish", now)
        desk.store.wake()


def _follow_trouble(
    desk: Desk,
    incident: Incident,
    verdict: Verdict,
    troubled: _States,
    others: dict[str, Status],
    describe: Describe,
    now: datetime,
) -> Incident:
    statuses = {component.id: status for component, status in troubled} | others
    is_held = incident.is_draft and inheritance.is_ours(desk, incident) and _waited_for_window(desk, incident)
    if is_held and may_publish(desk, _components(troubled), now):
        incident = publish_incident(desk, incident.id, MONITOR, now)
    is_relapse = incident.stage is Stage.MONITORING
    if (statuses == incident.statuses and not is_relapse) or not inheritance.is_ours(desk, incident):
        return incident
    words = describe(verdict, _components(troubled), Stage.INVESTIGATING)
    if incident.is_draft:
        refresh_draft(
            desk,
            incident,
            lambda draft: replace(
                draft,
                name=words.name,
                statuses=statuses,
                impact=impact_of(list(statuses.values())),
                audience=widened_audience(desk.store, draft, list(statuses)),
            ),
            words.body,
            MONITOR,
            now,
        )
        return incidents.incident(desk.store, incident.id)
    if not (is_relapse or _is_more(troubled, incident)):
        return _eased(desk, incident, words.name, statuses, now)
    entry = UpdateEntry(stage=Stage.INVESTIGATING, body=words.body, statuses=statuses, name=words.name)
    return update_incident(desk, incident.id, entry, MONITOR, now)


def _eased(desk: Desk, incident: Incident, name: Words, statuses: dict[str, Status], now: datetime) -> Incident:
    """It got better, but is not over: the page follows, headline and all, and nobody is woken for it."""
    statuses = incident.statuses | statuses
    incidents.save(desk.store, replace(incident, name=name, statuses=statuses, updated_at=now))
    recompute(desk.store, now)
    meta.touch_page(desk.store)
    return incidents.incident(desk.store, incident.id)


def _is_more(troubled: _States, incident: Incident) -> bool:
    """Whether anything is graver than the incident says, or not in it at all."""
    known = incident.statuses
    return any(status.severity > known.get(each.id, Status.OPERATIONAL).severity for each, status in troubled)


def _follow_recovery(
    desk: Desk,
    incident: Incident,
    verdict: Verdict,
    states: _States,
    describe: Describe,
    now: datetime,
) -> Incident | None:
    """Checks pass: a draft goes away; what was published is watched for a while, then resolved (job C4)."""
    if not verdict.is_clear or not inheritance.is_ours(desk, incident):
        return incident
    if incident.is_draft:
        discard_incident(desk, incident.id, MONITOR, now, reason="recovered before anybody published it")
        return None
    affected = _spoken_of(desk, incident, states)
    if rest_is_broken(desk, incident, _ids(states)):
        well = dict.fromkeys(_ids(states) & set(incident.statuses), Status.OPERATIONAL)
        return _eased(desk, incident, incident.name, well, now)
    if incident.stage is not Stage.MONITORING:
        words = describe(verdict, affected, Stage.MONITORING)
        statuses = inheritance.recovered_with(desk, incident, _ids(states))
        entry = UpdateEntry(stage=Stage.MONITORING, body=words.body, statuses=statuses, impact=incident.impact)
        return update_incident(desk, incident.id, entry, MONITOR, now)
    is_calm = incident.monitoring_at is not None and now - incident.monitoring_at >= desk.confirm_recovery
    # Another monitor may still see trouble at the same component: then it is not over.
    if is_calm and not failing(desk, incident):
        words = describe(verdict, affected, Stage.RESOLVED)
        return update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body=words.body), MONITOR, now)
    return incident


def _spoken_of(desk: Desk, incident: Incident, states: _States) -> list[Component]:
    """What its words are about: what its monitor watches, or all of it where it speaks for other monitors too."""
    is_for_all = merges.speaks_for_others(desk.store, incident.id)
    known = components.all_components(desk.store) if is_for_all else _components(states)
    return [component for component in known if component.id in incident.statuses]


def mark_silent(desk: Desk, now: datetime) -> list[str]:
    """No data within two intervals: the components of that monitor are unknown, never green (R39)."""
    with desk.deed():
        if blind_since(desk):
            # While we see nothing at all, the fault is likely ours: states stay as they were, and the page says so.
            return []
        for monitor in monitors.all_monitors(desk.store):
            patience = timedelta(milliseconds=2 * monitor.every_ms) + _PATIENCE
            if monitor.seen_at is None or now - monitor.seen_at > patience:
                components.silence(desk.store, monitor.id, now)
        return recompute(desk.store, now)

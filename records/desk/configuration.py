"""The deed that makes components and monitors match a configuration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.components import Component, Direction, Status
from records.dependencies import way_back
from records.desk.desk import Desk
from records.desk.incidents import UpdateEntry, discard_incident, update_incident
from records.desk.states import recompute
from records.errors import Fault, Invalid
from records.incidents import Stage
from records.people import MONITOR, Actor
from records.store import backlogs, components, incidents, monitors
from records.store.meta import touch_page
from records.store.people import audit


@dataclass(frozen=True, kw_only=True)
class MonitorEntry:
    """A monitor as the configuration names it."""

    #: `chain:bitcoin`, or the monitor's own id.
    id: str
    #: `chain`, `http`, `tcp`, `heartbeat`, …
    kind: str
    every: timedelta
    #: Chain whose components it speaks of; None for a service.
    chain: str | None = None
    #: Component it speaks of; None for a chain.
    component_id: str | None = None
    #: Component whose waiting work it counts; it says nothing of that component's state.
    backlog_of: str | None = None


def configure(
    desk: Desk, wanted: Sequence[Component], watched: Sequence[MonitorEntry], actor: Actor, now: datetime
) -> None:
    """Add, change and retire components and monitors; what they remember stays.

    A component that a new monitor watches is unknown until the monitor has seen something.
    Raises Invalid when components depend on each other in a circle.
    """
    _check_circles(wanted)
    with desk.deed():
        for component in wanted:
            components.put(desk.store, component, now)
        gone = components.retire_all_but(desk.store, [each.id for each in wanted], now)
        for monitor in watched:
            monitors.put_monitor(
                desk.store,
                monitor.id,
                kind=monitor.kind,
                chain=monitor.chain,
                component_id=monitor.component_id,
                every_ms=int(monitor.every.total_seconds() * 1000),
            )
        backlogs.put_all(desk.store, {each.id: each.backlog_of for each in watched if each.backlog_of is not None})
        stopped = monitors.retire_all_but(desk.store, [each.id for each in watched], now)
        _close_alarms(desk, stopped, now)
        _begin_unknown(desk, watched, now)
        recompute(desk.store, now)
        touch_page(desk.store)
        audit(
            desk.store, actor.name, "configuration.apply", "configuration", now,
            components=len(wanted), monitors=len(watched), retired=gone + len(stopped),
        )  # fmt: skip


def _check_circles(wanted: Sequence[Component]) -> None:
    """Nothing explains its own trouble."""
    needs = {each.id: each.depends_on for each in wanted}
    faults = [
        Fault(path=each.id, message=f"goes round in a circle: {' > '.join([*way, each.id])}")
        for each in wanted
        if (way := way_back(each.id, needs))
    ]
    if faults:
        raise Invalid(faults)


def _close_alarms(desk: Desk, stopped: Sequence[str], now: datetime) -> None:
    """A monitor that was taken away cannot say "it is over": its draft goes, its published incident is watched on."""
    for monitor_id in stopped:
        incident = incidents.opened_by_monitor(desk.store, monitor_id)
        if incident is None:
            continue
        if incident.is_draft:
            discard_incident(desk, incident.id, MONITOR, now, reason="its monitor was removed from the configuration")
        elif incident.stage is not Stage.MONITORING:
            body = {"en": "We no longer watch this automatically. A person confirms when it is over."}
            update_incident(desk, incident.id, UpdateEntry(stage=Stage.MONITORING, body=body, tell=False), MONITOR, now)


def _begin_unknown(desk: Desk, watched: Sequence[MonitorEntry], now: datetime) -> None:
    """Unknown until seen; and what a monitor said of a component that it no longer watches does not count."""
    pairs = {
        (component.id, monitor.id)
        for component in components.all_components(desk.store)
        for monitor in watched
        if not component.is_group and _watches(monitor, component)
    }
    components.keep_signals(desk.store, pairs)
    for component_id, monitor_id in sorted(pairs):
        components.begin_signal(desk.store, component_id, monitor_id, Status.UNKNOWN, now)


def _watches(monitor: MonitorEntry, component: Component) -> bool:
    if monitor.chain is None:
        return monitor.component_id == component.id
    # A chain's verdict says nothing about trading.
    return monitor.chain == component.chain and component.direction in (Direction.DEPOSITS, Direction.WITHDRAWALS)

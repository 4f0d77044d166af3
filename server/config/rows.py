"""Turn settings into the components and monitors that `records.desk.configuration.configure` takes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitors.rollups import SETTLES_ON
from monitors.settings import ChainMonitor, Monitor
from records.components import Component, Status, Words
from records.dependencies import above
from records.desk.configuration import MonitorEntry
from records.ids import new_id
from server.config.monitors import monitors_of
from server.config.sections.components import ComponentSettings
from server.config.sections.watched import MonitorSettings
from server.config.settings import Settings


def component_rows(settings: Settings, now: datetime) -> tuple[Component, ...]:
    """The rows of the page in order: each heading where it first appears, followed by all that stands under it."""
    rows: list[Component] = []
    for component in settings.components:
        if component.group_id is None:
            rows.append(_row(component, len(rows), now))
        elif component.group_id not in {row.id for row in rows}:
            rows.append(_heading(component.group_id, settings.groups[component.group_id], len(rows), now))
            under = [one for one in settings.components if one.group_id == component.group_id]
            first = len(rows)
            rows += [_row(one, first + index, now) for index, one in enumerate(under)]
    return _settling(rows)


def _settling(rows: Sequence[Component]) -> tuple[Component, ...]:
    """A rollup depends on the chain that it settles on, the same way money goes, without the file saying so."""
    needs = {row.id: list(row.depends_on) for row in rows}
    for row in rows:
        base = SETTLES_ON.get(row.chain or "")
        for one in rows:
            is_below = base is not None and one.chain == base and one.direction is row.direction
            # What the file says goes first: an implied dependency never closes a circle.
            if is_below and one.id not in needs[row.id] and row.id not in above(one.id, needs):
                needs[row.id].append(one.id)
    return tuple(replace(row, depends_on=tuple(needs[row.id])) for row in rows)


def monitor_entries(settings: Settings) -> tuple[MonitorEntry, ...]:
    """The monitors, as the desk keeps them."""
    behind = {one.id: one.component for one in settings.monitors if isinstance(one, MonitorSettings) and one.backlog}
    return tuple(replace(_entry(monitor), backlog_of=behind.get(monitor.id)) for monitor in monitors_of(settings))


def _row(component: ComponentSettings, position: int, now: datetime) -> Component:
    return Component(
        id=component.id,
        public_id=new_id(),
        name=component.name,
        description=component.description,
        group_id=component.group_id,
        is_group=False,
        chain=component.chain,
        asset=component.asset,
        direction=component.direction,
        depends_on=component.depends_on,
        audience=component.audience,
        auto_publish=component.auto_publish,
        position=position,
        status=Status.OPERATIONAL,
        status_since=now,
        signal=None,
        signal_at=None,
        created_at=now,
        updated_at=now,
    )


def _heading(group_id: str, name: Words, position: int, now: datetime) -> Component:
    return Component(
        id=group_id,
        public_id=new_id(),
        name=name,
        description={},
        group_id=None,
        is_group=True,
        chain=None,
        asset=None,
        direction=None,
        depends_on=(),
        audience=None,
        auto_publish=False,
        position=position,
        status=Status.OPERATIONAL,
        status_since=now,
        signal=None,
        signal_at=None,
        created_at=now,
        updated_at=now,
    )


def _entry(monitor: Monitor) -> MonitorEntry:
    every = timedelta(seconds=monitor.every_seconds)
    if isinstance(monitor, ChainMonitor):
        return MonitorEntry(id=monitor.id, kind="chain", every=every, chain=monitor.chain)
    return MonitorEntry(id=monitor.id, kind=monitor.kind, every=every, component_id=monitor.component)

"""What applying a settings file would change in the store, before anything is changed; and the store as such a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from records.components import Component
from records.desk.configuration import MonitorEntry
from records.store import components, monitors
from records.store.engine import Store
from records.store.monitors import MonitorRecord
from server.config import Settings
from server.config.document import written
from server.config.rows import component_rows, monitor_entries

_OF_COMPONENTS = (
    "name", "description", "group_id", "chain", "asset", "direction", "depends_on", "audience", "auto_publish",
    "position",
)  # fmt: skip
#: What can differ of one thing, by name.
_Facts = Mapping[str, Any]
_HEAD = """\
# The components as the store has them. Chains and monitors stay in the settings: their addresses and secrets are not
# kept in the store.
"""


class Step(StrEnum):
    """What is done to one thing."""

    ADD = "add"
    CHANGE = "change"
    RETIRE = "retire"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One component or monitor that is not in the store as the file says."""

    step: Step
    #: `component` or `monitor`.
    what: str
    id: str
    #: By field, what is there and what the file says; empty unless it changes.
    fields: Mapping[str, tuple[Any, Any]]


def plan(settings: Settings, store: Store, now: datetime) -> list[Change]:
    """All that applying `settings` would add, change and retire; empty when the store matches already."""
    with store.view():
        known = {each.id: _facts(each) for each in components.all_components(store)}
        watching = {each.id: _watch(each) for each in monitors.all_monitors(store)}
    rows = {each.id: _facts(each) for each in component_rows(settings, now)}
    entries = {each.id: _entry(each) for each in monitor_entries(settings)}
    return _changes("component", known, rows) + _changes("monitor", watching, entries)


def _changes(
    what: str, known: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Mapping[str, Any]]
) -> list[Change]:
    found = [Change(step=Step.ADD, what=what, id=each, fields={}) for each in wanted if each not in known]
    for each in wanted:
        differing = {
            name: (known[each][name], value)
            for name, value in wanted[each].items()
            if each in known and known[each][name] != value
        }
        if differing:
            found.append(Change(step=Step.CHANGE, what=what, id=each, fields=differing))
    return found + [Change(step=Step.RETIRE, what=what, id=each, fields={}) for each in known if each not in wanted]


def _facts(component: Component) -> dict[str, Any]:
    return {name: getattr(component, name) for name in _OF_COMPONENTS}


def _watch(monitor: MonitorRecord) -> dict[str, Any]:
    return {
        "kind": monitor.kind,
        "chain": monitor.chain,
        "component": monitor.component_id,
        "every_seconds": monitor.every_ms / 1000,
    }


def _entry(monitor: MonitorEntry) -> dict[str, Any]:
    return {
        "kind": monitor.kind,
        "chain": monitor.chain,
        "component": monitor.component_id,
        "every_seconds": monitor.every.total_seconds(),
    }


def export(store: Store) -> str:
    """The components in use as a settings file, in page order; applying it to the same store changes nothing."""
    known = components.all_components(store)
    headings = {each.id: each.name for each in known if each.is_group}
    rows = [_as_settings(each, headings) for each in known if not each.is_group]
    return _HEAD + written({"components": rows})


def _as_settings(component: Component, headings: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    everything = {
        "id": component.id,
        "name": dict(component.name),
        "description": dict(component.description),
        "group": dict(headings.get(component.group_id or "", {})),
        "chain": component.chain,
        "asset": component.asset,
        "direction": component.direction.value if component.direction else None,
        "depends_on": list(component.depends_on),
        "audience": component.audience,
        "auto_publish": component.auto_publish,
    }
    return {name: value for name, value in everything.items() if value}

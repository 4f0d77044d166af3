"""Components and monitors: what is watched, and how it is. Both are made by the configuration file."""

from records.store import components, monitors
from server.api import shapes
from server.api.asking import Ask
from server.api.bodies import Nothing
from server.api.cursors import PageShape
from server.api.queries import NoQuery


def list_components(ask: Ask[Nothing, NoQuery]) -> PageShape[shapes.ComponentShape]:
    """Every component, in the order of the page; never more than one page of them."""
    return {
        "items": [shapes.component(each) for each in components.all_components(ask.desk.store)],
        "next_cursor": None,
    }


def get_component(ask: Ask[Nothing, NoQuery]) -> shapes.ComponentShape:
    """One component, by configuration id or public id."""
    return shapes.component(components.component(ask.desk.store, ask.path["id"]))


def list_monitors(ask: Ask[Nothing, NoQuery]) -> PageShape[shapes.MonitorShape]:
    """Every monitor and what it concluded last; never more than one page of them."""
    return {"items": [shapes.monitor(each) for each in monitors.all_monitors(ask.desk.store)], "next_cursor": None}


def get_monitor(ask: Ask[Nothing, NoQuery]) -> shapes.MonitorShape:
    """One monitor, such as `chain:bitcoin`."""
    return shapes.monitor(monitors.monitor(ask.desk.store, ask.path["id"]))

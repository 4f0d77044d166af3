"""What monitors saw, for people at the desk."""

from datetime import timedelta

import pytest

from records.observations import Observation, Seen
from records.store import looks
from server.problems import HANDLERS
from tests.server.console.conftest import NOW


def a_look(at, latency_ms=40.0, seen=Seen.OK):
    seen_at = {"at": at, "at_monotonic": 0.0, "seen": seen, "latency_ms": latency_ms}
    return Observation(monitor="chain:bitcoin", target="btc-1", height=870_000, **seen_at)


def test_the_newest_look_of_each_target_is_shown_while_it_is_new(vi, store, clock):
    looks.keep(store, [a_look(NOW - timedelta(minutes=1))])
    assert "btc-1" in vi.get("/console/monitors").text
    clock.forward(hours=1)
    assert "btc-1" not in vi.get("/console/monitors").text


def test_curves_are_drawn_from_hours(vi, store):
    looks.keep(store, [a_look(NOW - timedelta(days=3))])
    looks.keep(store, [a_look(NOW - timedelta(hours=2), latency_ms=20.0)])
    looks.keep(store, [a_look(NOW - timedelta(hours=2), latency_ms=None, seen=Seen.TRANSPORT)])
    looks.keep(store, [a_look(NOW - timedelta(minutes=1), latency_ms=60.0)])
    found = vi.get("/console/monitors/chain:bitcoin/hours.json").json()
    first, second = found["targets"]["btc-1"]
    assert (first["start"], first["looks"], first["failures"]) == ("2026-11-22T11:00:00.000Z", 2, 1)
    assert (first["latency_mean_ms"], first["seen"]) == (20.0, ["ok", "transport"])
    assert (second["looks"], second["latency_max_ms"]) == (1, 60.0)
    assert first["latency_p50_ms"] == first["latency_p95_ms"] == pytest.approx(20.0, rel=0.05)
    assert second["latency_p95_ms"] == pytest.approx(60.0, rel=0.05)


def test_curves_of_a_monitor_that_there_is_not(vi, app):
    app.exception_handlers.update(HANDLERS)
    assert vi.get("/console/monitors/nothing/hours.json").status_code == 404

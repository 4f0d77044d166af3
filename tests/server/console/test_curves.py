"""Curves of a monitor's last day: what is drawn, and that words say the same."""

from datetime import timedelta

import pytest

from records.observations import Observation, Seen
from records.packing import Look
from records.store import looks
from server.console.curves import HEIGHT, SLOTS, curves_of, percentile
from server.problems import HANDLERS
from tests.server.console.conftest import NOW

QUARTER = timedelta(minutes=15)


def a_look(ago: timedelta, *, target: str = "btc-1", height: int | None = 100, **changes) -> Look:
    usual = {"at": NOW - ago, "target": target, "seen": Seen.OK, "latency_ms": 40.0, "height": height}
    return Look(**{**usual, "peers": None, "note": "", **changes})


def only(*seen: Look):
    (drawn,) = curves_of(seen, NOW)
    return drawn, {curve.name: curve for curve in drawn.curves}


@pytest.mark.parametrize(("share", "value"), [(0.0, 10.0), (0.5, 20.0), (0.75, 30.0), (0.95, 40.0), (1.0, 40.0)])
def test_a_percentile_is_one_of_the_values(share, value):
    assert percentile([40.0, 10.0, 30.0, 20.0], share) == value


def test_latency_is_drawn_by_the_quarter_of_an_hour_with_its_rare_values():
    fast = [a_look(timedelta(minutes=minute), latency_ms=20.0) for minute in range(1, 10)]
    slow = [a_look(timedelta(minutes=10), latency_ms=200.0)]
    drawn, curves = only(*fast, *slow)
    assert (drawn.looks, drawn.failed) == (10, 0)
    latency = curves["Answer"]
    assert latency.words == "half within 20 ms, 95 of 100 within 200 ms, slowest 200 ms"
    assert latency.upper == (f"{SLOTS - 1},1.0 {SLOTS},1.0",), "the highest value reaches the upper edge"
    assert latency.lines == (f"{SLOTS - 1},{HEIGHT - 1 - (HEIGHT - 2) * 0.1:.1f} {SLOTS},20.8",)


def test_a_time_without_looks_is_a_gap_and_not_a_line():
    _, curves = only(a_look(timedelta(0)), a_look(2 * QUARTER), a_look(3 * QUARTER))
    assert [len(line.split()) for line in curves["Answer"].lines] == [4, 2]


def test_failed_looks_are_marked_and_do_not_count_as_fast_or_slow():
    refused = a_look(QUARTER, seen=Seen.TRANSPORT, latency_ms=5_000.0, height=None)
    limited = a_look(2 * QUARTER, seen=Seen.THROTTLED, latency_ms=1.0, height=None)
    drawn, curves = only(a_look(timedelta(0)), refused, limited)
    assert (drawn.failed, drawn.failed_slots) == (1, (SLOTS - 2,))
    assert curves["Answer"].words.endswith("slowest 40 ms")


def test_lag_is_against_the_second_highest_so_that_one_liar_makes_nobody_late():
    heights = {"a": 90, "b": 100, "c": 100, "liar": 900}
    drawn = curves_of([a_look(QUARTER, target=name, height=height) for name, height in heights.items()], NOW)
    said = {each.target: curve.words for each in drawn for curve in each.curves if curve.name == "Lag"}
    assert said["a"] == "at most 10 blocks behind the other nodes"
    assert {said[name] for name in ("b", "c", "liar")} == {"never behind the other nodes"}


def test_peers_are_drawn_where_they_are_known():
    _, curves = only(a_look(timedelta(0), peers=1), a_look(QUARTER, peers=8))
    assert curves["Peers"].words == "1 peer at last, from 1 to 8"
    assert "Lag" not in curves, "one node alone is behind nobody"


def test_what_is_older_than_a_day_is_not_drawn():
    assert curves_of([a_look(timedelta(hours=24))], NOW) == []


def kept(store, *, target: str = "btc-1", ago: timedelta = QUARTER, **changes) -> None:
    seen = {"at": NOW - ago, "at_monotonic": 0.0, "seen": Seen.OK, "latency_ms": 40.0, "height": 870_000, "peers": 9}
    looks.keep(store, [Observation(monitor="chain:bitcoin", target=target, **{**seen, **changes})])


def test_the_page_of_a_monitor_draws_its_curves_and_says_them(vi, store):
    kept(store)
    page = vi.get("/console/monitors/chain:bitcoin").text
    assert 'aria-label="Answer of btc-1: half within' in page
    assert "<polyline" in page
    assert "9 peers at last" in page
    assert '<a href="https://mempool.space" rel="noreferrer noopener">mempool.space</a>' in page


def test_the_page_of_a_monitor_that_saw_nothing_says_so(vi):
    assert "Nothing was looked at within the last 24 hours." in vi.get("/console/monitors/chain:bitcoin").text


def test_the_page_of_a_monitor_that_there_is_not(vi, app):
    app.exception_handlers.update(HANDLERS)
    assert vi.get("/console/monitors/chain:nothing").status_code == 404


def test_every_monitor_leads_to_its_curves(vi):
    assert 'href="/console/monitors/chain%3Abitcoin"' in vi.get("/console/monitors").text

"""What monitors saw: packed look by look, and summed by hour and day."""

import random
from datetime import timedelta

import pytest

from records.observations import Observation, Seen
from records.store import looks, monitors
from records.store.looks import Span
from tests.cast import DAY, HOUR, MINUTE, NOW, SECOND


def a_round(monitor="website", at=NOW, latency_ms=40.0, seen=Seen.OK, targets=("website",), **changes):
    return [
        Observation(
            monitor=monitor, target=target, at=at, at_monotonic=0.0, latency_ms=latency_ms, seen=seen, **changes
        )
        for target in targets
    ]


def watched(store, *ids):
    for monitor_id in ids:
        monitors.put_monitor(store, monitor_id, kind="http", chain=None, component_id="website", every_ms=10_000)


def test_every_look_comes_back_newest_first_across_blocks(store):
    for number in range(1_200):
        looks.keep(store, a_round(at=NOW + number * 10 * SECOND, latency_ms=float(10 + number % 5)))
        if number % 7 == 0:
            looks.keep(store, a_round("other", at=NOW + number * 10 * SECOND))
    found = looks.since(store, "website", NOW + 10_000 * SECOND)
    assert len(found) == 200
    assert found[0].at > found[-1].at >= NOW + 10_000 * SECOND
    assert len(looks.since(store, "website", NOW)) == 1_200
    assert store.row("SELECT count(*) AS closed FROM look_blocks WHERE monitor_id = 'website'")["closed"] == 2


def test_the_newest_look_of_each_target_is_at_hand(store):
    watched(store, "chain:bitcoin")
    looks.keep(store, a_round("chain:bitcoin", targets=("btc-1", "btc-2"), height=7))
    seen = a_round("chain:bitcoin", at=NOW + 10 * SECOND, targets=("btc-1",), height=8)
    seen += a_round("chain:bitcoin", at=NOW + 10 * SECOND, targets=("btc-2",), seen=Seen.TRANSPORT, note="refused")
    looks.keep(store, seen)
    first, second = looks.newest(store)["chain:bitcoin"]
    assert (first.target, first.height, first.seen) == ("btc-1", 8, Seen.OK)
    assert (second.target, second.height, second.note) == ("btc-2", None, "refused")
    monitors.retire_all_but(store, [], NOW)
    assert looks.newest(store) == {}


def test_hours_and_days_sum_up_what_was_seen(store):
    for minute, latency_ms, seen in [(0, 10.0, Seen.OK), (10, 30.0, Seen.OK), (59, None, Seen.TRANSPORT)]:
        looks.keep(store, a_round(at=NOW + minute * MINUTE, latency_ms=latency_ms, seen=seen))
    looks.keep(store, a_round(at=NOW + HOUR, latency_ms=50.0, seen=Seen.THROTTLED))
    first, second = looks.sums(store, "website", Span.HOUR, NOW)
    assert (first.start, first.looks, first.failures) == (NOW, 3, 1)
    assert (first.latency_mean_ms, first.latency_max_ms) == (20.0, 30.0)
    assert first.classes == {Seen.OK, Seen.TRANSPORT}
    assert (second.looks, second.failures) == (1, 0), "our own limit is no failure of the target"
    (day,) = looks.sums(store, "website", Span.DAY, NOW)
    assert (day.looks, day.failures, day.latency_max_ms) == (4, 1, 50.0)
    assert day.start == NOW.replace(hour=0)


def test_looks_are_forgotten_by_age_and_their_sums_stay(store):
    for number in range(1_200):
        looks.keep(store, a_round(at=NOW - 9 * DAY + number * 10 * SECOND))
    looks.keep(store, a_round())
    assert looks.forget(store, NOW - 7 * DAY) == 3
    assert [look.at for look in looks.since(store, "website", NOW - 30 * DAY)] == [NOW]
    assert sum(day.looks for day in looks.sums(store, "website", Span.DAY, NOW - 30 * DAY)) == 1_201


def test_a_round_that_saw_nobody_leaves_no_trace(store):
    looks.keep(store, [])
    assert looks.since(store, "website", NOW - DAY) == []


@pytest.mark.parametrize("engine", ["sqlite"])
def test_ninety_days_of_500_checks_every_ten_seconds_fit_in_a_gigabyte(store):
    chance, at, sizes = random.Random(7), NOW, []
    ids = [f"service-number-{number}" for number in range(15)]
    # From the first closed blocks on, so that what is open weighs the same at both ends.
    for rounds in (600, 2_000):
        with store.tx():
            for _ in range(rounds):
                at += timedelta(seconds=10 * chance.uniform(0.9, 1.1))
                for monitor_id in ids:
                    seen = Seen.OK if chance.random() > 0.001 else Seen.TRANSPORT
                    latency_ms = chance.lognormvariate(4, 0.3)
                    looks.keep(store, a_round(monitor_id, at, latency_ms, seen, targets=(monitor_id,)))
        sizes.append(size_bytes(store))
    per_look = (sizes[1] - sizes[0]) / (2_000 * len(ids))
    assert per_look * 500 * 90 * 8_640 < 1e9


def size_bytes(store):
    return store.row("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size")["bytes"]

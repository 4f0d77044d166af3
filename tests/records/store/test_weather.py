"""The weather of chains is kept by the hour, on both engines, and read as seven days."""

import pytest

from records.store import weather
from records.weather import block_seconds, hour_of, usual_fee
from tests.cast import HOUR, MINUTE, NOW, SECOND


def _fees(store, *fees, until=NOW):
    """One fee an hour, the last one an hour before `until`."""
    for ago, fee in enumerate(reversed(fees), start=1):
        weather.note(store, "ethereum", until - ago * HOUR, fee=fee, mempool_full=None, height=None)


def test_an_hour_keeps_its_mean_fee_and_its_fullest_mempool(store):
    for fee, full in ((10.0, 0.2), (30.0, 0.7), (None, 0.4), (20.0, None)):
        weather.note(store, "bitcoin", NOW, fee=fee, mempool_full=full, height=None)
    (hour,) = weather.hours(store, "bitcoin", NOW)
    assert (hour.hour, hour.fee, hour.mempool_most) == (hour_of(NOW), 20.0, 0.7)
    assert (hour.first_height, hour.last_at) == (None, None)


def test_a_round_that_saw_nothing_leaves_no_trace(store):
    weather.note(store, "bitcoin", NOW, fee=None, mempool_full=None, height=None)
    assert weather.hours(store, "bitcoin", NOW) == []


def test_chains_are_kept_apart(store):
    weather.note(store, "bitcoin", NOW, fee=3.0, mempool_full=None, height=1)
    assert weather.hours(store, "litecoin", NOW) == []


def test_the_usual_fee_is_the_median_of_past_hours_and_not_of_this_one(store):
    _fees(store, 10.0, 10.0, 12.0, 14.0, 14.0, 500.0)
    weather.note(store, "ethereum", NOW, fee=9000.0, mempool_full=None, height=None)
    assert usual_fee(weather.hours(store, "ethereum", NOW), NOW) == 13.0


def test_five_hours_are_too_few_to_call_a_fee_usual(store):
    _fees(store, 10.0, 10.0, 10.0, 10.0, 10.0)
    assert usual_fee(weather.hours(store, "ethereum", NOW), NOW) is None


def test_what_is_older_than_seven_days_counts_no_more_and_can_be_dropped(store):
    _fees(store, *[10.0] * 6, until=NOW - 8 * 24 * HOUR)
    assert usual_fee(weather.hours(store, "ethereum", NOW), NOW) is None
    assert weather.forget(store, NOW - 24 * HOUR) == 6


def test_the_pace_is_the_time_from_block_to_block(store):
    for minute in range(0, 91, 10):
        height = 1000 + minute * 5
        weather.note(store, "ethereum", NOW + minute * MINUTE, fee=None, mempool_full=None, height=height)
    assert block_seconds(weather.hours(store, "ethereum", NOW + 2 * HOUR)) == pytest.approx(12.0)


def test_the_pace_follows_what_the_chain_does_now(store):
    start = NOW - 48 * HOUR
    for hour in range(48):
        pace = 12 if hour < 24 else 24
        for part in (0, 1799, 3599):
            height = sum(3600 // (12 if past < 24 else 24) for past in range(hour)) + part // pace
            at = start + hour * HOUR + part * SECOND
            weather.note(store, "ethereum", at, fee=None, mempool_full=None, height=height)
    assert block_seconds(weather.hours(store, "ethereum", NOW)) == pytest.approx(24.0, rel=0.02)


def test_a_chain_that_stands_still_has_no_slower_pace(store):
    for minute in range(6):
        weather.note(store, "ethereum", NOW + minute * MINUTE, fee=None, mempool_full=None, height=1000 + 5 * minute)
    for minute in range(6, 50):
        weather.note(store, "ethereum", NOW + minute * MINUTE, fee=None, mempool_full=None, height=1025)
    assert block_seconds(weather.hours(store, "ethereum", NOW + HOUR)) == pytest.approx(12.0)


def test_a_few_blocks_tell_no_pace(store):
    weather.note(store, "bitcoin", NOW, fee=None, mempool_full=None, height=100)
    weather.note(store, "bitcoin", NOW + MINUTE, fee=None, mempool_full=None, height=109)
    assert block_seconds(weather.hours(store, "bitcoin", NOW + MINUTE)) is None

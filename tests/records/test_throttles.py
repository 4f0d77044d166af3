"""The arithmetic of pace: buckets that are moments, halving, holds, clean minutes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from records.throttles import (
    LONGEST_BOOKING,
    LONGEST_HOLD,
    Limit,
    Slowing,
    Throttle,
    Why,
    booked,
    lifted,
    risen,
    slowed,
    taken,
    turns,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NONE = Limit()
AT_ONCE = timedelta()
FRESH = Throttle(channel="email", operator="google")


def busy(**changes):
    return replace(
        Slowing(channel="email", operator="google", why=Why.BUSY, observed_per_second=100.0, concurrency=16), **changes
    )


def sent_in(throttle, limit, seconds, step=0.5):
    """How many leave in so many seconds, when as many as may are taken every half second."""
    total, now = 0, NOW
    while now < NOW + seconds * SECOND:
        count = turns(throttle, limit, now, 500, AT_ONCE)
        throttle = taken(throttle, limit, now, count)
        total, now = total + count, now + step * SECOND
    return total


@pytest.mark.parametrize("rate", [0.5, 10.0, 250.0])
def test_no_more_leave_than_the_rate_and_a_seconds_burst(rate):
    limit = Limit(rate_per_second=rate)
    assert sent_in(replace(FRESH, next_at=NOW), limit, 60) == pytest.approx(rate * 60, abs=max(1, rate))


def test_what_was_not_used_for_an_hour_is_no_more_than_a_second_worth():
    assert turns(replace(FRESH, next_at=NOW - 60 * MINUTE), Limit(rate_per_second=20), NOW, 500, AT_ONCE) == 21


def test_without_any_limit_all_may_go():
    assert turns(FRESH, NONE, NOW, 500, AT_ONCE) == 500
    assert taken(FRESH, NONE, NOW, 500) == FRESH


def test_421_halves_what_went_there_and_holds_it_for_a_minute():
    after = slowed(FRESH, NONE, busy(), NOW)
    assert (after.rate(NONE), after.at_once(NONE)) == (50, 8)
    assert after.held_until == NOW + MINUTE
    assert turns(after, NONE, NOW + 59 * SECOND, 500, SECOND / 2) == 0
    assert turns(after, NONE, NOW + MINUTE, 500, AT_ONCE) >= 1


def test_many_connections_told_in_one_breath_count_as_one():
    once = slowed(FRESH, NONE, busy(), NOW)
    for tenth in range(1, 20):
        again = slowed(once, NONE, busy(), NOW + tenth * SECOND / 10)
        assert (again.rate_per_second, again.hold) == (50, MINUTE)


def test_each_421_before_a_clean_minute_doubles_the_hold_up_to_half_an_hour():
    throttle, now, holds = FRESH, NOW, []
    for _ in range(7):
        throttle = slowed(risen(throttle, NONE, now), NONE, busy(), now)
        holds.append(throttle.held_until - now)
        now = throttle.held_until + SECOND
    assert [hold // MINUTE for hold in holds] == [1, 2, 4, 8, 16, 30, 30]
    assert holds[-1] == LONGEST_HOLD
    assert throttle.rate(NONE) == 100 / 2**7


def test_after_a_clean_minute_the_next_hold_is_a_minute_again():
    throttle = slowed(FRESH, NONE, busy(), NOW)
    later = throttle.held_until + MINUTE
    assert slowed(risen(throttle, NONE, later), NONE, busy(), later).held_until == later + MINUTE


def test_words_about_a_rate_halve_it_and_hold_nothing():
    after = slowed(FRESH, NONE, busy(why=Why.RATE), NOW)
    assert after.rate(NONE) == 50
    assert not after.is_held(NOW)


def test_each_clean_minute_gives_a_tenth_back_until_it_is_forgotten():
    throttle = slowed(FRESH, NONE, busy(why=Why.RATE), NOW)
    rates = []
    for minute in range(1, 9):
        throttle = risen(throttle, NONE, NOW + minute * MINUTE)
        rates.append(throttle.rate(NONE))
    assert rates[:7] == pytest.approx([50 * 1.1**minute for minute in range(1, 8)])
    # 1.1 ** 8 is more than twice: all that was taken is given back.
    assert rates[7] is None
    assert throttle.at_once(NONE) is None


def test_minutes_nobody_looked_at_count_as_well():
    throttle = slowed(FRESH, NONE, busy(why=Why.RATE), NOW)
    assert risen(throttle, NONE, NOW + 3.5 * MINUTE).rate(NONE) == pytest.approx(50 * 1.1**3)


def test_no_minute_under_a_hold_is_a_clean_one():
    throttle = slowed(FRESH, NONE, busy(), NOW)
    assert risen(throttle, NONE, NOW + 1.9 * MINUTE).rate(NONE) == 50
    assert risen(throttle, NONE, NOW + 2 * MINUTE).rate(NONE) == pytest.approx(55)


def test_what_the_settings_allow_is_never_exceeded_and_is_what_comes_back():
    limit = Limit(rate_per_second=20, concurrency=6)
    after = slowed(FRESH, limit, busy(why=Why.RATE), NOW)
    assert (after.rate(limit), after.at_once(limit)) == (10, 3)
    back = risen(after, limit, NOW + 60 * MINUTE)
    assert (back.rate(limit), back.at_once(limit)) == (20, 6)


def test_a_far_side_that_hardly_got_anything_is_not_held_to_that():
    assert slowed(FRESH, NONE, busy(observed_per_second=0.1), NOW).rate(NONE) == 5


def test_an_account_that_says_how_long_is_left_alone_for_as_long():
    account = slowed(FRESH, NONE, busy(wait=90 * SECOND), NOW)
    assert account.held_until == NOW + 90 * SECOND


def test_who_refuses_us_gets_one_message_now_and_then_until_it_is_lifted():
    after = slowed(FRESH, NONE, busy(why=Why.REFUSED, wait=30 * MINUTE), NOW)
    assert after.held_until == NOW + 30 * MINUTE
    assert (after.rate(NONE), after.at_once(NONE)) == (0.1, 1)
    assert lifted(after).rate(NONE) is None
    assert not lifted(after).is_held(NOW)


def test_what_has_no_turn_is_booked_one_after_the_other():
    limit = Limit(rate_per_second=2)
    throttle, first = booked(replace(FRESH, next_at=NOW), limit, NOW, 4, is_urgent=False)
    assert [at - NOW for at in first] == [SECOND * number / 2 for number in range(4)]
    _, second = booked(throttle, limit, NOW, 2, is_urgent=False)
    assert second == [NOW + 2 * SECOND, NOW + 2.5 * SECOND]


def test_urgent_ones_do_not_queue_behind_what_is_booked():
    limit = Limit(rate_per_second=1)
    throttle, _ = booked(replace(FRESH, next_at=NOW), limit, NOW, 200, is_urgent=False)
    assert booked(throttle, limit, NOW, 1, is_urgent=True)[1] == [NOW]


def test_nothing_is_booked_for_longer_than_five_minutes_and_what_is_beyond_does_not_come_as_one_crowd():
    limit = Limit(rate_per_second=1)
    throttle, times = booked(replace(FRESH, next_at=NOW), limit, NOW, 1_000, is_urgent=False)
    assert max(times) <= NOW + LONGEST_BOOKING
    beyond = times[301:]
    assert len(set(beyond)) == len(beyond)
    assert min(beyond) >= NOW + LONGEST_BOOKING / 2
    assert throttle.booked_until <= NOW + LONGEST_BOOKING


def test_what_was_slowed_long_ago_and_has_recovered_is_idle():
    throttle = slowed(FRESH, NONE, busy(), NOW)
    assert not throttle.is_idle(NOW + 5 * MINUTE)
    assert risen(throttle, NONE, NOW + 30 * MINUTE).is_idle(NOW + 30 * MINUTE)

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.components import Status
from records.days import worst_of
from statuspage.history import DAYS, History, calendar, start_of_history, worst
from statuspage.history import history as counted

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)


def history(changes, now, zone) -> History:
    return counted(calendar(now, zone), changes)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_a_component_that_always_worked_has_all_of_its_time():
    told = history([(LONG_AGO, Status.OPERATIONAL)], NOW, "UTC")
    assert len(told.days) == DAYS
    assert told.uptime == 1.0
    assert told.notable_days == ()


def test_a_minute_in_which_some_fail_is_half_lost_and_one_that_is_late_a_quarter():
    changes = [
        (NOW - hours(10), Status.OPERATIONAL),
        (NOW - hours(4), Status.DEGRADED),
        (NOW - hours(3), Status.MAJOR_OUTAGE),
        (NOW - hours(2), Status.OPERATIONAL),
    ]
    assert history(changes, NOW, "UTC").uptime == pytest.approx((10 - 1 - 0.25) / 10)


def test_planned_work_and_missing_data_are_in_neither_part_of_the_fraction():
    changes = [
        (NOW - hours(10), Status.OPERATIONAL),
        (NOW - hours(6), Status.UNDER_MAINTENANCE),
        (NOW - hours(4), Status.UNKNOWN),
        (NOW - hours(3), Status.PARTIAL_OUTAGE),
        (NOW - hours(2), Status.OPERATIONAL),
    ]
    told = history(changes, NOW, "UTC")
    assert told.uptime == pytest.approx(6.5 / 7)
    assert told.unknown == pytest.approx(1 / 10)


def test_a_component_never_seen_has_no_uptime_at_all():
    told = history([(LONG_AGO, Status.UNKNOWN)], NOW, "UTC")
    assert told.uptime is None
    assert told.unknown == 1.0
    assert {worst(day) for day in told.days} == {Status.UNKNOWN}


def test_days_before_it_existed_are_empty_and_not_green():
    told = history([(NOW - hours(30), Status.OPERATIONAL)], NOW, "UTC")
    assert [worst(day) for day in told.days[-3:]] == [None, Status.OPERATIONAL, Status.OPERATIONAL]
    assert told.uptime == 1.0


def test_nothing_known_means_nothing_told():
    told = history([], NOW, "UTC")
    assert told.uptime is None
    assert {worst(day) for day in told.days} == {None}


def test_the_gravest_state_of_a_day_colours_it():
    changes = [
        (LONG_AGO, Status.OPERATIONAL),
        (NOW - hours(5), Status.UNKNOWN),
        (NOW - hours(4), Status.DEGRADED),
        (NOW - hours(3), Status.OPERATIONAL),
    ]
    assert worst(history(changes, NOW, "UTC").days[-1]) is Status.DEGRADED


def test_a_state_of_seconds_is_counted_but_does_not_colour_the_day():
    changes = [
        (LONG_AGO, Status.OPERATIONAL),
        (NOW - hours(5), Status.MAJOR_OUTAGE),
        (NOW - hours(5) + timedelta(seconds=20), Status.OPERATIONAL),
    ]
    told = history(changes, NOW, "UTC")
    assert worst(told.days[-1]) is Status.OPERATIONAL
    assert told.days[-1].spent[Status.MAJOR_OUTAGE] == timedelta(seconds=20)
    assert told.uptime is not None
    assert told.uptime < 1


@pytest.mark.parametrize(
    ("zone", "today", "length"),
    [
        ("Europe/Bucharest", datetime(2026, 10, 25, 23, 0, tzinfo=UTC), hours(25)),
        ("Europe/Bucharest", datetime(2026, 3, 29, 22, 0, tzinfo=UTC), hours(23)),
        ("America/New_York", datetime(2026, 11, 2, 6, 0, tzinfo=UTC), hours(25)),
        ("UTC", datetime(2026, 10, 26, 6, 0, tzinfo=UTC), hours(24)),
    ],
)
def test_the_day_on_which_clocks_change_is_as_long_as_it_is(zone, today, length):
    yesterday = history([(LONG_AGO - timedelta(days=400), Status.OPERATIONAL)], today, zone).days[-2]
    assert yesterday.end - yesterday.start == length
    assert yesterday.spent == {Status.OPERATIONAL: length}


def test_a_day_begins_at_midnight_of_the_page_and_not_of_greenwich():
    told = history([(LONG_AGO, Status.OPERATIONAL)], NOW, "Europe/Bucharest")
    assert told.days[-1].start == datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    assert told.days[0].start == start_of_history(NOW, "Europe/Bucharest")


def test_of_several_components_the_gravest_holds_at_each_moment():
    one = [(LONG_AGO, Status.OPERATIONAL), (NOW - hours(4), Status.DEGRADED), (NOW - hours(2), Status.OPERATIONAL)]
    other = [(LONG_AGO, Status.OPERATIONAL), (NOW - hours(3), Status.MAJOR_OUTAGE), (NOW - hours(1), Status.DEGRADED)]
    assert worst_of([one, other]) == [
        (LONG_AGO, Status.OPERATIONAL),
        (NOW - hours(4), Status.DEGRADED),
        (NOW - hours(3), Status.MAJOR_OUTAGE),
        (NOW - hours(1), Status.DEGRADED),
    ]


moments = st.lists(
    st.tuples(st.integers(min_value=1, max_value=130_000), st.sampled_from(list(Status))), min_size=1, max_size=40
).map(lambda pairs: sorted(dict(pairs).items(), reverse=True))


@given(moments, st.sampled_from(["UTC", "Europe/Bucharest", "America/New_York", "Asia/Kathmandu"]))
def test_no_minute_is_lost_or_counted_twice(pairs, zone):
    changes = [(NOW - timedelta(minutes=minutes), status) for minutes, status in pairs]
    told = history(changes, NOW, zone)
    spent = sum((time for day in told.days for time in day.spent.values()), timedelta())
    assert spent == NOW - max(changes[0][0], start_of_history(NOW, zone))
    assert all(sum(day.spent.values(), timedelta()) <= day.end - day.start for day in told.days)

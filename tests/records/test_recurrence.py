"""When a window that comes again comes again."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import Invalid
from records.recurrence import Recurrence, read_recurrence

HOUR = timedelta(hours=1)


def _local(zone: str, year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "before", "after", "shift"),
    [
        ("America/New_York", (2026, 3, 1, 5), (2026, 3, 8, 5), -HOUR),
        ("America/New_York", (2026, 10, 25, 5), (2026, 11, 1, 5), HOUR),
        ("Europe/Bucharest", (2026, 3, 22, 5), (2026, 3, 29, 5), -HOUR),
        ("Europe/Bucharest", (2026, 10, 18, 5), (2026, 10, 25, 5), HOUR),
        ("Australia/Lord_Howe", (2026, 9, 27, 5), (2026, 10, 4, 5), -HOUR / 2),
        ("Asia/Kolkata", (2026, 3, 22, 5), (2026, 3, 29, 5), timedelta()),
    ],
)
def test_the_clock_on_the_wall_decides_where_clocks_change(zone, before, after, shift):
    start = _local(zone, *before)
    recurrence = read_recurrence("FREQ=WEEKLY", start, start + HOUR, zone)
    assert recurrence.after(start) == _local(zone, *after) == start + timedelta(days=7) + shift


def test_an_hour_that_a_clock_skips_is_taken_as_if_it_had_not_changed():
    start = _local("America/New_York", 2026, 3, 1, 2, 30)
    recurrence = read_recurrence("FREQ=WEEKLY", start, start + HOUR, "America/New_York")
    skipped = recurrence.after(start)
    assert skipped == datetime(2026, 3, 8, 7, 30, tzinfo=UTC), "half past two is half past three on that day"
    assert recurrence.after(skipped) == datetime(2026, 3, 15, 6, 30, tzinfo=UTC)


def test_of_an_hour_that_a_clock_shows_twice_the_first_is_meant():
    start = _local("Europe/Bucharest", 2026, 10, 18, 3, 30)
    recurrence = read_recurrence("FREQ=WEEKLY", start, start + HOUR, "Europe/Bucharest")
    assert recurrence.after(start) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert recurrence.after(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == datetime(2026, 11, 1, 1, 30, tzinfo=UTC)


def test_a_rule_ends_where_it_says():
    start = datetime(2026, 12, 1, 2, tzinfo=UTC)
    thrice = read_recurrence("FREQ=WEEKLY;COUNT=3", start, start + HOUR, "UTC")
    assert list(thrice.starts()) == [start + timedelta(days=7 * week) for week in range(3)]
    assert thrice.after(start + timedelta(days=14)) is None
    by_day = read_recurrence("FREQ=WEEKLY;UNTIL=20261215", start, start + HOUR, "UTC")
    assert list(by_day.starts()) == list(thrice.starts())
    by_moment = read_recurrence("FREQ=WEEKLY;UNTIL=20261215T015959Z", start, start + HOUR, "UTC")
    assert len(list(by_moment.starts())) == 2


def test_the_first_tuesday_of_a_month_is_found():
    start = datetime(2026, 12, 1, 2, tzinfo=UTC)
    recurrence = read_recurrence("RRULE:freq=monthly;byday=1TU", start, start + HOUR, "UTC")
    assert recurrence.rule == "FREQ=MONTHLY;BYDAY=1TU"
    assert [found.day for found in islice(recurrence.starts(), 4)] == [1, 5, 2, 2]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "not a recurrence rule"),
        ("every week", "not a recurrence rule"),
        ("FREQ=SECONDLY", "how often"),
        ("FREQ=WEEKLY;FREQ=DAILY", "not a recurrence rule"),
        ("FREQ=WEEKLY;BYEASTER=1", "BYEASTER is not understood"),
        ("FREQ=WEEKLY;BYDAY=MO", "does not begin with this window"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", "does not begin with this window"),
        ("FREQ=DAILY;COUNT=1", "only once"),
        ("FREQ=DAILY;INTERVAL=0", "before it has ended"),
        ("FREQ=DAILY;INTERVAL=99999999999999999", "only once"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "two ends"),
        ("FREQ=DAILY;UNTIL=99999999", "cannot be read"),
        ("FREQ=DAILY;BYDAY=XX", "cannot be read"),
        ("FREQ=DAILY;COUNT=two", "cannot be read"),
        ("FREQ=DAILY;BYDAY=TU\nRRULE:FREQ=WEEKLY", "cannot be read"),
        ("FREQ=DAILY;BYDAY=" + ",".join(["TU"] * 80), "longer than 200"),
    ],
)
def test_what_is_no_rule_for_this_window_is_refused_with_its_reason(rule, message):
    start = datetime(2026, 12, 1, 2, tzinfo=UTC)
    with pytest.raises(Invalid, match=message) as refused:
        read_recurrence(rule, start, start + HOUR, "UTC")
    assert [fault.path for fault in refused.value.faults] == ["/recurrence"]


def test_windows_of_a_series_do_not_overlap():
    start = datetime(2026, 11, 30, 2, tzinfo=UTC)
    with pytest.raises(Invalid, match="before it has ended"):
        read_recurrence("FREQ=WEEKLY;BYDAY=MO,TU", start, start + 30 * HOUR, "UTC")


@given(
    minutes=st.integers(0, 2 * 365 * 24 * 60),
    rule=st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY"]),
    zone=st.sampled_from(["UTC", "America/New_York", "Europe/Bucharest", "Australia/Lord_Howe", "Asia/Kolkata"]),
    days=st.integers(0, 800),
)
def test_the_next_start_is_the_first_behind_a_moment(minutes, rule, zone, days):
    began = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    recurrence = Recurrence(rule=rule, began=began, time_zone=zone)
    moment = began + timedelta(days=days)
    following = recurrence.after(moment)
    assert following is not None
    assert following > moment
    known = list(islice(recurrence.starts(), 900))
    assert following in known
    assert [start for start in known if moment < start < following] == []
    assert known == sorted(set(known))

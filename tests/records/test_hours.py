"""When people answer, by their own clocks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from records.errors import Invalid
from records.hours import OpeningHours, open_spans, read_hours, week_of

OFFICE = week_of(dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ((540, 1080),)))
WEEK = timedelta(days=7)


def hours(**changes) -> OpeningHours:
    return replace(OpeningHours(zone="Europe/Bucharest", week=OFFICE, holidays=frozenset()), **changes)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("09:00-18:00", ((540, 1080),)),
        ("14:00 - 18:00, 9:00–12:30", ((540, 750), (840, 1080))),
        ("00:00-24:00", ((0, 1440),)),
        ("22:00-02:00", ((1320, 1560),)),
    ],
)
def test_hours_are_read_as_people_write_them(text, spans):
    assert read_hours(text) == spans


@pytest.mark.parametrize("text", ["", "9-18", "09:00-25:00", "09:60-18:00", "24:00-02:00", "09:00-09:00", "all day"])
def test_what_is_no_span_of_hours_is_refused_with_a_hint(text):
    with pytest.raises(Invalid) as refused:
        read_hours(text)
    assert "00:00-24:00" in refused.value.faults[0].hint


def test_the_span_under_way_comes_first_and_weekends_are_left_out():
    # 2026-11-20 is a Friday; Bucharest is two hours ahead of UTC.
    found = open_spans(hours(), at("2026-11-20T10:00"), WEEK)
    assert found[0] == (at("2026-11-20T07:00"), at("2026-11-20T16:00"))
    assert found[1] == (at("2026-11-23T07:00"), at("2026-11-23T16:00"))


def test_nobody_answers_on_a_holiday():
    found = open_spans(hours(holidays=frozenset({date(2026, 11, 23)})), at("2026-11-20T17:00"), WEEK)
    assert found[0][0] == at("2026-11-24T07:00")


def test_nine_is_nine_by_the_clocks_of_the_zone_after_they_change_too():
    # Clocks go back on Sunday 2026-10-25.
    found = open_spans(hours(), at("2026-10-23T05:00"), WEEK)
    assert [start for start, _ in found[:2]] == [at("2026-10-23T06:00"), at("2026-10-26T07:00")]


def test_hours_over_midnight_and_days_that_meet_are_one_span():
    night = week_of(dict.fromkeys(("friday", "saturday"), ((1320, 1560),)))
    found = open_spans(hours(zone="UTC", week=night), at("2026-11-21T01:00"), WEEK)
    assert found[0] == (at("2026-11-20T22:00"), at("2026-11-21T02:00"))
    always = (((0, 1440),),) * 7
    assert len(open_spans(hours(zone="UTC", week=always), at("2026-11-21T01:00"), WEEK)) == 1
    assert hours(week=always).is_always_open
    assert not hours().is_always_open

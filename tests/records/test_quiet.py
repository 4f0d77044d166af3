"""When it is quiet for a customer, in their zone, and what may not wait for the morning."""

from datetime import UTC, datetime, timedelta

import pytest

from records.errors import Invalid
from records.maintenance import Kind
from records.notices import Category, Lane, Notice, NoticeKind, NoticeState
from records.quiet import NONE, USUAL, Night, QuietRule, is_preference, last_moment, may_rest, nights, read_hours

NIGHT = read_hours("22:00-07:00")
NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_notice(**changes):
    plain = {
        "id": "n" * 12, "version": 1, "kind": NoticeKind.INCIDENT_OPENED, "subject_kind": "incident",
        "subject_id": "i" * 12, "category": Category.MANDATORY_SERVICE, "lane": Lane.NORMAL,
        "state": NoticeState.FANNING_OUT, "audience_rule": "everyone", "channels": ("email",), "facts": {},
        "verify_code": "7Q4KM-W9RTA", "created_at": NOW, "created_by": "ana", "useful_until": NOW + 72 * HOUR,
        "audience_count": 0, "fanned_out_at": None,
    }  # fmt: skip
    return Notice(**{**plain, **changes})


@pytest.mark.parametrize(
    ("now", "zone", "ends"),
    [
        (NOW, "UTC", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        (NOW.replace(hour=22, minute=0), "UTC", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        (NOW.replace(hour=21, minute=59), "UTC", None),
        (NOW.replace(hour=6, minute=59), "UTC", datetime(2026, 11, 22, 7, tzinfo=UTC)),
        (NOW.replace(hour=7, minute=0), "UTC", None),
        # 18:30 in New York; half past five in the morning in Bangkok and ten past five in Kathmandu's odd zone.
        (NOW, "America/New_York", None),
        (NOW.replace(hour=22, minute=30), "Asia/Bangkok", datetime(2026, 11, 23, 0, tzinfo=UTC)),
        (NOW.replace(hour=23, minute=25), "Asia/Kathmandu", datetime(2026, 11, 23, 1, 15, tzinfo=UTC)),
        # The night in which clocks are put forward has an hour less, the one back an hour more.
        (datetime(2026, 3, 28, 22, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (datetime(2026, 10, 24, 21, tzinfo=UTC), "Europe/Berlin", datetime(2026, 10, 25, 6, tzinfo=UTC)),
    ],
)
def test_quiet_hours_end_in_the_morning_of_whoever_sleeps(now, zone, ends):
    assert NIGHT.over_at(now, zone) == ends


def test_hours_within_a_day_do_not_pass_midnight():
    noon = read_hours("12:00-14:30")
    assert noon.over_at(NOW.replace(hour=13), "UTC") == NOW.replace(hour=14, minute=30)
    assert noon.over_at(NOW.replace(hour=11), "UTC") is None
    assert noon.over_at(NOW.replace(hour=15), "UTC") is None


@pytest.mark.parametrize("end", ["02:15", "02:45"])
def test_an_end_in_the_hour_that_comes_twice_is_never_in_the_past(end):
    hours = read_hours(f"22:00-{end}")
    moment = datetime(2026, 10, 24, 20, tzinfo=UTC)
    for _ in range(24 * 60):
        ends = hours.over_at(moment, "Europe/Berlin")
        assert ends is None or moment < ends <= moment + 6 * HOUR
        moment += timedelta(minutes=1)


@pytest.mark.parametrize("text", ["", "22-7", "24:00-07:00", "22:00-07:60", "07:00-07:00", "22:00-07:00 UTC", "nights"])
def test_what_is_no_hours_of_a_day_is_refused(text):
    with pytest.raises(Invalid):
        read_hours(text)
    assert not is_preference(text)


def test_a_customers_own_choice_comes_before_the_houses():
    house = QuietRule(hours=NIGHT, zone="Europe/Bucharest")
    morning = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert house.over_at(None, None, NOW) == morning - 2 * HOUR
    assert house.over_at("UTC", None, NOW) == house.over_at("UTC", USUAL, NOW) == morning
    assert house.over_at("UTC", NONE, NOW) is None
    assert house.over_at("UTC", "23:00-23:45", NOW) == NOW.replace(minute=45)
    assert QuietRule().over_at("UTC", None, NOW) is None
    assert QuietRule().over_at("UTC", "22:00-08:00", NOW) == morning + HOUR
    assert all(is_preference(each) for each in (USUAL, NONE, "23:00-23:45"))


def test_urgent_words_never_rest_and_the_app_needs_none():
    assert may_rest(a_notice(), "email")
    assert may_rest(a_notice(lane=Lane.BULK), "email")
    assert not may_rest(a_notice(lane=Lane.URGENT), "email")
    assert not may_rest(a_notice(), "inapp")
    assert not may_rest(a_notice(), "social:acme")


def test_an_announcement_may_wait_only_while_the_event_is_far_enough_ahead():
    start = NOW + 100 * HOUR
    facts = {"kind": Kind.MAINTENANCE.value, "scheduled_for": start.isoformat()}
    announced = a_notice(kind=NoticeKind.MAINTENANCE_ANNOUNCED, facts=facts, useful_until=start)
    assert last_moment(announced) == start - 72 * HOUR
    reminder = a_notice(kind=NoticeKind.MAINTENANCE_REMINDER, facts=facts, useful_until=start)
    assert last_moment(reminder) == start


def test_what_would_come_too_late_goes_at_night_or_not_at_all():
    house, asleep = QuietRule(hours=NIGHT), [("UTC", None), ("America/New_York", None)]
    morning = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert nights(house, a_notice(), asleep, NOW) == [Night(zone="UTC", preference=None, goes_at=morning)]
    short = a_notice(useful_until=morning)
    assert nights(house, short, asleep, NOW) == [Night(zone="UTC", preference=None, goes_at=NOW, is_broken=True)]
    optional = a_notice(useful_until=morning, category=Category.OPTIONAL_SERVICE)
    assert nights(house, optional, asleep, NOW) == [Night(zone="UTC", preference=None, goes_at=None)]

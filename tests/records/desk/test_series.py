"""Windows that come again."""

import pytest

from records.desk.configuration import configure
from records.desk.maintenance import announce, cancel, extend
from records.desk.series import run_series, stop_repeating
from records.desk.windows import run_windows
from records.errors import Conflict, Invalid
from records.maintenance import AtBlock, Kind, WindowState
from records.people import CLOCK
from records.store import maintenance
from tests.cast import ANA, DAY, HOUR, NOW, a_window, acme, the_notice

START, END = NOW + 4 * DAY, NOW + 4 * DAY + 2 * HOUR
WEEKLY = "FREQ=WEEKLY"


@pytest.fixture
def desk(store):
    return acme(store)


def test_the_next_window_is_announced_a_day_before_it_must_be(store, desk):
    first = announce(desk, a_window(recurrence=WEEKLY), ANA, NOW)
    assert run_series(desk, CLOCK, NOW) == []
    due = START + 3 * DAY
    assert run_series(desk, CLOCK, due - HOUR) == []
    assert run_series(desk, CLOCK, due) == ["announced MNT-2, the next after MNT-1"]
    assert run_series(desk, CLOCK, due) == []
    second = maintenance.maintenance(store, "MNT-2")
    assert (second.scheduled_for, second.scheduled_until) == (START + 7 * DAY, END + 7 * DAY)
    assert (second.name, second.component_ids, second.reminders) == (first.name, first.component_ids, first.reminders)
    assert second.updates[0].body == first.updates[0].body
    assert second.series is not None
    assert second.series.id == first.id
    assert the_notice(store, second.id).kind == "maintenance_announced"


def test_every_window_of_a_series_runs_by_itself(store, desk):
    announce(desk, a_window(recurrence="FREQ=WEEKLY;COUNT=3"), ANA, NOW)
    done = []
    for hours in range(24 * 30):
        moment = NOW + hours * HOUR
        done += [*run_series(desk, CLOCK, moment), *run_windows(desk, CLOCK, moment)]
    assert [each for each in done if not each.startswith("reminded")] == [
        "started MNT-1", "completed MNT-1",
        "announced MNT-2, the next after MNT-1", "started MNT-2", "completed MNT-2",
        "announced MNT-3, the next after MNT-2", "MNT-3 was the last of its series", "started MNT-3", "completed MNT-3",
    ]  # fmt: skip


def test_a_daily_window_is_announced_days_ahead_each_by_itself(store, desk):
    announce(desk, a_window(recurrence="FREQ=DAILY"), ANA, NOW)
    for _ in range(6):
        run_series(desk, CLOCK, START)
    starts = [event.scheduled_for for event in maintenance.unfinished(store)]
    assert starts == [START + days * DAY for days in range(5)]


def test_one_that_was_extended_or_called_off_does_not_change_the_others(store, desk):
    first = announce(desk, a_window(recurrence=WEEKLY), ANA, NOW)
    extend(desk, first.id, END + 5 * HOUR, ANA, NOW)
    cancel(desk, first.id, ANA, NOW)
    run_series(desk, CLOCK, START + 4 * DAY)
    second = maintenance.maintenance(store, "MNT-2")
    assert (second.scheduled_for, second.scheduled_until) == (START + 7 * DAY, END + 7 * DAY)


def test_nothing_is_announced_that_lies_behind_us(store, desk):
    """The house stood still for a month: what was missed is missed."""
    announce(desk, a_window(recurrence=WEEKLY), ANA, NOW)
    assert run_series(desk, CLOCK, START + 30 * DAY) == []
    assert run_series(desk, CLOCK, START + 32 * DAY) == ["announced MNT-2, the next after MNT-1"]
    assert maintenance.maintenance(store, "MNT-2").scheduled_for == START + 35 * DAY


def test_a_series_that_is_ended_leaves_what_was_announced(store, desk):
    first = announce(desk, a_window(recurrence=WEEKLY), ANA, NOW)
    stop_repeating(desk, first.id, ANA, NOW + HOUR)
    assert run_series(desk, CLOCK, START + 6 * DAY) == []
    assert maintenance.maintenance(store, first.id).state is WindowState.SCHEDULED
    with pytest.raises(Conflict, match="does not come again"):
        stop_repeating(desk, first.id, ANA, NOW + HOUR)


def test_a_window_that_comes_once_cannot_stop_coming(desk):
    once = announce(desk, a_window(), ANA, NOW)
    with pytest.raises(Conflict, match="MNT-1 does not come again"):
        stop_repeating(desk, once.id, ANA, NOW)


def test_a_series_ends_with_its_components(store, desk):
    announce(desk, a_window(recurrence=WEEKLY), ANA, NOW)
    configure(desk, [], [], ANA, NOW)
    assert run_series(desk, CLOCK, START + 4 * DAY) == ["MNT-1 does not come again: its components are gone"]
    assert run_series(desk, CLOCK, START + 4 * DAY) == []


def test_a_block_comes_only_once(desk):
    upgrade = a_window(kind=Kind.UPGRADE, recurrence=WEEKLY, at_block=AtBlock(chain="bitcoin", height=900_000))
    with pytest.raises(Invalid, match="a block comes only once"):
        announce(desk, upgrade, ANA, NOW)

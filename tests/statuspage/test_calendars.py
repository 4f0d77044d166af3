"""Ninety days of a component as squares, with planned and unplanned time apart."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from records.components import Status
from records.desk.maintenance import complete
from records.store import components
from statuspage.calendars import _areas, component_calendar
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

NOW = world.NOW


def calendar_of(store, name):
    snapshot = read_snapshot(store, world.PAGE, NOW)
    rows = [row for network in snapshot.networks for row in network.ways]
    rows += [row for section in snapshot.sections for row in section.rows]
    return component_calendar(snapshot, next(row for row in rows if row.component.id == name))


def test_planned_work_trouble_and_time_without_data_are_told_apart(books):
    world.build(books)
    complete(world.desk(books), world.upgrade_solana(books).id, world.ANA, NOW)
    seen = calendar_of(books, "sol-deposits")
    assert (seen.unplanned, seen.planned, seen.unknown) == (
        timedelta(minutes=360),
        timedelta(minutes=22),
        timedelta(minutes=90),
    )


def test_the_share_of_good_time_is_told_for_a_week_a_month_and_all(books):
    world.build(books)
    components.set_status(books, "app", Status.MAJOR_OUTAGE, NOW - timedelta(days=20))
    components.set_status(books, "app", Status.OPERATIONAL, NOW - timedelta(days=19))
    week, month, whole = calendar_of(books, "app").figures
    assert week.percent == 100.0
    # 29 days and the 14 hours of today.
    assert month.percent is not None
    assert 96.5 < month.percent < 96.7
    assert whole.percent is not None
    assert 98.8 < whole.percent < 98.9


def test_each_line_is_a_weekday_and_today_is_the_last_square(books):
    world.build(books)
    components.set_status(books, "app", Status.MAJOR_OUTAGE, NOW - timedelta(hours=1))
    seen = calendar_of(books, "app")
    # 2026-11-22 is a Sunday.
    assert [(cell.column, cell.line, cell.tone) for cell in seen.cells] == [(seen.columns - 1, 6, "major")]


@given(st.integers(min_value=0, max_value=96), st.integers(min_value=0, max_value=96))
def test_the_drawn_area_is_every_day_from_the_first_to_the_last_and_no_other(one, other):
    first, end = sorted((one, other))
    squares = [
        (column + ahead) * 7 + line + below
        for column, line, columns, lines in _areas(first, end)
        for ahead in range(columns)
        for below in range(lines)
    ]
    assert sorted(squares) == list(range(first, end))

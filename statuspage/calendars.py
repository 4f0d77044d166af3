"""The page of ninety days: for each component a calendar, and how its time was spent, planned and unplanned apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from records.components import TROUBLED, Status, Words
from statuspage.history import DAYS, History, uptime, worst
from statuspage.snapshot import Row, Snapshot
from statuspage.tones import BAR_HEIGHTS, TONES
from statuspage.view import Record, percent, record

_WEEK = 7
#: Of a day's square, as of a bar's height.
_SIDE, _BAR = 10, 22
#: For how many days the share of good time is told.
_SPANS = (7, 30, DAYS)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One day that was not green throughout."""

    column: int
    line: int
    start: datetime
    tone: str
    height: int


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The share of good time in the last days."""

    span: timedelta
    #: In percent, cut; None when nothing was measured.
    percent: float | None


@dataclass(frozen=True, kw_only=True)
class ComponentCalendar:
    """One component as the page of ninety days draws it."""

    id: str
    name: Words
    record: Record
    figures: tuple[Figure, ...]
    #: Time with trouble, inside windows too; announced windows, whatever happened in them; time without data.
    unplanned: timedelta
    planned: timedelta
    unknown: timedelta
    #: Empty squares before the first of the ninety days, so that each line is a weekday, Monday first.
    offset: int
    #: Where it existed: column, line, how many columns and lines.
    areas: tuple[tuple[int, int, int, int], ...]
    cells: tuple[Cell, ...]

    @property
    def columns(self) -> int:
        """How many weeks are drawn."""
        return -(-(self.offset + DAYS) // _WEEK)


def component_calendar(snapshot: Snapshot, row: Row) -> ComponentCalendar:
    """The calendar of one component."""
    history, component = row.history, row.component
    offset = history.calendar.dates[0].weekday()
    return ComponentCalendar(
        id=component.id,
        name=component.name,
        record=record(snapshot, history, [component.id], component.direction),
        figures=tuple(
            Figure(span=timedelta(days=days), percent=percent(uptime(history.spent_in(days)))) for days in _SPANS
        ),
        unplanned=sum((history.spent.get(status, timedelta()) for status in TROUBLED), timedelta()),
        planned=history.planned,
        unknown=history.spent.get(Status.UNKNOWN, timedelta()),
        offset=offset,
        areas=_areas(offset + history.first_day, offset + DAYS),
        cells=_cells(history, offset),
    )


def _areas(first: int, end: int) -> tuple[tuple[int, int, int, int], ...]:
    """Squares `first` to `end` as at most three rectangles: the rest of a week, whole weeks, the begin of one."""
    if first >= end:
        return ()
    whole, last = -(-first // _WEEK), end // _WEEK
    if whole > last:
        return ((first // _WEEK, first % _WEEK, 1, end - first),)
    parts = [
        (first // _WEEK, first % _WEEK, 1, (_WEEK - first % _WEEK) % _WEEK),
        (whole, 0, last - whole, _WEEK),
        (last, 0, 1, end % _WEEK),
    ]
    return tuple(part for part in parts if part[2] and part[3])


def _cells(history: History, offset: int) -> tuple[Cell, ...]:
    found = []
    for index, day in history.marked.items():
        status = worst(day)
        if status is None or status is Status.OPERATIONAL:
            continue
        tone, place = TONES[status], index + offset
        height = round(BAR_HEIGHTS[tone] / _BAR * _SIDE)
        found.append(Cell(column=place // _WEEK, line=place % _WEEK, start=day.start, tone=tone, height=height))
    return tuple(found)

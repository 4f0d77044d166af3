"""Ninety days of states: how long each day was in which state, and what share of the time all was well.

    uptime = 1 - (not working + failing for some / 2 + late / 4) / (operational + all three)

Announced maintenance and time without data are in neither part of the fraction; the share without data is told beside
it. An outage inside a window counts like any other. A day is a day of the page's own time zone, so twice a year one has
23 or 25 hours. Days that are over come from the daily sums, today from its intervals.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise

from records.components import TROUBLED, Status
from records.days import Changes, Day, Spans, count_day, date_in, midnight
from records.store.days import Rolled

DAYS = 90
#: How much of a minute in trouble is lost: one in which only some customers fail is half a minute of outage.
WEIGHTS = {Status.DEGRADED: 0.25, Status.PARTIAL_OUTAGE: 0.5, Status.MAJOR_OUTAGE: 1.0}
#: Shorter than this a state does not colour its day: it would not be seen, only counted.
_WORTH_SHOWING = timedelta(minutes=1)
_NOTHING = timedelta()


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The ninety days of a page, the same for every row; the last one ends now."""

    zone: str
    dates: tuple[date, ...]
    starts: tuple[datetime, ...]
    now: datetime
    #: From the beginning of the first day to the end of each.
    until: tuple[timedelta, ...]

    @property
    def today(self) -> date:
        """The day that is not over."""
        return self.dates[-1]

    def end(self, index: int) -> datetime:
        """When a day ends; the last one now."""
        return self.starts[index + 1] if index + 1 < len(self.starts) else self.now

    def index(self, day: date) -> int:
        """0 is the first of the ninety; earlier days are below."""
        return (day - self.dates[0]).days

    def length(self, first: int) -> timedelta:
        """From the beginning of day `first` until now."""
        return self.until[-1] - (self.until[first - 1] if first else _NOTHING)


@dataclass(frozen=True, kw_only=True)
class History:
    """What the bars of one row show."""

    calendar: Calendar
    #: The first day on which it existed, as the bars count: 0 to 89; 90 when it never did.
    first_day: int
    #: Days that were not operational from end to end, or were planned to be touched, by that number, oldest first.
    marked: Mapping[int, Day]

    @cached_property
    def spent(self) -> Mapping[Status, timedelta]:
        """How long it was in each state in all ninety days."""
        return self.spent_in(DAYS)

    def spent_in(self, days: int) -> dict[Status, timedelta]:
        """How long it was in each state in the last `days` days."""
        first = max(self.first_day, DAYS - days)
        if first >= DAYS:
            return {}
        total = {Status.OPERATIONAL: self.calendar.length(first)}
        for index, day in self.marked.items():
            if index < first:
                continue
            total[Status.OPERATIONAL] -= day.end - day.start
            for status, spent in day.spent.items():
                total[status] = total.get(status, _NOTHING) + spent
        return {status: spent for status, spent in total.items() if spent}

    @cached_property
    def uptime(self) -> float | None:
        """Share of time without trouble, 0 to 1, by the formula above; None when nothing could be counted."""
        return uptime(self.spent)

    @cached_property
    def unknown(self) -> float:
        """Share of the time it existed in which nobody knew, 0 to 1."""
        existed = sum(self.spent.values(), _NOTHING)
        return self.spent.get(Status.UNKNOWN, _NOTHING) / existed if existed else 0.0

    @cached_property
    def planned(self) -> timedelta:
        """How long announced windows ran."""
        return sum((day.planned for day in self.marked.values()), _NOTHING)

    @property
    def bad_days(self) -> tuple[Day, ...]:
        """Days on which something did not work, newest first; the bars' label counts them."""
        return tuple(day for day in self._newest() if worst(day) in TROUBLED)

    @property
    def notable_days(self) -> tuple[Day, ...]:
        """Days that were not green all through, newest first: those that the bars draw one by one."""
        return tuple(day for day in self._newest() if worst(day) not in (None, Status.OPERATIONAL))

    @property
    def days(self) -> tuple[Day, ...]:
        """All ninety, one by one; for whoever wants each."""
        return tuple(self.marked.get(index) or self._plain(index) for index in range(DAYS))

    def _newest(self) -> Iterable[Day]:
        return reversed(list(self.marked.values()))

    def _plain(self, index: int) -> Day:
        start, end = self.calendar.starts[index], self.calendar.end(index)
        spent = {Status.OPERATIONAL: end - start} if index >= self.first_day and end > start else {}
        return Day(date=self.calendar.dates[index], start=start, end=end, spent=spent, planned=_NOTHING)


def uptime(spent: Mapping[Status, timedelta]) -> float | None:
    """The formula above, on any sum of time in states."""
    good = spent.get(Status.OPERATIONAL, _NOTHING)
    counted = good + sum((spent.get(status, _NOTHING) for status in TROUBLED), _NOTHING)
    lost = sum((spent.get(status, _NOTHING) * weight for status, weight in WEIGHTS.items()), _NOTHING)
    return (counted - lost) / counted if counted else None


def worst(day: Day) -> Status | None:
    """The gravest state of a day that lasted a minute; None before the component existed."""
    lasting = [status for status, spent in day.spent.items() if spent >= _WORTH_SHOWING] or list(day.spent)
    return max(lasting, key=lambda status: status.severity, default=None)


def calendar(now: datetime, zone: str) -> Calendar:
    """The ninety days that end now."""
    days, starts, lengths = _calendar(date_in(now, zone), zone)
    until = list(accumulate([*lengths, now - starts[-1]]))
    return Calendar(zone=zone, dates=days, starts=starts, now=now, until=tuple(until))


@lru_cache(maxsize=4)
def _calendar(today: date, zone: str) -> tuple[tuple[date, ...], tuple[datetime, ...], tuple[timedelta, ...]]:
    days = tuple(today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))
    starts = tuple(midnight(day, zone) for day in days)
    return days, starts, tuple(later - earlier for earlier, later in pairwise(starts))


def start_of_history(now: datetime, zone: str) -> datetime:
    """Midnight, in the page's zone, of the first of the ninety days."""
    return calendar(now, zone).starts[0]


def history(days: Calendar, changes: Changes, windows: Spans = (), rolled: Rolled | None = None) -> History:
    """Ninety days up to now: what is added up already, and the rest from `changes`.

    `changes` begins with the state in force at the start of the first day that is not added up, or with the first there
    ever was; so do `windows`.
    """
    marked: dict[int, Day] = {}
    first, begin = _began(days, changes), 0
    if rolled is not None and rolled.open_day <= days.today:
        begin = max(0, days.index(rolled.open_day))
        first = max(0, days.index(rolled.first_day))
        marked = {days.index(day.date): day for day in rolled.days if day.date < rolled.open_day}
    for index in _touched(days, changes, windows, max(begin, first)):
        day = count_day(days.dates[index], days.zone, changes, windows, days.now)
        if not day.is_plain:
            marked[index] = day
    return History(calendar=days, first_day=first, marked=marked)


def _began(days: Calendar, changes: Changes) -> int:
    first = next((moment for moment, status in changes if status is not None), None)
    return DAYS if first is None else min(DAYS, max(0, days.index(date_in(first, days.zone))))


def _touched(days: Calendar, changes: Changes, windows: Spans, begin: int) -> list[int]:
    """The days from `begin` on that may not be plain: those with a change, a window, or a state other than green."""
    found: set[int] = set()
    for place, (since, status) in enumerate(changes):
        until = changes[place + 1][0] if place + 1 < len(changes) else days.now
        first = _index(days, since)
        found.add(first)
        if status is not Status.OPERATIONAL:
            found.update(range(max(begin, first), _index(days, until) + 1))
    for since, until in windows:
        found.update(range(max(begin, _index(days, since)), _index(days, until) + 1))
    return sorted(index for index in found if begin <= index < DAYS)


def _index(days: Calendar, moment: datetime) -> int:
    """The number of the day in which a moment lies; below 0 before the ninety days."""
    return bisect_right(days.starts, moment) - 1

"""Ninety days of states: how long each day was in which state, and what share of the time all was well.

    uptime = operational / (operational + degraded + partial outage + major outage)

Announced maintenance and time without data are in neither part of the fraction; the share without data is told beside
it. A day is a day of the page's own time zone, so twice a year one has 23 or 25 hours.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

from records.components import TROUBLED, Status

DAYS = 90
#: Shorter than this a state does not colour its day: it would not be seen, only counted.
_WORTH_SHOWING = timedelta(minutes=1)
#: A change of state and the moment from which it holds, oldest first.
Changes = Sequence[tuple[datetime, Status]]


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of one row."""

    date: date
    #: When it begins and ends, in UTC; the last one ends now.
    start: datetime
    end: datetime
    #: How long it was in each state; empty before the component existed.
    spent: Mapping[Status, timedelta]

    @cached_property
    def worst(self) -> Status | None:
        """The gravest state of the day that lasted a minute; None before the component existed."""
        lasting = [status for status, spent in self.spent.items() if spent >= _WORTH_SHOWING] or list(self.spent)
        return max(lasting, key=lambda status: status.severity, default=None)


@dataclass(frozen=True, kw_only=True)
class History:
    """What the bars of one row show."""

    days: tuple[Day, ...]
    #: Share of time without trouble, 0 to 1, by the formula above; None when nothing could be counted.
    uptime: float | None
    #: Share of the time it existed in which nobody knew, 0 to 1.
    unknown: float

    @property
    def bad_days(self) -> tuple[Day, ...]:
        """Days on which something did not work, newest first; the bars' label counts them."""
        return tuple(day for day in reversed(self.days) if day.worst in TROUBLED)

    @property
    def notable_days(self) -> tuple[Day, ...]:
        """Days that were not green all through, newest first: those that the bars draw one by one."""
        return tuple(day for day in reversed(self.days) if day.worst not in (None, Status.OPERATIONAL))


def start_of_history(now: datetime, zone: str) -> datetime:
    """Midnight, in the page's zone, of the first of the ninety days."""
    return _midnight(now.astimezone(ZoneInfo(zone)).date() - timedelta(days=DAYS - 1), zone)


def history(changes: Changes, now: datetime, zone: str) -> History:
    """Ninety days up to now. `changes` begins with the state in force at the start, or the first there ever was."""
    days = tuple(_day(*bounds, changes, now) for bounds in _days(now.astimezone(ZoneInfo(zone)).date(), zone))
    total: dict[Status, timedelta] = {}
    for day in days:
        for status, spent in day.spent.items():
            total[status] = total.get(status, timedelta()) + spent
    good = total.get(Status.OPERATIONAL, timedelta())
    counted = good + sum((total.get(status, timedelta()) for status in TROUBLED), timedelta())
    existed = sum(total.values(), timedelta())
    return History(
        days=days,
        uptime=good / counted if counted else None,
        unknown=total.get(Status.UNKNOWN, timedelta()) / existed if existed else 0.0,
    )


def worst_of(rows: Sequence[Changes]) -> list[tuple[datetime, Status]]:
    """The changes of several components as one: at each moment the gravest of the states then in force."""
    steps = sorted((moment, row, status) for row, changes in enumerate(rows) for moment, status in changes)
    in_force: dict[int, Status] = {}
    merged: list[tuple[datetime, Status]] = []
    for moment, row, status in steps:
        in_force[row] = status
        if merged and merged[-1][0] == moment:
            merged.pop()
        gravest = max(in_force.values(), key=lambda status: status.severity)
        if not merged or merged[-1][1] is not gravest:
            merged.append((moment, gravest))
    return merged


@lru_cache(maxsize=4)
def _days(today: date, zone: str) -> tuple[tuple[date, datetime, datetime], ...]:
    """Each of the ninety days with its beginning and its end; the same for every row of a page."""
    dates = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return tuple((one, _midnight(one, zone), _midnight(one + timedelta(days=1), zone)) for one in dates)


@lru_cache(maxsize=256)
def _midnight(date_: date, zone: str) -> datetime:
    return datetime.combine(date_, time(), ZoneInfo(zone)).astimezone(UTC)


def _day(date_: date, start: datetime, end: datetime, changes: Changes, now: datetime) -> Day:
    end = min(end, now)
    after = bisect_right(changes, start, key=itemgetter(0))
    first = max(0, after - 1)
    if after and end > start and (after == len(changes) or changes[after][0] >= end):
        # Most days are like this: nothing changed.
        return Day(date=date_, start=start, end=end, spent={changes[first][1]: end - start})
    spent: dict[Status, timedelta] = {}
    for index in range(first, len(changes)):
        since, status = changes[index]
        if since >= end:
            break
        until = changes[index + 1][0] if index + 1 < len(changes) else now
        overlap = min(until, end) - max(since, start)
        if overlap > timedelta():
            spent[status] = spent.get(status, timedelta()) + overlap
    return Day(date=date_, start=start, end=end, spent=spent)

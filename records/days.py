"""Days of a component: how long it was in which state, and how long planned work ran, day by day of one time zone.

A day is counted from the states' own intervals, so it has 23, 23.5, 24 or 25 hours as its zone has it. Most days were
operational from end to end; those need not be kept, and whoever adds up days counts them by their length alone.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

from records.components import TROUBLED, Status

#: A change of state and the moment from which it holds, oldest first. None: it was not there.
Changes = Sequence[tuple[datetime, Status | None]]
#: From and until.
Spans = Sequence[tuple[datetime, datetime]]

_NOTHING = timedelta()


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of one component, or of several taken together."""

    date: date
    #: When it begins and ends, in UTC; the present one ends now.
    start: datetime
    end: datetime
    #: How long it was in each state; less than the day where it did not exist all day.
    spent: Mapping[Status, timedelta]
    #: How long an announced window ran, whatever the state meanwhile.
    planned: timedelta

    @property
    def is_plain(self) -> bool:
        """Whether it worked from end to end and nothing was planned: such days are not kept."""
        return not self.planned and self.spent == {Status.OPERATIONAL: self.end - self.start}


class How(StrEnum):
    """What a correction does to the states that were recorded."""

    #: It was at least as bad as this.
    FLOOR = "floor"
    #: Trouble up to this grave was not there.
    LIFT = "lift"
    #: It was exactly so.
    EXACT = "exact"


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What is known of a component's past now and was not recorded then; the record itself stays as it was."""

    component_id: str
    start: datetime
    #: None: until now.
    end: datetime | None
    #: None: the component was not there.
    status: Status | None
    how: How


def midnight(date_: date, zone: str) -> datetime:
    """When a day begins, in UTC. Where clocks skip midnight, at the first moment after it."""
    return _midnight(date_, zone)


@lru_cache(maxsize=4096)
def _midnight(date_: date, zone: str) -> datetime:
    return datetime.combine(date_, time(), ZoneInfo(zone)).astimezone(UTC)


def date_in(moment: datetime, zone: str) -> date:
    """The day of `zone` in which a moment lies."""
    return moment.astimezone(ZoneInfo(zone)).date()


def dates(first: date, last: date) -> list[date]:
    """Every date from `first` to `last`, both among them; none when `last` is before `first`."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def count_day(date_: date, zone: str, changes: Changes, windows: Spans, now: datetime) -> Day:
    """One day from the intervals themselves; `changes` begins with what was in force at its start, if anything was."""
    start = midnight(date_, zone)
    end = min(midnight(date_ + timedelta(days=1), zone), now)
    return Day(
        date=date_,
        start=start,
        end=end,
        spent=_spent(start, end, changes),
        planned=sum((until - since for since, until in clipped(united(windows), start, end)), _NOTHING),
    )


def _spent(start: datetime, end: datetime, changes: Changes) -> dict[Status, timedelta]:
    spent: dict[Status, timedelta] = {}
    first = max(0, bisect_right(changes, start, key=itemgetter(0)) - 1)
    for index in range(first, len(changes)):
        since, status = changes[index]
        if since >= end:
            break
        until = changes[index + 1][0] if index + 1 < len(changes) else end
        overlap = min(until, end) - max(since, start)
        if status is not None and overlap > _NOTHING:
            spent[status] = spent.get(status, _NOTHING) + overlap
    return spent


def united(spans: Spans) -> list[tuple[datetime, datetime]]:
    """The same time without overlaps: two windows at once are one stretch of planned work."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        elif until > since:
            found.append((since, until))
    return found


def clipped(spans: Spans, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The parts of `spans` between `start` and `end`."""
    return [(max(since, start), min(until, end)) for since, until in spans if since < end and until > start]


def worst_of(rows: Sequence[Changes]) -> list[tuple[datetime, Status | None]]:
    """The changes of several components as one: at each moment the gravest of the states then in force."""
    steps = sorted(((moment, row, status) for row, changes in enumerate(rows) for moment, status in changes), key=_step)
    in_force: dict[int, Status] = {}
    merged: list[tuple[datetime, Status | None]] = []
    for moment, row, status in steps:
        if status is None:
            in_force.pop(row, None)
        else:
            in_force[row] = status
        _add(merged, moment, max(in_force.values(), key=lambda each: each.severity, default=None))
    return merged


def _step(step: tuple[datetime, int, Status | None]) -> tuple[datetime, int]:
    return step[0], step[1]


def _add(changes: list[tuple[datetime, Status | None]], moment: datetime, status: Status | None) -> None:
    if changes and changes[-1][0] == moment:
        changes.pop()
    if not changes or changes[-1][1] is not status:
        changes.append((moment, status))


def corrected(changes: Changes, corrections: Iterable[Correction]) -> Changes:
    """The changes as they are known today: each correction in the order in which it was made."""
    for one in corrections:
        changes = _with(changes, one)
    return changes


def _with(changes: Changes, one: Correction) -> Changes:
    if not changes:
        return changes
    moments = {moment for moment, _ in changes} | {max(one.start, changes[0][0])}
    if one.end is not None and one.end > changes[0][0]:
        moments.add(one.end)
    found: list[tuple[datetime, Status | None]] = []
    for moment in sorted(moments):
        recorded = state_at(changes, moment)
        is_meant = one.start <= moment and (one.end is None or moment < one.end)
        _add(found, moment, _as_known(recorded, one) if is_meant else recorded)
    return found


def state_at(changes: Changes, moment: datetime) -> Status | None:
    """What was in force at a moment; None before the first change, and while it was not there."""
    place = bisect_right(changes, moment, key=itemgetter(0))
    return changes[place - 1][1] if place else None


def _as_known(recorded: Status | None, one: Correction) -> Status | None:
    if recorded is None or one.status is None or one.how is How.EXACT:
        # What was not there cannot have failed.
        return None if recorded is None else one.status
    if one.how is How.FLOOR:
        return max(recorded, one.status, key=lambda each: each.severity)
    is_lifted = recorded in TROUBLED and recorded.severity <= one.status.severity
    return Status.OPERATIONAL if is_lifted else recorded

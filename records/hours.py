"""When people answer: the hours of a week in one time zone, and the days on which nobody does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from records.errors import Fault, Invalid

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DAY_MINUTES = 24 * 60

#: Minutes after midnight; the second is above 1440 where it is on the next day.
MinuteSpan = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class OpeningHours:
    """The hours of a week, as people keep them by their own clocks."""

    #: IANA zone of those clocks.
    zone: str
    #: Monday first; a day without spans is closed.
    week: tuple[tuple[MinuteSpan, ...], ...]
    #: Days of that zone on which nobody answers, whatever the weekday.
    holidays: frozenset[date]

    @property
    def is_always_open(self) -> bool:
        """Whether there is no moment at which nobody answers."""
        return not self.holidays and all(spans == ((0, _DAY_MINUTES),) for spans in self.week)


def read_hours(text: str) -> tuple[MinuteSpan, ...]:
    """The spans of one day, as people write them; raises Invalid.

    >>> read_hours("09:00-12:30, 14:00-18:00")
    ((540, 750), (840, 1080))
    >>> read_hours("22:00-02:00")
    ((1320, 1560),)
    """
    spans = []
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        start, end = (_minutes(found[1], found[2]), _minutes(found[3], found[4])) if found else (None, None)
        if start is None or end is None or start in (_DAY_MINUTES, end):
            hint = "write 09:00-18:00, several with commas, 00:00-24:00 for all day"
            raise Invalid(Fault(path="hours", message=f"{part.strip()!r} is no span of hours", hint=hint))
        spans.append((start, end if end > start else end + _DAY_MINUTES))
    return tuple(sorted(spans))


def _minutes(hour: str, minute: str) -> int | None:
    total = int(hour) * 60 + int(minute)
    return total if int(minute) < 60 and total <= _DAY_MINUTES else None


def week_of(days: Mapping[str, Sequence[MinuteSpan]]) -> tuple[tuple[MinuteSpan, ...], ...]:
    """A week from its days by English name; those not named are closed."""
    return tuple(tuple(days.get(name, ())) for name in WEEKDAYS)


def open_spans(hours: OpeningHours, now: datetime, ahead: timedelta) -> list[tuple[datetime, datetime]]:
    """The times at which somebody answers, from the one under way at `now`, if any, until `ahead`; in UTC."""
    today = now.astimezone(ZoneInfo(hours.zone)).date()
    spans = [
        (_moment(hours.zone, day, start), _moment(hours.zone, day, end))
        for day in (today + timedelta(days=offset) for offset in range(-1, ahead.days + 1))
        if day not in hours.holidays
        for start, end in hours.week[day.weekday()]
    ]
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif end > now:
            joined.append((start, end))
    return [span for span in joined if span[1] > now]


def _moment(zone: str, day: date, minutes: int) -> datetime:
    """By the clocks of the zone: 09:00 is 09:00 on the day on which they change, too."""
    ahead, minute = divmod(minutes, _DAY_MINUTES)
    clock = time(minute // 60, minute % 60)
    return datetime.combine(day + timedelta(days=ahead), clock, ZoneInfo(zone)).astimezone(UTC)

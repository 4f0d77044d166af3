"""Times as people type them in one field: `tomorrow 02:00 utc 2h`, `28 nov 02:00-04:00`, `in 30 min`, ISO 8601.

Pure, and never guesses: an hour that a clock shows twice or skips, a slash date and "midnight" are refused with
words on what to write instead.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from records.errors import Fault, Invalid

_HINT = "write for example: tomorrow 22:00 for 2h, 28 nov 02:00-04:00 utc, or 2026-11-28T02:00Z for 2h"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![:\d])"
_YEAR = r"(?:\s+(?P<year>20\d\d)(?![:\d]))?"

#: `-04:00` after a blank is the end of a window, after a `T` it is an offset.
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:t|\s(?=[\d:]+[z+]))(\d\d:\d\d(?::\d\d)?)(z|[+-]\d\d:?\d\d)(?!\d|:)")
_NAMED_DAY = re.compile(r"(?:on\s+|this\s+)?(today|tonight|tomorrow|yesterday|day after tomorrow)\b")
_WEEKDAY = re.compile(r"(?:on\s+|this\s+)?(next\s+)?(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b\.?")
_DATES = (
    re.compile(r"(?:on\s+)?(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)t?"),
    re.compile(r"(?:on\s+)?(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>20\d\d)"),
    re.compile(rf"(?:on\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}"),
    re.compile(rf"(?:on\s+)?{_MONTH}\s+{_DAY},?{_YEAR}"),
)
_CLOCK = re.compile(r"(?:at\s+|from\s+)?(?:(\d{1,2})(?::(\d\d))?\s*(am|pm)\b|(\d{1,2}):(\d\d)(?![\d:])|(noon)\b)")
_PART = r"\d{1,5}(?:\.\d+)?\s*(?:days?|d|hours?|hrs?|h|minutes?|mins?|m)(?![a-z])"
_DURATION = re.compile(
    rf"(?:for\s+)?({_PART}(?:\s*(?:and\s+)?{_PART})*)" + r"|pt(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?![a-z\d])"
)
_EACH_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([dhm])")
_TO = re.compile(r"(?:-|/|to\b|until\b|till\b)")
_ZONE_WORD = re.compile(r"(?<![\w/])(utc|gmt|[a-z]+(?:/[a-z_+-]+)+)(?![\w/])")
_MIDNIGHT = re.compile(r"\bmidnight\b|\b24:00\b")
_SLASH_DATE = re.compile(r"\b\d{1,2}/\d{1,2}(?:/\d+)?\b")


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was meant, in UTC, and the zone in which it was said."""

    start: datetime
    end: datetime
    zone: str


def parse_window(text: str, now: datetime, zone: str) -> Window:
    """The window that `text` says, by a clock in `zone` unless it names another. Raises Invalid at `when`.

    >>> parse_window("tomorrow 02:00 utc 2h", datetime(2026, 11, 22, 9, tzinfo=UTC), "Europe/Bucharest").end
    datetime.datetime(2026, 11, 23, 4, 0, tzinfo=datetime.timezone.utc)
    """
    reader = _Reader(text, now, zone)
    start = reader.moment()
    reader.take(_TO)
    duration = reader.duration()
    end = reader.moment_after(start) if duration is None else start + duration
    reader.finish()
    if end <= start:
        raise _unclear("the window ends before it starts")
    return Window(start=start, end=end, zone=reader.zone)


def parse_moment(text: str, now: datetime, zone: str) -> datetime:
    """The moment that `text` says: `15:00`, `in 30 min`, `30 min`, `tomorrow 9am`. Raises Invalid at `when`."""
    reader = _Reader(text, now, zone)
    duration = reader.duration()
    moment = reader.moment() if duration is None else now + duration
    reader.finish()
    return moment


def parse_past(text: str, now: datetime, zone: str) -> datetime:
    """As `parse_moment`, looking back: `13:05` is the last time the clock showed it, `20 min ago` is before now."""
    reader = _Reader(text, now, zone, looks_back=True)
    duration = reader.duration()
    if duration is not None:
        reader.take(re.compile(r"ago\b"))
    moment = reader.moment() if duration is None else now - duration
    reader.finish()
    if moment > now:
        raise _unclear("that is still to come", "write for example: 13:05, 20 min ago, or 22 nov 13:05")
    return moment


def parse_extension(text: str, end: datetime, now: datetime, zone: str) -> datetime:
    """The new end of a window that takes longer: `16:30`, or `30 min` more than `end` (than now, if that is later)."""
    reader = _Reader(text, now, zone)
    reader.take(re.compile(r"(?:by\b|until\b|to\b|\+)"))
    duration = reader.duration()
    moment = reader.moment() if duration is None else max(end, now) + duration
    reader.finish()
    return moment


def _unclear(message: str, hint: str = _HINT) -> Invalid:
    return Invalid(Fault(path="when", message=message, hint=hint))


class _Reader:
    """Reads the words from left to right."""

    def __init__(self, text: str, now: datetime, zone: str, *, looks_back: bool = False) -> None:
        rest = re.sub(r"\s+", " ", re.sub(r"[–—]", "-", text.lower()).replace(",", " ")).strip()
        if not rest:
            raise _unclear("no time is given")
        if _MIDNIGHT.search(rest):
            raise _unclear("“midnight” could be either end of the day", "write 00:00 or 23:59 with the day")
        if _SLASH_DATE.search(rest):
            raise _unclear("which of the two is the month?", "write the month as a word: 4 may, or 2026-05-04")
        self._rest, self.zone = _without_zone(rest, zone)
        self._zone = ZoneInfo(self.zone)
        self._now = now
        self._looks_back = looks_back

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What `pattern` finds at the front, which is then behind us."""
        found = pattern.match(self._rest)
        if found and found.end():
            self._rest = self._rest[found.end() :].lstrip()
            return found
        return None

    def finish(self) -> None:
        """Nothing may be left over: what we do not understand was meant all the same."""
        if self._rest:
            raise _unclear(f"“{self._rest}” is not clear")

    def duration(self) -> timedelta | None:
        """How long, if that is what stands next."""
        found = self.take(_DURATION)
        if found is None:
            return None
        if found[1] is None:
            return timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
        units = {"d": "days", "h": "hours", "m": "minutes"}
        return sum(
            (timedelta(**{units[unit]: float(number)}) for number, unit in _EACH_PART.findall(found[1])), timedelta()
        )

    def moment(self) -> datetime:
        """The moment that stands next; without a date the next time the clock shows it."""
        if self.take(re.compile(r"now\b")):
            return self._now
        if self.take(re.compile(r"in\s")):
            return self._in_a_while()
        if iso := self.take(_ISO):
            return _from_iso(iso)
        day, clock = self._day_and_clock()
        if clock is None:
            raise _unclear(f"“{self._rest}” is not clear" if self._rest else "the time of day is missing")
        if day is not None:
            return self._at(day(clock) if callable(day) else day, clock)
        return self._nearest(self._now.astimezone(self._zone).date(), clock)

    def moment_after(self, start: datetime) -> datetime:
        """The end: with its own date, or the next time after `start` that the clock shows it."""
        if not self._rest:
            raise _unclear("how long does it last?", "add for 2h, or -04:00")
        if iso := self.take(_ISO):
            return _from_iso(iso)
        day, clock = self._day_and_clock()
        if clock is None:
            raise _unclear(f"“{self._rest}” is not clear" if self._rest else "the end has no time of day")
        if day is not None:
            return self._at(day(clock) if callable(day) else day, clock)
        first = start.astimezone(self._zone).date()
        on_the_day = self._at(first, clock)
        return on_the_day if on_the_day > start else self._at(first + timedelta(days=1), clock)

    def _day_and_clock(self) -> "tuple[_Day | None, time | None]":
        day = self._day()
        clock = self._clock()
        return (self._day() if day is None else day), clock

    def _in_a_while(self) -> datetime:
        duration = self.duration()
        if duration is None:
            raise _unclear(f"“in {self._rest}” is not clear", "write for example: in 30 min")
        return self._now + duration

    def _nearest(self, today: date, clock: time) -> datetime:
        """The next time the clock shows it, or the last one when we look back."""
        moment = self._at(today, clock)
        if self._looks_back:
            return moment if moment <= self._now else self._at(today - timedelta(days=1), clock)
        return moment if moment > self._now else self._at(today + timedelta(days=1), clock)

    def _day(self) -> "_Day | None":
        today = self._now.astimezone(self._zone).date()
        if found := self.take(_NAMED_DAY):
            days = {"tomorrow": 1, "day after tomorrow": 2, "yesterday": -1}.get(found[1], 0)
            return today + timedelta(days=days)
        for pattern in _DATES:
            if found := self.take(pattern):
                return _date(found, today, looks_back=self._looks_back)
        if found := self.take(_WEEKDAY):
            return _Weekday(self, today, index=_day_index(found[2]), is_next=found[1] is not None)
        return None

    def _clock(self) -> time | None:
        found = self.take(_CLOCK)
        if found is None:
            return None
        if found[6]:
            return time(12)
        try:
            if found[3]:
                return _twelve_hours(int(found[1]), int(found[2] or 0), found[3])
            return time(int(found[4]), int(found[5]))
        except ValueError:
            raise _unclear(f"there is no time “{found[0].strip()}”") from None

    def _at(self, day: date, clock: time) -> datetime:
        return _in_utc(datetime.combine(day, clock), self._zone)

    def is_past(self, day: date, clock: time) -> bool:
        """Whether the clock has shown it already."""
        return self._at(day, clock) <= self._now


@dataclass(frozen=True)
class _Weekday:
    """A day of the week: today only if its time is still to come, and never when "next" was said."""

    reader: _Reader
    today: date
    index: int
    is_next: bool

    def __call__(self, clock: time) -> date:
        ahead = (self.index - self.today.weekday()) % 7
        day = self.today + timedelta(days=ahead)
        is_over = ahead == 0 and (self.is_next or self.reader.is_past(day, clock))
        return day + timedelta(days=7) if is_over else day


_Day = date | _Weekday


def _day_index(name: str) -> int:
    return [each[:3] for each in _WEEKDAYS].index(name)


def _date(found: re.Match[str], today: date, *, looks_back: bool) -> date:
    month = found["month"]
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    year = int(found["year"]) if found["year"] else today.year
    try:
        day = date(year, number, int(found["day"]))
        # Without a year the next such day is meant.
        is_next_year = day < today and not found["year"] and not looks_back
        return date(year + 1, number, day.day) if is_next_year else day
    except ValueError:
        raise _unclear(f"there is no day “{found[0].strip()}”") from None


def _twelve_hours(hour: int, minute: int, half: str) -> time:
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return time(hour % 12 + (12 if half == "pm" else 0), minute)


def _from_iso(found: re.Match[str]) -> datetime:
    offset = "+00:00" if found[3] == "z" else found[3]
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}{offset}").astimezone(UTC)
    except ValueError:
        raise _unclear(f"there is no time “{found[0]}”") from None


def _in_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """Raises Invalid for an hour that the clock there skips or shows twice."""
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    is_shown = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    what = "comes twice" if is_shown else "does not exist"
    raise _unclear(f"{local:%H:%M} {what} on {local:%d %B} in {zone.key}: the clocks change", "write the time in utc")


def _without_zone(text: str, default: str) -> tuple[str, str]:
    """The text without the zone it names, and that zone."""
    named = _ZONE_WORD.findall(text)
    if not named:
        return text, default
    zones = {_zone(word) for word in named}
    if len(zones) > 1:
        raise _unclear(f"two time zones are named: {' and '.join(sorted(named))}", "keep one of them")
    return re.sub(r"\s+", " ", _ZONE_WORD.sub(" ", text)).strip(), zones.pop()


def _zone(word: str) -> str:
    if word in ("utc", "gmt"):
        return "UTC"
    found = _zones().get(word)
    if found is None:
        raise _unclear(f"there is no time zone {word}", "write one like Europe/Bucharest")
    return found


@cache
def _zones() -> dict[str, str]:
    """Zones by their names in small letters."""
    return {name.lower(): name for name in available_timezones()}

"""Times, durations and lists as people write them in their language: exact, with weekday and zone, never "midnight"."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal

from templates.language import nearest

Unit = Literal["day", "hour", "minute", "second"]
#: A page of two hundred rows writes the same days and spans over and over, in each language.
_KEPT = 16_384
#: What stands between a date and a time of day; ", " elsewhere.
_BEFORE_CLOCK = {"ar": "، ", "ja": " ", "zh": " "}
#: Languages whose weekdays take another case behind a preposition; dates have it already, so they stand alone there.
_WEEKDAYS_BEND = frozenset({"uk"})
#: Seconds of each unit, and from how many on it is used.
_UNITS: tuple[tuple[Unit, int, int], ...] = (
    ("day", 86_400, 172_800),
    ("hour", 3_600, 5_400),
    ("minute", 60, 60),
    ("second", 1, 0),
)


@lru_cache(maxsize=_KEPT)
def _locale(language: str) -> Locale:
    # Plain "en" writes the month first, which half of its readers take for the day.
    name = "en-GB" if nearest(language) == "en" else nearest(language)
    return Locale.parse(name.replace("-", "_"))


def _in_zone(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))


@lru_cache(maxsize=_KEPT)
def exact(moment: datetime, language: str, zone: str = "UTC") -> str:
    """`Sunday 22 November 2026, 13:05 UTC`, in the language's own order."""
    local = _in_zone(moment, zone)
    date = format_date(local.date(), "full", locale=_locale(language))
    return f"{date}{_before_clock(language)}{_hour(local)} {city(zone, language)}"


def dated(moment: datetime, language: str, zone: str = "UTC") -> str:
    """As `exact`, in the form that stands after "since" and "until": `22 листопада 2026 р., 13:05 UTC`."""
    if _base(language) not in _WEEKDAYS_BEND:
        return exact(moment, language, zone)
    local = _in_zone(moment, zone)
    date = format_date(local.date(), "long", locale=_locale(language))
    return f"{date}{_before_clock(language)}{_hour(local)} {city(zone, language)}"


def brief(start: datetime, end: datetime | None, language: str) -> str:
    """`22 November, 13:05 UTC` for short messages, or `22 November, 13:40–15:10 UTC`, or both days."""
    if end is not None and start.astimezone(UTC).date() != end.astimezone(UTC).date():
        return f"{brief(start, None, language)} – {brief(end, None, language)}"
    hours = clock(start, language) if end is None else f"{hour(start)}–{clock(end, language)}"
    return f"{day(start, language)}{_before_clock(language)}{hours}"


def _before_clock(language: str) -> str:
    return _BEFORE_CLOCK.get(_base(language), ", ")


def _base(language: str) -> str:
    return nearest(language).split("-")[0]


@lru_cache(maxsize=_KEPT)
def day(moment: datetime, language: str, zone: str = "UTC") -> str:
    """`22 November`, in the language's own order."""
    return str(format_skeleton("MMMMd", _in_zone(moment, zone).replace(tzinfo=None), locale=_locale(language)))


@lru_cache(maxsize=_KEPT)
def month(moment: datetime, language: str, zone: str = "UTC") -> str:
    """`November 2026`, in the language's own order."""
    return str(format_skeleton("yMMMM", _in_zone(moment, zone).replace(tzinfo=None), locale=_locale(language)))


def month_key(moment: datetime, zone: str = "UTC") -> str:
    """`2026-11`, for addresses within a page."""
    return _in_zone(moment, zone).strftime("%Y-%m")


def quarter(moment: datetime, language: str, zone: str = "UTC") -> str:
    """`Q4 2026`, as the language writes it."""
    return str(format_skeleton("yQQQ", _in_zone(moment, zone).replace(tzinfo=None), locale=_locale(language)))


def clock(moment: datetime, language: str, zone: str = "UTC") -> str:
    """`13:05 UTC`; 24 hours in every language, so that nobody takes morning for evening."""
    local = _in_zone(moment, zone)
    return f"{_hour(local)} {city(zone, language)}"


@lru_cache(maxsize=_KEPT)
def hour(moment: datetime, zone: str = "UTC") -> str:
    """`13:05`, where the zone stands elsewhere."""
    return _hour(_in_zone(moment, zone))


def local_hour(moment: datetime, language: str, zone: str) -> str:
    """`15:05`, or `Monday 01:05` when it is another day there than in UTC."""
    local = _in_zone(moment, zone)
    if local.date() == moment.astimezone(UTC).date():
        return _hour(local)
    return f"{format_date(local.date(), 'EEEE', locale=_locale(language))} {_hour(local)}"


@lru_cache(maxsize=_KEPT)
def city(zone: str, language: str) -> str:
    """The city of an IANA zone in the language: `București` for Europe/Bucharest; `UTC` and its like as they are."""
    if "/" not in zone:
        return zone
    # CLDR has `Argentina/Buenos Aires` where nobody translated it.
    return get_timezone_location(ZoneInfo(zone), locale=_locale(language), return_city=True).rpartition("/")[2]


def window(start: datetime, end: datetime, language: str, zone: str = "UTC") -> str:
    """`Sunday 22 November 2026, 13:40–15:10 UTC`, or both dates when it ends on another day."""
    first, last = _in_zone(start, zone), _in_zone(end, zone)
    if first.date() != last.date():
        return f"{exact(start, language, zone)} – {exact(end, language, zone)}"
    date = format_date(first.date(), "full", locale=_locale(language))
    return f"{date}{_before_clock(language)}{_hour(first)}–{_hour(last)} {city(zone, language)}"


def _hour(local: datetime) -> str:
    return str(format_datetime(local, "HH:mm", tzinfo=local.tzinfo, locale="en"))


@lru_cache(maxsize=_KEPT)
def span(duration: timedelta, language: str) -> str:
    """`20 seconds`, `57 minutes`, `3 hours 5 minutes`, `2 days 4 hours`: at most two units, cut, not rounded.

    In the form that stands alone, which is the wrong case after a preposition in many languages: catalogues write
    `Dauer: %(span)s`, and `ago` and `ahead` are whole phrases. The page's script counts on in the same words.
    """
    seconds = max(0, int(duration.total_seconds()))
    if seconds < 60:
        return _units(language, (seconds, "second"))
    if seconds < 5_400:
        return _units(language, (seconds // 60, "minute"))
    if seconds < 172_800:
        return _units(language, (seconds // 3_600, "hour"), (seconds % 3_600 // 60, "minute"))
    return _units(language, (seconds // 86_400, "day"), (seconds % 86_400 // 3_600, "hour"))


def _units(language: str, first: tuple[int, Unit], *rest: tuple[int, Unit]) -> str:
    parts = [first, *(part for part in rest if part[0])]
    written = [_counted(count, unit, language, add_direction=False) for count, unit in parts]
    return ("" if _base(language) == "zh" else " ").join(written)


def ago(duration: timedelta, language: str) -> str:
    """`6 minutes ago`, `vor 2 Tagen`: the largest unit alone, as a whole phrase in the right case."""
    return _relative(-max(1, int(duration.total_seconds())), language)


def ahead(duration: timedelta, language: str) -> str:
    """`in 28 minutes`, `через 2 дні`: as `ago`, of what is to come."""
    return _relative(max(1, int(duration.total_seconds())), language)


@lru_cache(maxsize=_KEPT)
def _relative(seconds: int, language: str) -> str:
    unit, size, _ = next(each for each in _UNITS if abs(seconds) >= each[2])
    count = abs(seconds) // size
    return _counted(count if seconds > 0 else -count, unit, language, add_direction=True)


def _counted(count: int, unit: Unit, language: str, *, add_direction: bool) -> str:
    """Not babel's `format_unit`: that says `2 duration-day` where CLDR refers from one form of a unit to another."""
    return format_timedelta(
        timedelta(**{f"{unit}s": count}),
        granularity=unit,
        # A threshold of this very count keeps babel from choosing a larger unit.
        threshold=max(abs(count), 1),
        add_direction=add_direction,
        locale=_locale(language),
    )


@lru_cache(maxsize=_KEPT)
def number(value: float, language: str, digits: int = 0) -> str:
    """`1,000` or `1 000`, as the language writes it."""
    shape = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value, format=shape, locale=_locale(language)))


def and_list(items: list[str], language: str) -> str:
    """`Bitcoin, Ethereum and Solana`."""
    return str(format_list(items, style="standard", locale=_locale(language)))


def iso(moment: datetime) -> str:
    """For `<time datetime>`: `2026-11-22T13:05:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

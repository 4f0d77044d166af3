"""Times, durations and lists as people write them, in their language. Exact, with weekday and zone: never "midnight"."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_skeleton, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

from templates.language import nearest


def _locale(language: str) -> Locale:
    return Locale.parse(nearest(language).replace("-", "_"))


def _in_zone(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))


def _zone_name(moment: datetime, zone: str) -> str:
    """`UTC`, or the city of an IANA zone: `Bucharest`."""
    return "UTC" if zone == "UTC" else zone.rpartition("/")[2].replace("_", " ")


def exact(moment: datetime, language: str, zone: str = "UTC") -> str:
    """`Sunday 22 November 2026, 13:05 UTC`, in the language's own order."""
    local = _in_zone(moment, zone)
    date = format_skeleton("yMMMMEEEEd", local, locale=_locale(language))
    return f"{date}, {_hour(local)} {_zone_name(local, zone)}"


def day(moment: datetime, language: str, zone: str = "UTC") -> str:
    """`22 November`, in the language's own order."""
    return format_skeleton("MMMMd", _in_zone(moment, zone), locale=_locale(language))


def clock(moment: datetime, language: str, zone: str = "UTC") -> str:
    """`13:05 UTC`; 24 hours in every language, so that nobody takes morning for evening."""
    local = _in_zone(moment, zone)
    return f"{_hour(local)} {_zone_name(local, zone)}"


def window(start: datetime, end: datetime, language: str, zone: str = "UTC") -> str:
    """`Sunday 22 November 2026, 13:40–15:10 UTC`, or both dates when it ends on another day."""
    first, last = _in_zone(start, zone), _in_zone(end, zone)
    if first.date() != last.date():
        return f"{exact(start, language, zone)} – {exact(end, language, zone)}"
    date = format_skeleton("yMMMMEEEEd", first, locale=_locale(language))
    return f"{date}, {_hour(first)}–{_hour(last)} {_zone_name(first, zone)}"


def _hour(local: datetime) -> str:
    return str(format_datetime(local, "HH:mm", tzinfo=local.tzinfo, locale="en"))


def span(duration: timedelta, language: str) -> str:
    """`57 minutes`, `2 hours`: the gravest unit, exact below two of it."""
    seconds = int(duration.total_seconds())
    if 5_400 <= seconds < 86_400:
        hours, minutes = divmod(round(seconds / 60), 60)
        parts = [timedelta(hours=hours)] + ([timedelta(minutes=minutes)] if minutes else [])
        return " ".join(format_timedelta(part, threshold=99, locale=_locale(language)) for part in parts)
    return str(format_timedelta(duration, threshold=1.5, locale=_locale(language)))


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

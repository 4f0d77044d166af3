"""Opening hours in words: `Monday–Friday 09:00–18:00`, days alike together."""

from collections.abc import Sequence
from itertools import groupby

from babel import Locale
from babel.dates import get_day_names

from templates.language import nearest
from templates.moments import city

#: Minutes after midnight, from and until, of each day of a week, Monday first.
Week = Sequence[Sequence[tuple[int, int]]]


def lines(week: Week, language: str) -> list[tuple[str, str]]:
    """Days and their hours; days on which nobody answers are left out."""
    named = get_day_names("wide", locale=Locale.parse(nearest(language).replace("-", "_")))
    found, day = [], 0
    for spans, group in groupby(week, key=tuple):
        first, day = day, day + len(list(group))
        if spans:
            days = named[first] if day - first == 1 else f"{named[first]} – {named[day - 1]}"
            found.append((_capital(str(days)), ", ".join(f"{clock(start)}–{clock(end)}" for start, end in spans)))
    return found


def in_words(week: Week, zone: str, language: str) -> str:
    """One line for the foot of a notice: `Monday – Friday 09:00–18:00, Bucharest`."""
    return ", ".join([*(f"{days} {hours}" for days, hours in lines(week, language)), place(zone, language)])


def place(zone: str, language: str) -> str:
    """Whose clocks they are: `București` for Europe/Bucharest."""
    return "UTC" if zone == "UTC" else city(zone, language)


def clock(minutes: int) -> str:
    """`18:00`; the end of a day is 24:00, and what lies behind it counts from midnight again."""
    minutes = minutes if minutes <= 24 * 60 else minutes - 24 * 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

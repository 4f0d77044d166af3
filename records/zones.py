"""Time zones by their IANA names."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_CONTINENTS = (
    "Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name, e.g. `Europe/Bucharest`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@cache
def zones_to_choose() -> tuple[str, ...]:
    """Zones that people live in, by continent; UTC first."""
    return ("UTC", *sorted(each for each in available_timezones() if each.partition("/")[0] in _CONTINENTS))

"""What languages call themselves and their months."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton


def own_name(language: str) -> str:
    """`English`, `Français`, `العربية`."""
    locale = Locale.parse(language.replace("-", "_"))
    name = locale.get_display_name(locale) or language
    return name[:1].upper() + name[1:]


def month(moment: datetime, language: str, zone: str) -> str:
    """`November 2026`, in the language's own order, of the month in which `moment` falls in `zone`."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return str(format_skeleton("yMMMM", local, locale=Locale.parse(language.replace("-", "_"))))

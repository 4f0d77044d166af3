"""The one Jinja environment: undefined names are errors, HTML is escaped, every text knows its language."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from templates import moments
from templates.kept import Kept
from templates.language import is_right_to_left, translations

_FOLDER = Path(__file__).parent


@cache
def _environment(language: str) -> Environment:
    """One environment a language, so that `_()` in a cached template speaks it."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        # Notices are written as text and as HTML; only the latter is escaped.
        autoescape=select_autoescape(("html", "svg", "xml")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined] # added by the i18n extension
    environment.globals.update(
        language=language, text_direction="rtl" if is_right_to_left(language) else "ltr", kept=Kept()
    )
    environment.filters.update(
        words=lambda words: in_language(words, language),
        exact=lambda moment, zone="UTC": moments.exact(moment, language, zone),
        dated=lambda moment, zone="UTC": moments.dated(moment, language, zone),
        clock=lambda moment, zone="UTC": moments.clock(moment, language, zone),
        local_hour=lambda moment, zone: moments.local_hour(moment, language, zone),
        city=lambda zone: moments.city(zone, language),
        day=lambda moment, zone="UTC": moments.day(moment, language, zone),
        month=lambda moment, zone="UTC": moments.month(moment, language, zone),
        month_key=moments.month_key,
        quarter=lambda moment, zone="UTC": moments.quarter(moment, language, zone),
        window=lambda start, end, zone="UTC": moments.window(start, end, language, zone),
        brief=lambda start, end=None: moments.brief(start, end, language),
        span=lambda duration: moments.span(duration, language),
        ago=lambda duration: moments.ago(duration, language),
        ahead=lambda duration: moments.ahead(duration, language),
        iso=moments.iso,
        number=lambda value, digits=0: moments.number(value, language, digits),
        and_list=lambda items: moments.and_list(list(items), language),
    )
    return environment


def render(name: str, language: str, /, **context: Any) -> str:
    """Render one template of this package, e.g. `notices/incident_opened/body.txt`.

    In templates: `_("text")` and `ngettext` speak the language; `{{ words_by_language | words }}` picks operators' own
    text; `exact`, `clock`, `day`, `window`, `brief`, `span`, `ago`, `ahead` write times and durations; `and_list` joins
    names; `kept` draws a piece only once.
    """
    return _environment(language).get_template(name).render(**context)


def prepare(names: Iterable[str], language: str) -> None:
    """Read these templates now: the first to be drawn would else wait for it, up to half a second."""
    for name in names:
        _environment(language).get_template(name)


def in_language(words: dict[str, str], language: str) -> str:
    """Operators' own text in `language`, else its base language, else English, else whichever there is."""
    for wanted in (language, language.split("-")[0], "en"):
        if words.get(wanted):
            return words[wanted]
    return next((text for text in words.values() if text), "")

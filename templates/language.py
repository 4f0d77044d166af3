"""Languages there are words in, and their gettext catalogues, read from the `.po` files as they are."""

from collections.abc import Iterable
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

_FOLDER = Path(__file__).parent / "locale"
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
#: Longer tags than this are nobody's language (BCP 47 asks programs to hold 35 characters).
_LONGEST_TAG = 35


@cache
def available() -> tuple[str, ...]:
    """Languages with a catalogue; English first, it is the language of the templates themselves."""
    others = sorted(folder.name for folder in _FOLDER.iterdir() if (folder / "LC_MESSAGES" / "forewarn.po").exists())
    return ("en", *(language for language in others if language != "en"))


@lru_cache(maxsize=1_024)
def nearest(language: str) -> str:
    """The available language nearest to `language`, else English."""
    return matching(language, available()) or "en"


def matching(language: str, offered: Iterable[str]) -> str | None:
    """The one of `offered` that a reader of `language` reads as their own: itself, its base, else a sister of it.

    Sisters are written in one script: `pt-PT` finds `pt-BR` and `zh-SG` finds `zh-Hans`; `zh-TW`, which is written in
    traditional signs, does not.

    >>> matching("pt-pt", ["en", "pt-BR"])
    'pt-BR'
    """
    known = {each.lower(): each for each in offered}
    wanted = language.replace("_", "-").lower()[:_LONGEST_TAG]
    if wanted in known:
        return known[wanted]
    base, script = wanted.split("-")[0], _script(wanted)
    sisters = [each for each in known if each.split("-")[0] == base and _script(each) == script]
    return known[base] if base in sisters else known[sisters[0]] if sisters else None


def _script(tag: str) -> str:
    """The script of a tag in small letters, as CLDR has it for tags that do not say: `hant` for `zh-tw`."""
    base, *rest = tag.split("-")
    named = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    if named:
        return named.lower()
    likely = get_global("likely_subtags")
    territory = next((part.upper() for part in rest if len(part) in (2, 3)), "")
    full = likely.get(f"{base}_{territory}") or likely.get(base) or ""
    return full.split("_")[1].lower() if full.count("_") else ""


def is_right_to_left(language: str) -> bool:
    """Whether it is written from right to left."""
    return language.split("-")[0] in _RIGHT_TO_LEFT


def name_of(language: str, reader: str) -> str:
    """What a language is called in the reader's: `anglais` for `en` in French; the code itself when nobody knows."""
    try:
        found = Locale.parse(language.replace("-", "_")).get_display_name(nearest(reader).replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return language
    return found or language


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of the nearest language; English has none and speaks as the templates are written."""
    path = _FOLDER / nearest(language) / "LC_MESSAGES" / "forewarn.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=nearest(language).replace("-", "_"))
    return _compiled(catalogue)


def _compiled(catalogue: object) -> NullTranslations:
    """Through the binary form in memory, which is what gettext reads."""
    buffer = BytesIO()
    write_mo(buffer, catalogue)  # type: ignore[arg-type] # babel types its catalogue in two places
    buffer.seek(0)
    return Translations(buffer, domain="forewarn")

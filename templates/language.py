"""Languages there are words in, and their gettext catalogues, read from the `.po` files as they are."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

_FOLDER = Path(__file__).parent / "locale"
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@cache
def available() -> tuple[str, ...]:
    """Languages with a catalogue; English first, it is the language of the templates themselves."""
    others = sorted(folder.name for folder in _FOLDER.iterdir() if (folder / "LC_MESSAGES" / "forewarn.po").exists())
    return ("en", *(language for language in others if language != "en"))


def nearest(language: str) -> str:
    """The available language nearest to `language`: itself, its base, else English."""
    wanted = language.replace("_", "-")
    for candidate in (wanted, wanted.split("-")[0]):
        if candidate in available():
            return candidate
    return "en"


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

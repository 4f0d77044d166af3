"""What languages call themselves, and how they end and join sentences."""

from collections.abc import Iterable, Mapping

from babel import Locale

from templates.environment import in_language

#: Written without spaces between sentences, and with a full stop of their own.
_WITHOUT_SPACES = frozenset({"ja", "zh"})
_ENDINGS = ".!?…。！？؟"


def own_name(language: str) -> str:
    """`English`, `Français`, `العربية`, `简体中文`."""
    locale = Locale.parse(language.replace("-", "_"))
    name = locale.languages.get(str(locale)) or locale.get_display_name(locale) or language
    return name[:1].upper() + name[1:]


def other_tongue(words: Mapping[str, str], language: str) -> str | None:
    """The language of operators' words that are not in `language`; None when they are."""
    if not words or words.get(language) or words.get(language.split("-")[0]):
        return None
    shown = in_language(dict(words), language)
    return next((tag for tag, text in words.items() if text == shown), None)


def sentence(text: str, language: str) -> str:
    """`text` with the language's full stop, unless it ends as a sentence does already."""
    text = text.strip()
    return text if text[-1:] in _ENDINGS else text + ("。" if _base(language) in _WITHOUT_SPACES else ".")


def without_stop(text: str) -> str:
    """`text` without its last full stop, for titles."""
    return text.rstrip(".。")


def sentences(parts: Iterable[str], language: str) -> str:
    """Sentences one after the other, with a space between where the language writes spaces; empty ones left out."""
    return ("" if _base(language) in _WITHOUT_SPACES else " ").join(part for part in parts if part)


def _base(language: str) -> str:
    return language.split("-")[0]

"""Every English sentence that the public reads has its words in every language, whole, and nothing else is kept."""

import re
from collections.abc import Iterator
from functools import cache
from gettext import c2py
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from statuspage import api_v2, badges
from templates.language import available

ROOT = Path(__file__).parent.parent.parent
LOCALE = ROOT / "templates" / "locale"
LANGUAGES = [language for language in available() if language != "en"]
#: Where the public's words stand; the console and the demo's control page speak English only.
JINJA = [(f"{folder}/**", "jinja2.ext:babel_extract") for folder in ("page", "notices", "subscriptions", "verdicts")]
PYTHON = ("server", "statuspage", "notifier", "support")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "many": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
ENGLISH = re.compile(r"\b(?:the|and|of|this|that|with|your|our|we|you|not|for|it|is)\b")

#: Words that address a friend; banks and wallets here speak to customers formally.
FAMILIAR = {
    "de": r"\b(?:du|dich|dir|deine?[mnrs]?)\b",
    "es": r"\b(?:tú|te|ti|tus?|contigo|vosotros|os|inténtalo|cuéntanos\w*)\b",
    "fr": r"\b(?:tu|te|toi|ton|ta|tes)\b",
    "ro": r"\b(?:tu|tine|ție|tău|ta|tăi|tale)\b",
    "tr": r"\b(?:sen|seni|sana|senin)\b",
    "uk": r"\b(?:ти|тебе|тобі|твій|твоя|твої|твою)\b",
}

each_language = pytest.mark.parametrize("language", LANGUAGES)


@cache
def said() -> dict[str, str | None]:
    """Every sentence in the sources, with its plural where it has one."""
    found = dict[str, str | None]()
    for message in _extracted():
        if isinstance(message, str):
            found.setdefault(message, None)
        else:
            found[message[0]] = message[1]
    return found


def _extracted() -> Iterator[str | tuple[str, ...]]:
    options = {pattern: {"silent": "false"} for pattern, _ in JINJA}
    for *_, message, _comments, _context in extract_from_dir(ROOT / "templates", JINJA, options, KEYWORDS):
        yield message
    for folder in PYTHON:
        for *_, message, _comments, _context in extract_from_dir(ROOT / folder, [("**.py", "python")], {}, KEYWORDS):
            yield message


def catalogue_of(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "forewarn.po").open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))


def entries(language: str) -> dict[str, Message]:
    return {_key(entry): entry for entry in catalogue_of(language) if entry.id}


def _key(entry: Message) -> str:
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def forms_of(entry: Message) -> list[str]:
    return [entry.string] if isinstance(entry.string, str) else list(entry.string or ())


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def numbers_of(language: str, form: int) -> list[int]:
    """The counts up to two hundred for which the language uses this plural form."""
    return [n for n, chosen in enumerate(_choices(catalogue_of(language).plural_expr)) if chosen == form]


def _choices(rule: str) -> list[int]:
    choose = c2py(rule)
    return [int(choose(n)) for n in range(201)]


def test_the_sources_are_read():
    assert said()["%(num)d earlier update"] == "%(num)d earlier updates"
    assert said()["%(names)s is not working."] == "%(names)s are not working."
    assert {"All systems operational.", "This is over.", "Operational"} <= said().keys()
    assert len(said()) > 200


def test_words_that_are_looked_up_in_tables_stand_in_the_templates_too():
    assert {*badges._WORDS.values(), *api_v2._BEGINNINGS.values()} <= said().keys()


@each_language
def test_no_sentence_is_missing_empty_or_unsure(language):
    kept = entries(language)
    wanting = [
        text
        for text in said()
        if text not in kept or kept[text].fuzzy or not all(form.strip() for form in forms_of(kept[text]))
    ]
    assert wanting == []


@each_language
def test_nothing_is_kept_that_nobody_says(language):
    catalogue = catalogue_of(language)
    assert sorted(entries(language).keys() - said().keys()) == []
    assert list(catalogue.obsolete) == []


@each_language
def test_no_sentence_stands_twice(language):
    text = (LOCALE / language / "LC_MESSAGES" / "forewarn.po").read_text()
    found = re.findall(r"^msgid (\".*\"(?:\n\".*\")*)$", text, re.MULTILINE)
    assert sorted({each for each in found if found.count(each) > 1}) == []


@each_language
def test_plurals_are_those_of_the_language_and_all_are_there(language):
    catalogue, rule = catalogue_of(language), get_plural(Locale.parse(language.replace("-", "_")))
    assert catalogue.num_plurals == rule.num_plurals
    assert _choices(catalogue.plural_expr) == _choices(rule.plural_expr)
    for text, plural in said().items():
        entry = entries(language).get(text)
        if entry is not None:
            assert (entry.id[1] if isinstance(entry.id, tuple) else None) == plural, text
            assert len(forms_of(entry)) == (rule.num_plurals if plural else 1), text


@each_language
def test_every_value_has_its_place_in_every_form(language):
    for text, entry in entries(language).items():
        wanted = placeholders(said().get(text) or text)
        for form, words in enumerate(forms_of(entry)):
            if len(forms_of(entry)) > 1 and len(numbers_of(language, form)) == 1:
                # "Two more problems" may say it in a word.
                assert placeholders(words) in (wanted, [each for each in wanted if each != "%(num)d"]), text
            else:
                assert placeholders(words) == wanted, text
            assert words % dict.fromkeys(re.findall(r"%\((\w+)\)", words), 1), text


@each_language
def test_no_english_is_left(language):
    for text, entry in entries(language).items():
        for words in forms_of(entry):
            bare = PLACEHOLDER.sub("", words)
            assert not ENGLISH.search(bare), words
            # A single word may be the same, as Contact is; a sentence is not.
            assert words != text or len(re.findall(r"[^\W\d]{2,}", bare)) < 2, words


@each_language
def test_words_are_calm_and_end_as_the_english_does(language):
    for text, entry in entries(language).items():
        for words in forms_of(entry):
            assert not re.search(r"[!¡！]", words), words
            assert words == words.strip(), words
            # After a colon, an address may close its sentence: a full stop would be copied with it.
            closes = words[-1] in ".。" or words.endswith(("%(domains)s", "%(contact)s"))
            assert (text[-1] == ".") == closes, words


@pytest.mark.parametrize("language", sorted(FAMILIAR))
def test_customers_are_addressed_formally(language):
    words = [form for entry in entries(language).values() for form in forms_of(entry)]
    assert [form for form in words if re.search(FAMILIAR[language], form, re.IGNORECASE)] == []

"""What to look at again in words that somebody is typing, before there is a notice to preview."""

from collections.abc import Iterator, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from notifier.lint import words_of
from records.components import Words
from records.maintenance import Kind
from records.people import Actor, Right
from records.store import incidents
from server.console.forms import form_of
from server.console.incident_form import of_open
from server.console.pages import page
from server.context import context_of
from templates.language import name_of
from templates.moments import and_list

_SLOTS = {
    "name": "Title",
    "body": "Text",
    "still_works": "What still works",
    "funds": "Your money",
    "what_to_do": "What to do",
}
#: Below this length a translation may well be twice as long.
_TOO_SHORT_TO_COMPARE = 60
#: Scripts that say the same in far fewer characters.
_DENSE = ("zh", "ja", "ko")
_MOST_SAID = 8


@page(Right.OPERATE)
async def check(request: Request, actor: Actor) -> Response:
    """While somebody types: what to look at again in their words. `incident` names the one an update is about."""
    context, fields = context_of(request), await form_of(request)
    del actor  # the right is all that matters
    words = {slot: fields.words(slot) for slot in _SLOTS}
    before: Mapping[str, Words] = {}
    if incident_id := fields.text("incident"):
        form = of_open(await context.call(incidents.incident, context.desk.store, incident_id))
        before = {slot: getattr(form, slot) for slot in _SLOTS}
    house = context.settings.page
    is_mandatory = fields.text("kind") != Kind.PROMOTION
    said = said_about(words, before, house.languages, house.official_domains, is_mandatory=is_mandatory)
    return JSONResponse({"words": said}, headers={"Cache-Control": "no-store"})


def said_about(
    words: Mapping[str, Words],
    before: Mapping[str, Words],
    languages: Sequence[str],
    domains: Sequence[str],
    *,
    is_mandatory: bool = True,
) -> list[str]:
    """Everything worth a look, a line each, the gravest kinds first; empty when it can go as it is."""
    found: list[str] = []
    for slot, name in _SLOTS.items():
        texts = words.get(slot, {})
        found += [f"{name}: {line}" for line in _translations(texts, before.get(slot, {}), languages)]
    for slot, name in _SLOTS.items():
        for language, text in words.get(slot, {}).items():
            lines = words_of(text, domains, is_mandatory=is_mandatory)
            found += [f"{name} ({language.upper()}): {says} – {hint}" for says, hint in lines]
    # Many languages are often written later; that must not stand before what is wrong with the words there are.
    return [*found[:_MOST_SAID], *_missing(words, languages)]


def _missing(words: Mapping[str, Words], languages: Sequence[str]) -> Iterator[str]:
    """What is not written yet, fields that lack the same languages in one line."""
    source, lacking = languages[0], dict[tuple[str, ...], list[str]]()
    for slot, name in _SLOTS.items():
        texts = words.get(slot, {})
        without = tuple(each for each in languages[1:] if each not in texts) if source in texts else ()
        if without:
            lacking.setdefault(without, []).append(name)
    for without, names in lacking.items():
        listed = and_list([name_of(each, "en") for each in without], "en")
        one = len(without) == 1
        readers = f"{'is' if one else 'are'} not written: {'its' if one else 'their'} readers get"
        yield f"{', '.join(names)}: {listed} {readers} {name_of(source, 'en')}"


def _translations(texts: Words, before: Words, languages: Sequence[str]) -> Iterator[str]:
    source = languages[0]
    if source not in texts:
        return
    for language in languages[1:]:
        name, text = name_of(language, "en"), texts.get(language)
        if text is None:
            continue
        if before.get(language) == text and before.get(source, texts[source]) != texts[source]:
            yield f"{name} says still what it said before {name_of(source, 'en')} was changed"
        elif _differ_in_length(texts[source], text, language):
            yield f"{name} is much {'shorter' if len(text) < len(texts[source]) else 'longer'}: is something missing?"


def _differ_in_length(source: str, text: str, language: str) -> bool:
    if language.startswith(_DENSE) or max(len(source), len(text)) < _TOO_SHORT_TO_COMPARE:
        return False
    return not 0.5 <= len(text) / len(source) <= 2

"""From the facts of a notice to its words in each language; frozen at first use, so that sent equals previewed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifier.fitting import Manner, joined
from notifier.lint import Finding, lint
from notifier.message import House, Message, digest, manage_address, message_of
from records.components import Words, in_language
from records.notices import FORMS, Category, Notice
from records.store import notices
from records.store.engine import Store
from records.subscribers import TOKEN_SLOT
from records.times import now_utc
from templates.environment import render
from templates.language import name_of, nearest
from templates.letters import cut
from templates.tongues import without_stop

SUBJECT_CHARS = 70
SHORT_CHARS = 280
#: Of a name in the short form: the rest must hold the time, the link and the code.
_HEADLINE_CHARS = 90
_FILES = {"subject": "subject.txt", "body_text": "body.txt", "body_html": "body.html", "short": "short.txt"}
#: What the bodies for subscribers are kept as: they say another reason for the mail, and how to end it.
_SUBSCRIBERS_FORMS = {"body_text": "subscriber_text", "body_html": "subscriber_html"}
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


def compose(notice: Notice, language: str, house: House, *, for_subscribers: bool = False) -> Message:
    """The notice in the language nearest to `language`, for customers or for subscribers of the page; nothing is kept.

    Operators' own words that are missing in a language stand in another one, with a line that says so.
    """
    spoken = nearest(language)
    # A subscriber's own link, in words that are the same for all: the token is put in when it is sent.
    manage_url = manage_address(house, TOKEN_SLOT) if for_subscribers else ""
    context = {**_context(notice, spoken, house), "manage_url": manage_url}
    raw = {form: _raw(notice, form, spoken, context) for form in _FILES}
    forms = {
        "subject": " ".join(raw["subject"].split()),
        "body_text": _BLANK_LINES.sub("\n\n", raw["body_text"]).strip() + "\n",
        "body_html": raw["body_html"].strip() + "\n",
        "short": joined(raw["short"], Manner(limit=SHORT_CHARS)),
    }
    return message_of(notice, spoken, forms, for_subscribers=for_subscribers)


def frozen(store: Store, notice: Notice, language: str, house: House, *, for_subscribers: bool = False) -> Message:
    """The words of a notice version as they go out: the kept ones, or new ones that are kept from now on.

    When two processes come first together, the database decides whose words both send.
    """
    spoken = nearest(language)
    # Subject and short form are the same for all; so whoever reads them sees one thread.
    names = {form: _SUBSCRIBERS_FORMS.get(form, form) if for_subscribers else form for form in FORMS}
    kept = notices.texts(store, notice.id, notice.version, spoken)
    if set(names.values()) - kept.keys():
        made = compose(notice, spoken, house, for_subscribers=for_subscribers)
        texts = [
            notices.Text(language=spoken, form=names[form], content=words, sha256=digest(words))
            for form, words in made.forms.items()
        ]
        notices.keep_texts(store, notice.id, notice.version, texts, now_utc())
        kept = notices.texts(store, notice.id, notice.version, spoken)
    forms = {form: kept[name].content for form, name in names.items()}
    return message_of(notice, spoken, forms, for_subscribers=for_subscribers)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What will go out, and what is to be said about it."""

    #: By language, in the order asked for.
    messages: dict[str, Message]
    findings: tuple[Finding, ...]


def preview(store: Store, notice: Notice, house: House, languages: Iterable[str]) -> Preview:
    """Freeze the words in these languages and show them: what is shown here is what will be sent."""
    spoken = dict.fromkeys(nearest(language) for language in languages)
    messages = {language: frozen(store, notice, language, house) for language in spoken}
    # Its own neighbours in time: the first is itself, or newer.
    older = (each for each in notices.notices(store, subject_id=notice.subject_id) if each.id < notice.id)
    before = next((each.facts for each in older), None)
    findings = [found for message in messages.values() for found in lint(notice, message, house, before)]
    return Preview(messages=messages, findings=tuple(findings))


def preview_for_subscribers(store: Store, notice: Notice, house: House, languages: Iterable[str]) -> dict[str, Message]:
    """The same words as subscribers of the page get them, by language: with another reason, and how to end it.

    Where their own link stands there is a slot of the same length.
    """
    spoken = dict.fromkeys(nearest(language) for language in languages)
    return {language: frozen(store, notice, language, house, for_subscribers=True) for language in spoken}


def compose_post(notice: Notice, language: str, house: House, manner: Manner) -> str:
    """The short form in as many whole sentences as one service has room for: plain words, not dressed yet."""
    spoken = nearest(language)
    return joined(_raw(notice, "short", spoken, {**_context(notice, spoken, house), "manage_url": ""}), manner)


def _raw(notice: Notice, form: str, language: str, context: Mapping[str, Any]) -> str:
    return render(f"notices/{notice.kind.value}/{_FILES[form]}", language, **context)


_OWN_WORDS = ("name", "body", "still_works", "funds", "what_to_do")
_TIMES = (
    "started_at",
    "resolved_at",
    "next_update_at",
    "scheduled_for",
    "scheduled_until",
    "completed_at",
    "corrects_at",
)


def _context(notice: Notice, language: str, house: House) -> dict[str, Any]:
    """What the templates read; every name is there, empty or None when the notice has nothing to say on it."""
    facts = notice.facts
    own = {name: in_language(facts.get(name) or {}, language).strip() for name in _OWN_WORDS}
    name, ref = " ".join(own["name"].split()), str(facts["ref"])
    host = house.url.partition("://")[2]
    return {
        **own,
        **{moment: _time(facts.get(moment)) for moment in _TIMES},
        "name": name,
        "ref": ref,
        "title": cut(name, SUBJECT_CHARS - len(ref) - 3),
        "headline": without_stop(cut(name, _HEADLINE_CHARS)),
        "paragraphs": [part.strip() for part in re.split(r"\n\s*\n", own["body"]) if part.strip()],
        "only_in": _only_in(facts, language),
        "is_body_elsewhere": not _is_said(facts.get("body") or {}, language),
        "stage": facts.get("stage", ""),
        "state": facts.get("state", ""),
        "event_kind": facts["kind"],
        "block": (facts.get("at_block") or {}).get("height"),
        "component_names": [in_language(each["name"], language) or each["id"] for each in facts["components"]],
        "said_at": notice.created_at,
        "zone": facts.get("time_zone") or house.time_zone,
        "house": house,
        # Of several at once, the first page tells.
        "url": f"{house.url}/" if notice.is_digest else f"{house.url}/{notice.subject_kind}s/{notice.subject_id}",
        "verify_code": notice.verify_code,
        "verify_place": f"{host}/verify",
        "verify_url": f"{house.url}/verify/{notice.verify_code}",
        "contact": contact_of(house, language),
        "imprint": imprint_of(house, language),
        "is_mandatory": notice.category is Category.MANDATORY_SERVICE,
        "is_incident": notice.is_digest or notice.subject_kind == "incident",
    }


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def contact_of(house: House, language: str) -> list[str]:
    """Ways to a person, as footers list them."""
    ways = (house.contact_email, house.contact_phone, in_language(house.contact_hours, language))
    return [way for way in ways if way]


def imprint_of(house: House, language: str) -> list[str]:
    """Who we are and where, line by line."""
    lines = [line.strip() for line in in_language(house.postal_address, language).splitlines() if line.strip()]
    return lines if lines and lines[0].startswith(house.name) else [house.name, *lines]


def _is_said(words: Words, language: str) -> bool:
    return bool(words.get(language) or words.get(language.split("-")[0]))


def _only_in(facts: Mapping[str, Any], language: str) -> str:
    """The name of the language that stands in for this one, in this one; empty when all words are there."""
    for slot in _OWN_WORDS:
        words: Words = facts.get(slot) or {}
        text = in_language(words, language)
        if text and not _is_said(words, language):
            return name_of(next(code for code, said in words.items() if said == text), language)
    return ""

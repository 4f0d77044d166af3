"""Every notice, in every language, with an awkward example."""

import re
from dataclasses import replace
from typing import Any

import pytest

from notifier.compose import compose
from records.notices import NoticeKind
from templates.environment import in_language
from templates.language import available
from templates.letters import length
from tests.notifier.cast import HOUSE, INCIDENT, WINDOW, a_notice

LANGUAGES = available()
EVERY = [(kind, language) for kind in NoticeKind for language in LANGUAGES]

LONG = "Withdrawals of Bitcoin, Ethereum and " + "extraordinarily " * 12 + "long names <b>&"
HEBREW = "משיכות ביטקוין מתעכבות"
AWKWARD = {
    "name": {"en": LONG},
    "body": {"en": "First <script>alert(1)</script> line.\n\nSecond line & “quotes”.", "fr": HEBREW},
    "still_works": {},
    "funds": {},
    "what_to_do": {"en": HEBREW},
    "components": [{"id": "x<y", "name": {}}, {"id": "z", "name": {"en": HEBREW}}],
    "resolved_at": None,
    "next_update_at": None,
    "started_at": None,
    "completed_at": None,
}


def awkward(kind):
    facts = dict(INCIDENT if kind.value.startswith("incident") else WINDOW) | AWKWARD
    if kind.value.startswith("incident"):
        facts["started_at"] = INCIDENT["started_at"]
    return a_notice(kind, facts=facts)


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_notice_says_what_when_what_works_what_to_do_and_how_to_check_it(kind, language):
    message = compose(a_notice(kind), language, HOUSE)
    facts = a_notice(kind).facts
    for body in (message.body_text, message.body_html):
        for slot in ("name", "body", "still_works", "what_to_do"):
            assert in_language(facts[slot], language) in body
        assert "https://status.acme.example/verify/7Q4KM-W9RTA" in body
        assert f"https://status.acme.example/{a_notice(kind).subject_kind}s/{facts['id']}" in body
        assert "help@acme.example" in body
        assert "+1 555 0100" in body
        assert "1 Harbour Road, Dublin" in body
        assert " UTC" in body
        assert "!" not in body.replace("<!doctype", "").replace("!important", "")
    assert facts["ref"] in message.subject
    assert length(message.subject) <= 70
    assert len(message.short) <= 280
    assert message.short.splitlines()[-1].endswith(" · 7Q4KM-W9RTA")
    assert "Europe" not in message.body_text


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_an_awkward_notice_is_whole_and_harmless_in_every_language(kind, language):
    message = compose(awkward(kind), language, HOUSE)
    assert "<script>" not in message.body_html
    assert "<b>" not in message.body_html
    assert "x&lt;y" in message.body_html
    assert HEBREW in message.body_text
    assert HEBREW in message.body_html
    assert "None" not in message.body_text + message.body_html + message.short
    assert length(message.subject) <= 70
    assert message.subject.endswith("… [INC-42]" if "incident" in kind.value else "… [MNT-7]")
    assert len(message.short) <= 280
    assert "\n\n\n" not in message.body_text


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_text_and_html_say_the_same(kind, language):
    message = compose(a_notice(kind), language, HOUSE)
    plain = re.sub(r"<style>.*?</style>|<[^>]+>", " ", message.body_html, flags=re.DOTALL)
    words = set(re.findall(r"\w+", plain.replace("&#39;", "'")))
    # The text spells the link's address out where the HTML has a button.
    lines = [line for line in message.body_text.splitlines() if f"/{message.subject_id}" not in line]
    assert set(re.findall(r"\w+", "\n".join(lines))) - words == set()


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_each_kind_says_something_of_its_own(kind):
    others = {compose(a_notice(other), "en", HOUSE).short for other in NoticeKind if other is not kind}
    if kind is NoticeKind.INCIDENT_RESOLVED:
        assert "This is over." in compose(a_notice(kind), "en", HOUSE).body_text
    assert compose(a_notice(kind), "en", HOUSE).short not in others


def test_html_mail_needs_no_images_no_scripts_and_knows_the_dark():
    html = compose(a_notice(), "en", HOUSE).body_html
    assert not re.search(r"<img|<script|<link|url\(", html)
    assert "prefers-color-scheme: dark" in html
    assert "width=device-width" in html


def test_words_missing_in_a_language_are_shown_in_another_with_a_note():
    facts = INCIDENT | {"body": {"en": "Only in English."}}
    message = compose(a_notice(facts=facts), "fr", HOUSE)
    assert "Only in English." in message.body_text
    assert "Ce texte n’existe qu’en anglais." in message.body_text
    assert "Ce texte n’existe qu’en anglais." in message.body_html
    assert "n’existe qu’en" not in compose(a_notice(), "fr", HOUSE).body_text


def test_a_house_that_says_little_about_itself_makes_whole_notices_too():
    bare = replace(HOUSE, contact_email=None, contact_phone=None, contact_hours={}, postal_address={}, time_zone="UTC")
    text = compose(a_notice(), "en", bare).body_text
    assert text.endswith("Acme Wallet\n")
    assert "A person answers" not in text
    assert " in " not in text.partition("Since: ")[2].partition("\n")[0]


#: One odd thing each; whatever is odd, a notice is whole in every language.
ODD: dict[str, dict[str, Any]] = {
    "nothing is affected": {"components": []},
    "very much is affected": {"components": [{"id": f"c{n}", "name": {"en": f"Service {n}"}} for n in range(120)]},
    "a name of one letter": {"name": {"en": "x"}},
    "a name without spaces": {"name": {"en": "W" * 300}},
    "quotes and braces": {"name": {"en": "“a” 'b' \"c\" {d} {{ e }} {% f %} %(g)s %s \\n"}},
    "emoji": {"name": {"en": "Cards 💳👩🏽‍🚒🇷🇴 are slow"}, "body": {"en": "🕒" * 200}},
    "right to left": {"name": {"en": HEBREW, "ar": "السحب متأخر"}, "body": {"en": f"{HEBREW} (BTC) 1–2"}},
    "controls": {"body": {"en": "a\u202eb\u200bc\r\n\r\n\r\n\r\nd\ttab"}},
    "only blanks": {"still_works": {"en": "  "}, "what_to_do": {"en": "\n"}},
    "no words at all but a name": {"body": {}, "still_works": {}, "what_to_do": {}, "funds": {}},
    "a zone of half an hour": {"time_zone": "Asia/Kathmandu"},
    "a very long text": {"body": {"en": ("Many words follow here. " * 400).strip()}},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("odd", ODD)
def test_whatever_is_odd_a_notice_is_whole_in_every_kind_and_language(odd, language):
    for kind in NoticeKind:
        facts = dict(INCIDENT if kind.value.startswith("incident") else WINDOW) | ODD[odd]
        for for_subscribers in (False, True):
            message = compose(a_notice(kind, facts=facts), language, HOUSE, for_subscribers=for_subscribers)
            assert length(message.subject) <= 70, kind
            assert "\n" not in message.subject
            assert message.subject.endswith(f"[{facts['ref']}]")
            assert len(message.short) <= 280, kind
            assert message.short.splitlines()[-1].endswith("7Q4KM-W9RTA")
            for body in (message.body_text, message.body_html):
                assert "https://status.acme.example/verify/7Q4KM-W9RTA" in body, kind
                assert not re.search(r"\bNone\b|\bUndefined\b|%\(\w+\)s(?! %s)", body), kind
            assert "\n\n\n" not in message.body_text, kind
            assert message.body_html.count("<html") == message.body_html.count("</html>") == 1

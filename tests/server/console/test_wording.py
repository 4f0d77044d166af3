"""What is said about words while somebody types them."""

import pytest

from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.people import COMMAND_LINE
from server.console.wording import said_about
from tests.server.console.conftest import NOW

OURS = ["acme.example"]


def said(words, before=None, languages=("en", "fr")):
    return said_about(words, before or {}, languages, OURS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("We are back!", "has an exclamation mark"),
        ("It works again soon.", "“soon” is no time"),
        ("The mempool is full.", "perhaps: the queue of the network"),
        ("See https://elsewhere.example/x", "the link https://elsewhere.example/x leads outside our domains"),
        (" ".join(["word"] * 30) + ".", "a sentence of 30 words"),
        ("Deposits of {asset} wait.", "{asset} is still to be filled in"),
        ("See https://acme.example/login", "leads to a place to log in"),
        ("Claim your bonus.", "“bonus” sells"),
    ],
)
def test_each_weakness_is_said_at_its_field(text, says):
    [line] = said({"body": {"en": text}}, languages=["en"])
    assert line.startswith("Text (EN): ")
    assert says in line


def test_calm_words_in_every_language_leave_nothing_to_say():
    words = {"en": "Withdrawals wait. See https://status.acme.example/x", "fr": "Les retraits attendent."}
    assert said({"body": words}) == []


def test_a_language_that_is_missing_is_named():
    assert said({"name": {"en": "Slow"}}) == ["Title: French is not written: its readers get English"]
    assert said({"name": {"fr": "Lent"}}) == []


def test_languages_that_are_missing_are_one_line_behind_what_is_wrong_with_the_words():
    words = {"name": {"en": "Slow"}, "body": {"en": "Slow!"}, "funds": {"en": "Fine.", "fr": "Bien."}}
    assert said(words, languages=["en", "fr", "de", "uk"]) == [
        "Text (EN): has an exclamation mark – a calm full stop",
        "Title, Text: French, German and Ukrainian are not written: their readers get English",
        "Your money: German and Ukrainian are not written: their readers get English",
    ]


def test_a_translation_that_was_not_changed_with_its_source_is_named():
    before = {"funds": {"en": "We check this.", "fr": "Nous vérifions."}}
    stale = {"funds": {"en": "Your balances are correct.", "fr": "Nous vérifions."}}
    assert said(stale, before) == ["Your money: French says still what it said before English was changed"]
    assert said(before, before) == []
    assert said({"funds": {"en": "Your balances are correct.", "fr": "Vos soldes sont exacts."}}, before) == []


def test_a_translation_of_another_length_is_named_unless_its_script_is_dense():
    long = "Withdrawals of bitcoin wait longer than usual, because the network is busy today. " * 2
    assert said({"body": {"en": long, "fr": "Retards."}}) == ["Text: French is much shorter: is something missing?"]
    assert said({"body": {"en": long, "ja": "遅れています。"}}, languages=["en", "ja"]) == []


def test_a_form_is_answered_beside_its_words(ana, vi, context):
    entry = IncidentEntry(
        name={"en": "Slow", "fr": "Lent"}, body={"en": "Slow.", "fr": "Lent."}, statuses={"cards": Status.DEGRADED}
    )
    incident = open_incident(context.desk, entry, COMMAND_LINE, NOW)
    words = {
        "name.en": "Very slow",
        "name.fr": "Lent",
        "body.en": "Fixed!",
        "body.fr": "Réparé.",
        "incident": incident.id,
    }
    answer = ana.post("/console/words.json", data=words)
    assert answer.json()["words"] == [
        "Title: French says still what it said before English was changed",
        "Text (EN): has an exclamation mark – a calm full stop",
    ]
    assert answer.headers["cache-control"] == "no-store"
    assert vi.post("/console/words.json", data=words).status_code == 403
    assert ana.post("/console/words.json", data={"incident": "none"}).status_code == 404

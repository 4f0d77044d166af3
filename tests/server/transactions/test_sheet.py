"""Every answer in every language, with awkward values."""

import re
from datetime import timedelta

import pytest

from records.transactions import Answer, FeeLevel, Found, Why
from server.transactions.shape import document
from server.transactions.sheet import TONES, sheet
from server.transactions.surroundings import Surroundings
from statuspage.page import Page
from templates.language import available
from tests.server.conftest import NOW

PAGE = Page(name="Acme <Wallet>", url="https://status.acme.example", languages=available())
HASH = "0x" + "ab" * 32
_TEXT = re.compile(r"<h1[^>]*>(.*?)</h1>\s*<p>(.*?)</p>", re.DOTALL)


def answer(found: Found, **more: object) -> Answer:
    told: dict[str, object] = {"chain": "bitcoin", "hash": HASH, "nodes_asked": 2, "nodes_answered": 1, **more}
    return Answer(found=found, at=NOW, **told)  # type: ignore[arg-type] # fields by name


ANSWERS = [
    answer(Found.NOT_SEEN, suggestions=("litecoin",)),
    answer(Found.WAITING),
    *(answer(Found.WAITING, fee_level=level, fee_ratio=0.4, can_raise=True, why=Why.BEHIND) for level in FeeLevel),
    answer(Found.WAITING, earlier_missing=True),
    *(answer(Found.CONFIRMING, confirmations=count, needed=12) for count in (1, 2, 5, 11)),
    answer(Found.CONFIRMING, confirmations=1),
    answer(Found.CONFIRMING, confirmations=4, needed=3, is_disputed=True),
    answer(Found.FINAL, confirmations=1_009_374, needed=3, block_height=900_000),
    answer(Found.FINAL, confirmations=4),
    answer(Found.FAILED, confirmations=2, needed=3),
    answer(Found.DROPPED, seen_before_at=NOW - timedelta(hours=20)),
    answer(Found.REPLACED, replaced_by="0x" + "cd" * 32),
    answer(Found.REORGANISED, waits_again=True, block_height=5),
    answer(Found.REORGANISED),
    *(answer(Found.CANNOT_TELL, why=why) for why in Why),
    Answer(found=Found.CANNOT_TELL, at=NOW, hash=HASH, why=Why.AMBIGUOUS, suggestions=("ethereum", "polygon")),
    answer(Found.NOT_WATCHED, chain="<b>", nodes_asked=0),
    answer(Found.NOT_A_HASH, hash="", why=Why.ADDRESS),
    Answer(found=Found.NOT_A_HASH, at=NOW),
]
AROUND = Surroundings(pace=timedelta(minutes=10))


def drawn(language: str, told: Answer) -> str:
    return sheet(PAGE, language, chains=("bitcoin", "ethereum"), now=NOW, answer=told, around=AROUND)


@pytest.mark.parametrize("language", available())
def test_every_answer_is_said_whole_in_every_language(language):
    for told in ANSWERS:
        page = drawn(language, told)
        match = _TEXT.search(page)
        assert match is not None, told
        heading, meaning = (" ".join(part.split()) for part in match.groups())
        assert heading, told
        assert meaning, told
        assert "<b>" not in page.split("<main")[1].split('id="ask"')[0], told
        assert "%(" not in page


def test_no_two_answers_look_the_same_to_whoever_reads():
    said = {_TEXT.search(drawn("en", told)).group(2) for told in ANSWERS}  # type: ignore[union-attr] # tested above
    assert len(said) >= len(ANSWERS) - 6


def test_every_answer_has_a_tone_and_only_what_is_confirmed_is_green():
    assert TONES.keys() == set(Found)
    assert [found for found, tone in TONES.items() if tone == "ok"] == [Found.FINAL]


def test_programs_get_every_field_whatever_is_known():
    fields = {tuple(document(told, AROUND, PAGE.url)) for told in ANSWERS}
    assert len(fields) == 1


def test_the_time_of_the_rest_is_told_while_it_gathers_confirmations_alone():
    spans = {told.found: document(told, AROUND, PAGE.url)["expected_seconds"] for told in ANSWERS}
    assert {found for found, span in spans.items() if span is not None} == {Found.CONFIRMING}

import pytest

from notifier.compose import compose
from notifier.lint import lint
from tests.notifier.cast import HOUSE, INCIDENT, a_notice


def found(language="en", **facts):
    notice = a_notice(facts=INCIDENT | facts)
    return {(each.where, each.message) for each in lint(notice, compose(notice, language, HOUSE), HOUSE)}


def test_good_words_pass():
    assert found() == set()


@pytest.mark.parametrize(
    ("facts", "where", "says"),
    [
        ({"funds": {}}, "funds", "nothing is said about the customer's money"),
        ({"still_works": {"fr": "Les dépôts."}}, "still_works", "is not there in this language"),
        ({"next_update_at": None}, "next_update_at", "nothing is said about the next update"),
        ({"body": {"en": "Hurry up!"}}, "body", "has an exclamation mark"),
        ({"body": {"en": "It works again soon."}}, "body", "“soon” is no time"),
        ({"body": {"en": "The mempool is full."}}, "body", "“mempool” says little to a customer"),
        ({"name": {"en": "Word " * 20}}, "subject", "the name is cut"),
    ],
)
def test_what_to_look_at_again_is_found(facts, where, says):
    assert (where, says) in found(**facts)


@pytest.mark.parametrize(
    ("language", "text", "vague"),
    [
        ("fr", "Cela remarche bientôt.", "bientôt"),
        ("de", "In Kürze geht es weiter.", "In Kürze"),
        ("es", "Volverá a funcionar lo antes posible.", "lo antes posible"),
        ("pt-BR", "Volta a funcionar em breve.", "em breve"),
        ("tr", "Yakında yeniden çalışacak.", "Yakında"),
        ("uk", "Запрацює незабаром.", "незабаром"),
        ("ar", "سيعمل قريبًا.", "قريبًا"),
        ("zh-Hans", "服务很快恢复。", "很快"),
        ("ja", "まもなく再開します。", "まもなく"),
    ],
)
def test_a_vague_time_is_found_in_every_language(language, text, vague):
    assert ("body", f"“{vague}” is no time") in found(language, body={language: text})


def test_a_text_too_long_for_its_form_is_found():
    assert any(where == "body_text" and "more than 4000" in says for where, says in found(body={"en": "Word. " * 900}))


def test_a_link_away_from_our_domains_is_found():
    says = {says for _, says in found(body={"en": "See https://bitcoin.example/x and https://help.acme.example/y."})}
    assert says == {"the link https://bitcoin.example/x leads outside our domains"}


def test_a_domain_that_only_ends_like_ours_is_not_ours():
    says = {says for _, says in found(body={"en": "See https://notacme.example/."})}
    assert any("notacme.example" in each for each in says)

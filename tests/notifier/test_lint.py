from dataclasses import replace

import pytest

from notifier.compose import compose
from notifier.lint import lint
from records.notices import Category
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
        ({"body": {"en": "Deposits of {asset} wait."}}, "body", "{asset} is still to be filled in"),
        (
            {"what_to_do": {"en": "Claim your bonus meanwhile."}},
            "what_to_do",
            "“bonus” sells, and nobody can decline this notice",
        ),
        ({"body": {"en": " ".join(["word"] * 30) + ". Short."}}, "body", "has a sentence of 30 words"),
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


@pytest.mark.parametrize(
    "link",
    [
        "https://acme.example/login",
        "https://app.acme.example/en/sign-in?next=/",
        "https://acme.example/account/reset-password",
        "https://acme.example/oauth2/authorize",
        "www.acme.example/auth",
    ],
)
def test_a_link_to_a_place_to_log_in_is_found_at_our_own_domains_too(link):
    assert ("body_text", f"the link {link} leads to a place to log in") in found(body={"en": f"Please see {link} now."})


@pytest.mark.parametrize(
    "link", ["https://acme.example/blogin", "https://acme.example/authors", "https://help.acme.example/"]
)
def test_other_places_of_ours_are_no_places_to_log_in(link):
    assert found(body={"en": f"Please see {link} now."}) == set()


@pytest.mark.parametrize(
    ("language", "text", "promo"),
    [
        ("fr", "Profitez d’une offre spéciale.", "offre spéciale"),
        ("de", "Es gibt Rabatt.", "Rabatt"),
        ("ro", "Ofertă specială pentru dumneavoastră.", "Ofertă specială"),
        ("pt-BR", "Temos desconto.", "desconto"),
        ("uk", "Отримайте знижку.", "знижку"),
        ("ja", "割引があります。", "割引"),
        ("zh-Hans", "现在有优惠。", "优惠"),
        ("ar", "لديكم خصم اليوم.", "خصم"),
    ],
)
def test_words_that_sell_are_found_in_every_language(language, text, promo):
    says = f"“{promo}” sells, and nobody can decline this notice"
    assert ("body", says) in found(language, body={language: text})


def test_words_that_sell_may_stand_where_people_can_decline():
    notice = replace(a_notice(facts=INCIDENT | {"body": {"en": "A bonus."}}), category=Category.OPTIONAL_SERVICE)
    said = [each.message for each in lint(notice, compose(notice, "en", HOUSE), HOUSE)]
    assert not [each for each in said if "sells" in each]


def test_a_translation_that_stayed_when_its_source_changed_is_found():
    before = INCIDENT | {"funds": {"en": "We check.", "fr": "Nous vérifions.", "ro": "Verificăm."}}
    notice = a_notice(
        facts=INCIDENT | {"funds": {"en": "All is well.", "fr": "Nous vérifions.", "ro": "Totul e bine."}}
    )
    stale = {
        language: [each.message for each in lint(notice, compose(notice, language, HOUSE), HOUSE, before)]
        for language in ("en", "fr", "ro")
    }
    assert stale == {"en": [], "fr": ["says what it said before en, ro was changed"], "ro": []}

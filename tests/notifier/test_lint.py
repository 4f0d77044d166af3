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


def test_a_vague_time_is_found_in_other_languages_too():
    assert ("body", "“bientôt” is no time") in found("fr", body={"fr": "Cela remarche bientôt."})


def test_a_text_too_long_for_its_form_is_found():
    assert any(where == "body_text" and "more than 4000" in says for where, says in found(body={"en": "Word. " * 900}))


def test_a_link_away_from_our_domains_is_found():
    says = {says for _, says in found(body={"en": "See https://bitcoin.example/x and https://help.acme.example/y."})}
    assert says == {"the link https://bitcoin.example/x leads outside our domains"}


def test_a_domain_that_only_ends_like_ours_is_not_ours():
    says = {says for _, says in found(body={"en": "See https://notacme.example/."})}
    assert any("notacme.example" in each for each in says)

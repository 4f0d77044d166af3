from notifier.compose import compose, compose_post, frozen, preview
from notifier.fitting import Manner
from records.store import notices
from tests.notifier.cast import HOUSE, INCIDENT, NOW, a_notice, queue


def test_the_subject_is_the_same_for_every_notice_of_an_incident():
    later = INCIDENT | {"stage": "identified", "body": {"en": "Something else."}}
    assert compose(a_notice(), "en", HOUSE).subject == "Bitcoin withdrawals are delayed [INC-42]"
    assert compose(a_notice(facts=later), "en", HOUSE).subject == "Bitcoin withdrawals are delayed [INC-42]"


def test_times_are_exact_and_stand_in_the_house_zone_too():
    text = compose(a_notice(), "en", HOUSE).body_text
    assert "Since: Sunday, 22 November 2026, 13:05 UTC (15:05 in Bucharest)" in text
    assert "Next update: by 14:30 UTC (16:30 in Bucharest)" in text


def test_a_next_update_on_another_day_names_the_day():
    facts = INCIDENT | {"next_update_at": "2026-11-23T22:30:00.000Z"}
    text = compose(a_notice(facts=facts), "en", HOUSE).body_text
    assert "by Monday, 23 November 2026, 22:30 UTC (Tuesday 00:30 in Bucharest)" in text


def test_a_language_without_a_catalogue_reads_english():
    assert compose(a_notice(), "xx", HOUSE).language == "en"


def test_a_service_with_more_room_gets_more_sentences():
    short, long = (compose_post(a_notice(), "en", HOUSE, Manner(limit=limit)) for limit in (280, 500))
    assert short + "\n" == compose(a_notice(), "en", HOUSE).short + "\n"
    assert "Balances are correct." in long
    assert "Balances are correct." not in short
    assert long.endswith(short.rpartition("\n")[2])


def test_words_are_frozen_at_first_use(store):
    notice = queue(store, a_notice(), NOW)
    first = frozen(store, notice, "fr", HOUSE)
    reworded = a_notice(facts=INCIDENT | {"body": {"fr": "Autre chose."}})
    assert frozen(store, reworded, "fr", HOUSE) == first
    assert compose(reworded, "fr", HOUSE) != first


def test_what_was_previewed_is_what_is_sent(store):
    notice = queue(store, a_notice(), NOW)
    shown = preview(store, notice, HOUSE, ["en", "fr", "en-GB", "xx"])
    assert list(shown.messages) == ["en", "fr"]
    assert frozen(store, notice, "fr", HOUSE) == shown.messages["fr"]
    kept = notices.texts(store, notice.id, 1, "fr")
    assert {form: text.content for form, text in kept.items()} == shown.messages["fr"].forms
    assert shown.findings == ()


def test_the_fingerprint_covers_every_form():
    message = compose(a_notice(), "en", HOUSE)
    other = compose(a_notice(verify_code="AAAAA-BBBBB"), "en", HOUSE)
    assert len(message.sha256) == 64
    assert message.sha256 != other.sha256
    assert message.sha256 == compose(a_notice(), "en", HOUSE).sha256

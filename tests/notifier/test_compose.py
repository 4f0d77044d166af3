from notifier.compose import compose, fit, frozen, preview
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


POST = "It is slow. Many wait. All is safe. More by 14:30 UTC.\nhttps://a.example · 7Q4K"


def test_a_post_is_fitted_by_whole_sentences_and_keeps_its_link():
    assert fit(POST, 280) == POST
    assert fit(POST, 70) == "It is slow. Many wait. More by 14:30 UTC.\nhttps://a.example · 7Q4K"
    assert fit(POST, 60) == "It is slow. More by 14:30 UTC.\nhttps://a.example · 7Q4K"
    assert fit(POST, 45) == "It is slow.\nhttps://a.example · 7Q4K"
    assert fit(POST, 32) == "It is…\nhttps://a.example · 7Q4K"


def test_a_post_without_spaces_between_sentences_is_fitted_by_whole_sentences_too():
    post = "出金が遅れています。順番に処理します。次の報告は14:30 UTCです。\nhttps://a.example · 7Q4K"
    assert fit(post, 280) == post
    assert fit(post, 55) == "出金が遅れています。次の報告は14:30 UTCです。\nhttps://a.example · 7Q4K"
    assert fit(post, 33) == "出金が遅れてい…\nhttps://a.example · 7Q4K"


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

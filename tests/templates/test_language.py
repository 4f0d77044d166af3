import pytest

from templates.language import available, matching, name_of, nearest, translations
from templates.tongues import own_name, sentence, sentences, without_stop

ELEVEN = ("en", "ar", "de", "es", "fr", "ja", "pt-BR", "ro", "tr", "uk", "zh-Hans")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("pt_br", "pt-BR"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-Hans-MY", "zh-Hans"),
        ("zh-hans", "zh-Hans"),
        ("zh-TW", None),
        ("zh-HK", None),
        ("zh-Hant", None),
        ("sr-Latn", None),
        ("nl", None),
        ("*", None),
        ("", None),
        ("x" * 4_000, None),
    ],
)
def test_a_reader_gets_the_language_that_they_read(asked, found):
    assert matching(asked, ELEVEN) == found


def test_a_language_of_the_own_country_goes_before_a_sister():
    assert matching("pt-PT", ("pt-BR", "pt-PT", "pt")) == "pt-PT"
    assert matching("pt-AO", ("pt-BR", "pt")) == "pt"
    assert matching("zh-TW", ("zh", "zh-Hant")) == "zh-Hant"


def test_there_are_catalogues_for_eleven_languages():
    assert sorted(available()) == sorted(ELEVEN)
    assert nearest("pt") == "pt-BR"
    assert nearest("nl") == "en"


def test_english_is_what_the_templates_say():
    assert translations("en").gettext("Details") == "Details"
    assert translations("zh-CN").gettext("Details") == translations("zh-Hans").gettext("Details") != "Details"


def test_languages_call_themselves_as_their_readers_do():
    names = [own_name(language) for language in ELEVEN]
    assert names == [
        "English", "العربية", "Deutsch", "Español", "Français", "日本語", "Português (Brasil)", "Română", "Türkçe",
        "Українська", "简体中文",
    ]  # fmt: skip


def test_a_language_is_named_in_the_readers_own():
    assert name_of("en", "de") == "Englisch"
    assert name_of("en", "tr") == "İngilizce"
    assert name_of("xx", "de") == "xx"


def test_sentences_stand_in_a_row_as_the_language_writes_them():
    assert sentences(["One.", "", "Two."], "en") == "One. Two."
    assert sentences(["一つ。", "二つ。"], "ja") == "一つ。二つ。"
    assert sentence("Trouble", "en") == "Trouble."
    assert sentence("障害", "ja") == "障害。"
    assert sentence("障害。", "zh-Hans") == "障害。"
    assert without_stop("障害。") == "障害"

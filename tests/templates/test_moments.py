from datetime import UTC, datetime, timedelta

import pytest

from templates import moments
from templates.language import available

AT = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
ZONE = "Europe/Bucharest"

EXACT = {
    "en": "Sunday, 22 November 2026, 13:05 UTC",
    "ar": "الأحد، 22 نوفمبر 2026، 13:05 UTC",
    "de": "Sonntag, 22. November 2026, 13:05 UTC",
    "es": "domingo, 22 de noviembre de 2026, 13:05 UTC",
    "fr": "dimanche 22 novembre 2026, 13:05 UTC",
    "ja": "2026年11月22日日曜日 13:05 UTC",
    "pt-BR": "domingo, 22 de novembro de 2026, 13:05 UTC",
    "ro": "duminică, 22 noiembrie 2026, 13:05 UTC",
    "tr": "22 Kasım 2026 Pazar, 13:05 UTC",
    "uk": "неділя, 22 листопада 2026 р., 13:05 UTC",
    "zh-Hans": "2026年11月22日星期日 13:05 UTC",
}
SPANS = {
    "en": "3 hours 5 minutes",
    "ar": "3 ساعات 5 دقائق",
    "de": "3 Stunden 5 Minuten",
    "es": "3 horas 5 minutos",
    "fr": "3 heures 5 minutes",
    "ja": "3 時間 5 分",
    "pt-BR": "3 horas 5 minutos",
    "ro": "3 ore 5 minute",
    "tr": "3 saat 5 dakika",
    "uk": "3 години 5 хвилин",
    "zh-Hans": "3小时5分钟",
}
AGES = {
    "en": ("6 minutes ago", "in 2 days"),
    "ar": ("قبل 6 دقائق", "خلال يومين"),
    "de": ("vor 6 Minuten", "in 2 Tagen"),
    "es": ("hace 6 minutos", "dentro de 2 días"),
    "fr": ("il y a 6 minutes", "dans 2 jours"),
    "ja": ("6 分前", "2 日後"),
    "pt-BR": ("há 6 minutos", "em 2 dias"),
    "ro": ("acum 6 minute", "peste 2 zile"),
    "tr": ("6 dakika önce", "2 gün sonra"),
    "uk": ("6 хвилин тому", "через 2 дні"),
    "zh-Hans": ("6分钟前", "2天后"),
}


def plain(text: str) -> str:
    """Without the spaces that do not break, which CLDR sets as it likes."""
    return " ".join(text.split())


@pytest.mark.parametrize("language", available())
def test_a_moment_is_exact_in_every_language_and_never_of_twelve_hours(language):
    assert plain(moments.exact(AT, language)) == EXACT[language]


@pytest.mark.parametrize("language", available())
def test_a_span_is_written_out_in_every_language(language):
    assert plain(moments.span(timedelta(hours=3, minutes=5), language)) == SPANS[language]


@pytest.mark.parametrize("language", available())
def test_what_was_and_what_will_be_are_phrases_in_the_right_case(language):
    past, future = AGES[language]
    assert plain(moments.ago(timedelta(minutes=6), language)) == past
    assert plain(moments.ahead(timedelta(days=2, hours=5), language)) == future


@pytest.mark.parametrize(
    ("seconds", "past"),
    [
        (-5, "1 second ago"),
        (0, "1 second ago"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (5_399, "89 minutes ago"),
        (5_400, "1 hour ago"),
        (172_799, "47 hours ago"),
        (172_800, "2 days ago"),
        (40_000_000, "462 days ago"),
    ],
)
def test_an_age_is_one_unit_cut(seconds, past):
    assert moments.ago(timedelta(seconds=seconds), "en") == past


def test_numbers_are_written_as_the_language_writes_them():
    assert moments.number(12_345.5, "de", 1) == "12.345,5"
    assert moments.number(12_345.5, "ar", 1) == "12,345.5"
    assert moments.number(99.92, "tr", 2) == "99,92"
    assert plain(moments.number(12_345, "uk")) == "12 345"


def test_lists_are_joined_as_the_language_joins_them():
    names = ["Bitcoin", "Ethereum", "Solana"]
    assert moments.and_list(names, "de") == "Bitcoin, Ethereum und Solana"
    assert moments.and_list(names, "tr") == "Bitcoin, Ethereum ve Solana"
    assert moments.and_list(names, "ja") == "Bitcoin、Ethereum、Solana"
    assert moments.and_list(names, "zh-Hans") == "Bitcoin、Ethereum和Solana"


def test_a_window_names_the_day_once_if_it_ends_on_the_same():
    assert moments.window(AT, AT + timedelta(hours=2), "de") == "Sonntag, 22. November 2026, 13:05–15:05 UTC"
    assert moments.window(AT, AT + timedelta(hours=2), "zh-Hans") == "2026年11月22日星期日 13:05–15:05 UTC"
    assert moments.local_hour(AT + timedelta(hours=10), "de", ZONE) == "Montag 01:05"


@pytest.mark.parametrize(
    ("language", "moment", "period", "nights"),
    [
        (
            "en",
            "22 November, 13:05 UTC",
            "22 November, 13:05–14:35 UTC",
            "22 November, 13:05 UTC – 23 November, 01:05 UTC",
        ),
        ("ja", "11月22日 13:05 UTC", "11月22日 13:05–14:35 UTC", "11月22日 13:05 UTC – 11月23日 01:05 UTC"),
        (
            "uk",
            "22 листопада, 13:05 UTC",
            "22 листопада, 13:05–14:35 UTC",
            "22 листопада, 13:05 UTC – 23 листопада, 01:05 UTC",
        ),
    ],
)
def test_short_messages_have_days_without_weekday_and_year(language, moment, period, nights):
    assert moments.brief(AT, None, language) == moment
    assert moments.brief(AT, AT + timedelta(minutes=90), language) == period
    assert moments.brief(AT, AT + timedelta(hours=12), language) == nights


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "15:05 Bucharest"), ("ro", "15:05 București"), ("ja", "15:05 ブカレスト"), ("ar", "15:05 بوخارست")],
)
def test_a_zone_is_named_by_its_city_in_the_language(language, said):
    assert moments.clock(AT, language, ZONE) == said
    assert moments.exact(AT, language, ZONE).endswith(said)
    assert moments.window(AT, AT + timedelta(hours=1), language, ZONE).endswith(said.partition(" ")[2])


@pytest.mark.parametrize(
    ("zone", "said"),
    [("America/Argentina/Buenos_Aires", "Buenos Aires"), ("UTC", "UTC"), ("EST", "EST"), ("Etc/GMT+2", "GMT+2")],
)
def test_a_zone_without_a_translated_city_has_a_name_all_the_same(zone, said):
    assert moments.city(zone, "en") == said


def test_behind_a_preposition_ukrainian_leaves_out_the_weekday_which_would_stand_in_the_wrong_case():
    assert plain(moments.dated(AT, "uk")) == "22 листопада 2026 р., 13:05 UTC"
    for language in set(available()) - {"uk"}:
        assert moments.dated(AT, language) == moments.exact(AT, language)

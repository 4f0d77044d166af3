"""Opening hours in words."""

import pytest

from templates.hours import in_words, lines

WEEK = [[(540, 1080)]] * 5 + [[(600, 840)], []]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Monday – Friday 09:00–18:00, Saturday 10:00–14:00, Bucharest"),
        ("fr", "Lundi – vendredi 09:00–18:00, Samedi 10:00–14:00, Bucarest"),
        ("ro", "Luni – vineri 09:00–18:00, Sâmbătă 10:00–14:00, București"),
    ],
)
def test_days_alike_stand_together_and_closed_ones_are_left_out(language, told):
    assert in_words(WEEK, "Europe/Bucharest", language) == told


def test_the_end_of_a_day_is_not_its_beginning():
    assert lines([[(0, 1440)]] * 7, "en") == [("Monday – Sunday", "00:00–24:00")]
    assert lines([[(1320, 1560)], [], [], [], [], [], []], "en") == [("Monday", "22:00–02:00")]


def test_utc_is_no_city():
    assert in_words(WEEK[:1] + [[]] * 6, "UTC", "fr") == "Lundi 09:00–18:00, UTC"

"""Times as people type them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import Invalid
from server.console.timewords import parse_extension, parse_moment, parse_past, parse_window

#: A Sunday; 11:05 in Bucharest.
NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
BUCHAREST = "Europe/Bucharest"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("tomorrow 02:00 utc 2h", utc(2026, 11, 23, 2), utc(2026, 11, 23, 4)),
        ("tomorrow 22:00 for 2h", utc(2026, 11, 23, 20), utc(2026, 11, 23, 22)),
        ("22:00 tomorrow for 2h", utc(2026, 11, 23, 20), utc(2026, 11, 23, 22)),
        ("Tomorrow at 10pm, for 1h 30m", utc(2026, 11, 23, 20), utc(2026, 11, 23, 21, 30)),
        ("28 nov 02:00-04:00", utc(2026, 11, 28, 0), utc(2026, 11, 28, 2)),
        ("28 November 2026 02:00 – 04:00 utc", utc(2026, 11, 28, 2), utc(2026, 11, 28, 4)),
        ("nov 28 02:00 to 04:00", utc(2026, 11, 28, 0), utc(2026, 11, 28, 2)),
        ("28th of november 2am until 4am", utc(2026, 11, 28, 0), utc(2026, 11, 28, 2)),
        ("2026-11-28 02:00-04:00", utc(2026, 11, 28, 0), utc(2026, 11, 28, 2)),
        ("28.11.2026 02:00 90 min", utc(2026, 11, 28, 0), utc(2026, 11, 28, 1, 30)),
        ("2026-11-28T02:00Z 2h", utc(2026, 11, 28, 2), utc(2026, 11, 28, 4)),
        ("2026-11-28T02:00:00+02:00 for 2h", utc(2026, 11, 28, 0), utc(2026, 11, 28, 2)),
        ("2026-11-28T02:00Z/2026-11-28T04:00Z", utc(2026, 11, 28, 2), utc(2026, 11, 28, 4)),
        ("2026-11-28T02:00Z/PT2H30M", utc(2026, 11, 28, 2), utc(2026, 11, 28, 4, 30)),
        ("2026-11-28T02:00 for 2h", utc(2026, 11, 28, 0), utc(2026, 11, 28, 2)),
        ("today 22:00-02:00", utc(2026, 11, 22, 20), utc(2026, 11, 23, 0)),
        ("tonight 22:00 - 24 nov 02:00", utc(2026, 11, 22, 20), utc(2026, 11, 24, 0)),
        ("friday 22:00 for 1.5h", utc(2026, 11, 27, 20), utc(2026, 11, 27, 21, 30)),
        ("sunday 22:00 2h", utc(2026, 11, 22, 20), utc(2026, 11, 22, 22)),
        ("sunday 02:00 2h", utc(2026, 11, 29, 0), utc(2026, 11, 29, 2)),
        ("next sunday 22:00 2h", utc(2026, 11, 29, 20), utc(2026, 11, 29, 22)),
        ("day after tomorrow noon for 1 hour", utc(2026, 11, 24, 10), utc(2026, 11, 24, 11)),
        ("in 30 min for 1h", utc(2026, 11, 22, 9, 35), utc(2026, 11, 22, 10, 35)),
        ("now for 20 minutes", NOW, NOW + timedelta(minutes=20)),
        ("3 feb 02:00 1 day", utc(2027, 2, 3, 0), utc(2027, 2, 4, 0)),
        ("tomorrow 02:00 America/New_York for 2h", utc(2026, 11, 23, 7), utc(2026, 11, 23, 9)),
        ("02:00 asia/kolkata 2h", utc(2026, 11, 22, 20, 30), utc(2026, 11, 22, 22, 30)),
    ],
)
def test_a_window_is_understood_as_it_was_meant(text, start, end):
    window = parse_window(text, NOW, BUCHAREST)
    assert (window.start, window.end) == (start, end)


def test_a_window_keeps_the_zone_in_which_it_was_said():
    assert parse_window("tomorrow 02:00 utc 2h", NOW, BUCHAREST).zone == "UTC"
    assert parse_window("tomorrow 02:00 2h", NOW, BUCHAREST).zone == BUCHAREST
    assert parse_window("tomorrow 02:00 america/new_york 2h", NOW, BUCHAREST).zone == "America/New_York"


def test_tomorrow_is_by_the_clock_of_the_zone_and_not_by_ours():
    late = utc(2026, 11, 22, 23)  # the 23rd in Bucharest already
    assert parse_window("tomorrow 02:00 2h", late, BUCHAREST).start == utc(2026, 11, 24, 0)
    assert parse_window("tomorrow 02:00 utc 2h", late, BUCHAREST).start == utc(2026, 11, 23, 2)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no time is given"),
        ("tomorrow", "time of day is missing"),
        ("tomorrow 22:00", "how long"),
        ("tomorrow 25:00 2h", "there is no time"),
        ("31 feb 02:00 2h", "there is no day"),
        ("tomorrow 13pm 2h", "there is no time"),
        ("tomorrow midnight 2h", "either end of the day"),
        ("tomorrow 24:00 2h", "either end of the day"),
        ("4/5/2026 02:00 2h", "which of the two is the month"),
        ("tomorrow 02:00 2h or so", "“or so” is not clear"),
        ("whenever it suits", "is not clear"),
        ("28 nov 04:00 - 28 nov 02:00", "ends before it starts"),
        ("tomorrow 02:00 0h", "ends before it starts"),
        ("tomorrow 02:00 utc 2h Europe/Berlin", "two time zones"),
        ("tomorrow 02:00 mars/olympus 2h", "there is no time zone"),
        ("in a while for 2h", "is not clear"),
    ],
)
def test_what_is_not_clear_is_said_and_not_guessed(text, word):
    with pytest.raises(Invalid) as refused:
        parse_window(text, NOW, BUCHAREST)
    assert refused.value.faults[0].path == "when"
    assert word in str(refused.value)
    assert refused.value.faults[0].hint


def test_an_hour_that_the_clocks_skip_is_refused():
    with pytest.raises(Invalid, match="03:30 does not exist on 28 March in Europe/Bucharest"):
        parse_window("28 mar 2027 03:30 for 1h", NOW, BUCHAREST)


def test_an_hour_that_the_clocks_show_twice_is_refused():
    with pytest.raises(Invalid, match=r"03:30 comes twice on 31 October in Europe/Bucharest.*utc"):
        parse_window("31 oct 2027 03:30 for 1h", NOW, BUCHAREST)


def test_a_duration_is_time_that_passes_even_when_the_clocks_change():
    window = parse_window("28 mar 2027 02:00 for 2h", NOW, BUCHAREST)
    assert (window.start, window.end) == (utc(2027, 3, 28, 0), utc(2027, 3, 28, 2))  # 05:00 on the wall


def test_an_end_by_the_clock_follows_the_clock_when_it_changes():
    window = parse_window("28 mar 2027 02:00-05:00", NOW, BUCHAREST)
    assert window.end - window.start == timedelta(hours=2)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30 min", utc(2026, 11, 22, 9, 35)),
        ("in 30 min", utc(2026, 11, 22, 9, 35)),
        ("15:00", utc(2026, 11, 22, 13)),
        ("09:00", utc(2026, 11, 23, 7)),
        ("15:00 utc", utc(2026, 11, 22, 15)),
        ("tomorrow 9am", utc(2026, 11, 23, 7)),
        ("now", NOW),
    ],
)
def test_a_moment_is_understood_as_it_was_meant(text, moment):
    assert parse_moment(text, NOW, BUCHAREST) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("10:30", utc(2026, 11, 22, 8, 30)),
        ("13:05", utc(2026, 11, 21, 11, 5)),
        ("20 min ago", utc(2026, 11, 22, 8, 45)),
        ("yesterday 23:00 utc", utc(2026, 11, 21, 23)),
        ("20 nov 13:05", utc(2026, 11, 20, 11, 5)),
        ("2026-11-20T13:05Z", utc(2026, 11, 20, 13, 5)),
    ],
)
def test_a_start_is_looked_for_in_the_past(text, moment):
    assert parse_past(text, NOW, BUCHAREST) == moment


def test_a_start_that_is_still_to_come_is_refused():
    with pytest.raises(Invalid, match="still to come"):
        parse_past("tomorrow 10:00", NOW, BUCHAREST)


@pytest.mark.parametrize("text", ["30 min", "by 30 min", "+30 min", "until 13:30", "13:30", "11:30 utc"])
def test_an_extension_is_said_by_its_length_or_by_its_end(text):
    end = utc(2026, 11, 22, 11)
    assert parse_extension(text, end, NOW, BUCHAREST) == utc(2026, 11, 22, 11, 30)


def test_more_time_for_a_window_that_overran_counts_from_now():
    assert parse_extension("30 min", utc(2026, 11, 22, 8), NOW, BUCHAREST) == NOW + timedelta(minutes=30)


def test_29_february_without_a_year_is_refused_in_a_year_that_has_none():
    with pytest.raises(Invalid, match="there is no day"):
        parse_window("29 feb 02:00 2h", NOW, BUCHAREST)


_WORDS = st.sampled_from(
    ["tomorrow", "next", "sun", "28", "nov", "02:00", "-", "for", "2h", "0m", "99999 d", "utc", "in", "pt", "24", "at"]
)


@given(st.lists(_WORDS, max_size=8).map(" ".join) | st.text(max_size=30))
def test_whatever_is_typed_is_understood_or_refused_with_words(text):
    window = None
    with suppress(Invalid):
        window = parse_window(text, NOW, BUCHAREST)
    assert window is None or window.end > window.start

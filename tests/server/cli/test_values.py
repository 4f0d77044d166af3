from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta

import pytest

from records.components import Status
from records.errors import Invalid
from server.cli.values import component_status, moment_at, span, words_of, words_or_none

NOW = datetime(2026, 11, 22, 13, 5, 7, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("30m", 1800), ("2h", 7200), ("1d", 86400), ("1h30m", 5400)]
)
def test_a_span_carries_its_unit(text, seconds):
    assert span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "h", "2 h", "-2h", "1.5h", "2w", "9999999h"])
def test_a_span_without_a_unit_we_know_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="is not a span of time"):
        span(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("+10m", NOW + timedelta(minutes=10)),
        ("-15m", NOW - timedelta(minutes=15)),
        ("2026-12-01T02:00Z", datetime(2026, 12, 1, 2, tzinfo=UTC)),
        ("2026-12-01 02:00+02:00", datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_now_or_from_now_or_a_time_with_its_zone(text, moment):
    assert moment_at(text, NOW) == moment


def test_what_is_planned_hours_ahead_starts_at_a_whole_minute_and_never_sooner():
    assert moment_at("+72h", NOW) == datetime(2026, 11, 25, 13, 6, tzinfo=UTC)
    assert moment_at("+1h", NOW.replace(second=0, microsecond=0)) == datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused_with_the_way_to_write_it():
    with pytest.raises(ArgumentTypeError, match="write 2026-12-01T02:00Z for UTC"):
        moment_at("2026-12-01T02:00", NOW)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T02:00Z", "0001-01-01T00:00+14:00"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="is not a time"):
        moment_at(text, NOW)


def test_a_component_is_named_with_its_state():
    assert component_status("btc-withdrawals=major_outage") == ("btc-withdrawals", Status.MAJOR_OUTAGE)


@pytest.mark.parametrize("text", ["btc", "btc=", "=major_outage", "btc=broken"])
def test_a_component_without_a_state_we_know_is_refused_with_the_states(text):
    with pytest.raises(ArgumentTypeError, match="partial_outage"):
        component_status(text)


def test_plain_words_are_in_the_first_language_of_the_page():
    assert words_of(["Delayed", "fr=Retardé"], ["en", "fr"], "--name") == {"en": "Delayed", "fr": "Retardé"}


def test_words_may_hold_an_equals_sign():
    assert words_of(["fee = 12", "fr=a=b"], ["en", "fr"], "--name") == {"en": "fee = 12", "fr": "a=b"}


def test_a_language_that_the_page_lacks_is_refused_rather_than_printed():
    with pytest.raises(Invalid, match="no language ro"):
        words_of(["ro=Întârziat"], ["en", "fr"], "--name")


def test_the_same_language_twice_is_refused():
    with pytest.raises(Invalid, match="given twice in en"):
        words_of(["One", "en=Two"], ["en"], "--name")


def test_nothing_given_is_not_the_same_as_no_words():
    assert words_or_none(None, ["en"], "--name") is None
    assert words_of(None, ["en"], "--name") == {}

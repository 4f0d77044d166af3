"""Times are aware, kept in whole milliseconds, and written as the public API writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.times import from_iso, from_ms, iso, now_utc, to_ms
from records.zones import is_zone


@given(st.integers(min_value=0, max_value=2**42))
def test_what_is_written_is_read_back(ms):
    assert to_ms(from_ms(ms)) == ms
    assert from_iso(iso(from_ms(ms))) == from_ms(ms)


def test_the_present_is_cut_to_what_the_store_keeps():
    assert {now_utc().microsecond % 1000 for _ in range(50)} == {0}
    assert abs(now_utc() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_time_without_a_zone_is_a_guess_and_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        to_ms(datetime(2026, 11, 22))  # noqa: DTZ001 # the very thing that is refused
    with pytest.raises(ValueError, match="has no time zone"):
        from_iso("2026-11-22T13:00:00")


def test_any_zone_becomes_utc():
    in_bucharest = datetime(2026, 11, 22, 15, 0, tzinfo=timezone(timedelta(hours=2)))
    assert iso(in_bucharest) == "2026-11-22T13:00:00.000Z"
    assert from_iso("2026-11-22T15:00:00+02:00") == datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "there_is"),
    [
        ("Europe/Bucharest", True),
        ("UTC", True),
        ("Mars/Base", False),
        ("", False),
        ("../etc/passwd", False),
        ("/etc/passwd", False),
        ("a\x00b", False),
    ],
)
def test_a_zone_is_known_by_its_name(name, there_is):
    assert is_zone(name) == there_is

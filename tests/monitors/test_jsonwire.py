"""Values from strangers are read, or are None."""

from datetime import UTC, datetime

import pytest

from monitors.jsonwire import iso_moment

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.123456789Z",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22 12:00:00z",
    ],
)
def test_a_time_with_its_zone_is_read_to_the_second(text: str):
    assert iso_moment(text) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00",
        "2026-11-22",
        "2026-13-22T12:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "２０２６-11-22T12:00:00Z",
        "soon",
        "",
        None,
        1_795_348_800,
    ],
)
def test_anything_else_is_no_time(text: object):
    assert iso_moment(text) is None

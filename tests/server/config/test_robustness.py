"""Whatever stands in the file, reading it ends in settings or in faults, never in a crash."""

from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from records.errors import Fault, Invalid
from server.config import parse_settings
from server.config.document import read_document
from server.config.example import example_text
from server.config.monitors import monitors_of

EXAMPLE = read_document(example_text().encode())
PLACES = sorted((place for place in EXAMPLE.lines if place), key=str)

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
odd = st.sampled_from(
    ["", "${", "${X}", "${file:x}", "10s", "://", "@", "a@b", "[::1", "http://[", "\r\n", "social:", "*"]
)
plain = st.none() | st.booleans() | st.integers() | st.floats() | words | odd
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))


def with_value(data: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """A copy of `data` with `value` at `place`."""
    if not place:
        return value
    copy = data.copy()
    copy[place[0]] = with_value(data[place[0]], place[1:], value)
    return copy


def read(content: bytes) -> None:
    faults: list[Fault] = []
    try:
        monitors_of(parse_settings(content, {}, Path("/nowhere")))
    except Invalid as error:
        faults = error.faults
        assert faults
    assert all(fault.message for fault in faults)


@settings(max_examples=300, deadline=None)
@given(place=st.sampled_from(PLACES), value=values)
def test_one_odd_value_anywhere_in_the_example_is_taken_or_told(place, value):
    read(yaml.safe_dump(with_value(EXAMPLE.data, place, value), allow_unicode=True).encode())


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200) | words.map(str.encode))
def test_bytes_that_are_no_settings_are_refused_in_words(content):
    read(content)

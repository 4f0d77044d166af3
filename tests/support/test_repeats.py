from hypothesis import given, settings
from hypothesis import strategies as st

from support.repeats import Repeats


def test_only_the_last_line_with_a_key_has_no_later_one():
    repeats = Repeats()
    for line, key in enumerate(["a", "b", "a", "c", "a"], 1):
        repeats.note(key, line)
    assert [repeats.later_line(key, line) for line, key in enumerate(["a", "b", "a", "c", "a"], 1)] == [
        5, None, 5, None, None,
    ]  # fmt: skip


@given(st.lists(st.text(max_size=3), max_size=40))
@settings(max_examples=50, deadline=None)
def test_it_agrees_with_a_plain_dictionary(keys):
    repeats, last = Repeats(), dict[str, int]()
    for line, key in enumerate(keys):
        repeats.note(key, line)
        last[key] = line
    for line, key in enumerate(keys):
        assert repeats.later_line(key, line) == (last[key] if last[key] > line else None)

"""Single fields of messages, and what is no message."""

import pytest

from monitors.checks.protobuf import first_bytes, first_whole

#: An upgrade plan: name "v25", time, height 22 000 000, info "{}".
PLAN = bytes.fromhex("0a03763235" + "12060880e7c3a106" + "1880e3be0a" + "22027b7d")


def test_a_number_is_found_among_other_fields():
    assert first_whole(PLAN, 3) == 22_000_000
    assert first_whole(PLAN, 7) is None


def test_text_is_found_and_a_number_is_no_text():
    assert first_bytes(PLAN, 1) == b"v25"
    assert first_bytes(PLAN, 3) is None


def test_fixed_fields_are_passed_over():
    assert first_whole(bytes.fromhex("0d01020304" + "110102030405060708" + "1805"), 3) == 5


@pytest.mark.parametrize("garbage", ["ff" * 12, "0a05", "0aff", "1b", "18", "18ffffffffffffffffffff01"])
def test_what_is_no_message_is_refused(garbage: str):
    with pytest.raises(ValueError, match=r"field|number"):
        first_whole(bytes.fromhex(garbage), 3)

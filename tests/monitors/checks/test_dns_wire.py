"""Questions and answers of the domain name system, byte by byte."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.checks.dns_wire import Code, question, reply
from monitors.client import CouldNotSee
from records.observations import Seen

ASKED = question(0x1234, "www.acme.example", "A")
POINTER = b"\xc0\x0c"


def record(kind: int, content: bytes, *, owner: bytes = POINTER) -> bytes:
    return owner + struct.pack("!2HIH", kind, 1, 60, len(content)) + content


def answered(*records: bytes, flags: int = 0x8180, asked: bytes = ASKED, count: int | None = None) -> bytes:
    head = struct.pack("!2s5H", asked[:2], flags, 1, len(records) if count is None else count, 0, 0)
    return head + asked[12:] + b"".join(records)


def test_a_question_is_written_as_the_standard_says():
    assert ASKED == (b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x04acme\x07example\x00\x00\x01\x00\x01")


def test_names_of_other_scripts_are_asked_for_in_their_ascii_form():
    assert b"\x0exn--mnchen-3ya" in question(1, "münchen.example", "A")


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64 + ".example", ".".join(["x" * 60] * 5)])
def test_what_cannot_be_a_name_is_not_asked_for(name):
    with pytest.raises(CouldNotSee, match="cannot be a domain name"):
        question(1, name, "A")


def test_addresses_and_names_are_read():
    assert reply(answered(record(1, bytes([192, 0, 2, 7]))), ASKED, "A").values == ("192.0.2.7",)
    asked = question(7, "www.acme.example", "AAAA")
    six = bytes.fromhex("20010db8000000000000000000000001")
    assert reply(answered(record(28, six), asked=asked), asked, "AAAA").values == ("2001:db8::1",)


def test_a_name_may_go_on_elsewhere_in_the_message():
    alias = record(5, b"\x03CDN\xc0\x10")
    address = record(1, bytes([192, 0, 2, 9]), owner=b"\x03cdn\xc0\x10")
    data = answered(alias, address)
    assert reply(data, ASKED, "CNAME").values == ("cdn.acme.example",)
    assert reply(data, ASKED, "A").values == ("192.0.2.9",)


def test_the_code_and_the_mark_of_a_cut_answer_are_read():
    assert reply(answered(flags=0x8183), ASKED, "A").code is not None
    assert reply(answered(flags=0x8183), ASKED, "A").code == Code.NO_SUCH_NAME
    assert reply(answered(flags=0x8380), ASKED, "A").is_cut_off
    bare = struct.pack("!6H", 0x1234, 0x8181, 0, 0, 0, 0)
    assert reply(bare, ASKED, "A").code == Code.FORMAT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ASKED,
        b"\x99\x99" + answered()[2:],
        answered(asked=question(0x1234, "www.evil.example", "A")),
        answered(record(1, b"\x01\x02\x03\x04"), count=2),
        answered(record(1, b"\x01\x02")),
        answered(record(1, bytes([192, 0, 2, 7])))[:-2],
        answered(record(5, b"\xc0\x2e")),
        answered(record(5, b"\x80abc")),
        answered(record(5, b"\x03\xff\xfe\xfd\x00")),
    ],
)
def test_what_is_no_answer_to_the_question_is_garbage(data):
    with pytest.raises(CouldNotSee) as caught:
        reply(data, ASKED, "CNAME" if b"\x00\x05\x00\x01" in data else "A")
    assert caught.value.seen is Seen.GARBAGE


@given(st.binary(max_size=300))
def test_no_bytes_whatever_lead_to_a_crash(noise):
    for data in (noise, answered()[:-4] + noise, ASKED[:2] + b"\x81\x80\x00\x01\x00\x09\0\0\0\0" + ASKED[12:] + noise):
        with contextlib.suppress(CouldNotSee):
            reply(data, ASKED, "CNAME")

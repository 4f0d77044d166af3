"""What comes back, read: real shapes, hostile ones, and forged ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.email.bounces import read_bounce
from notifier.channels.email.codes import Codes
from records.bounces import Verdict
from tests.bounced import SECRET, complaint, failure

CODES = Codes(SECRET)
DELIVERY = "notice000001.1.9000000000000000000"
CODE = f"{DELIVERY}.{CODES.mac(DELIVERY)}"
ADDRESS = f"b+{CODE}@bounce.acme.example"


def read(raw):
    return read_bounce(raw, CODES)


def test_a_failure_is_read_with_all_it_says():
    bounce = read(failure(ADDRESS))
    assert bounce is not None
    assert (bounce.delivery, bounce.verdict, bounce.status) == (DELIVERY, Verdict.GONE, "5.1.1")
    assert bounce.recipient == "ada@mail.example"
    assert bounce.said == "smtp; 550 5.1.1 <(address)>: Recipient address rejected: User unknown"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"status": "5.1.1"}, Verdict.GONE),
        ({"status": "5.1.10", "diagnostic": "smtp; 550 5.1.10 RecipientNotFound"}, Verdict.GONE),
        ({"status": "5.2.1", "diagnostic": "smtp; 550 5.2.1 The account is disabled"}, Verdict.GONE),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 No such user here"}, Verdict.GONE),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 5.1.1 unknown"}, Verdict.GONE),
        ({"status": "5.2.2", "diagnostic": "smtp; 552 5.2.2 Mailbox full"}, Verdict.UNDELIVERED),
        ({"status": "5.7.1", "diagnostic": "smtp; 550 5.7.1 Message rejected as spam"}, Verdict.UNDELIVERED),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 blocked by policy"}, Verdict.UNDELIVERED),
        ({"status": "4.4.1", "diagnostic": "smtp; 451 4.4.1 connection timed out"}, Verdict.UNDELIVERED),
        ({"status": "5.4.7", "diagnostic": "smtp; 451 4.4.1 gave up after five days"}, Verdict.UNDELIVERED),
        ({"action": "delayed", "status": "4.4.1"}, Verdict.DELAYED),
    ],
)
def test_only_what_says_that_the_mailbox_is_gone_is_about_the_address(changes, verdict):
    bounce = read(failure(ADDRESS, **changes))
    assert bounce is not None
    assert bounce.verdict is verdict


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "nonsense"])
def test_a_report_that_all_is_well_says_nothing(action):
    assert read(failure(ADDRESS, action=action, status="2.0.0")) is None


def test_the_code_is_found_wherever_servers_leave_it():
    elsewhere = "status@acme.example"
    for raw in (
        failure(ADDRESS.upper()),
        failure(elsewhere, envelope_id=CODE),
        failure(elsewhere, return_path=ADDRESS),
        complaint(mail_from=ADDRESS),
        complaint(return_path=ADDRESS),
    ):
        bounce = read(raw)
        assert bounce is not None
        assert bounce.delivery == DELIVERY


def test_complaints_are_of_few_kinds_and_others_are_none():
    for kind in ("abuse", "fraud", "opt-out"):
        bounce = read(complaint(kind=kind, mail_from=ADDRESS))
        assert bounce is not None
        assert (bounce.verdict, bounce.status) == (Verdict.COMPLAINED, kind)
    for kind in ("not-spam", "auth-failure", "dmarc", "virus", "other", ""):
        assert read(complaint(kind=kind, mail_from=ADDRESS)) is None


@pytest.mark.parametrize(
    "forged",
    [
        f"b+{DELIVERY}.{'0' * 16}@bounce.acme.example",
        f"b+notice000001.1.9000000000000000001.{CODES.mac(DELIVERY)}@bounce.acme.example",
        f"b+{DELIVERY}.{Codes(b'another house').mac(DELIVERY)}@bounce.acme.example",
        f"b+{DELIVERY}@bounce.acme.example",
        "ada@mail.example",
    ],
)
def test_a_report_without_a_code_of_ours_is_not_believed(forged):
    assert read(failure(forged)) is None
    assert read(failure("x@acme.example", envelope_id=forged.partition("@")[0][2:])) is None
    assert read(complaint(mail_from=forged, return_path=forged)) is None


def test_somebody_who_tries_many_codes_in_one_mail_is_soon_ignored():
    tried = ", ".join(f"b+n.1.{number}.{'0' * 16}@x" for number in range(30))
    assert read(failure(f"{tried}, {ADDRESS}")) is None


OTHER = "notice000001.1.9000000000000000001"
OTHER_ADDRESS = f"b+{OTHER}.{CODES.mac(OTHER)}@bounce.acme.example"


@pytest.mark.parametrize("where", ["the words", "a subject", "a mail that is quoted", "the status"])
def test_a_code_of_another_delivery_counts_only_where_servers_put_it(where):
    """Whoever got a mail knows its code, and no other; wherever they write it, nobody else is concerned."""
    raw = {
        "the words": failure("x@acme.example").replace(b"I'm sorry", f"{OTHER_ADDRESS} I'm sorry".encode()),
        "a subject": failure("x@acme.example").replace(b"Subject: Und", f"Subject: {OTHER_ADDRESS} Und".encode()),
        "a mail that is quoted": failure("x@acme.example").replace(
            b"I'm", f"> Return-Path: <{OTHER_ADDRESS}>\nI'm".encode()
        ),
        "the status": failure("x@acme.example", recipient=OTHER_ADDRESS, diagnostic=f"smtp; 550 {OTHER_ADDRESS}"),
    }[where]
    assert OTHER.encode() in raw
    assert read(raw) is None


def test_where_a_report_was_sent_to_counts_before_what_it_says():
    raw = failure(ADDRESS, envelope_id=f"{OTHER}.{CODES.mac(OTHER)}", return_path=OTHER_ADDRESS)
    bounce = read(raw)
    assert bounce is not None
    assert bounce.delivery == DELIVERY


def test_a_holiday_note_to_the_return_path_says_nothing():
    note = f"To: {ADDRESS}\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nI am away. 550 5.1.1\r\n"
    assert read(note.encode()) is None


def test_hostile_mails_say_nothing_and_break_nothing():
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(5_000))
    long_line = failure(ADDRESS, action="x" * 1_000_000)
    wrong_charset = failure(ADDRESS).replace(b"charset=us-ascii", b"charset=no-such-charset")
    nulls = failure(ADDRESS).replace(b"\n", b"\x00\n")
    cut = failure(ADDRESS)[:700]
    unclosed = b'Content-Type: multipart/report; boundary="\r\n\r\n' + failure(ADDRESS)
    for raw in (deep, long_line, nulls, cut, unclosed, b"", b"\xff" * 1_000_000, b"\n" * 1_000_000):
        assert read(raw) is None
    assert read(wrong_charset) is not None, "the words for people are in any charset; what we read is ASCII"


def test_a_report_is_found_before_a_mail_of_a_megabyte_that_came_back_with_it():
    raw = failure(ADDRESS).replace(b"Subject: Bitcoin", b"X-Filler: " + b"f" * 1_000_000 + b"\nSubject: Bitcoin")
    bounce = read(raw)
    assert bounce is not None
    assert bounce.delivery == DELIVERY


@given(st.binary(max_size=2_000))
def test_whatever_comes_in_nothing_is_raised(noise):
    assert read(noise) is None
    raw = failure(ADDRESS)
    read(raw[:400] + noise + raw[400:])

"""Mails read back by two parsers that know nothing of each other, whatever stands in their fields."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.email import Email, Relay
from notifier.compose import compose
from notifier.retry import Trouble
from records.errors import Invalid
from records.notices import Category
from templates.language import available
from tests.mail import MailServer, Sink
from tests.notifier.cast import HOUSE, INCIDENT, a_notice

SECRET = b"stays the same over restarts"
TO = Recipient(key="notice000001.1.1", address="c1@customer.example")
#: A header that somebody wants to have.
EVIL = "Bcc: evil@evil.example"


#: Two directions, letters of several units, what looks like quoted-printable, like an end, like a header.
ODD = {
    "name": {"en": 'Überweisungen – 比特币 משיכות 👩🏽‍🚒 "quoted", <a@b.example>; (c)'},
    "body": {"en": ".\n..\n--=_\nFrom me\n=3D =\nBcc: eve@evil.example\n\n" + "𝕏" * 400 + " \t \n" + "a" * 1_200},
    "what_to_do": {"en": "  & < > ' \u202b\u00a0\u2028 100 % {{ x }}"},
}


@pytest.fixture
def sink():
    with Sink() as running:
        yield running


async def sent(sink, notice, *, language="en", house=HOUSE, to=TO):
    """What arrives."""
    channel = Email(Relay(host="127.0.0.1", port=sink.port, security="none", connections=1), house, secret=SECRET)
    try:
        await channel.send(compose(notice, language, house), to)
    finally:
        await channel.close()
    return sink.mails[-1]


def second_opinion(raw):
    """As Perl's MIME::Parser reads it."""
    perl = shutil.which("perl")
    if perl is None or subprocess.run([perl, "-MMIME::Parser", "-e", "1"], capture_output=True, check=False).returncode:
        pytest.skip("no MIME::Parser for Perl on this machine (Debian: apt-get install libmime-tools-perl)")
    script = Path(__file__).with_name("parse.pl")
    return json.loads(subprocess.run([perl, str(script)], input=raw, capture_output=True, check=True).stdout)


def lines(text):
    return text.replace("\r\n", "\n").rstrip("\n")


@pytest.mark.parametrize("odd", [{}, ODD], ids=["usual", "odd"])
@pytest.mark.parametrize("language", available())
async def test_two_parsers_read_the_same_and_it_is_what_was_written(sink, language, odd):
    notice = a_notice(category=Category.OPTIONAL_SERVICE, facts=INCIDENT | odd)
    to = replace(TO, unsubscribe_url="https://status.acme.example/unsubscribe/abc")
    mail = await sent(sink, notice, language=language, to=to)
    ours, theirs = mail.parsed, second_opinion(mail.raw)
    written = compose(notice, language, HOUSE)
    assert theirs["errors"] == []
    assert theirs["type"] == ours.get_content_type() == "multipart/alternative"
    assert [part["type"] for part in theirs["parts"]] == ["text/plain", "text/html"]
    assert [lines(part["text"]) for part in theirs["parts"]] == [lines(written.body_text), lines(written.body_html)]
    assert [lines(part["text"]) for part in theirs["parts"]] == [
        lines(part.get_content()) for part in ours.iter_parts()
    ]
    assert theirs["head"].keys() == {name.lower() for name in ours}
    assert all(len(values) == 1 for values in theirs["head"].values()), "no header twice"
    for name, (value,) in theirs["head"].items():
        assert "".join(value.split()) == "".join(str(ours[name]).split()), name
    assert theirs["head"]["subject"] == [written.subject]


@pytest.mark.parametrize("field", ["name", "body", "still_works", "funds", "what_to_do"])
@pytest.mark.parametrize(
    "ending", ["\r\n", "\n", "\r", "\r\n\r\n", "\n.\r\n", "\r\n.\r\nMAIL FROM:<evil@evil.example>\r\n"]
)
async def test_no_word_of_a_notice_becomes_a_header_or_a_command(sink, field, ending):
    facts = INCIDENT | {field: {"en": f"Withdrawals are late{ending}{EVIL}{ending}"}}
    try:
        mail = await sent(sink, a_notice(facts=facts))
    except ChannelError as error:
        assert error.trouble is Trouble.CONTENT  # noqa: PT017 # either is right; what is wrong is a third way
        assert sink.mails == []
        return
    for head in (second_opinion(mail.raw)["head"], {name.lower() for name in mail.parsed}):
        assert "bcc" not in head
    assert len(sink.mails) == 1
    assert sink.mail_lines == [line for line in sink.mail_lines if b"evil" not in line]


@pytest.mark.parametrize(
    "change",
    [
        {"name": f"Acme\r\n{EVIL}"},
        {"name": f"Acme\n{EVIL}"},
        {"reply_to": f"help@acme.example\r\n{EVIL}"},
        {"url": f"https://status.acme.example\r\n{EVIL}"},
        {"sender": f"status@acme.example\r\n{EVIL}"},
        {"name": "Acme\0"},
    ],
)
async def test_nothing_of_the_house_becomes_a_header(sink, change):
    with pytest.raises((ChannelError, Invalid, ValueError)):
        await sent(sink, a_notice(), house=replace(HOUSE, **change))
    assert sink.mails == []


@pytest.mark.parametrize(
    "link",
    [f"https://status.acme.example/x\r\n{EVIL}", f"https://status.acme.example/x>\r\n{EVIL}", "https://x.example/\0"],
)
async def test_no_link_becomes_a_header(sink, link):
    with pytest.raises(ChannelError):
        await sent(sink, a_notice(category=Category.OPTIONAL_SERVICE), to=replace(TO, unsubscribe_url=link))
    assert sink.mails == []


@pytest.mark.parametrize("what", ["one long line", "many lines", "dots", "letters beyond ascii"])
async def test_a_body_of_a_megabyte_arrives_word_for_word(what):
    text = {
        "one long line": "word " * 200_000,
        "many lines": "A line like others.\n" * 50_000,
        "dots": ".\n" * 500_000,
        "letters beyond ascii": "Întârziere în rețea. " * 50_000,
    }[what]
    with MailServer() as server:
        relay = Relay(host="127.0.0.1", port=server.port, security="none", connections=1)
        channel = Email(relay, HOUSE, secret=SECRET)
        message = compose(a_notice(facts=INCIDENT | {"body": {"en": text.strip()}}), "en", HOUSE)
        await channel.send(message, TO)
        await channel.close()
        (mail,) = server.mails
    plain, _ = mail.parsed.iter_parts()
    assert lines(plain.get_content()) == lines(message.body_text)
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw)
    theirs = second_opinion(mail.raw)
    assert lines(theirs["parts"][0]["text"]) == lines(message.body_text)

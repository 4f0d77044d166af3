"""Addresses of every odd kind: told to a mail server as what they are, or not at all."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.channels.contract import Recipient
from notifier.channels.email import Email, Relay
from notifier.channels.email.addresses import parse_address
from notifier.compose import compose
from records.desk.customers import is_email
from records.errors import Invalid
from tests.mail import MailServer, Sink
from tests.notifier.cast import HOUSE, a_notice

MESSAGE = compose(a_notice(), "en", HOUSE)
LONGEST = "a" * 64 + "@" + ".".join(["b" * 61, "c" * 61, "d" * 57, "example"])

#: What a server is told of each.
TOLD = {
    "ana.pop+wallet@mail.example": "ana.pop+wallet@mail.example",
    "Ana.Pop@Mail.Example": "Ana.Pop@Mail.Example",
    # Every letter that needs no quotes.
    "!#$%&'*+/=?^_`{|}~-@mail.example": "!#$%&'*+/=?^_`{|}~-@mail.example",
    # Routes of the eighties are part of the name: we know one recipient, and the server may think what it likes.
    "ana%other.example@mail.example": "ana%other.example@mail.example",
    "other.example!ana@mail.example": "other.example!ana@mail.example",
    # Some providers gave out names that the rules would have in quotes.
    "ana..pop.@mail.example": "ana..pop.@mail.example",
    "ana@sub.sub.sub.mail.example": "ana@sub.sub.sub.mail.example",
    "ana@1and1.example": "ana@1and1.example",
    "ana@a_b.example": "ana@a_b.example",
    "ana@xn--bcher-kva.example": "ana@xn--bcher-kva.example",
    "ana@Bücher.Example": "ana@xn--bcher-kva.Example",
    "ana@日本語。テスト": "ana@xn--wgv71a119e.xn--zckzah",
    "ana@почта．example": "ana@xn--80a1acny.example",
    "ana@💳.example": "ana@xn--vs8h.example",
    # Names of their own, not fass.example and another word.
    "ana@faß.example": "ana@xn--fa-hia.example",
    "ana@σίσυφος.example": "ana@xn--kxa6ajbbmh.example",
    LONGEST: LONGEST,
}

REFUSED = {
    "quotes": '"ana pop"@mail.example',
    "a comment": "ana(pop)@mail.example",
    "a comment behind": "ana@mail.example (Ana)",
    "a name before": "Ana <ana@mail.example>",
    "a route": "@other.example:ana@mail.example",
    "two": "ana@mail.example,eve@mail.example",
    "two, by a semicolon": "ana@mail.example;eve@mail.example",
    "two @": "ana@other.example@mail.example",
    "a command": "ana@mail.example>\r\nRCPT TO:<eve@mail.example",
    "a line break": "ana@mail.example\n",
    "a line break of unicode": "ana@mail.example\u2028",
    "a parameter": "ana@mail.example> SIZE=1",
    "a tab": "ana\t@mail.example",
    "a backslash": "ana\\@mail.example",
    "a dot at the end": "ana@mail.example.",
    "a dot at the beginning": "ana@.mail.example",
    "no dot": "ana@localhost",
    "a machine": "ana@[127.0.0.1]",
    "a machine of the new kind": "ana@[IPv6:::1]",
    "a machine without brackets": "ana@127.0.0.1",
    "a number at the end": "ana@mail.1",
    "a letter nobody sees": "ana@ma\u200bil.example",
    "a joiner in the domain": "ana@ma\u200dil.example",
    "a letter nobody sees in the name": "an\u200ba@mail.example",
    "text that turns around": "ana\u202egro.live@mail.example",
    "another @": "ana＠mail.example",
    "what is no code": "ana@xn--zzü.example",
    "an empty code": "ana@xn--.example",
    "65 letters": "a" * 65 + "@mail.example",
    "66 bytes": "é" * 33 + "@mail.example",
    "255 letters": "a" + LONGEST[1:].replace("@b", "@bb"),
    "half a letter": "ana\ud800@mail.example",
}


async def sent(server, address):
    relay = Relay(host="127.0.0.1", port=server.port, security="none", connections=1)
    channel = Email(relay, HOUSE, secret=b"stays the same over restarts")
    try:
        return await channel.send(MESSAGE, Recipient(key="notice000001.1.1", address=address))
    finally:
        await channel.close()


async def test_a_server_is_told_one_plain_address():
    with Sink() as sink:
        for address in TOLD:
            await sent(sink, address)
    assert [mail.recipient for mail in sink.mails] == list(TOLD.values())
    for mail in sink.mails:
        (to,) = mail.parsed["To"].addresses
        assert to.addr_spec == mail.recipient or '"' in to.addr_spec


async def test_names_in_any_script_and_emoji_are_told_to_a_server_that_takes_them():
    addresses = ["ană@mail.example", "用户@mail.example", "💳@mail.example", "é" * 32 + "@mail.example"]
    with MailServer() as server:
        for address in addresses:
            await sent(server, address)
        assert server.recipients() == addresses


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_exactly_one_plain_address_is_none(what):
    with pytest.raises(Invalid):
        parse_address(REFUSED[what])


@pytest.mark.parametrize("address", TOLD)
def test_what_can_be_told_can_be_kept(address):
    assert is_email(address)


@given(
    st.one_of(
        st.text(),
        st.emails(),
        st.from_regex(r"[a-z.!%\"\\ ]{1,9}@[a-zßς.\-\[\]:0-9üΣ\u200d]{1,20}", fullmatch=True),
    )
)
def test_whatever_comes_in_what_is_told_is_one_word_and_stays_the_same(text):
    try:
        address = parse_address(text)
    except Invalid:
        return
    told = str(address)
    assume(told)
    assert told.isprintable()
    assert not set(told) & set(' <>,;:"()[]\\')
    assert address.domain.isascii()
    assert told.count("@") == 1
    assert parse_address(told) == address

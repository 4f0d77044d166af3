"""Signatures of mail, checked by another program's eyes."""

from dataclasses import replace

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifier.channels.contract import Recipient
from notifier.channels.email import DkimKey, Email, Relay
from notifier.compose import compose
from records.notices import Category
from records.signing import NotAMailKey, mail_key_from_pem
from records.subscribers import TOKEN_SLOT
from tests.mail import MailServer
from tests.notifier.cast import HOUSE, INCIDENT, a_notice

SECRET = b"stays the same over restarts"
OWN_TOKEN = "x" * len(TOKEN_SLOT)


def pem_of(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


RSA_PEM = pem_of(generate_private_key(65537, 2048))
ED_PEM = pem_of(Ed25519PrivateKey.generate())
KEYS = (
    DkimKey(domain="acme.example", selector="fw1", key=mail_key_from_pem(RSA_PEM)),
    DkimKey(domain="acme.example", selector="fw2", key=mail_key_from_pem(ED_PEM)),
)
RECORDS = {f"{each.selector}._domainkey.acme.example.": each.key.record for each in KEYS}


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


@pytest.fixture
async def mail(server):
    channel = signing(server)
    yield channel
    await channel.close()


def signing(server, keys=KEYS):
    relay = Relay(host="127.0.0.1", port=server.port, security="none", connections=1, dkim=keys)
    return Email(relay, HOUSE, secret=SECRET)


def to(number=1, **changes):
    return replace(Recipient(key=f"notice000001.1.{number}", address=f"c{number}@customer.example"), **changes)


def verdicts(raw):
    """What a receiver finds of each signature."""
    checker = dkim.DKIM(raw)
    count = raw.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return [is_good(checker, index) for index in range(count)]


def is_good(checker, index):
    try:
        return checker.verify(idx=index, dnsfunc=record)
    except dkim.ValidationError:
        return False


def record(name, timeout=5):
    return RECORDS[name.decode() if isinstance(name, bytes) else name].encode()


async def test_another_program_finds_both_signatures_good_on_every_copy(server, mail):
    message = compose(a_notice(), "fr", HOUSE)
    for number in range(3):
        await mail.send(message, to(number))
    assert [verdicts(each.raw) for each in server.mails] == [[True, True]] * 3


async def test_lines_that_begin_with_a_dot_are_signed_as_they_are_read(server, mail):
    facts = INCIDENT | {"body": {"en": ".\n..hidden\n. end\n\n\n"}}
    await mail.send(compose(a_notice(facts=facts), "en", HOUSE), to())
    assert b"\r\n..hidden\r\n" in server.mails[0].raw
    assert verdicts(server.mails[0].raw) == [True, True]


async def test_the_way_out_is_signed_where_there_is_one(server, mail):
    message = compose(a_notice(category=Category.OPTIONAL_SERVICE), "en", HOUSE)
    await mail.send(message, to(unsubscribe_url="https://status.acme.example/unsubscribe/abc"))
    raw = server.mails[0].raw
    assert verdicts(raw) == [True, True]
    for line in (
        b"List-Unsubscribe: <https://status.acme.example/unsubscribe/abc>\r\n",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        b"To: c1@customer.example\r\n",
    ):
        assert line in raw
        assert verdicts(raw.replace(line, b"")) == [False, False]


async def test_each_subscribers_own_link_is_signed(server, mail):
    message = compose(a_notice(), "en", HOUSE, for_subscribers=True)
    url = f"https://status.acme.example/unsubscribe/{OWN_TOKEN}"
    await mail.send(message, to(1, token=OWN_TOKEN, unsubscribe_url=url))
    await mail.send(message, to(2, token="y" * len(TOKEN_SLOT), unsubscribe_url=url))
    assert [verdicts(each.raw) for each in server.mails] == [[True, True]] * 2


async def test_nothing_can_be_changed_or_added(server, mail):
    await mail.send(compose(a_notice(), "en", HOUSE), to())
    raw = server.mails[0].raw
    head, _, body = raw.partition(b"\r\n\r\n")
    for forged in (
        b"From: Somebody <x@other.example>\r\n" + raw,
        b"Subject: Send us your words\r\n" + raw,
        b"List-Unsubscribe: <https://other.example>\r\n" + raw,
        head.replace(b"INC-42", b"INC-43") + b"\r\n\r\n" + body,
        head + b"\r\n\r\n" + body.replace(b"Bitcoin", b"Bitconn", 1),
        raw + b"More.\r\n",
    ):
        assert forged != raw
        assert verdicts(forged) == [False, False]


async def test_a_repeat_is_the_same_to_the_byte(server, mail):
    message = compose(a_notice(), "en", HOUSE)
    await mail.send(message, to())
    again = signing(server)
    await again.send(message, to())
    await again.close()
    assert server.mails[0].raw == server.mails[1].raw


async def test_no_line_is_long_and_a_long_address_breaks_nothing(server, mail):
    address = "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".example"
    await mail.send(compose(a_notice(), "en", HOUSE), to(address=address))
    raw = server.mails[0].raw
    assert verdicts(raw) == [True, True]
    signatures = raw.partition(b"List-Id")[0].split(b"\r\n")
    assert max(len(line) for line in signatures if not line.startswith((b"To:", b"Message-ID:"))) <= 100


async def test_letters_beyond_ascii_in_the_head_are_signed(server, mail):
    facts = INCIDENT | {"name": {"en": "Überweisungen warten – 比特币提现延迟 "}}
    await mail.send(compose(a_notice(facts=facts), "en", HOUSE), to())
    assert verdicts(server.mails[0].raw) == [True, True]


async def test_without_keys_nothing_is_signed(server):
    channel = signing(server, keys=())
    await channel.send(compose(a_notice(), "en", HOUSE), to())
    await channel.close()
    assert b"DKIM-Signature" not in server.mails[0].raw


@pytest.mark.parametrize(
    "text", ["", "nonsense", "-----BEGIN PRIVATE KEY-----", pem_of(generate_private_key(65537, 1024))]
)
def test_a_key_that_receivers_would_not_count_is_refused(text):
    with pytest.raises(NotAMailKey) as caught:
        mail_key_from_pem(text)
    assert text not in str(caught.value) or not text


def test_a_key_says_nothing_of_itself():
    assert [repr(each.key) for each in KEYS] == ["MailKey(rsa-sha256)", "MailKey(ed25519-sha256)"]

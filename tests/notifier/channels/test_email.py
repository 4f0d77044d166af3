"""Mail against real servers, well and badly behaved."""

import asyncio
import re
import time
from collections import deque
from dataclasses import replace

import pytest
import uvloop

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.email import Email, Relay
from notifier.compose import compose
from notifier.retry import Trouble
from records.notices import Category
from tests.mail import MailServer, Sink, own_certificate
from tests.notifier.cast import HOUSE, INCIDENT, a_notice

MESSAGE = compose(a_notice(), "fr", HOUSE)
SECRET = b"stays the same over restarts"


def to(number, address=None):
    return Recipient(key=f"notice000001.1.{number}", address=address or f"c{number}@customer.example")


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


@pytest.fixture
async def mail(server):
    channel = Email(relay_of(server), HOUSE, secret=SECRET)
    yield channel
    await channel.close()


def relay_of(server, **changes):
    plain = Relay(host="127.0.0.1", port=server.port, security="none", connections=1)
    return replace(plain, **changes)


async def refused(channel, number=1):
    with pytest.raises(ChannelError) as caught:
        await channel.send(MESSAGE, to(number))
    return caught.value


async def test_a_message_is_taken_and_its_receipt_says_so(server, mail):
    receipt = await mail.send(MESSAGE, to(1))
    assert (receipt.phase, receipt.code, receipt.reply) == ("answered", "250", "2.0.0 queued")
    assert server.recipients() == ["c1@customer.example"]


async def test_every_header_is_as_promised(server, mail):
    await mail.send(MESSAGE, to(1))
    parsed = server.mails[0].parsed
    assert parsed["From"] == "Acme Wallet <status@acme.example>"
    assert parsed["Reply-To"] == "help@acme.example"
    assert parsed["To"] == "c1@customer.example"
    assert parsed["Subject"] == "Les retraits Bitcoin sont retardés [INC-42]"
    assert parsed["Date"] == "Sun, 22 Nov 2026 13:10:00 +0000"
    assert re.fullmatch(r"<n\.notice000001\.1\.[0-9a-f]{16}@acme\.example>", parsed["Message-ID"])
    assert parsed["In-Reply-To"] == parsed["References"] == f"<inc.{INCIDENT['id']}@acme.example>"
    assert parsed["List-Id"] == "<notices.acme.example>"
    assert parsed["List-Help"] == "<https://status.acme.example>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert parsed["Feedback-ID"] == "notice000001:mandatory_service:notices:forewarn"
    assert parsed["Content-Language"] == "fr"
    assert parsed["List-Unsubscribe"] is None
    assert server.mails[0].sender == "status@acme.example"


async def test_both_bodies_arrive_word_for_word_text_first(server, mail):
    await mail.send(MESSAGE, to(1))
    parsed = server.mails[0].parsed
    assert parsed.get_content_type() == "multipart/alternative"
    text, html = parsed.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.body_text
    assert html.get_content_type() == "text/html"
    assert html.get_content().replace("\r\n", "\n") == MESSAGE.body_html
    assert text["Content-Transfer-Encoding"] == html["Content-Transfer-Encoding"] == "quoted-printable"
    assert max(len(line) for line in server.mails[0].raw.split(b"\r\n")) <= 998


async def test_a_repeat_is_the_same_to_the_byte_and_others_have_ids_of_their_own(server, mail):
    await mail.send(MESSAGE, to(1))
    again = Email(relay_of(server), HOUSE, secret=SECRET)
    await again.send(MESSAGE, to(1))
    await again.send(MESSAGE, to(2))
    await again.close()
    first, repeat, other = server.mails
    assert first.raw == repeat.raw
    assert first.parsed["Message-ID"] != other.parsed["Message-ID"]


async def test_lines_that_begin_with_a_dot_arrive_as_they_were(server, mail):
    facts = INCIDENT | {"body": {"en": ".\n..hidden\n. end"}}
    message = compose(a_notice(facts=facts), "en", HOUSE)
    await mail.send(message, to(1))
    text, _ = server.mails[0].parsed.iter_parts()
    assert ".\n..hidden\n. end" in text.get_content().replace("\r\n", "\n")


async def test_what_may_be_declined_can_be_declined_with_one_click(server, mail):
    message = compose(a_notice(category=Category.OPTIONAL_SERVICE), "en", HOUSE)
    one_click = replace(to(1), unsubscribe_url="https://status.acme.example/unsubscribe/abc")
    await mail.send(message, one_click)
    await mail.send(MESSAGE, one_click)
    optional, mandatory = (mail.parsed for mail in server.mails)
    assert optional["List-Unsubscribe"] == "<https://status.acme.example/unsubscribe/abc>"
    assert optional["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mandatory["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b\r\nRCPT TO:<evil@evil.example>",
        "a@b.example\n",
        "a\0@b.example",
        "<a@b.example>",
        "a@b.example,c@d.example",
        "a b@c.example",
        "a@b.example>",
        '"a b"@c.example',
        "@b.example",
        "a@",
        "a@localhost",
        "a@-b.example",
        "a@b..example",
        "x" * 65 + "@b.example",
        "a@" + "b." * 130 + "example",
        "a@" + "b" * 64 + ".example",
        "é\u2028x@b.example",
    ],
)
async def test_what_is_no_address_never_reaches_the_server(server, mail, address):
    with pytest.raises(ChannelError) as caught:
        await mail.send(MESSAGE, Recipient(key="k", address=address))
    assert caught.value.is_bad_address
    assert server.commands == []


async def test_a_domain_in_any_script_is_told_in_ascii(server, mail):
    await mail.send(MESSAGE, to(1, "ana@bücher.example"))
    assert server.recipients() == ["ana@xn--bcher-kva.example"]


async def test_a_name_in_any_script_needs_a_server_that_takes_it(server, mail):
    await mail.send(MESSAGE, to(1, "ană@customer.example"))
    assert server.recipients() == ["ană@customer.example"]
    assert "SMTPUTF8" in server.commands[0]
    with Sink() as plain:
        other = Email(relay_of(plain), HOUSE, secret=SECRET)
        with pytest.raises(ChannelError) as caught:
            await other.send(MESSAGE, to(1, "ană@customer.example"))
        await other.close()
    assert caught.value.trouble is Trouble.PERMANENT
    assert plain.mails == []


async def test_a_header_cannot_be_smuggled_in(server):
    bad = replace(HOUSE, name="Acme\r\nBcc: evil@evil.example")
    channel = Email(relay_of(server), bad, secret=SECRET)
    assert (await refused(channel)).trouble is Trouble.CONTENT
    assert server.commands == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_travels_protected_with_a_login(security):
    with (
        own_certificate() as certificate,
        MailServer(security=security, login=("notices", "opensesame"), certificate=certificate) as server,
    ):
        relay = relay_of(
            server,
            security=security,
            username="notices",
            password="opensesame",
            tls_context=certificate.client_context(),
        )
        channel = Email(relay, HOUSE, secret=SECRET)
        await asyncio.gather(*(channel.send(MESSAGE, to(number)) for number in range(20)))
        await channel.close()
        wrong = Email(replace(relay, password="wrong"), HOUSE, secret=SECRET)
        error = await refused(wrong)
    assert len(server.mails) == 20
    assert error.trouble is Trouble.CONFIGURATION
    assert "opensesame" not in repr(relay)


async def test_a_certificate_nobody_vouches_for_is_refused():
    with own_certificate() as certificate, MailServer(security="tls", certificate=certificate) as server:
        channel = Email(relay_of(server, security="tls"), HOUSE, secret=SECRET)
        assert (await refused(channel)).trouble is Trouble.RELAY
        assert server.mails == []


async def test_a_server_without_starttls_is_told_nothing(server):
    channel = Email(relay_of(server, security="starttls"), HOUSE, secret=SECRET)
    assert (await refused(channel)).trouble is Trouble.CONFIGURATION
    assert server.commands == []


async def test_a_relay_that_is_not_there_is_no_fault_of_the_message(server, mail):
    server.stop()
    error = await refused(mail)
    assert (error.trouble, error.phase) == (Trouble.RELAY, "connect")
    assert error.can_retry
    assert not error.is_ambiguous


@pytest.mark.parametrize(
    ("stage", "reply", "trouble"),
    [
        ("mail", "421 4.3.2 closing", Trouble.BUSY),
        ("mail", "451 4.3.0 later", Trouble.DEFERRED),
        ("mail", "550 5.1.8 bad sender", Trouble.POLICY),
        ("rcpt", "550 5.1.1 no such user", Trouble.ADDRESS),
        ("rcpt", "451 4.7.1 Greylisted, try again in 300 seconds", Trouble.GREYLISTED),
        ("rcpt", "452 4.2.2 mailbox full", Trouble.MAILBOX_FULL),
        ("data", "451 4.3.0 later", Trouble.DEFERRED),
        ("dot", "554 5.7.1 looks like spam", Trouble.POLICY),
        ("dot", "552 5.3.4 too big", Trouble.CONTENT),
        ("dot", "451 4.3.0 later", Trouble.DEFERRED),
    ],
)
@pytest.mark.parametrize("offers", [("PIPELINING",), ()])
async def test_a_refusal_says_where_and_why_and_harms_no_other_message(server, mail, stage, reply, trouble, offers):
    server.manners.offers = offers
    server.manners.replies[stage] = deque([reply])
    error = await refused(mail)
    assert (error.trouble, error.phase, error.code) == (trouble, stage, reply[:3])
    await mail.send(MESSAGE, to(2))
    await mail.send(MESSAGE, to(3))
    assert server.recipients() == ["c2@customer.example", "c3@customer.example"]


async def test_a_refused_message_among_many_takes_nobody_along(server, mail):
    server.manners.refuse = lambda address: "550 5.1.1 no such user" if address in BAD else None
    results = await asyncio.gather(*(mail.send(MESSAGE, to(number)) for number in range(30)), return_exceptions=True)
    assert {
        f"c{number}@customer.example" for number, each in enumerate(results) if isinstance(each, ChannelError)
    } == BAD
    assert sorted(server.recipients()) == sorted({f"c{number}@customer.example" for number in range(30)} - BAD)
    assert server.connections == 1


BAD = {"c3@customer.example", "c4@customer.example", "c17@customer.example"}


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_lost_before_the_dot_was_surely_not_sent(server, mail, stage):
    await mail.send(MESSAGE, to(0))
    server.manners.drops[stage] = 1
    error = await refused(mail)
    assert error.trouble is Trouble.LOST
    assert not error.is_ambiguous
    await mail.send(MESSAGE, to(2))
    assert server.recipients() == ["c0@customer.example", "c2@customer.example"]


@pytest.mark.parametrize("is_taken", [True, False])
async def test_lost_after_the_dot_was_perhaps_sent(server, mail, is_taken):
    server.manners.drops["dot"] = 1
    server.manners.takes_before_drop = is_taken
    error = await refused(mail)
    assert (error.trouble, error.phase) == (Trouble.UNCERTAIN, "dot")
    assert error.is_ambiguous
    assert len(server.mails) == int(is_taken)


@pytest.mark.parametrize(("stage", "trouble"), [("rcpt", Trouble.LOST), ("dot", Trouble.UNCERTAIN)])
async def test_a_server_that_falls_silent_is_left(server, stage, trouble):
    channel = Email(relay_of(server, dot_timeout_seconds=0.3, command_timeout_seconds=0.3), HOUSE, secret=SECRET)
    server.manners.hangs.add(stage)
    assert (await refused(channel)).trouble is trouble
    server.manners.hangs.clear()
    await channel.send(MESSAGE, to(2))
    assert server.recipients()[-1] == "c2@customer.example"
    await channel.close()


async def test_a_server_that_closed_meanwhile_is_connected_again(server, mail):
    await mail.send(MESSAGE, to(1))
    server.manners.replies["mail"] = deque(["421 4.3.2 too many messages"])
    assert (await refused(mail)).trouble is Trouble.BUSY
    await mail.send(MESSAGE, to(3))
    assert server.connections == 2


async def test_an_idle_connection_is_tested_before_use(server, mail, monkeypatch):
    monkeypatch.setattr("notifier.channels.email.lanes._TEST_AFTER_SECONDS", 0.0)
    await mail.send(MESSAGE, to(1))
    await mail.send(MESSAGE, to(2))
    assert server.commands.count("NOOP") == 1
    assert server.connections == 1


async def test_a_connection_is_replaced_after_its_share(server):
    channel = Email(relay_of(server, messages_per_connection=10), HOUSE, secret=SECRET)
    await asyncio.gather(*(channel.send(MESSAGE, to(number)) for number in range(35)))
    await channel.close()
    assert len(server.mails) == 35
    assert server.connections == 4


async def test_where_pipelining_is_not_offered_one_command_goes_at_a_time(server, mail):
    server.manners.offers = ()
    await asyncio.gather(*(mail.send(MESSAGE, to(number)) for number in range(10)))
    assert len(server.mails) == 10


async def test_a_server_that_breaks_on_pipelining_is_spoken_to_slowly(server, mail):
    server.manners.replies["rcpt"] = deque(["503 5.5.1 pipelining without permission"])
    await refused(mail)
    assert (await mail.send(MESSAGE, to(2))).code == "250"
    await mail.send(MESSAGE, to(3))
    assert server.recipients() == ["c2@customer.example", "c3@customer.example"]


async def test_bounces_can_be_told_apart_by_their_address():
    with Sink() as sink:
        channel = Email(relay_of(sink, bounce_domain="bounce.acme.example"), HOUSE, secret=SECRET)
        await channel.send(MESSAGE, to(9_000_000_000_000_000_000, "c1@customer.example"))
        await channel.close()
    sender = sink.mails[0].sender
    assert re.fullmatch(r"b\+notice000001\.1\.9000000000000000000\.[0-9a-f]{16}@bounce\.acme\.example", sender)
    assert len(sender.partition("@")[0]) <= 64
    assert b"RET=HDRS ENVID=notice000001.1.9000000000000000000" in sink.mail_lines[0]


async def test_the_rate_the_relay_allows_is_kept(server):
    channel = Email(relay_of(server, rate_per_second=50), HOUSE, secret=SECRET)
    began = time.monotonic()
    await asyncio.gather(*(channel.send(MESSAGE, to(number)) for number in range(11)))
    await channel.close()
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_nothing_is_left_open_on_the_event_loop_we_run_on(security):
    # uvloop refuses to end while a connection still says goodbye, and so would the service.
    with own_certificate() as certificate, MailServer(security=security, certificate=certificate) as server:
        trusted = relay_of(server, security=security, connections=2, tls_context=certificate.client_context())

        async def story():
            channel = Email(trusted, HOUSE, secret=SECRET)
            await asyncio.gather(*(channel.send(MESSAGE, to(number)) for number in range(250)))
            await channel.close()

        uvloop.run(story())
        assert len(server.mails) == 250


async def test_closing_ends_what_is_on_its_way_as_uncertain(server, mail):
    server.manners.hangs.add("dot")
    sending = asyncio.ensure_future(mail.send(MESSAGE, to(1)))
    while not server.mails:
        await asyncio.sleep(0.01)
    await mail.close()
    with pytest.raises(ChannelError) as caught:
        await sending
    assert caught.value.is_ambiguous

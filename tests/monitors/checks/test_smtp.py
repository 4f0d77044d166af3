"""The look at a mail server, against a real one."""

import asyncio

import pytest

from monitors.checks.smtp import _literal, look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.wishes import SmtpWish, TlsWish
from records.observations import Seen
from tests.certificates import tcp_server
from tests.mail import MailServer, own_certificate


async def see(client: Client, port: int, security: str = "none", ca_file: str | None = None):
    wish = SmtpWish(security=security, tls=TlsWish(ca_file=ca_file))
    target = Target(monitor="relay", name="relay", url=f"127.0.0.1:{port}", deadline_seconds=1.0, wish=wish)
    return await look(target, Tools(client=client))


async def test_a_server_that_greets_is_fine_and_gets_no_mail(client: Client):
    with MailServer() as server:
        seen = await see(client, server.port)
        assert (seen.seen, seen.facts) == (Seen.OK, {})
        # Of EHLO and QUIT the server keeps no note; anything more would stand here.
        assert (server.connections, server.commands, server.mails) == (1, [], [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_under_tls_the_certificate_is_checked_and_its_days_counted(client: Client, security):
    with own_certificate() as certificate, MailServer(security=security, certificate=certificate) as server:
        seen = await see(client, server.port, security, str(certificate.path))
        assert (seen.seen, seen.facts) == (Seen.OK, {"tls_days_left": 1.0})
        stranger = await see(client, server.port, security)
        assert (stranger.seen, stranger.note) == (Seen.TRANSPORT, "nobody we trust vouches for the certificate")


async def test_a_server_that_offers_no_starttls_is_not_as_wanted(client: Client):
    with MailServer() as server:
        seen = await see(client, server.port, "starttls")
    assert (seen.seen, seen.note) == (Seen.GARBAGE, "the mail server offers no STARTTLS")


@pytest.mark.parametrize(
    ("greeting", "kind", "note"),
    [
        ("421 too busy", Seen.OVERLOADED, "the mail server answered with code 421"),
        ("554 go away", Seen.GARBAGE, "the mail server answered with code 554"),
    ],
)
async def test_a_server_that_will_not_talk_is_classed_by_its_code(client: Client, greeting, kind, note):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting.encode() + b"\r\n")
        await reader.read()

    async with tcp_server(answer) as port:
        seen = await see(client, port)
    assert (seen.seen, seen.note) == (kind, note)


@pytest.mark.parametrize(
    ("sends", "kind", "note"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", Seen.GARBAGE, "the answer is not SMTP"),
        (b"220-hello\r\n" * 200, Seen.GARBAGE, "the mail server answered with code 220"),
        (b"2" * 100_000, Seen.GARBAGE, "the answer is too big"),
        (b"220 mail", Seen.TRANSPORT, "the connection was closed in the middle"),
        (b"", Seen.TRANSPORT, "the connection was closed in the middle"),
    ],
)
async def test_whatever_stands_there_is_data_to_be_classed(client: Client, sends, kind, note):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sends)
        await writer.drain()
        writer.write_eof()
        await reader.read()

    async with tcp_server(answer) as port:
        seen = await see(client, port)
    assert seen.seen is kind
    assert seen.note == note or sends.startswith(b"220-")


async def test_a_server_that_hangs_costs_the_deadline(client: Client):
    with MailServer() as server:
        server.manners.hangs.add("connect")
        assert (await see(client, server.port)).note == "no whole answer in time"


@pytest.mark.parametrize(("address", "said"), [("127.0.0.1", b"[127.0.0.1]"), ("::1", b"[IPv6:::1]")])
def test_we_say_who_we_are_by_address(address, said):
    assert _literal(address) == said

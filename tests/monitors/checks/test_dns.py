"""The look at names, against a name server of the tests' own."""

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest

from monitors.checks import dns
from monitors.checks.dns import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.wishes import DnsWish
from records.observations import Seen
from tests.certificates import tcp_server
from tests.nodes import free_port

Answer = Callable[[bytes], list[bytes]]


class NameServer(asyncio.DatagramProtocol):
    """Answers each question with the datagrams that `answer` gives."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[bytes] = []
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        assert self._transport is not None
        for datagram in self._answer(data):
            self._transport.sendto(datagram, addr)


@asynccontextmanager
async def name_server(answer: Answer, port: int = 0) -> AsyncIterator[tuple[int, NameServer]]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: NameServer(answer), local_addr=("127.0.0.1", port))
    try:
        yield transport.get_extra_info("sockname")[1], server
    finally:
        transport.close()


def said(asked: bytes, *addresses: str, code: int = 0, flags: int = 0x8180) -> bytes:
    records = b"".join(
        b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 60, 4) + bytes(map(int, address.split("."))) for address in addresses
    )
    return asked[:2] + struct.pack("!5H", flags | code, 1, len(addresses), 0, 0) + asked[12:] + records


def always(*addresses: str, code: int = 0) -> Answer:
    return lambda asked: [said(asked, *addresses, code=code)]


async def see(client: Client, port: int, *answers: str):
    wish = DnsWish(answers=answers, resolver=f"127.0.0.1:{port}")
    target = Target(monitor="www", name="www", url="www.acme.example", deadline_seconds=0.6, wish=wish)
    return await look(target, Tools(client=client))


@pytest.mark.parametrize(
    ("given", "expected", "kind", "note"),
    [
        (("192.0.2.1",), (), Seen.OK, ""),
        (("192.0.2.1",), ("192.0.2.1", "192.0.2.2"), Seen.OK, ""),
        (
            ("192.0.2.1", "203.0.113.66"),
            ("192.0.2.1",),
            Seen.GARBAGE,
            "the name has an A record that is not an expected one",
        ),
        ((), (), Seen.GARBAGE, "the name has no A record"),
    ],
)
async def test_every_answer_must_be_an_expected_one(client: Client, given, expected, kind, note):
    async with name_server(always(*given)) as (port, _):
        seen = await see(client, port, *expected)
    assert (seen.seen, seen.note) == (kind, note)
    assert seen.latency_ms is not None


@pytest.mark.parametrize(
    ("code", "kind", "note"),
    [
        (1, Seen.RPC_ERROR, "the name server does not understand the question"),
        (2, Seen.OVERLOADED, "the name server could not find out"),
        (3, Seen.GARBAGE, "the name does not exist"),
        (5, Seen.AUTH, "the name server refuses to answer us"),
        (9, Seen.RPC_ERROR, "the name server answered with an error"),
    ],
)
async def test_an_error_of_the_name_server_is_said_in_our_words(client: Client, code, kind, note):
    async with name_server(always(code=code)) as (port, _):
        seen = await see(client, port)
    assert (seen.seen, seen.note) == (kind, note)


async def test_an_answer_with_another_number_is_not_taken_for_one(client: Client):
    def forged_first(asked: bytes) -> list[bytes]:
        forged = said(bytes([asked[0] ^ 1]) + asked[1:], "203.0.113.66")
        return [forged, said(asked, "192.0.2.1")]

    async with name_server(forged_first) as (port, _):
        assert (await see(client, port, "192.0.2.1")).seen is Seen.OK


async def test_a_lost_answer_is_asked_for_again(client: Client):
    answers = iter([[], ["192.0.2.1"]])

    async with name_server(lambda asked: [said(asked, *each) for each in [next(answers)] if each]) as (port, server):
        assert (await see(client, port)).seen is Seen.OK
        assert len(server.asked) == 2


async def test_an_answer_too_long_for_udp_is_fetched_over_tcp(client: Client):
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        whole = said(asked, "192.0.2.1", "192.0.2.2")
        writer.write(len(whole).to_bytes(2) + whole)
        await reader.read()

    async with (
        tcp_server(serve) as port,
        name_server(lambda asked: [said(asked, flags=0x8380)], port) as (_, _server),
    ):
        seen = await see(client, port)
    assert (seen.seen, seen.facts) == (Seen.OK, {"answers": 2})


async def test_a_server_that_is_not_there_or_says_nothing_costs_the_deadline_at_most(client: Client):
    begun = time.monotonic()
    gone = await see(client, free_port())
    assert (gone.seen, gone.note) == (Seen.TRANSPORT, "the connection was refused")
    async with name_server(lambda asked: []) as (port, _):
        silent = await see(client, port)
    assert (silent.seen, silent.note) == (Seen.TRANSPORT, "no whole answer in time")
    assert time.monotonic() - begun < 3


async def test_without_a_given_server_the_machines_own_is_asked(client: Client, tmp_path, monkeypatch):
    configuration = tmp_path / "resolv.conf"
    configuration.write_text("# a comment\nsearch acme.example\nnameserver 127.0.0.1\nnameserver 192.0.2.53\n")
    monkeypatch.setattr(dns, "_CONFIGURATION", configuration)
    target = Target(monitor="www", name="www", url="www.acme.example", deadline_seconds=0.6, wish=DnsWish())
    async with name_server(always("192.0.2.1")) as (port, server):
        monkeypatch.setattr(dns, "_PORT", port)
        assert (await look(target, Tools(client=client))).seen is Seen.OK
        assert len(server.asked) == 1
    configuration.write_text("")
    assert (await look(target, Tools(client=client))).note == "this machine names no name server; give resolver"


async def test_texts_are_read_whole_from_their_pieces_and_a_name_without_any_has_none():
    content = b"\x09v=DKIM1; \x05p=abc"
    record = b"\xc0\x0c" + struct.pack("!2HIH", 16, 1, 60, len(content)) + content

    def answer(asked: bytes) -> list[bytes]:
        is_known = b"fw1" in asked
        head = struct.pack("!5H", 0x8180 if is_known else 0x8183, 1, int(is_known), 0, 0)
        return [asked[:2] + head + asked[12:] + (record if is_known else b"")]

    async with name_server(answer) as (port, _):
        resolver = f"127.0.0.1:{port}"
        assert await dns.texts("fw1._domainkey.acme.example", resolver=resolver) == ("v=DKIM1; p=abc",)
        assert await dns.texts("other.acme.example", resolver=resolver) == ()

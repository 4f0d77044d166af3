import asyncio

import pytest

from monitors.client import Client, CouldNotSee, Request
from server.demo.rpc import Reply
from server.demo.wire import HOST, Wire
from server.demo.wire import Request as Asked


async def echo(request: Asked) -> Reply:
    return Reply(status=200, body=request.body or b"{}")


@pytest.fixture
async def wire():
    wire = Wire(echo)
    await wire.open()
    yield wire
    await wire.close()


async def test_one_connection_carries_many_questions(wire):
    async with Client() as client:
        for number in range(50):
            body = b"%d" % number
            answer = await client.ask(Request(url=wire.url, method="POST", body=body))
            assert answer.body == body


async def test_closed_it_refuses_and_opened_again_it_has_the_same_port(wire):
    port = wire.port
    async with Client() as client:
        await client.ask(Request(url=wire.url))
        await wire.close()
        with pytest.raises(CouldNotSee) as seen:
            await client.ask(Request(url=wire.url, deadline_seconds=1))
        assert seen.value.refused
        await wire.open()
        await wire.open()
        assert wire.port == port
        assert (await client.ask(Request(url=wire.url))).status == 200


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
    ],
)
async def test_nonsense_ends_its_own_connection_only(wire, nonsense):
    reader, writer = await asyncio.open_connection(HOST, wire.port)
    writer.write(nonsense)
    writer.write_eof()
    async with asyncio.timeout(5):
        try:
            rest = await reader.read()
        except ConnectionResetError:
            rest = b""
    assert rest == b"" or rest.startswith(b"HTTP/1.1 200 ")
    writer.close()
    async with Client() as client:
        assert (await client.ask(Request(url=wire.url))).status == 200

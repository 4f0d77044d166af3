"""The look at websockets, against a real server."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web

from monitors.checks.target import Target, Tools
from monitors.checks.websocket import look
from monitors.client import BODY_CAP_BYTES, Client
from monitors.settings import Expect
from monitors.wishes import WebsocketWish
from records.observations import Seen
from tests.nodes import free_port

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


@asynccontextmanager
async def socket_server(talk: Talk) -> AsyncIterator[str]:
    """Opens a websocket at `/`, answers as ordered at `/status/<code>`, and leads astray at `/redirect`."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await talk(socket)
        return socket

    async def status(request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["code"]))

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPFound("/")

    app = web.Application()
    app.add_routes([web.get("/", serve), web.get("/status/{code}", status), web.get("/redirect", redirect)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def stay(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


async def prices(socket: web.WebSocketResponse) -> None:
    """Sends prices of what is subscribed to, after much else."""
    async for message in socket:
        assert message.type is WSMsgType.TEXT
        await socket.send_str("welcome")
        await socket.send_bytes(b"\xff\xfe")
        await socket.send_json({"pair": json.loads(message.data)["pair"], "price": "81000.5"})


async def see(client: Client, url: str, *, send: str | None = None, **expect: object):
    wanted = Expect(**expect)  # type: ignore[arg-type] # names of fields
    target = Target(
        monitor="prices", name="prices", url=url, deadline_seconds=0.6, expect=wanted, wish=WebsocketWish(send=send)
    )
    return await look(target, Tools(client=client))


async def test_a_socket_that_opens_is_fine_when_nothing_else_is_expected(client: Client):
    async with socket_server(stay) as url:
        seen = await see(client, url)
    assert (seen.seen, seen.latency_ms is not None) == (Seen.OK, True)


async def test_the_expected_message_may_come_after_others(client: Client):
    async with socket_server(prices) as url:
        seen = await see(client, url, send='{"pair": "BTC-EUR"}', json={"pair": "BTC-EUR"})
        assert seen.seen is Seen.OK
        assert (await see(client, url, send='{"pair": "BTC-EUR"}', contains="81000")).seen is Seen.OK


async def test_a_message_that_does_not_come_costs_the_deadline(client: Client):
    async with socket_server(prices) as url:
        seen = await see(client, url, send='{"pair": "ETH-EUR"}', json={"pair": "BTC-EUR"})
    assert (seen.seen, seen.note) == (Seen.TRANSPORT, "no whole answer in time")


async def test_a_socket_that_closes_before_the_message_came_is_a_failure(client: Client):
    async def leave(socket: web.WebSocketResponse) -> None:
        await socket.close()

    async with socket_server(leave) as url:
        seen = await see(client, url, contains="price")
    assert (seen.seen, seen.note) == (
        Seen.TRANSPORT,
        "the websocket was closed before the expected message came",
    )


async def test_a_message_too_big_is_garbage(client: Client):
    async def flood(socket: web.WebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                await socket.send_str("x" * (BODY_CAP_BYTES + 1))

    async with socket_server(flood) as url:
        seen = await see(client, url, contains="price")
    assert (seen.seen, seen.note) == (Seen.GARBAGE, "a message is broken or too big")


@pytest.mark.parametrize(
    ("path", "kind", "note"),
    [
        ("status/200", Seen.GARBAGE, "the service opens no websocket"),
        ("status/404", Seen.GARBAGE, "the service opens no websocket"),
        ("status/401", Seen.AUTH, "the service refuses our login"),
        ("status/429", Seen.THROTTLED, "the service limits how often we may come"),
        ("status/503", Seen.OVERLOADED, "the service has no room"),
        ("redirect", Seen.GARBAGE, "the service leads to another address"),
    ],
)
async def test_what_is_no_websocket_is_classed(client: Client, path: str, kind: Seen, note: str):
    async with socket_server(stay) as url:
        seen = await see(client, f"{url}/{path}")
    assert (seen.seen, seen.note) == (kind, note)


async def test_a_port_that_refuses_proves_the_network(client: Client):
    seen = await see(client, f"ws://127.0.0.1:{free_port()}")
    assert (seen.note, seen.facts) == ("the connection was refused", {"refused": True})

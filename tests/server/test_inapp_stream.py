"""The stream that hurries the wallet's app: real sockets, a real server, and changes as they come about."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import jwt
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from records.people import Role
from records.store import streams as moments
from records.store.tokens import create_token
from records.times import now_utc
from server import inapp, problems
from server.api import routes as api_routes
from server.context import Context
from server.inapp_stream import keep_streams
from server.streams import MOST_OF_ONE, Streams, TooManyStreams, frame
from server.wiring import apply_configuration
from tests.server.conftest import INAPP_KEY
from tests.server.house import context_on
from tests.server.telling import carry, fan_out
from tests.statuspage.serving import served

PATIENCE_SECONDS = 15
INCIDENT = {
    "name": {"en": "Ethereum withdrawals are delayed"},
    "body": "Withdrawals are queued.",
    "components": [{"id": "eth-withdrawals", "status": "partial_outage"}],
    "channels": ["inapp"],
}


@pytest.fixture
def context(store) -> Context:
    made = context_on(store, access={"inapp": {"key": INAPP_KEY}})
    apply_configuration(made)
    return made


@asynccontextmanager
async def running(context: Context) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """The port of a server that keeps streams, and what stops it."""
    app = Starlette(
        routes=[*api_routes.ROUTES, *inapp.ROUTES],
        exception_handlers=problems.HANDLERS,
        middleware=problems.MIDDLEWARE,
    )
    app.state.context = context
    stop = asyncio.Event()
    async with served(app) as url:
        keeping = asyncio.create_task(keep_streams(context, stop))
        try:
            yield int(url.rpartition(":")[2]), stop
        finally:
            stop.set()
            await keeping


@dataclass
class Listener:
    """One app, reading frames."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str
    heard: list[dict[str, str]] = field(default_factory=list)

    async def frame(self) -> dict[str, str]:
        """The next event; comments keep the line open and are not told."""
        found: dict[str, str] = {}
        while True:
            text = (await asyncio.wait_for(self.reader.readline(), PATIENCE_SECONDS)).decode().rstrip("\r\n")
            if not text and not self.reader.at_eof():
                if "event" in found:
                    return found
            elif self.reader.at_eof():
                raise EOFError
            # Lines of the chunked encoding are bare numbers.
            elif ": " in text:
                name, _, found[name] = text.partition(": ")


async def listen(port: int, ref: str = "c-1", *, lasts: float = 600, last: str | None = None) -> Listener:
    token = jwt.encode({"sub": ref, "exp": time.time() + lasts}, INAPP_KEY, algorithm="HS256")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = f"Last-Event-ID: {last}\r\n" if last is not None else ""
    writer.write(
        f"GET /inapp/v1/stream HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n"
        f"Authorization: Bearer {token}\r\n{heard}\r\n".encode()
    )
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)).decode().lower()
    return Listener(reader, writer, head)


def tell_ethereum(store, context) -> None:
    """An incident is opened, and offered to whom it concerns."""
    app = Starlette(routes=api_routes.ROUTES, exception_handlers=problems.HANDLERS)
    app.state.context = context
    token = create_token(store, "ops", Role.OPS, context.now())
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as ops:
        assert ops.post("/api/v1/incidents", json=INCIDENT).status_code == 201
    fan_out(store, context.now())
    carry(store, "inapp", context.now())


async def settled(context: Context, port: int) -> Listener:
    """A listener that has heard all there was to hear before its time."""
    listener = await listen(port)
    newest = int((await listener.frame())["id"])
    context_newest = await context.call(moments.keep_up, context.desk.store, context.now())
    while newest < context_newest:
        newest = int((await listener.frame())["id"])
    return listener


async def test_a_change_is_told_within_a_moment_and_says_only_that_there_is_one(context, store):
    async with running(context) as (port, _):
        listener = await settled(context, port)
        for header in ("text/event-stream", "x-accel-buffering: no", "no-store", "access-control-allow-origin: *"):
            assert header in listener.head
        await asyncio.to_thread(tell_ethereum, store, context)
        told = await listener.frame()
        while told["event"] != "notices":
            told = await listener.frame()
        assert json.loads(told["data"]) == {"within_ms": 500}
        listener.writer.close()


async def test_whoever_comes_back_hears_whether_something_was_missed(context, store):
    async with running(context) as (port, _):
        first = await settled(context, port)
        seen = str(await context.call(moments.newest, store))
        first.writer.close()
        calm = await listen(port, last=seen)
        again = await calm.frame()
        assert (again["event"], again["id"]) == ("hello", seen)
        assert 2_000 <= int(again["retry"]) <= 8_000
        calm.writer.close()
        await asyncio.to_thread(tell_ethereum, store, context)
        await context.call(moments.keep_up, store, context.now())
        missed = await listen(port, last=seen)
        told = await missed.frame()
        assert told["event"] == "notices"
        assert int(told["id"]) > int(seen)
        missed.writer.close()
        for unknown in ("999999", "0", "-1", "x", "9" * 400):
            lost = await listen(port, last=unknown)
            assert (await lost.frame())["event"] == "resync"
            lost.writer.close()


async def test_a_stop_ends_every_stream_at_once_and_in_good_order(context):
    async with running(context) as (port, stop):
        listeners = [await listen(port, f"c-{number}") for number in range(20)]
        for each in listeners:
            await each.frame()
        stop.set()
        for each in listeners:
            rest = await asyncio.wait_for(each.reader.read(), PATIENCE_SECONDS)
            assert rest.endswith(b"0\r\n\r\n") or not rest
            each.writer.close()
        assert not context.streams


async def test_a_stream_ends_with_its_token(context):
    async with running(context) as (port, _):
        # Clocks may differ by half a minute, and so does the end.
        short = await listen(port, lasts=-29)
        assert (await short.frame())["event"] == "hello"
        assert (await asyncio.wait_for(short.reader.read(), PATIENCE_SECONDS)).endswith(b"0\r\n\r\n")
        short.writer.close()


async def test_who_leaves_is_forgotten_and_one_customer_cannot_take_all_room(context):
    async with running(context) as (port, _):
        tabs = [await listen(port) for _ in range(MOST_OF_ONE)]
        one_more = await listen(port)
        assert one_more.head.startswith("http/1.1 429")
        assert "retry-after: 60" in one_more.head
        other = await listen(port, "c-2")
        assert other.head.startswith("http/1.1 200")
        for each in (*tabs, one_more, other):
            each.writer.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while context.streams:
                await asyncio.sleep(0.01)


async def test_a_token_that_proves_nothing_opens_nothing(context):
    async with running(context) as (port, _):
        refused = await listen(port, lasts=-600)
        assert refused.head.startswith("http/1.1 401")
        refused.writer.close()
        assert not context.streams


def test_a_moment_is_counted_once_however_many_processes_look(store):
    now = now_utc()
    first = moments.keep_up(store, now)
    assert [moments.keep_up(store, now) for _ in range(3)] == [first] * 3
    store.run("UPDATE meta SET content = '77' WHERE name = 'page_revision'")
    assert moments.keep_up(store, now) == first + 1
    assert moments.is_kept(store, first)
    assert moments.forget(store, now + timedelta(seconds=1)) == 1
    assert (moments.newest(store), moments.is_kept(store, first)) == (first + 1, False)


def test_every_step_towards_the_plate_is_a_moment_of_its_own(store, context):
    seen = [moments.keep_up(store, context.now())]
    tell_ethereum(store, context)
    seen.append(moments.keep_up(store, context.now()))
    assert seen[1] > seen[0]
    assert moments.keep_up(store, context.now()) == seen[1]


async def test_who_does_not_read_is_let_go_and_holds_up_nobody():
    streams, hung = Streams(), asyncio.Event()
    far = now_utc() + timedelta(hours=1)
    taken: list[bytes] = []

    async def deaf() -> None:
        with streams.opened("deaf", far) as reader:
            while await reader.next() is not None:
                await hung.wait()

    async def keen() -> None:
        with streams.opened("keen", far) as reader:
            while (told := await reader.next()) is not None:
                taken.append(told)

    tasks = [asyncio.create_task(deaf()), asyncio.create_task(keen())]
    while len(streams) < 2:
        await asyncio.sleep(0)
    for number in range(20):
        streams.tell(frame("notices", number))
        await asyncio.sleep(0)
    assert len(taken) == 20
    assert len(streams) == 1
    streams.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert tasks[0].cancelled()
    assert not streams


async def test_each_line_is_kept_open_and_no_two_beats_are_for_all():
    streams, far = Streams(), now_utc() + timedelta(hours=1)
    with streams.opened("a", far) as one, streams.opened("b", far) as other:
        counts = []
        for _ in range(40):
            streams.beat(now_utc())
            counts.append((len(one.frames), len(other.frames)))
        assert counts[-1] == (1, 1)
        assert any(a != b for a, b in counts)
    with ExitStack() as tabs:
        for _ in range(MOST_OF_ONE):
            tabs.enter_context(streams.opened("a", far))
        with pytest.raises(TooManyStreams):
            tabs.enter_context(streams.opened("a", far))
    assert not streams

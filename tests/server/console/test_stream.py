"""The stream that hurries open boards: real sockets, a real server, and changes as they come about."""

import asyncio
import contextlib
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from records.components import Status
from records.desk import people as deeds
from records.desk.incidents import IncidentEntry, open_incident
from records.people import COMMAND_LINE, Actor, Role
from records.store import board, people
from records.store.tokens import create_token
from server import csrf
from server.auth import COOKIE
from server.console.routes import ROUTES
from server.console.stream import keep_boards
from server.streams import MOST_OF_ONE
from tests.statuspage.serving import served

PATIENCE_SECONDS = 15
BEN = Actor(name="user:ben", role=Role.OPS)
ENTRY = IncidentEntry(
    name={"en": "Bitcoin withdrawals are delayed"},
    body={"en": "Withdrawals wait longer than usual."},
    statuses={"btc-withdrawals": Status.DEGRADED},
)


@asynccontextmanager
async def running(context):
    """The port of a console that keeps its boards told, and what stops it."""
    app = Starlette(routes=ROUTES, middleware=csrf.MIDDLEWARE)
    app.state.context = context
    stop = asyncio.Event()
    OPEN.clear()
    try:
        async with served(app) as url:
            keeping = asyncio.create_task(keep_boards(context, stop))
            try:
                yield int(url.rpartition(":")[2]), stop
            finally:
                stop.set()
                await keeping
    finally:
        for each in OPEN:
            each.writer.close()
            with contextlib.suppress(ConnectionError):
                await each.writer.wait_closed()


class Listener:
    """One open board, reading frames."""

    def __init__(self, reader, writer, head):
        self.reader, self.writer, self.head = reader, writer, head

    async def event(self):
        """The name of the next event; "" when the stream is over."""
        while line := (await asyncio.wait_for(self.reader.readline(), PATIENCE_SECONDS)).decode():
            name, _, text = line.strip().partition(": ")
            if name == "event":
                return text
        return ""


#: Sockets of the test that runs.
OPEN: list[Listener] = []


async def listen(port, header):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /console/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n\r\n".encode())
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)).decode().lower()
    OPEN.append(Listener(reader, writer, head))
    return OPEN[-1]


def somebody(context, name):
    user = people.user(context.desk.store, name)
    assert user is not None
    return user


async def settled(context, port, name="ana"):
    """A board that has heard all there was before its time."""
    user = somebody(context, name)
    secret = people.open_session(context.desk.store, user.id, context.now())
    listener = await listen(port, f"Cookie: {COOKIE}={secret}")
    assert await listener.event() == "hello"
    if len(context.boards) == 1:
        # Nobody looked while nobody listened; those who come later ask for themselves.
        assert await listener.event() == "board"
    return listener


async def test_a_deed_is_told_to_every_open_board(context):
    async with running(context) as (port, _):
        boards = [await settled(context, port, name) for name in ("ana", "vi")]
        for header in ("200 ok", "text/event-stream", "x-accel-buffering: no", "no-store"):
            assert header in boards[0].head
        open_incident(context.desk, ENTRY, BEN, context.now())
        assert [await each.event() for each in boards] == ["board", "board"]


@pytest.mark.parametrize("deed", [deeds.disable, deeds.sign_out_everywhere])
async def test_a_stream_ends_with_its_session_and_no_other_does(context, deed):
    async with running(context) as (port, _):
        ana, vi = await settled(context, port, "ana"), await settled(context, port, "vi")
        deed(context.desk, somebody(context, "ana").id, COMMAND_LINE, context.now())
        heard = [await ana.event()]
        while heard[-1]:
            heard.append(await ana.event())
        assert await vi.event() == "board"
        assert len(context.boards) == 1


async def test_a_session_that_nobody_clicks_in_does_not_live_by_its_stream(context, clock):
    async with running(context) as (port, _):
        ana = await settled(context, port)
        clock.forward(hours=2)
        assert await ana.event() == ""


async def test_a_stop_ends_every_stream_in_good_order(context):
    async with running(context) as (port, stop):
        ana = await settled(context, port)
        stop.set()
        assert await ana.event() == ""


async def test_a_stranger_and_a_program_get_no_stream(context):
    token = create_token(context.desk.store, "deploy", Role.ADMIN, context.now())
    async with running(context) as (port, _):
        for header in ("Cookie: a=b", f"Cookie: {COOKIE}=made-up", f"Authorization: Bearer {token}"):
            assert " 401 " in (await listen(port, header)).head
        assert len(context.boards) == 0


async def test_one_session_cannot_take_all_room(context):
    user = somebody(context, "ana")
    secret = people.open_session(context.desk.store, user.id, context.now())
    async with running(context) as (port, _):
        held = [await listen(port, f"Cookie: {COOKIE}={secret}") for _ in range(MOST_OF_ONE)]
        assert all(" 200 " in each.head for each in held)
        assert " 503 " in (await listen(port, f"Cookie: {COOKIE}={secret}")).head


def test_the_mark_moves_with_deeds_and_notices_and_not_by_itself(context, clock):
    store = context.desk.store
    before = board.mark(store, clock())
    clock.forward(hours=1)
    assert board.mark(store, clock()) == before
    people.audit(store, "user:ben", "look", "customer:1", clock())
    looked = board.mark(store, clock())
    assert looked != before
    open_incident(context.desk, ENTRY, BEN, clock())
    going = board.mark(store, clock())
    assert going != looked
    assert board.mark(store, clock()) == going
    store.run("UPDATE notices SET state = 'sending'")
    sending = board.mark(store, clock())
    clock.forward(seconds=2)
    assert board.mark(store, clock()) != sending

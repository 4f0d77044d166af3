"""The open streams of this process: one frame, built once, goes to everybody; whoever does not read is let go."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from starlette.types import Receive, Send

from records.errors import ForewarnError

#: What one process carries; beyond it, whoever comes is asked to come back, and polls meanwhile.
MOST_STREAMS = 20_000
#: Tabs and devices of one customer.
MOST_OF_ONE = 8
#: Frames that wait for a reader; one that leaves more unread has stopped reading.
_MOST_WAITING = 8
#: At each beat one of so many groups hears a comment, so that proxies keep its line open: at two beats a second, every
#: twenty seconds.
_GROUPS = 40
#: Plates that are asked for at once would stand in each other's way: so many a second are.
_PLATES_PER_SECOND = 500
_SHORTEST_SPREAD_MS, _LONGEST_SPREAD_MS = 500, 30_000
_COMMENT = b":\n\n"
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # nginx would hold frames back until it has a whole buffer of them.
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_log = structlog.get_logger(__name__)


class TooManyStreams(ForewarnError):
    """This process, or this customer, has as many open streams as may be."""


class Reader:
    """One open stream."""

    __slots__ = ("_news", "_task", "customer", "ends_at", "frames", "group", "is_over")

    def __init__(self, customer: str, ends_at: datetime, group: int, task: "asyncio.Task[object] | None") -> None:
        self.customer = customer
        #: When the token that opened it is over.
        self.ends_at = ends_at
        self.group = group
        #: Shared with every other reader; only the list is its own.
        self.frames: list[bytes] = []
        self.is_over = False
        self._news: asyncio.Future[None] | None = None
        self._task = task

    async def next(self) -> bytes | None:
        """What to send next; None when the stream is over."""
        while not self.frames and not self.is_over:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        return None if self.is_over else self.frames.pop(0)

    def give(self, frame: bytes) -> bool:
        """Hand over a frame. False when it has stopped reading, and was let go."""
        if len(self.frames) >= _MOST_WAITING:
            self.end()
            if self._task is not None:
                # It hangs in a write that nobody takes.
                self._task.cancel()
            return False
        self.frames.append(frame)
        self._wake()
        return True

    def end(self) -> None:
        """No more frames; what is sent now is finished."""
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


class Streams:
    """Everybody who listens to this process."""

    def __init__(self) -> None:
        self._readers: dict[Reader, None] = {}
        self._by_customer: Counter[str] = Counter()
        self._opened = 0
        self._beats = 0
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._readers)

    @contextmanager
    def opened(self, customer: str, ends_at: datetime) -> Iterator[Reader]:
        """A stream for as long as the context lasts. Raises TooManyStreams when there are too many."""
        if len(self) >= MOST_STREAMS or self._by_customer[customer] >= MOST_OF_ONE:
            raise TooManyStreams("Too many streams are open; ask for the notices once a minute instead.")
        self._opened += 1
        reader = Reader(customer, ends_at, self._opened % _GROUPS, asyncio.current_task())
        reader.is_over = self._is_closed
        self._readers[reader] = None
        self._by_customer[customer] += 1
        try:
            yield reader
        finally:
            self._readers.pop(reader, None)
            self._by_customer[customer] -= 1
            if not self._by_customer[customer]:
                del self._by_customer[customer]

    def tell(self, frame: bytes) -> int:
        """Give everybody a frame. Returns how many took it."""
        told = [reader.give(frame) for reader in list(self._readers)]
        if not all(told):
            _log.info("streams_let_go", why="they do not read", streams=told.count(False))
        return sum(told)

    def beat(self, now: datetime) -> None:
        """Twice a second: keep a part of the lines open, and end those whose token is over."""
        self._beats += 1
        for reader in list(self._readers):
            if reader.ends_at <= now:
                reader.end()
            elif (self._beats + reader.group) % _GROUPS == 0:
                reader.give(_COMMENT)

    @property
    def customers(self) -> frozenset[str]:
        """Whose streams are open."""
        return frozenset(self._by_customer)

    def end(self, customers: Iterable[str]) -> None:
        """No more for these."""
        gone = frozenset(customers)
        for reader in [each for each in self._readers if each.customer in gone]:
            reader.end()

    def close(self) -> None:
        """We stop: everybody comes back elsewhere, or here after the restart."""
        self._is_closed = True
        for reader in list(self._readers):
            reader.end()

    @property
    def spread_ms(self) -> int:
        """Within how long those who hear of a moment should ask, each at another instant."""
        wanted = len(self) * 1000 // _PLATES_PER_SECOND
        return min(max(wanted, _SHORTEST_SPREAD_MS), _LONGEST_SPREAD_MS)


def frame(event: str, seq: int, within_ms: int = 0, retry_ms: int | None = None) -> bytes:
    """One server-sent event."""
    retry = f"retry: {retry_ms}\n" if retry_ms is not None else ""
    data = json.dumps({"within_ms": within_ms}, separators=(",", ":"))
    return f"{retry}id: {seq}\nevent: {event}\ndata: {data}\n\n".encode()


async def send_frames(reader: Reader, hello: bytes, receive: Receive, send: Send) -> None:
    """Answer a request with `hello` and then what the reader is given, until it is over or they leave."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": hello, "more_body": True})
    leaving = asyncio.ensure_future(_end_when_they_leave(reader, receive))
    try:
        while (body := await reader.next()) is not None:
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        leaving.cancel()


async def _end_when_they_leave(reader: Reader, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.end()

"""The smallest HTTP server that can also refuse, hang and talk nonsense. For this machine only."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from server.demo.rpc import Reply


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request."""

    method: str = "GET"
    #: Without its query.
    path: str = "/"
    #: Names in small letters.
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


#: Answers a request; what it awaits, the far side waits for.
Handler = Callable[[Request], Awaitable[Reply]]

HOST = "127.0.0.1"
_LONGEST_BODY_BYTES = 1 << 20
_HEAD_BYTES = 1 << 14


class Wire:
    """One HTTP server on a port of its own, which it keeps while it is closed and opened again."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        #: 0 until it was opened once.
        self.port = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}/"

    async def open(self) -> None:
        """Take connections; nothing happens when it does already."""
        if self._server is None:
            self._server = await asyncio.start_server(self._talk, HOST, self.port, limit=_HEAD_BYTES)
            self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse connections, and end those there are."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own, so that closing can end it: the one asyncio made reports a cancellation as an error.
        talk = asyncio.ensure_future(self._answer_all(reader, writer))
        self._talks.add(talk)
        with contextlib.suppress(asyncio.CancelledError):
            await talk
        self._talks.discard(talk)
        writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The far side may leave at any moment, or speak no HTTP: then there is nobody to answer.
        with contextlib.suppress(OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                writer.write(_http(await self._handler(_request(head, body))))
                await writer.drain()


def _request(head: bytes, body: bytes) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, target = first.partition(" ")
    pairs = [line.partition(":")[::2] for line in lines if ":" in line]
    return Request(
        method=method,
        path=target.partition(" ")[0].partition("?")[0],
        headers={name.strip().lower(): value.strip() for name, value in pairs},
        body=body,
    )


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
            if not 0 <= length <= _LONGEST_BODY_BYTES:
                raise ValueError("a body of that length is not read")
            return length
    return 0


def _http(reply: Reply) -> bytes:
    head = (
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(reply.body)}\r\n\r\n"
    )
    return head.encode() + reply.body

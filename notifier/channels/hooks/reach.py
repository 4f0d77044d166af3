"""One post to one receiver: the only way out of the house to an address that a stranger named.

The name is looked up once, and the connection goes to the very address that was checked, so that a second answer of
the name server leads nowhere. No redirect is followed, no proxy asked, no connection kept; one deadline stands over
everything, and of an answer only so much is read.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

import httptools

from notifier.channels.hooks.receivers import Address, Network, Receiver, may_reach
from records.errors import ForewarnError

DEADLINE_SECONDS = 30.0
_HEAD_CAP_BYTES = 32_768
_CHUNK_BYTES = 16_384
#: Once the status is known, its words are worth no more than this.
_BODY_SECONDS = 2.0
_SWITCHING = 101
#: Nobody may make us wait for longer by one answer.
_RETRY_AFTER_CAP = timedelta(hours=1)


class Stopped(StrEnum):
    """Where a post came to its end without an answer."""

    #: It leads where we do not go.
    REFUSED = "refused"
    #: The name is not known, or nobody listens.
    UNREACHABLE = "unreachable"
    #: Its certificate is not good for the name.
    TLS = "tls"
    #: It took too long. It may have been read.
    TIMEOUT = "timeout"
    #: What came is no answer in HTTP, or the connection went first. It may have been read.
    GARBLED = "garbled"


class NoAnswer(ForewarnError):
    """Nothing came that could be believed."""

    def __init__(self, stopped: Stopped, words: str, *, has_left: bool = False) -> None:
        super().__init__(words)
        self.stopped = stopped
        #: Whether anything was written: then it may have been read, and done.
        self.has_left = has_left


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a receiver said."""

    status: int
    #: At most as much as was asked for, cut there.
    body: bytes = field(repr=False)
    #: How long it asks us to wait, at most an hour; None when it does not.
    retry_after: timedelta | None
    #: Its head, names in small letters; of a name that came twice the last.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Reach:
    """Where this house may post."""

    def __init__(self, *, allowed: Sequence[Network] = (), trust: ssl.SSLContext | None = None) -> None:
        """`allowed` are networks besides the internet at large; `trust` says whose certificates count."""
        self._allowed = tuple(allowed)
        self._trust = trust or ssl.create_default_context()

    async def post(
        self,
        receiver: Receiver,
        body: bytes,
        headers: Mapping[str, str],
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        body_cap_bytes: int = 2_048,
    ) -> Answer:
        """One post, and whatever status comes back. Raises NoAnswer."""
        return await self.ask(
            "POST", receiver, body, headers, deadline_seconds=deadline_seconds, body_cap_bytes=body_cap_bytes
        )

    async def ask(
        self,
        method: str,
        receiver: Receiver,
        body: bytes,
        headers: Mapping[str, str],
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        body_cap_bytes: int = 2_048,
        body_seconds: float = _BODY_SECONDS,
    ) -> Answer:
        """One request of any method, and whatever status comes back. Raises NoAnswer."""
        trip = _Trip(method=method, body_cap_bytes=body_cap_bytes, body_seconds=body_seconds)
        try:
            async with asyncio.timeout(deadline_seconds):
                return await self._ask(trip, receiver, body, headers)
        except TimeoutError as error:
            words = f"no answer within {deadline_seconds:g} seconds"
            raise NoAnswer(Stopped.TIMEOUT, words, has_left=trip.has_left) from error

    async def _ask(self, trip: "_Trip", receiver: Receiver, body: bytes, headers: Mapping[str, str]) -> Answer:
        head = _head(trip.method, receiver, body, headers)
        address = await self._resolved(receiver)
        reader, writer = await self._connected(receiver, address)
        try:
            trip.has_left = True
            writer.write(head + body)
            await writer.drain()
            return await _read(reader, trip)
        except (OSError, asyncio.IncompleteReadError, httptools.HttpParserError) as error:
            words = "the connection went before an answer came"
            raise NoAnswer(Stopped.GARBLED, words, has_left=True) from error
        finally:
            # Good-byes take a round trip, and a receiver that does not say one is not waited for.
            writer.transport.abort()

    async def _resolved(self, receiver: Receiver) -> Address:
        """The first address of the receiver that we may go to."""
        found = [receiver.literal] if receiver.literal is not None else await _looked_up(receiver)
        for address in found:
            if may_reach(address, receiver.port, self._allowed):
                return address
        raise NoAnswer(Stopped.REFUSED, "it leads where we do not post to")

    async def _connected(
        self, receiver: Receiver, address: Address
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_connection(
                str(address),
                receiver.port,
                ssl=self._trust if receiver.is_protected else None,
                server_hostname=receiver.host if receiver.is_protected else None,
                limit=_HEAD_CAP_BYTES,
            )
        except ssl.SSLError as error:
            raise NoAnswer(Stopped.TLS, "its certificate or encryption is not in order") from error
        except OSError as error:
            raise NoAnswer(Stopped.UNREACHABLE, "nobody listens there") from error


async def _looked_up(receiver: Receiver) -> list[Address]:
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(receiver.host, receiver.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(Stopped.UNREACHABLE, "its name is not known") from error
    # A zone (`fe80::1%eth0`) never belongs to an address that we may reach.
    return [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]


@dataclass(kw_only=True)
class _Trip:
    """One request on its way, and how far it came."""

    method: str
    body_cap_bytes: int
    body_seconds: float
    has_left: bool = False


def _head(method: str, receiver: Receiver, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {"Host": receiver.netloc, **headers, "Content-Length": str(len(body)), "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    if head.count("\r\n") != len(lines) or head.count("\n") != len(lines):
        raise ValueError("a header has more than one line")
    return f"{method} {receiver.target} HTTP/1.1\r\n{head}\r\n".encode("latin-1")


class _Heard:
    """An answer as it comes in; of its body no more is kept than was asked for."""

    def __init__(self, body_cap_bytes: int) -> None:
        self.status = 0
        self.body = bytearray()
        self.headers: dict[str, str] = {}
        self.has_head = False
        self.is_whole = False
        self._cap = body_cap_bytes
        self._parser = httptools.HttpResponseParser(self)

    @property
    def is_enough(self) -> bool:
        """Whether nothing that may still come would be kept."""
        return self.is_whole or (self.has_head and len(self.body) >= self._cap)

    def feed(self, data: bytes) -> None:
        """Read on. Raises HttpParserError while there is no status; once there is, it counts whatever follows."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if not self.has_head:
                raise
            self.is_whole = True
        except httptools.HttpParserUpgrade:
            # What follows a 101 would be in a language that we did not ask for.
            return

    # What the parser calls. Behind the first answer may stand others, which nobody asked for.

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_head:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        if self.has_head:
            return
        self.status = self._parser.get_status_code()
        if 100 <= self.status < 200 and self.status != _SWITCHING:
            # A word in between (RFC 9110 15.2); the answer comes after it.
            self.headers.clear()
        else:
            self.has_head = True

    def on_body(self, part: bytes) -> None:
        if not self.is_whole:
            self.body += part[: max(0, self._cap - len(self.body))]

    def on_message_complete(self) -> None:
        self.is_whole = self.has_head


async def _read(reader: asyncio.StreamReader, trip: _Trip) -> Answer:
    heard = _Heard(trip.body_cap_bytes)
    await _read_head(reader, heard)
    # What a receiver says besides its status is courtesy: one that is slow at it has answered all the same.
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(trip.body_seconds):
            while not heard.is_enough and (part := await reader.read(_CHUNK_BYTES)):
                heard.feed(part)
    return Answer(
        status=heard.status,
        body=bytes(heard.body),
        retry_after=_retry_after(heard.headers.get("retry-after", "")),
        headers=heard.headers,
    )


async def _read_head(reader: asyncio.StreamReader, heard: _Heard) -> None:
    read = 0
    while not heard.has_head:
        part = await reader.read(_CHUNK_BYTES)
        read += len(part)
        if not part or read > _HEAD_CAP_BYTES + _CHUNK_BYTES:
            raise NoAnswer(Stopped.GARBLED, "what came is no answer", has_left=True)
        heard.feed(part)


def _retry_after(text: str) -> timedelta | None:
    """Seconds or a date (RFC 9110 10.2.3); None for anything else."""
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _RETRY_AFTER_CAP)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait = until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)
    return min(max(wait, timedelta()), _RETRY_AFTER_CAP)

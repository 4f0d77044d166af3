"""Talk over a connection of one's own, within bounds, and say why it failed: for services that speak no HTTP."""

import asyncio
import functools
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitors.client import CouldNotSee
from monitors.wishes import TlsWish
from records.observations import Seen

#: Longer lines than this nobody has reason to send.
LINE_CAP_BYTES = 1 << 14

#: OpenSSL's codes of what is wrong with a certificate (`man verify`).
_EXPIRED, _NOT_YET = 10, 9
_WRONG_HOST = frozenset({62, 64})
_UNKNOWN_ISSUER = frozenset({18, 19, 20, 21})


class Stream:
    """One connection. Whoever holds it is inside `talk`, which bounds the time and classes what goes wrong."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self._writer.write(data)
        await self._writer.drain()

    async def line(self) -> bytes:
        """The next line, without its end."""
        return (await self._reader.readuntil(b"\n")).rstrip(b"\r\n")

    async def exactly(self, count: int) -> bytes:
        """The next `count` bytes."""
        return await self._reader.readexactly(count)

    async def secure(self, context: ssl.SSLContext, server_name: str) -> None:
        """Go on under TLS (STARTTLS)."""
        await self._writer.start_tls(context, server_hostname=server_name)

    @property
    def own_address(self) -> str:
        """Ours, as the far side sees it."""
        return str(self._writer.get_extra_info("sockname")[0])

    @property
    def certificate_ends_at(self) -> datetime | None:
        """Until when the far side's certificate is good; None without TLS."""
        certificate = self._writer.get_extra_info("peercert") or {}
        ends = certificate.get("notAfter")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None

    def drop(self) -> None:
        """Hang up without waiting for the far side."""
        self._writer.transport.abort()


@asynccontextmanager
async def talk(
    host: str,
    port: int,
    *,
    deadline_seconds: float,
    context: ssl.SSLContext | None = None,
    server_name: str | None = None,
) -> AsyncIterator[Stream]:
    """A connection, under TLS when there is a `context`. Raises CouldNotSee for whatever goes wrong inside."""
    begun = time.monotonic()
    try:
        async with asyncio.timeout(deadline_seconds):
            name = (server_name or host) if context is not None else None
            stream = Stream(
                *await asyncio.open_connection(host, port, ssl=context, server_hostname=name, limit=LINE_CAP_BYTES)
            )
            try:
                yield stream
            finally:
                stream.drop()
    except CouldNotSee as error:
        error.latency_ms = ms_since(begun)
        raise
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
        raise classified(error, ms_since(begun)) from None


def ms_since(begun: float) -> float:
    """Milliseconds since `begun` on the monotonic clock."""
    return round((time.monotonic() - begun) * 1000, 3)


def classified(error: Exception, latency_ms: float) -> CouldNotSee:
    """What an error of a socket, of TLS or of a broken answer means to us."""
    seen = Seen.GARBAGE if isinstance(error, asyncio.LimitOverrunError) else Seen.TRANSPORT
    refused = isinstance(error, ConnectionRefusedError)
    return CouldNotSee(seen, _words_for(error), latency_ms=latency_ms, refused=refused)


def _words_for(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no whole answer in time"
        case ConnectionRefusedError():
            return "the connection was refused"
        case socket.gaierror() | UnicodeError():
            return "the name was not found"
        case ssl.SSLCertVerificationError():
            return _certificate_words(error.verify_code)
        case ssl.SSLError():
            return "the secure connection failed"
        case asyncio.LimitOverrunError():
            return "the answer is too big"
        case EOFError() | ConnectionResetError() | BrokenPipeError():
            return "the connection was closed in the middle"
    return "the connection failed"


def _certificate_words(code: int) -> str:
    if code == _EXPIRED:
        return "the certificate has expired"
    if code == _NOT_YET:
        return "the certificate is not valid yet"
    if code in _WRONG_HOST:
        return "the certificate is for another host"
    if code in _UNKNOWN_ISSUER:
        return "nobody we trust vouches for the certificate"
    return "the certificate is not good"


def context_of(wish: TlsWish) -> ssl.SSLContext:
    """How the far side's certificate is checked. Raises CouldNotSee when the file of authorities cannot be read."""
    try:
        changed_at = Path(wish.ca_file).stat().st_mtime if wish.ca_file is not None else 0.0
        return _context(wish.ca_file, changed_at)
    except (OSError, ssl.SSLError):
        raise CouldNotSee(Seen.TRANSPORT, "the file with the authorities (ca_file) cannot be read") from None


@functools.lru_cache(maxsize=32)
def _context(ca_file: str | None, changed_at: float) -> ssl.SSLContext:
    """Kept, since reading the machine's authorities takes some milliseconds; a file that changed is read again."""
    return ssl.create_default_context(cafile=ca_file)

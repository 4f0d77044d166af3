"""Ask a target over HTTP, within bounds, and say what came or why nothing did: the one door to aiohttp.

A target may be frozen, hostile or somebody else's. So every request has one total deadline, the body a cap that counts
after decompression, redirects are not followed (they would lead us to addresses nobody configured), and neither
cookies nor headers are kept. No message names the address: it may carry a key.
"""

import asyncio
import base64
import contextlib
import errno
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace, TracebackType
from typing import Self

import aiohttp

from records.errors import ForewarnError
from records.observations import Seen

DEADLINE_SECONDS = 5.0
BODY_CAP_BYTES = 1 << 20
#: Nobody may silence a monitor for longer than this.
RETRY_AFTER_CAP_SECONDS = 3600.0
_CLOSE_SECONDS = 0.2
_MARK_LETTERS = 500


class CouldNotSee(ForewarnError):
    """The look failed; `seen` says in which way, the message says it in our words, without the address."""

    def __init__(
        self,
        seen: Seen,
        note: str,
        *,
        latency_ms: float | None = None,
        retry_after_seconds: float | None = None,
        refused: bool = False,
        code: int | None = None,
    ) -> None:
        super().__init__(note)
        self.seen = seen
        self.note = note
        self.latency_ms = latency_ms
        self.retry_after_seconds = retry_after_seconds
        #: The far host answered, if only to refuse: our own network works.
        self.refused = refused
        #: The node's own error code.
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question. The address and what authorises it stay out of `repr`."""

    url: str = field(repr=False)
    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    deadline_seconds: float = DEADLINE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, whole."""

    status: int
    #: Decompressed, at most the cap.
    body: bytes = field(repr=False)
    #: From the request to the last byte.
    latency_ms: float
    #: How long the far side asks us to stay away; None when it did not.
    retry_after_seconds: float | None
    #: By these the far side can tell whether the document changed; None when it gave none.
    etag: str | None = field(default=None, repr=False)
    last_modified: str | None = field(default=None, repr=False)


class Client:
    """A pool of connections. Use as an async context manager, or call `close`."""

    def __init__(self, *, body_cap_bytes: int = BODY_CAP_BYTES) -> None:
        self._body_cap_bytes = body_cap_bytes
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, request: Request) -> Answer:
        """The answer, whatever its status. Raises CouldNotSee when there is none, or it breaks a bound."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(request.deadline_seconds):
                return await self._ask_twice_if_stale(request, begun)
        except CouldNotSee as error:
            error.latency_ms = _ms_since(begun)
            raise
        except Exception as error:  # noqa: BLE001 - see below
            # aiohttp lets errors of many libraries through (sockets, TLS, parsers); all mean the same to us.
            raise _classify(error, _ms_since(begun)) from None

    async def listen(self, request: Request, *, say: str | None, is_wanted: Callable[[Answer], bool] | None) -> float:
        """Opens a websocket, says `say`, and waits for a message that is wanted; None: to open it is enough.

        Returns the milliseconds that took. Raises CouldNotSee.
        """
        begun = time.monotonic()
        try:
            async with asyncio.timeout(request.deadline_seconds):
                return await self._listen(request, say, is_wanted, begun)
        except CouldNotSee as error:
            error.latency_ms = _ms_since(begun)
            raise
        except Exception as error:  # noqa: BLE001 - as in `ask`
            raise _classify(error, _ms_since(begun)) from None

    async def _listen(
        self, request: Request, say: str | None, is_wanted: Callable[[Answer], bool] | None, begun: float
    ) -> float:
        socket = await self._open().ws_connect(
            request.url, headers=_headers(request), max_msg_size=self._body_cap_bytes, autoclose=False
        )
        try:
            if say is not None:
                await socket.send_str(say)
            while is_wanted is not None:
                message = await socket.receive()
                if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    raise _no_message(message)
                body = message.data.encode() if isinstance(message.data, str) else message.data
                if is_wanted(Answer(status=101, body=body, latency_ms=_ms_since(begun), retry_after_seconds=None)):
                    break
            return _ms_since(begun)
        finally:
            # A far side that does not say good-bye is not waited for.
            with contextlib.suppress(TimeoutError, OSError, aiohttp.ClientError):
                await asyncio.wait_for(socket.close(), _CLOSE_SECONDS)

    async def _ask_twice_if_stale(self, request: Request, begun: float) -> Answer:
        """Asks again, once, when the far side had closed a connection kept from the last look: that is no fault."""
        first = _Trace()
        try:
            return await self._ask_once(request, begun, first)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not first.reused:
                raise
        return await self._ask_once(request, begun, _Trace())

    async def _ask_once(self, request: Request, begun: float, trace: "_Trace") -> Answer:
        async with self._open().request(
            request.method,
            request.url,
            data=request.body,
            headers=_headers(request),
            allow_redirects=False,
            trace_request_ctx=trace,
        ) as response:
            raw = await self._read(response)
            body = _decompress(raw, response.headers.get("Content-Encoding", ""), self._body_cap_bytes)
            return Answer(
                status=response.status,
                body=body,
                latency_ms=_ms_since(begun),
                retry_after_seconds=_retry_after(response.headers.get("Retry-After")),
                etag=_mark(response.headers.get("ETag")),
                last_modified=_mark(response.headers.get("Last-Modified")),
            )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        parts = bytearray()
        async for chunk in response.content.iter_any():
            parts += chunk
            if len(parts) > self._body_cap_bytes:
                response.close()
                raise CouldNotSee(Seen.GARBAGE, "the answer is too big")
        return bytes(parts)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_reuseconn.append(_note_reuse)
            # aiohttp's websockets follow redirects, and cannot be told not to.
            trace.on_request_redirect.append(_refuse_redirect)
            self._session = aiohttp.ClientSession(
                # No limit on connections: a pool full of frozen nodes would delay the healthy ones.
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None),
                trace_configs=[trace],
            )
        return self._session


class _Trace:
    """Whether a request went out on a connection kept from before."""

    reused = False


async def _note_reuse(session: aiohttp.ClientSession, context: SimpleNamespace, params: object) -> None:
    # Websockets carry no trace of ours: they never reuse a connection.
    if context.trace_request_ctx is not None:
        context.trace_request_ctx.reused = True


async def _refuse_redirect(session: aiohttp.ClientSession, context: SimpleNamespace, params: object) -> None:
    raise CouldNotSee(Seen.GARBAGE, "the service leads to another address")


def _no_message(message: aiohttp.WSMessage) -> CouldNotSee:
    if message.type is aiohttp.WSMsgType.ERROR:
        return CouldNotSee(Seen.GARBAGE, "a message is broken or too big")
    return CouldNotSee(Seen.TRANSPORT, "the websocket was closed before the expected message came")


def _headers(request: Request) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity", "User-Agent": "forewarn-monitor", **request.headers}
    if request.bearer is not None:
        headers["Authorization"] = f"Bearer {request.bearer}"
    elif request.user is not None:
        pair = f"{request.user}:{request.password or ''}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
    return headers


def _decompress(raw: bytes, encoding: str, cap_bytes: int) -> bytes:
    """`raw` as it was before it was packed. We ask for no packing; some servers pack anyway."""
    match encoding.strip().lower():
        case "" | "identity":
            return raw
        case "gzip" | "x-gzip" | "deflate":
            return _inflate(raw, cap_bytes)
    raise CouldNotSee(Seen.GARBAGE, "the answer is packed in a way we did not ask for")


def _inflate(raw: bytes, cap_bytes: int) -> bytes:
    # 32 + 15: gzip or zlib, told by the header.
    unpacker = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
    try:
        body = unpacker.decompress(raw, cap_bytes + 1)
    except zlib.error:
        raise CouldNotSee(Seen.GARBAGE, "the packed answer is damaged") from None
    if len(body) > cap_bytes:
        raise CouldNotSee(Seen.GARBAGE, "the answer is too big once unpacked")
    if not unpacker.eof:
        raise CouldNotSee(Seen.GARBAGE, "the packed answer is cut off")
    return body


def _retry_after(text: str | None) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3); None when unreadable."""
    if text is None:
        return None
    try:
        seconds = float(text) if text.strip().isdigit() else _seconds_until(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_CAP_SECONDS)


def _mark(text: str | None) -> str | None:
    """What may be sent back as it came; None for what no honest server says."""
    is_plain = text is not None and 0 < len(text) <= _MARK_LETTERS and text.isascii() and text.isprintable()
    return text if is_plain else None


def _seconds_until(moment: datetime) -> float:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(UTC)).total_seconds()


def _ms_since(begun: float) -> float:
    return round((time.monotonic() - begun) * 1000, 3)


def _classify(error: Exception, latency_ms: float) -> CouldNotSee:
    seen, note = _words_for(error)
    refused = _system_code(error) == errno.ECONNREFUSED
    return CouldNotSee(seen, note, latency_ms=latency_ms, refused=refused)


def _system_code(error: Exception) -> int | None:
    """The operating system's own code inside aiohttp's error, by which "refused" is told from "unreachable"."""
    inner = getattr(error, "os_error", error)
    return inner.errno if isinstance(inner, OSError) else None


#: What a service that opens no websocket answers instead.
_HANDSHAKES = {
    401: (Seen.AUTH, "the service refuses our login"),
    403: (Seen.AUTH, "the service refuses our login"),
    429: (Seen.THROTTLED, "the service limits how often we may come"),
    503: (Seen.OVERLOADED, "the service has no room"),
}


def _words_for(error: Exception) -> tuple[Seen, str]:
    match error:
        case TimeoutError():
            return Seen.TRANSPORT, "no whole answer in time"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return Seen.TRANSPORT, "the secure connection failed (certificate or TLS)"
        case aiohttp.ClientConnectorDNSError() | socket.gaierror():
            return Seen.TRANSPORT, "the name was not found"
        case aiohttp.ClientPayloadError():
            return Seen.TRANSPORT, "the answer broke off"
        case aiohttp.ServerDisconnectedError():
            return Seen.TRANSPORT, "the connection was closed without an answer"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return Seen.TRANSPORT, "the configured address is not an http address"
        case aiohttp.WSServerHandshakeError():
            return _HANDSHAKES.get(error.status, (Seen.GARBAGE, "the service opens no websocket"))
        case aiohttp.ClientResponseError():
            return Seen.GARBAGE, "the answer is not HTTP"
        case _ if _system_code(error) == errno.ECONNREFUSED:
            return Seen.TRANSPORT, "the connection was refused"
        case _ if _system_code(error) == errno.ECONNRESET:
            return Seen.TRANSPORT, "the connection was reset"
    return Seen.TRANSPORT, "the connection failed"

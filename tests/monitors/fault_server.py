"""A real server on loopback that misbehaves as told: each path is one way in which servers go wrong."""

import asyncio
import contextlib
import gzip
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

Writer = asyncio.StreamWriter

MEBIBYTE = 1 << 20


def response(body: bytes, *, status: str = "200 OK", headers: dict[str, str] | None = None) -> bytes:
    lines = {"Content-Length": str(len(body)), "Content-Type": "application/json", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class FaultServer:
    """Listens on a free port. `seen` counts requests by path; `heads` keeps what was asked."""

    def __init__(self) -> None:
        self.port = 0
        self.seen: dict[str, int] = {}
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        #: Answers given by the test: path to whole responses, used in order; the last one stays.
        self.script: dict[str, list[bytes]] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def _accept(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._serve(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> bool:
        """Answers one request; whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0)
        self.bodies.append(await reader.readexactly(length))
        path = head.split()[1].lstrip("/").split("?")[0]
        self.seen[path] = self.seen.get(path, 0) + 1
        self.heads.append(head)
        # Checks that ask by paths below their address meet the fault of its first part.
        path = path if path in self.script or path in FAULTS else path.split("/")[0]
        if path in self.script:
            answers = self.script[path]
            writer.write(answers.pop(0) if len(answers) > 1 else answers[0])
            await writer.drain()
            return True
        await FAULTS[path](writer)
        return False


async def _reset(writer: Writer) -> None:
    raw: socket.socket = writer.get_extra_info("socket")
    # Lingering for zero seconds makes closing send a reset.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _close(writer: Writer) -> None:
    writer.close()


async def _hang(writer: Writer) -> None:
    await asyncio.Event().wait()


async def _slow_headers(writer: Writer) -> None:
    for byte in response(b"{}"):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _drip(writer: Writer) -> None:
    writer.write(response(b"", headers={"Content-Length": "1000"}))
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _endless(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await writer.drain()


async def _two_hundred_megabytes(writer: Writer) -> None:
    """Says how much comes, and sends it for as long as somebody reads."""
    writer.write(response(b"", headers={"Content-Length": str(200 * MEBIBYTE)}))
    for _ in range(200):
        writer.write(b"x" * MEBIBYTE)
        await writer.drain()


def _bomb() -> bytes:
    """200 MB of zeros in about 200 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(bytes(MEBIBYTE)) for _ in range(200)]
    return b"".join([*parts, packer.flush()])


def _plain(body: bytes, **more: object) -> Callable[[Writer], Awaitable[None]]:
    whole = response(body, **more)  # type: ignore[arg-type] # status and headers, passed through

    async def answer(writer: Writer) -> None:
        writer.write(whole)
        await writer.drain()

    return answer


FAULTS: dict[str, Callable[[Writer], Awaitable[None]]] = {
    "fine": _plain(b'{"state": "up", "data": [{"height": 7}]}'),
    "reset": _reset,
    "close": _close,
    "hang": _hang,
    "slow-headers": _slow_headers,
    "drip": _drip,
    "endless": _endless,
    "truncated": _plain(b'{"jsonrpc"', headers={"Content-Length": "500"}),
    "not-http": _plain(b""),
    "gzip": _plain(gzip.compress(b'{"state": "up"}'), headers={"Content-Encoding": "gzip"}),
    "gzip-bomb": _plain(_bomb(), headers={"Content-Encoding": "gzip"}),
    "gzip-cut": _plain(gzip.compress(b'{"state": "up"}')[:-6], headers={"Content-Encoding": "gzip"}),
    "gzip-not": _plain(b"plain", headers={"Content-Encoding": "gzip"}),
    "brotli": _plain(b"\x0b\x02\x80{}\x03", headers={"Content-Encoding": "br"}),
    "big": _plain(b"x" * (MEBIBYTE + 1)),
    "just-fits": _plain(b"x" * MEBIBYTE),
    "200-mb": _two_hundred_megabytes,
    "claims-big": _plain(b"", headers={"Content-Length": "999999999999"}),
    "deep": _plain(b"[" * 200_000 + b"]" * 200_000),
    "huge-number": _plain(b'{"id": 1, "result": ' + b"9" * 10_000 + b"}"),
    "nan": _plain(b'{"id": 1, "result": NaN}'),
    "infinite": _plain(b'{"id": 1, "result": 1e999}'),
    "html": _plain(b"<html>Just a moment...</html>", headers={"Content-Type": "text/html"}),
    "not-utf8": _plain(b'{"id": 1, "result": "\xff\xfe"}'),
    "empty": _plain(b""),
    "wrong-id": _plain(b'{"jsonrpc": "2.0", "id": 99, "result": "0x1"}'),
    "no-id": _plain(b'{"jsonrpc": "2.0", "id": null, "result": "0x1"}'),
    "no-result": _plain(b'{"jsonrpc": "2.0", "id": 1}'),
    "a-string": _plain(b'"hello"'),
    "throttled": _plain(b"slow down", status="429 Too Many Requests", headers={"Retry-After": "17"}),
    "throttled-date": _plain(
        b"", status="429 Too Many Requests", headers={"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}
    ),
    "throttled-nonsense": _plain(b"", status="429 Too Many Requests", headers={"Retry-After": "soon"}),
    "limited": _plain(b'{"id": 1, "error": {"code": -32005, "message": "daily request count exceeded"}}'),
    "server-error-json": _plain(
        b'{"id": 1, "error": {"code": -8, "message": "Block height out of range"}}', status="500 Internal Server Error"
    ),
    "not-found-json": _plain(
        b'{"id": 1, "error": {"code": -32601, "message": "Method not found"}}', status="404 Not Found"
    ),
    "warming": _plain(
        b'{"result":null,"error":{"code":-28,"message":"Loading block index..."},"id":1}',
        status="500 Internal Server Error",
    ),
    "work-queue": _plain(b"Work queue depth exceeded", status="500 Internal Server Error"),
    "unavailable": _plain(b"<html>", status="503 Service Unavailable"),
    "bad-gateway": _plain(b'{"error": "upstream"}', status="502 Bad Gateway"),
    "unauthorised": _plain(b"", status="401 Unauthorized"),
    "forbidden": _plain(b'{"error": {"code": 1, "message": "no"}}', status="403 Forbidden"),
    "redirect": _plain(b"", status="302 Found", headers={"Location": "/fine", "Set-Cookie": "a=b"}),
    "cookie": _plain(b"{}", headers={"Set-Cookie": "session=secret"}),
}


def rpc_response(result: object, *, call_id: int = 1) -> bytes:
    return response(json.dumps({"jsonrpc": "2.0", "id": call_id, "result": result}).encode())


async def _not_http(writer: Writer) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


FAULTS["not-http"] = _not_http

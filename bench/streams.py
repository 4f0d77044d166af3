"""How many of the wallet's apps can listen to one process: memory for each open stream, and a broadcast to all.

Opens the streams against a real server on this machine, in a process of its own; every reader has a connection of its
own. `--streams N` (10,000), `--broadcasts N` (5). Prints the server's memory for each stream, and how long it takes
from the telling until the last reader has read. The last line reads `ratio N.NN`: memory allowed (60 kB) to used.
"""

import argparse
import asyncio
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from itertools import count
from pathlib import Path

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from records.store.engine import open_store
from records.store.migrations import migrate
from records.times import now_utc
from server import csrf, inapp, problems
from server.config import parse_settings
from server.context import Context
from server.streams import frame
from server.wiring import desk_on

_KEY = "k" * 64
_ALLOWED_BYTES = 60_000
#: Opened at a time, so that the listening queue is not what is measured.
_AT_ONCE = 200
_PATIENCE_SECONDS = 120
#: One address has 28,000 ports; a machine has many addresses for itself.
_PER_ADDRESS = 20_000


def serve(folder: str) -> None:
    """The measured process: tells its memory at /rss, and tells everybody something at /tell."""
    settings = parse_settings(
        f"page: {{name: Acme, url: 'https://status.acme.example'}}\naccess: {{inapp: {{key: {_KEY}}}}}\n".encode(),
        {},
        Path(folder),
    )
    store = open_store(f"sqlite:///{folder}/streams.db")
    migrate(store)
    context = Context(desk=desk_on(store, settings), settings=settings)
    numbers = count(1)

    async def rss(_: Request) -> JSONResponse:
        return JSONResponse({"bytes": _resident_bytes(), "open": len(context.streams)})

    async def tell(_: Request) -> JSONResponse:
        begun = time.monotonic()
        told = context.streams.tell(frame("notices", next(numbers), context.streams.spread_ms))
        return JSONResponse({"begun": begun, "told": told})

    app = Starlette(
        routes=[Route("/rss", rss), Route("/tell", tell), *inapp.ROUTES],
        exception_handlers=problems.HANDLERS,
        middleware=[*problems.MIDDLEWARE, *csrf.MIDDLEWARE],
    )
    app.state.context = context
    with socket.create_server(("127.0.0.1", 0), backlog=4_096) as listening:
        print(listening.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Crowd:
    """All readers together."""

    def __init__(self) -> None:
        self.opened = self.heard = 0
        self.last_at = 0.0
        self._news = asyncio.Event()

    def note(self, *, opened: int, heard: int) -> None:
        """Somebody read something."""
        self.opened += opened
        self.heard += heard
        self.last_at = time.monotonic()
        self._news.set()

    async def until(self, *, opened: int = 0, heard: int = 0) -> None:
        """Wait for so many."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while self.opened < opened or self.heard < heard:
                self._news.clear()
                await self._news.wait()


class Reader(asyncio.Protocol):
    """One app: counts the moments that it heard of."""

    def __init__(self, head: bytes, crowd: Crowd) -> None:
        self._head, self._crowd = head, crowd

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        """Frames, or the head of the answer."""
        self._crowd.note(opened=data.count(b"event: hello"), heard=data.count(b"event: notices"))


async def measure(port: int, streams: int, broadcasts: int) -> float:
    """Returns bytes for each stream."""
    loop, crowd = asyncio.get_running_loop(), Crowd()
    empty = await _ask(port, "/rss")
    begun, transports = time.monotonic(), list[asyncio.Transport]()
    for first in range(0, streams, _AT_ONCE):
        group = range(first, min(first + _AT_ONCE, streams))
        opened = await asyncio.gather(*(_open(loop, port, number, crowd) for number in group))
        transports += [transport for transport, _ in opened]
        await crowd.until(opened=group.stop)
    print(f"{streams:,} streams open after {time.monotonic() - begun:.1f} s")
    full = await _ask(port, "/rss")
    each = (full["bytes"] - empty["bytes"]) / streams
    print(
        f"memory: {empty['bytes'] / 1e6:.0f} MB before, {full['bytes'] / 1e6:.0f} MB with all, {each / 1e3:.1f} kB each"
    )
    for number in range(1, broadcasts + 1):
        told = await _ask(port, "/tell")
        assert told["told"] == streams, told
        await crowd.until(heard=number * streams)
        print(f"broadcast {number}: the last of {streams:,} had read it after {crowd.last_at - told['begun']:.3f} s")
    for transport in transports:
        transport.abort()
    return each


async def _open(
    loop: asyncio.AbstractEventLoop, port: int, number: int, crowd: Crowd
) -> tuple[asyncio.Transport, Reader]:
    claims = {"sub": f"c-{number}", "exp": now_utc() + timedelta(hours=1)}
    token = jwt.encode(claims, _KEY, algorithm="HS256")
    head = f"GET /inapp/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    source = f"127.0.0.{2 + number // _PER_ADDRESS}"
    return await loop.create_connection(lambda: Reader(head, crowd), "127.0.0.1", port, local_addr=(source, 0))


async def _ask(port: int, path: str) -> dict[str, float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    return {name: float(value) for name, value in re.findall(r'"(\w+)":([0-9.e-]+)', answer)}


def main() -> None:
    """Start the server, measure, and end it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--broadcasts", type=int, default=5)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if asked.serve:
        serve(asked.serve)
        return
    room = hard if hard != resource.RLIM_INFINITY else 1_000_000
    streams = min(asked.streams, room - 200)
    if streams < asked.streams:
        print(f"only {streams:,} streams: this machine allows {room:,} open files")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--serve", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                each = asyncio.run(measure(int(server.stdout.readline()), streams, asked.broadcasts))
            finally:
                server.terminate()
    print(f"ratio {_ALLOWED_BYTES / each:.2f}")


if __name__ == "__main__":
    main()

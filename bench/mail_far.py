"""Mail to a relay that is 20 ms away, over 32 connections: `python bench/mail_far.py [messages]`.

Between us and the sink stands a proxy that holds everything for 10 ms each way. The reference is plain aiosmtplib
over as many connections, with finished bytes and nothing to write down; ours goes from the durable queue to accepted
and settled. They take turns, three each, and the median of each counts. The last line is `ratio N.NN`.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parent.parent))

import aiosmtplib
import uvloop
from mail import filled, free_port, ours, sink, wait_for_port

from notifier.channels.email import Relay
from records.store import notices

CONNECTIONS = 32
ONE_WAY_SECONDS = 0.010
TURNS = 3


class _Side(asyncio.Protocol):
    """One half of a proxied connection: what it hears, its peer says a while later, in the same order."""

    def __init__(self) -> None:
        self.peer: _Side | None = None
        self.transport: asyncio.Transport | None = None
        self.is_gone = False
        self._early: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        while self._early:
            self.transport.write(self._early.popleft())

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(ONE_WAY_SECONDS, self._pass_on, data)

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_gone = True
        if self.peer is not None and self.peer.transport is not None:
            asyncio.get_running_loop().call_later(ONE_WAY_SECONDS, self.peer.transport.close)

    def _pass_on(self, data: bytes) -> None:
        assert self.peer is not None
        if self.peer.transport is None:
            self.peer._early.append(data)
        else:
            self.peer.transport.write(data)


class _Near(_Side):
    """The half that somebody connected to."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        far = _Side()
        self.peer, far.peer = far, self
        loop = asyncio.get_running_loop()
        self._opening = loop.create_task(loop.create_connection(lambda: far, "127.0.0.1", self._port))


def _serve(near_port: int, far_port: int) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Near(far_port), "127.0.0.1", near_port, backlog=256)
        await server.serve_forever()

    uvloop.run(serve())


@contextmanager
def far_away(port: int) -> Iterator[int]:
    """The port of a proxy to `port`, in a process of its own."""
    near = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(near, port), daemon=True)
    process.start()
    wait_for_port(near)
    try:
        yield near
    finally:
        process.terminate()
        process.join()


async def plain(port: int, messages: int) -> float:
    """Messages a second of aiosmtplib by itself."""
    content = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * (6_000 // 78)
    left = iter(range(messages))

    async def carry() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
        await client.connect()
        for _ in left:
            await client.sendmail("a@acme.example", ["b@c.example"], content)
        await client.quit()

    began = time.perf_counter()
    await asyncio.gather(*(carry() for _ in range(CONNECTIONS)))
    return messages / (time.perf_counter() - began)


def measured(port: int, messages: int) -> float:
    """Ours once, on a fresh database: messages a second."""
    relay = Relay(host="127.0.0.1", port=port, security="none", connections=CONNECTIONS)
    with tempfile.TemporaryDirectory() as folder:
        store, notice = filled(f"sqlite:///{folder}/bench.db", messages)
        took = uvloop.run(ours(store, notice, relay))
        status = notices.status(store, notice.id)
        store.close()
    assert status.complete, "some mail was not settled"
    return messages / took


def main(messages: int) -> None:
    with sink() as port, far_away(port) as far:
        turns = [(uvloop.run(plain(far, messages // 4)), measured(far, messages)) for _ in range(TURNS)]
    theirs, mine = (statistics.median(rates) for rates in zip(*turns, strict=True))
    print(f"a relay {2_000 * ONE_WAY_SECONDS:.0f} ms away, {CONNECTIONS} connections, 6 kB, medians of {TURNS}")
    print(f"plain aiosmtplib: {theirs:,.0f} messages/s")
    print(f"from the durable queue, accepted and settled: {mine:,.0f} messages/s")
    print(f"ratio {mine / theirs:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)

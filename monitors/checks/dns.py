"""Look at a name: does it lead where it should, as one name server sees it."""

import asyncio
import secrets
import time
from pathlib import Path

from monitors.checks.dns_wire import Code, Reply, question, reply
from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.checks.tcp import split_address
from monitors.client import CouldNotSee
from monitors.stream import classified, ms_since, talk
from monitors.wishes import DnsWish
from records.observations import Observation, Seen

#: An answer over UDP may be lost on the way: asked again this often within the deadline.
_TRIES = 3
_PORT = 53
_CONFIGURATION = Path("/etc/resolv.conf")

_CODES = {
    Code.FORMAT: (Seen.RPC_ERROR, "the name server does not understand the question"),
    Code.SERVER_FAILED: (Seen.OVERLOADED, "the name server could not find out"),
    Code.NO_SUCH_NAME: (Seen.GARBAGE, "the name does not exist"),
    Code.NOT_IMPLEMENTED: (Seen.RPC_ERROR, "the name server does not know this kind of question"),
    Code.REFUSED: (Seen.AUTH, "the name server refuses to answer us"),
}


async def look(target: Target, tools: Tools) -> Observation:
    """One question over UDP, over TCP if the answer is too long for that."""
    wish = target.wish if isinstance(target.wish, DnsWish) else DnsWish()
    begun = time.monotonic()
    try:
        host, port = _resolver(wish)
        found = await _ask(host, port, target, wish)
        _compare(found, wish)
    except CouldNotSee as error:
        error.latency_ms = ms_since(begun)
        return could_not_see(target, tools, error)
    return saw(target, tools, {"answers": len(found.values)}, latency_ms=ms_since(begun))


async def texts(name: str, *, resolver: str | None = None, deadline_seconds: float = 2.0) -> tuple[str, ...]:
    """The texts that stand under a name, none where it has none. Raises CouldNotSee when nobody can say."""
    wish = DnsWish(record="TXT", resolver=resolver)
    target = Target(monitor="doctor", name="dns", url=name, deadline_seconds=deadline_seconds)
    host, port = _resolver(wish)
    found = await _ask(host, port, target, wish)
    if found.code not in (Code.FINE, Code.NO_SUCH_NAME):
        _compare(found, wish)
    return found.values


def _resolver(wish: DnsWish) -> tuple[str, int]:
    if wish.resolver is not None:
        return split_address(wish.resolver)
    try:
        lines = _CONFIGURATION.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    servers = [words[1] for line in lines if (words := line.split())[:1] == ["nameserver"] and len(words) > 1]
    if not servers:
        raise CouldNotSee(Seen.TRANSPORT, "this machine names no name server; give resolver")
    return servers[0], _PORT


async def _ask(host: str, port: int, target: Target, wish: DnsWish) -> Reply:
    asked = question(secrets.randbits(16), target.url, wish.record)
    found = await _over_udp(host, port, asked, wish.record, target.deadline_seconds)
    if found.is_cut_off:
        found = await _over_tcp(host, port, asked, wish.record, target.deadline_seconds)
    return found


async def _over_udp(host: str, port: int, asked: bytes, record: str, deadline_seconds: float) -> Reply:
    begun = time.monotonic()
    try:
        async with asyncio.timeout(deadline_seconds):
            loop = asyncio.get_running_loop()
            transport, answers = await loop.create_datagram_endpoint(_Answers, remote_addr=(host, port))
            try:
                return await _first_answer(transport, answers, asked, record, deadline_seconds / _TRIES)
            finally:
                transport.close()
    except OSError as error:
        raise classified(error, ms_since(begun)) from None


async def _first_answer(
    transport: asyncio.DatagramTransport, answers: "_Answers", asked: bytes, record: str, patience_seconds: float
) -> Reply:
    """The first datagram that answers the question; others may be somebody's attempt to answer in its place."""
    while True:
        transport.sendto(asked)
        try:
            async with asyncio.timeout(patience_seconds):
                while True:
                    data = await answers.next()
                    if data[:2] == asked[:2]:
                        return reply(data, asked, record)
        except TimeoutError:
            continue


class _Answers(asyncio.DatagramProtocol):
    """Keeps what comes, a few at most."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[bytes | Exception] = asyncio.Queue(maxsize=64)

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._came.full():
            self._came.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        if not self._came.full():
            self._came.put_nowait(exc)

    async def next(self) -> bytes:
        """The next datagram. Raises OSError when the far host says that nobody listens."""
        came = await self._came.get()
        if isinstance(came, Exception):
            raise came
        return came


async def _over_tcp(host: str, port: int, asked: bytes, record: str, deadline_seconds: float) -> Reply:
    async with talk(host, port, deadline_seconds=deadline_seconds) as connection:
        await connection.send(len(asked).to_bytes(2) + asked)
        length = int.from_bytes(await connection.exactly(2))
        return reply(await connection.exactly(length), asked, record)


def _compare(found: Reply, wish: DnsWish) -> None:
    """Raises CouldNotSee, in the class that fits, for an answer other than the expected one."""
    if found.code != Code.FINE:
        usual = (Seen.RPC_ERROR, "the name server answered with an error")
        raise CouldNotSee(*(_CODES.get(Code(found.code), usual) if found.code in list(Code) else usual))
    if not found.values:
        raise CouldNotSee(Seen.GARBAGE, f"the name has no {wish.record} record")
    if wish.answers and not set(found.values) <= set(wish.answers):
        raise CouldNotSee(Seen.GARBAGE, f"the name has an {wish.record} record that is not an expected one")

"""A mail server that can be told to go wrong at every stage of the talk, also before a library lets us near it."""

import asyncio
import ssl
from collections import Counter
from dataclasses import dataclass, field

STAGES = ("connect", "ehlo", "starttls", "handshake", "auth", "mail", "rcpt", "data", "dot")

_USUAL = {
    "connect": "220 rough ESMTP",
    "starttls": "220 go ahead",
    "auth": "235 2.7.0 welcome",
    "mail": "250 2.1.0 ok",
    "rcpt": "250 2.1.5 ok",
    "data": "354 go on",
    "dot": "250 2.0.0 queued",
    "rset": "250 ok",
    "noop": "250 ok",
    "quit": "221 bye",
}


@dataclass(kw_only=True)
class Roughness:
    """What goes wrong, by stage; change it at any time."""

    #: Nothing is said any more.
    hangs: set[str] = field(default_factory=set)
    #: The connection is cut instead of an answer.
    drops: set[str] = field(default_factory=set)
    #: The answer is begun, and its next byte comes every `drip_seconds`, without end.
    drips: set[str] = field(default_factory=set)
    drip_seconds: float = 0.02
    #: Another answer than the usual one.
    says: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ("PIPELINING",)
    #: What came together with a command of these stages is thrown away, as some firewalls do.
    deaf_after: set[str] = field(default_factory=set)


class RoughServer:
    """Runs in the test's own event loop: `async with RoughServer() as server`."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.rough = Roughness()
        #: Contents as they came, those whose answer never left among them.
        self.contents: list[bytes] = []
        self.stages: Counter[str] = Counter()
        self.connections = 0
        self._tls = tls
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "RoughServer":
        self._server = await asyncio.start_server(self._take_in, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _take_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            await _Talk(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            self._talks.discard(talk)
            writer.transport.abort()

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What STARTTLS brings."""
        return self._tls


class _Talk:
    """One connection."""

    def __init__(self, server: RoughServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._is_protected = False

    async def run(self) -> None:
        await self._answer("connect")
        while line := await self._reader.readline():
            stage = line.split()[0].decode().lower() if line.split() else ""
            stage = {"helo": "ehlo"}.get(stage, stage)
            if stage in self._server.rough.deaf_after:
                await self._forget()
            await self._answer(stage)
            if stage == "starttls":
                await self._protect()
            elif stage == "data" and "data" not in self._server.rough.says:
                self._server.contents.append(await self._reader.readuntil(b"\r\n.\r\n"))
                if "dot" in self._server.rough.deaf_after:
                    await self._forget()
                await self._answer("dot")
            elif stage == "quit":
                return

    async def _forget(self) -> None:
        """Lose what is there already, behind what was just read."""
        while True:
            try:
                await asyncio.wait_for(self._reader.read(65_536), 0.05)
            except TimeoutError:
                return

    async def _protect(self) -> None:
        rough = self._server.rough
        if "handshake" in rough.hangs:
            await asyncio.Event().wait()
        if "handshake" in rough.drops:
            raise ConnectionResetError
        if "handshake" in rough.says:
            self._writer.write(rough.says["handshake"].encode())
            await asyncio.Event().wait()
        assert self._server.tls is not None
        await self._writer.start_tls(self._server.tls)
        self._is_protected = True

    async def _answer(self, stage: str) -> None:
        rough = self._server.rough
        self._server.stages[stage] += 1
        if stage in rough.hangs:
            await asyncio.Event().wait()
        if stage in rough.drops:
            raise ConnectionResetError
        text = rough.says.get(stage) or self._usual(stage)
        if stage in rough.drips:
            await self._drip(text)
        self._writer.write(f"{text}\r\n".encode())
        await self._writer.drain()

    def _usual(self, stage: str) -> str:
        if stage != "ehlo":
            return _USUAL.get(stage, "500 what?")
        offers = [*self._server.rough.offers, "AUTH PLAIN LOGIN"]
        if self._server.tls is not None and not self._is_protected:
            offers.append("STARTTLS")
        return "\r\n".join([*(f"250-{each}" for each in ("rough", *offers)), "250 SIZE 10485760"])

    async def _drip(self, text: str) -> None:
        """An answer that is always about to come."""
        code = text[:3]
        while True:
            for byte in f"{code}-patience\r\n".encode():
                self._writer.write(bytes([byte]))
                await self._writer.drain()
                await asyncio.sleep(self._server.rough.drip_seconds)

"""A process that was frozen and woke says nothing that nobody saw."""

import asyncio
import os
import signal
import sys

from records.verdicts import VerdictKind
from tests.monitors.fault_server import response
from tests.monitors.watching_alone import SLEEP_SECONDS
from tests.nodes import AnvilChain

FINE = {VerdictKind.OPERATIONAL.value}
UNSURE = {VerdictKind.MONITORING_DEGRADED.value, VerdictKind.BLIND.value}


class Sleeper:
    """The far side of one service, which puts who asks to sleep in the middle of a look when told to."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.woke = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await self._sleep()
                writer.write(response(b"{}"))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _sleep(self) -> None:
        if self.pid is None:
            return
        pid, self.pid = self.pid, None
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(SLEEP_SECONDS)
        os.kill(pid, signal.SIGCONT)
        self.woke.set()


async def read_verdicts(stream: asyncio.StreamReader, told: dict[str, list[str]], news: asyncio.Event) -> None:
    while line := await stream.readline():
        monitor, kind = line.decode().split()
        told.setdefault(monitor, []).append(kind)
        news.set()


async def test_a_frozen_process_gives_no_false_verdict_when_it_wakes(anvils: AnvilChain):
    sleeper, news = Sleeper(), asyncio.Event()
    told: dict[str, list[str]] = {}
    server = await asyncio.start_server(sleeper.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    program = (sys.executable, "-m", "tests.monitors.watching_alone", url, anvils.nodes[0].url)
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    reading = asyncio.create_task(read_verdicts(process.stdout, told, news))

    async def rounds(count: int) -> dict[str, list[str]]:
        """The verdicts of the next `count` rounds of each, while the chain goes on."""
        before = {monitor: len(kinds) for monitor, kinds in told.items()}
        async with asyncio.timeout(20):
            while len(told) < 2 or any(len(kinds) - before.get(name, 0) < count for name, kinds in told.items()):
                news.clear()
                await news.wait()
                await asyncio.to_thread(anvils.mine)
        return {name: kinds[before.get(name, 0) :] for name, kinds in told.items()}

    try:
        assert all(set(kinds) == FINE for kinds in (await rounds(3)).values())
        begun = {name: len(kinds) for name, kinds in told.items()}
        sleeper.pid = process.pid
        await asyncio.wait_for(sleeper.woke.wait(), SLEEP_SECONDS + 10)
        await rounds(6)
        after = {name: kinds[begun[name] :] for name, kinds in told.items()}
        assert all(set(kinds) <= FINE | UNSURE for kinds in after.values()), after
        assert set(after["website"]) & UNSURE, "the look that was broken by the sleep is no evidence"
        assert all(set(kinds[-3:]) == FINE for kinds in after.values()), after
    finally:
        process.kill()
        await process.wait()
        await reading
        server.close()

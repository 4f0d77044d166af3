"""Whether all our looks fail because of us: the watch looks around before it is believed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest

from monitors.client import Client
from monitors.settings import ServiceMonitor
from monitors.watch import Watch
from records.observations import Observation
from records.verdicts import Verdict
from server.doubt import Doubt
from tests.monitors.cast import AT_ONCE
from tests.monitors.fault_server import FaultServer, response

OURS = ("ours-1", "ours-2")


class Process:
    """A watch that has only `OURS`, while the others are somebody else's."""

    def __init__(self, client: Client, faults: FaultServer, others: Sequence[str]) -> None:
        self.rounds = dict.fromkeys(OURS, 0)
        self._changed = asyncio.Event()
        self.watch = Watch(
            monitors=[_service(faults, name) for name in (*OURS, *others)],
            client=client,
            load_state=self._no_state,
            on_round=self._on_round,
            claim=self._claim,
        )

    async def _no_state(self, monitor: str) -> None:
        return None

    async def _on_round(self, monitor: str, seen: Sequence[Observation], verdict: Verdict, state: str) -> None:
        self.rounds[monitor] += 1
        self._changed.set()

    @contextlib.asynccontextmanager
    async def _claim(self, monitor: str) -> AsyncIterator[int | None]:
        yield 1 if monitor in OURS else None

    async def more_rounds(self) -> None:
        before = dict(self.rounds)
        async with asyncio.timeout(10):
            while any(self.rounds[name] <= before[name] + 1 for name in OURS):
                self._changed.clear()
                await self._changed.wait()


def _service(faults: FaultServer, name: str) -> ServiceMonitor:
    url = faults.url(name)
    return ServiceMonitor(id=name, kind="http", url=url, every_seconds=0.05, deadline_seconds=0.1, hysteresis=AT_ONCE)


def darken(faults: FaultServer, *names: str) -> None:
    """These take every question and answer none, as behind a lost network."""
    for name in names:
        faults.script[name] = [b""]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client() as opened:
        yield opened


@pytest.fixture
async def faults() -> AsyncIterator[FaultServer]:
    async with FaultServer() as server:
        yield server


async def test_who_sees_nothing_anywhere_is_blind_until_a_look_succeeds(client: Client, faults: FaultServer):
    darken(faults, *OURS, "others")
    process, stop = Process(client, faults, ["others"]), asyncio.Event()
    running = asyncio.create_task(process.watch.run(stop))
    doubt = Doubt(process.watch)
    assert doubt.sees()
    await process.more_rounds()
    await doubt.ask()
    assert not doubt.sees()
    faults.script["others"] = [response(b"{}")]
    await doubt.ask()
    assert doubt.sees(), "what others watch can be seen from here"
    stop.set()
    await running


async def test_who_sees_what_others_watch_is_not_blind_though_its_own_targets_are_all_gone(
    client: Client, faults: FaultServer
):
    darken(faults, *OURS)
    faults.script["others"] = [response(b"{}")]
    process, stop = Process(client, faults, ["others"]), asyncio.Event()
    running = asyncio.create_task(process.watch.run(stop))
    await process.more_rounds()
    assert process.watch.is_blind
    doubt = Doubt(process.watch)
    await doubt.ask()
    assert doubt.sees()
    stop.set()
    await running


async def test_who_is_alone_sees_again_when_its_own_looks_succeed(client: Client, faults: FaultServer):
    darken(faults, *OURS)
    process, stop = Process(client, faults, []), asyncio.Event()
    running = asyncio.create_task(process.watch.run(stop))
    await process.more_rounds()
    doubt = Doubt(process.watch)
    await doubt.ask()
    assert not doubt.sees()
    faults.script[OURS[0]] = [response(b"{}")]
    await process.more_rounds()
    await doubt.ask()
    assert doubt.sees()
    stop.set()
    await running

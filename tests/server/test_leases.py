"""One process does a part's work; another takes over when it stops or dies."""

import asyncio

import pytest

from records.store import leases
from server import leases as holding
from tests.server.house import context_on


@pytest.fixture(autouse=True)
def _short_leases(monkeypatch):
    monkeypatch.setattr(holding, "TTL_SECONDS", 0.6)


async def test_a_second_process_waits_and_takes_over_when_the_first_stops(store):
    context = context_on(store)
    first_stop, second_stop = asyncio.Event(), asyncio.Event()
    at_work: list[str] = []

    def work(name: str):
        async def run(stop: asyncio.Event) -> None:
            at_work.append(name)
            await stop.wait()
            at_work.append(f"{name} done")

        return run

    first = asyncio.create_task(holding.while_holding(context, "clock", "one", work("one"), first_stop))
    while not at_work:
        await asyncio.sleep(0.01)
    second = asyncio.create_task(holding.while_holding(context, "clock", "two", work("two"), second_stop))
    await asyncio.sleep(0.8)
    assert at_work == ["one"], "while the first renews, the second must not begin"
    first_stop.set()
    await first
    while "two" not in at_work:
        await asyncio.sleep(0.01)
    second_stop.set()
    await second
    assert at_work == ["one", "one done", "two", "two done"]


async def test_work_stops_when_the_lease_is_lost(store):
    context = context_on(store)
    stop, begun, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(lost: asyncio.Event) -> None:
        begun.set()
        await lost.wait()
        ended.set()

    task = asyncio.create_task(holding.while_holding(context, "clock", "one", work, stop))
    await begun.wait()
    store.run("UPDATE leases SET holder = 'thief', until = :later", later=store.now_ms() + 60_000)
    await asyncio.wait_for(ended.wait(), 5)
    stop.set()
    await task


async def test_a_dead_holders_work_is_taken_over_after_its_lease(store):
    assert leases.take(store, "clock", "dead", 300) is not None
    stop, begun = asyncio.Event(), asyncio.Event()

    async def work(lost: asyncio.Event) -> None:
        begun.set()
        await lost.wait()

    task = asyncio.create_task(holding.while_holding(context_on(store), "clock", "alive", work, stop))
    await asyncio.wait_for(begun.wait(), 5)
    stop.set()
    await task

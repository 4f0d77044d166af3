"""Several processes share the monitors: a fair share each, never one monitor in two hands, a dead one's taken over."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from records.errors import StoreUnavailable
from records.store import shares as kept
from records.store.engine import open_store
from server import shares as sharing
from server.shares import Shares, fair_share
from tests.server.house import context_on

IDS = [f"service-{number}" for number in range(7)]


@pytest.fixture(autouse=True)
def _short_leases(monkeypatch):
    monkeypatch.setattr(sharing, "TTL_SECONDS", 0.9)


def held(share: Shares) -> set[str]:
    return {each for each in IDS if share.token(each) is not None}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("total", "processes"), [(0, 1), (1, 3), (7, 2), (9, 3), (1000, 7)])
def test_fair_shares_differ_by_one_and_add_up(total, processes):
    shares = [fair_share(total, rank, processes) for rank in range(processes)]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


async def test_two_processes_come_to_share_and_the_one_that_leaves_gives_back(store, store_url):
    other_store = open_store(store_url)
    one, two = Shares(context_on(store), "one", IDS), Shares(context_on(other_store), "two", IDS)
    stop_one, stop_two = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(one.run(stop_one))
    await until(lambda: held(one) == set(IDS))
    second = asyncio.create_task(two.run(stop_two))

    def is_shared() -> bool:
        assert not held(one) & held(two)
        return len(held(one)) == 4 and len(held(two)) == 3

    await until(is_shared)
    stop_one.set()
    await first
    assert held(one) == set()
    await until(lambda: held(two) == set(IDS))
    stop_two.set()
    await second
    assert store.rows("SELECT name FROM leases") == []
    other_store.close()


async def test_a_dead_processs_monitors_are_taken_over_under_new_tokens(store):
    context = context_on(store)
    dead, alive = Shares(context, "dead", IDS), Shares(context, "alive", IDS)
    await dead.tick()
    before = {each: dead.token(each) or 0 for each in IDS}
    assert all(before.values())
    await alive.tick()
    assert held(alive) == set()
    stop = asyncio.Event()
    task = asyncio.create_task(alive.run(stop))
    await until(lambda: held(alive) == set(IDS))
    assert held(dead) == set(), "it stopped trusting its leases before they ran out"
    assert all(before[each] != alive.token(each) for each in IDS)
    with store.tx():
        assert not any(kept.is_held(store, each, before[each]) for each in IDS)
    stop.set()
    await task


async def test_a_look_is_broken_off_when_the_lease_may_be_lost(store):
    share = Shares(context_on(store), "one", IDS)
    await share.tick()
    ended: list[str] = []

    async def look() -> None:
        async with share.look("service-1") as token:
            assert token is not None
            await asyncio.sleep(30)
            ended.append("whole")
        ended.append("broken off")

    begun = asyncio.get_running_loop().time()
    await look()
    assert ended == ["broken off"]
    assert asyncio.get_running_loop().time() - begun < 0.9
    async with share.look("service-1") as token:
        assert token is None


async def test_a_look_may_last_for_as_long_as_its_lease_is_renewed(store):
    share, stop = Shares(context_on(store), "one", IDS), asyncio.Event()
    await share.tick()
    task = asyncio.create_task(share.run(stop))
    async with share.look("service-1") as token:
        await asyncio.sleep(1.5)
        assert share.token("service-1") == token
    stop.set()
    await task


async def test_what_is_being_looked_at_is_not_given_away(store):
    context = context_on(store)
    one, two = Shares(context, "one", ["a"]), Shares(context, "two", ["a"])
    await one.tick()
    store.run("UPDATE leases SET name = 'watcher:aaa' WHERE name = 'watcher:one'")
    store.run("UPDATE leases SET holder = 'aaa' WHERE name = 'watcher:aaa'")
    async with one.look("a") as token:
        await one.tick()
        assert one.token("a") == token
        await two.tick()
        assert two.token("a") is None
    await one.tick()
    assert one.token("a") is None


async def test_while_the_store_is_away_nothing_is_trusted_for_long_and_all_comes_back(store):
    share, stop = Shares(context_on(store), "one", IDS), asyncio.Event()
    is_away = False
    real: Callable[[], Awaitable[None]] = share.tick

    async def tick(*, sees: bool = True) -> None:
        if is_away:
            raise StoreUnavailable("gone")
        await real()

    share.tick = tick  # type: ignore[method-assign] # the wire is cut here: both engines alike
    task = asyncio.create_task(share.run(stop))
    await until(lambda: held(share) == set(IDS))
    tokens = {each: share.token(each) for each in IDS}
    is_away = True
    await until(lambda: held(share) == set())
    is_away = False
    await until(lambda: held(share) == set(IDS))
    assert tokens == {each: share.token(each) for each in IDS}, "nobody else had them: nothing has to be read again"
    stop.set()
    await task


async def test_a_blind_process_leaves_its_share_to_one_that_sees_and_takes_it_again(store, store_url):
    other_store = open_store(store_url)
    one, two = Shares(context_on(store), "one", IDS), Shares(context_on(other_store), "two", IDS)
    stop, sight = asyncio.Event(), {"one": True}
    tasks = [asyncio.create_task(one.run(stop, lambda: sight["one"])), asyncio.create_task(two.run(stop))]
    await until(lambda: len(held(one)) == 4 and len(held(two)) == 3)
    sight["one"] = False
    await until(lambda: held(two) == set(IDS))
    assert held(one) == set()
    sight["one"] = True
    await until(lambda: len(held(one)) == 4 and len(held(two)) == 3)
    stop.set()
    await asyncio.gather(*tasks)
    other_store.close()


async def test_a_look_into_the_dark_ends_when_the_share_is_left(store):
    context = context_on(store)
    one, two = Shares(context, "one", IDS), Shares(context, "two", IDS)
    ended: list[str] = []
    await one.tick()
    await two.tick()
    async with one.look("service-1") as token:
        assert token is not None
        leaving = asyncio.create_task(one.tick(sees=False))
        await asyncio.sleep(30)
        ended.append("whole")
    await leaving
    await two.tick()
    assert ended == []
    assert held(two) == set(IDS)


async def test_who_is_alone_keeps_watching_though_blind(store):
    share = Shares(context_on(store), "one", IDS)
    await share.tick()
    await share.tick(sees=False)
    assert held(share) == set(IDS), "somebody has to say that we are blind"


async def test_of_two_that_are_blind_at_once_one_stays(store, store_url):
    other_store = open_store(store_url)
    one, two = Shares(context_on(store), "one", IDS), Shares(context_on(other_store), "two", IDS)
    await one.tick()
    await two.tick()
    await one.tick()
    await two.tick()
    for _ in range(2):
        await asyncio.gather(one.tick(sees=False), two.tick(sees=False))
    assert sorted([held(one), held(two)], key=len) == [set(), set(IDS)]
    other_store.close()

"""Break real nodes of Bitcoin Core's family in every way we know: states, words, and that it heals."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any

import pytest

from monitors.client import Client
from records.store.engine import Store
from tests.nodes import LitecoinPair, wait_for
from tests.server.vigil import FINE, Trouble, Vigil, nodes_of, watched

CONFIRMATIONS = 6
LOGIN = {"username": "u", "password": "p"}

DELAYED = "Litecoin deposits and withdrawals are delayed"
STOPPED = "Litecoin deposits and withdrawals do not work"
NO_WAY_OUT = "Litecoin withdrawals do not work, deposits are delayed"
OUR_CONNECTION = "Our connection to the Litecoin network has a problem. The network itself works."
NONE_SERVES = "the only own node is not usable while references advance"


@pytest.fixture
def engine() -> str:
    """One engine is enough here: what is kept of a round is tested on both elsewhere."""
    return "sqlite"


@pytest.fixture
def pair() -> Iterator[LitecoinPair]:
    """Two Litecoin nodes at height 20 that know each other."""
    with LitecoinPair() as made:
        made.mine(20)
        yield made


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client() as opened:
        yield opened


async def over(store: Store, client: Client, pair: LitecoinPair, *, roles: tuple[str, str]) -> Vigil:
    """A watch over both nodes that has seen all well."""
    names = [f"{role.replace('reference', 'ref')}-{number}" for number, role in enumerate(roles, 1)]
    nodes: list[dict[str, Any]] = [
        {"name": name, "url": node.url, "role": role, "auth": dict(LOGIN)}
        for name, role, node in zip(names, roles, (pair.a, pair.b), strict=True)
    ]
    # Its only peer is the one that is broken here.
    nodes[1]["thresholds"] = {"peers_warn": None}
    settings = watched("litecoin", nodes, chain_id=pair.GENESIS, every="30s", confirmations=CONFIRMATIONS)
    made = Vigil.over(store, client, settings, pair.mine)
    await made.settle()
    return made


@pytest.fixture
async def vigil(store: Store, client: Client, pair: LitecoinPair) -> Vigil:
    """One node of ours, one of somebody else's."""
    return await over(store, client, pair, roles=("own", "reference"))


@pytest.fixture
async def both_ours(store: Store, client: Client, pair: LitecoinPair) -> Vigil:
    return await over(store, client, pair, roles=("own", "own"))


def begin(pair: LitecoinPair) -> None:
    """Starts the first node again."""
    pair.a.start()
    await_agreement(pair)


def await_agreement(pair: LitecoinPair) -> None:
    """The first node has started, was found by the second, and has its blocks."""
    wait_for(partial(pair.a.answers, "getblockcount"), "the start of litecoind")
    pair.wait_for_peers()
    pair.wait_until_same()


def turn_back(pair: LitecoinPair, blocks: int) -> None:
    """The first node leaves its newest blocks for others, and the second follows."""
    pair.a.turn_back(blocks)
    pair.wait_until_same()


def each(rounds: int, deed: Callable[[], None]) -> Callable[[], None]:
    """Once in so many rounds, as often as blocks usually come."""
    passed = count(1)

    def live() -> None:
        if next(passed) % rounds == 0:
            deed()

    return live


def _nothing() -> None:
    """No block comes."""


async def test_a_halt_of_the_network_is_called_so_only_after_what_chance_explains(vigil: Vigil, pair: LitecoinPair):
    vigil.live = _nothing
    outcome = await vigil.suffer(
        Trouble(
            states="stalled stalled",
            kind="network_halt",
            via=(("degraded_performance", "degraded_performance"),),
            shown=("major_outage", "major_outage"),
            because=("no node, ours or others', saw a new block for",),
            told=(STOPPED, "The Litecoin network has made no new blocks since"),
        )
    )
    assert (outcome.verdict.since - vigil.began).total_seconds() > 2520
    vigil.live = pair.mine
    await vigil.heal()


async def test_three_blocks_called_invalid_are_told_to_operators_alone(vigil: Vigil, pair: LitecoinPair):
    await vigil.watch_on(rounds=3)
    await asyncio.to_thread(turn_back, pair, 3)
    outcome = await vigil.suffer(
        Trouble(
            states="ok ok",
            kind="operational",
            shown=FINE,
            because=("1 of 1 own nodes serve", "a reorganisation of 3 blocks was seen"),
            within=1,
        )
    )
    assert outcome.verdict.facts["reorg_depth"] == 3
    await vigil.until(lambda outcome: "reorganisation" not in outcome.verdict.reasoning, "blocks enough on top")


async def test_blocks_called_invalid_as_deep_as_a_deposit_waits_stop_crediting(vigil: Vigil, pair: LitecoinPair):
    await vigil.watch_on(rounds=CONFIRMATIONS)
    await asyncio.to_thread(turn_back, pair, CONFIRMATIONS)
    await vigil.suffer(
        Trouble(
            states="ok ok",
            kind="deep_reorg",
            shown=("partial_outage", "operational"),
            because=(f"the network replaced its last {CONFIRMATIONS} blocks", "a person should stop crediting"),
            told=("Litecoin deposits are delayed", "has replaced some of its recent blocks"),
            within=1,
        )
    )
    await vigil.heal()


async def test_two_own_nodes_on_two_branches_close_both_ways_until_they_agree(both_ours: Vigil, pair: LitecoinPair):
    await asyncio.to_thread(pair.part, 2, 4)
    both_ours.live = _nothing
    await both_ours.suffer(
        Trouble(
            states="isolated isolated",
            kind="chain_split",
            shown=("major_outage", "major_outage"),
            because=("nodes hold different blocks at height", "neither side is a majority"),
            told=(STOPPED, "Parts of the Litecoin network disagree about which blocks are valid"),
            within=1,
        )
    )
    pair.b.rejoin()
    await asyncio.to_thread(pair.wait_until_same)
    both_ours.live = pair.mine
    await both_ours.heal()


async def test_an_own_node_cut_off_from_its_peers_is_certain_at_once(vigil: Vigil, pair: LitecoinPair):
    await asyncio.to_thread(pair.a.isolate)
    vigil.live = pair.b.mine
    await vigil.suffer(
        Trouble(
            states="isolated ok",
            kind="our_side",
            shown=("degraded_performance", "major_outage"),
            because=(NONE_SERVES, "own-1: it has no peers"),
            told=(NO_WAY_OUT, OUR_CONNECTION),
            within=1,
        )
    )
    pair.a.rejoin()
    await asyncio.to_thread(pair.wait_until_same)
    vigil.live = pair.mine
    await vigil.heal()


async def test_a_killed_node_and_its_long_warm_up(vigil: Vigil, pair: LitecoinPair):
    # So that it has something to do when it starts, as a node with years of blocks has.
    await asyncio.to_thread(pair.mine, 300)
    await vigil.watch_on(rounds=1)
    pair.a.kill()
    vigil.live = pair.b.mine
    await vigil.suffer(
        Trouble(
            states="unreachable ok",
            kind="our_side",
            shown=("degraded_performance", "major_outage"),
            because=(NONE_SERVES, "own-1: the connection was refused"),
            told=(NO_WAY_OUT, OUR_CONNECTION),
            within=3,
        )
    )
    pair.a.command += ["-checkblocks=0", "-checklevel=4"]
    pair.a.start()
    vigil.live = each(5, pair.b.mine)
    outcome, _ = await vigil.until(lambda outcome: "the node is starting" in outcome.verdict.reasoning, "the warm-up")
    assert nodes_of(outcome) == "syncing ok"
    assert vigil.shown[-1][1] == "major_outage", "starting is not yet serving"
    await asyncio.to_thread(await_agreement, pair)
    vigil.live = pair.mine
    await vigil.heal()


async def test_a_refused_login(vigil: Vigil, pair: LitecoinPair):
    pair.a.kill()
    pair.a.command += ["-rpcpassword=other"]
    pair.a.password = "other"
    await asyncio.to_thread(begin, pair)
    vigil.live = pair.b.mine
    await vigil.suffer(
        Trouble(
            states="unreachable ok",
            kind="our_side",
            shown=("degraded_performance", "major_outage"),
            because=(NONE_SERVES, "own-1: the node refuses our login"),
            told=(NO_WAY_OUT, OUR_CONNECTION),
            within=3,
        )
    )
    pair.a.kill()
    pair.a.command.pop()
    pair.a.password = "p"
    await asyncio.to_thread(begin, pair)
    vigil.live = pair.mine
    await vigil.heal()


async def test_a_full_work_queue(vigil: Vigil, pair: LitecoinPair):
    pair.a.kill()
    pair.a.command += ["-rpcworkqueue=1", "-rpcthreads=1"]
    await asyncio.to_thread(begin, pair)
    vigil.live = _nothing
    with ThreadPoolExecutor() as pool:
        # Its one thread waits for a block, and what is asked meanwhile fills the queue.
        waiting = pool.submit(pair.a.rpc, "waitfornewblock", 19_000)
        await vigil.suffer(
            Trouble(
                states="unreachable ok",
                kind="our_side",
                shown=("degraded_performance", "major_outage"),
                because=(NONE_SERVES, "own-1: the node has no room for more questions"),
                told=(NO_WAY_OUT, OUR_CONNECTION),
                within=4,
            )
        )
        pair.b.mine()
        await asyncio.to_thread(waiting.result)
    vigil.live = pair.mine
    await vigil.heal()

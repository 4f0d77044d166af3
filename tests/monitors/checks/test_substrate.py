"""The look at Substrate nodes, and what its faults amount to: a fake node of the documented shapes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from monitors.client import Client
from records.components import Direction, Status
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.server import RpcError
from tests.monitors.fakes.substrate import POLKADOT, FakeSubstrate, block
from tests.monitors.fakes.watching import Watching

HEIGHT = 28_000_000


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeSubstrate]]:
    """Three nodes at the same head."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeSubstrate(HEIGHT)) for _ in range(3)]


def grow(nodes: list[FakeSubstrate], blocks: int = 1) -> None:
    for node in nodes:
        node.height += blocks


async def test_a_healthy_node_shows_all_there_is(client: Client, nodes: list[FakeSubstrate]):
    watch = Watching(client, "polkadot", nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.head_hash, seen.parent_hash) == (HEIGHT, block(HEIGHT), block(HEIGHT - 1))
    assert (seen.finalized_height, seen.network) == (HEIGHT - 3, POLKADOT)
    assert (seen.peers, seen.syncing_behind, seen.version) == (40, 0, "1.20.0-3f1c8a2b9d0")
    assert seen.facts == {"spec_version": 2_000_001}
    assert sorted(seen.hashes) == list(range(HEIGHT - 14, HEIGHT - 2)), "only final blocks are compared"
    assert states(outcome) == ["ok"] * 3
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_a_node_that_takes_no_batches_is_asked_singly(client: Client, nodes: list[FakeSubstrate]):
    nodes[0].takes_batches = False
    assert states(await Watching(client, "polkadot", nodes[:1]).round()) == ["ok"]


async def test_no_peers_is_isolation_only_where_there_should_be_some(client: Client, nodes: list[FakeSubstrate]):
    nodes[0].health = {"peers": 0, "isSyncing": False, "shouldHavePeers": False}
    nodes[1].health = {"peers": 0, "isSyncing": False, "shouldHavePeers": True}
    nodes[2].changed["system_health"] = RpcError(-32601, "Method not found")
    assert states(await Watching(client, "polkadot", nodes).round()) == ["ok", "isolated", "ok"]


async def test_a_node_far_from_what_its_peers_have_is_syncing(client: Client, nodes: list[FakeSubstrate]):
    nodes[0].to_fetch = 5_000
    nodes[0].health["isSyncing"] = True
    nodes[1].to_fetch = 1
    nodes[1].health["isSyncing"] = True
    assert states(await Watching(client, "polkadot", nodes).round()) == ["syncing", "ok", "ok"]


async def test_short_forks_above_the_final_block_are_everyday_business(client: Client, nodes: list[FakeSubstrate]):
    watch = Watching(client, "polkadot", nodes)
    nodes[0].branch_since = HEIGHT - 1
    assert states(await watch.round()) == ["ok"] * 3
    nodes[0].branch_since = 1 << 40
    grow(nodes)
    outcome = await watch.round()
    assert "reorg_depth" not in outcome.raw.facts


async def test_a_final_block_that_differs_is_a_fork(client: Client, nodes: list[FakeSubstrate]):
    nodes[0].branch_since = HEIGHT - 3
    assert states(await Watching(client, "polkadot", nodes).round())[0] == "forked"


async def test_a_final_block_that_is_replaced_asks_for_a_person(client: Client, nodes: list[FakeSubstrate]):
    watch = Watching(client, "polkadot", nodes)
    await watch.round()
    grow(nodes)
    for node in nodes:
        node.branch_since = HEIGHT - 3
    outcome = await watch.round()
    assert outcome.raw.kind is VerdictKind.DEEP_REORG
    assert outcome.raw.statuses[Direction.DEPOSITS] is Status.PARTIAL_OUTAGE
    kinds = []
    for _ in range(3):
        grow(nodes)
        kinds.append((await watch.round()).raw.kind)
    assert kinds == [VerdictKind.DEEP_REORG, VerdictKind.OPERATIONAL, VerdictKind.OPERATIONAL], "until three are final"


async def test_finality_that_stands_still_delays_deposits(client: Client, nodes: list[FakeSubstrate]):
    watch = Watching(client, "polkadot", nodes)
    for _ in range(80):
        outcome = await watch.round(6)
        assert outcome.raw.kind is VerdictKind.OPERATIONAL
        grow(nodes)
        for node in nodes:
            node.final_behind += 1
    for _ in range(3):
        outcome = await watch.round(6)
        grow(nodes)
        for node in nodes:
            node.final_behind += 1
    assert outcome.raw.kind is VerdictKind.FINALITY_DELAY
    assert outcome.raw.statuses[Direction.WITHDRAWALS] is Status.OPERATIONAL


async def test_a_node_without_finality_to_tell_still_has_its_head(client: Client, nodes: list[FakeSubstrate]):
    nodes[0].changed["chain_getFinalizedHead"] = RpcError(-32601, "Method not found")
    watch = Watching(client, "polkadot", nodes[:1])
    outcome = await watch.round()
    assert (watch.seen[0].height, watch.seen[0].finalized_height, watch.seen[0].hashes) == (HEIGHT, None, {})
    assert states(outcome) == ["ok"]


async def test_another_chain_of_the_same_make_is_another_network(client: Client, nodes: list[FakeSubstrate]):
    nodes[0].genesis = "0xb0a8d493285c2df73290dfb7e61f870f17b41801197a149ca93654499ea3dafe"
    assert states(await Watching(client, "polkadot", nodes).round())[0] == "wrong_chain"


async def test_standstill_is_told_after_three_minutes(client: Client, nodes: list[FakeSubstrate]):
    watch = Watching(client, "polkadot", nodes)
    await watch.round()
    assert states(await watch.rounds(30)) == ["ok"] * 3
    assert states(await watch.round()) == ["stalled"] * 3


@pytest.mark.parametrize("number", [None, "", "0x", "zz", -5, "0x" + "f" * 30])
async def test_a_height_that_is_none_is_garbage(client: Client, nodes: list[FakeSubstrate], number: object):
    nodes[0].changed["chain_getHeader"] = {"number": number}
    watch = Watching(client, "polkadot", nodes[:1])
    await watch.round()
    assert watch.seen[0].seen is Seen.GARBAGE


async def test_heights_are_read_as_hex(client: Client, nodes: list[FakeSubstrate]):
    nodes[0].changed["chain_getHeader"] = {"number": "0x10", "parentHash": block(15)}
    watch = Watching(client, "polkadot", nodes[:1])
    await watch.round()
    assert watch.seen[0].height == 16

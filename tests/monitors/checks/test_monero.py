"""The look at Monero nodes, and what its faults amount to: a real monerod, and a fake one for the main network."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from monitors.checks.monero import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from records.components import Direction, Status
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.monero import MAINNET, FakeMonerod, block
from tests.monitors.fakes.server import RpcError
from tests.monitors.fakes.watching import Watching
from tests.nodes import Monerod

TIP = 3_550_000


def target(url: str) -> Target:
    return Target(monitor="chain:monero", name="xmr-1", url=url, deadline_seconds=4.0)


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeMonerod]]:
    """Three nodes at the same head."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeMonerod(TIP)) for _ in range(3)]


@pytest.fixture(scope="module")
def monerod() -> Iterator[Monerod]:
    """One Monero node for all tests here, since it starts slowly. It has at least 20 blocks."""
    with Monerod() as node:
        node.mine(20)
        yield node


async def test_a_real_node_shows_its_newest_block_and_not_its_count(client: Client, monerod: Monerod):
    seen = await look(target(monerod.url), Tools(client=client))
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.head_hash) == (monerod.height, monerod.head)
    assert monerod.rpc("get_info")["height"] == monerod.height + 1
    assert sorted(seen.hashes) == list(range(monerod.height - 11, monerod.height + 1))
    assert seen.network == "fakechain", "its first block is the main network's, so the name tells"
    assert (seen.peers, seen.peers_out, seen.syncing_behind) == (0, 0, 0)
    assert seen.facts == {"network_active": False, "mempool_transactions": 0}
    assert seen.block_at is not None
    assert seen.fee is not None
    assert seen.fee > 0


async def test_a_real_reorganisation_shows_in_the_hashes_and_in_the_nodes_own_words(client: Client, monerod: Monerod):
    tools = Tools(client=client)
    tip = monerod.height
    before = await look(target(monerod.url), tools)
    monerod.reorganise(3)
    after = await look(target(monerod.url), tools)
    changed = [height for height in before.hashes if after.hashes[height] != before.hashes[height]]
    assert changed == [tip - 2, tip - 1, tip]
    assert (after.height, after.fork_depth) == (tip + 1, 3)


async def test_a_reorganisation_deeper_than_the_looks_is_followed_to_its_root(client: Client, monerod: Monerod):
    tools = Tools(client=client)
    for _ in range(2):
        await look(target(monerod.url), tools)
        monerod.mine(10)
    tip = monerod.height
    before = await look(target(monerod.url), tools)
    monerod.reorganise(25)
    after = await look(target(monerod.url), tools)
    changed = [height for height in before.hashes if after.hashes.get(height) != before.hashes[height]]
    assert changed == list(range(tip - 24, tip + 1))


async def test_a_real_restricted_interface_hides_peers_and_branches(client: Client, monerod: Monerod):
    seen = await look(target(monerod.restricted_url), Tools(client=client))
    assert (seen.seen, seen.height, seen.head_hash) == (Seen.OK, monerod.height, monerod.head)
    assert (seen.peers, seen.peers_out) == (None, None), "a 0 that stands for hidden is not 0 peers"
    assert seen.fork_depth is None


async def test_a_real_node_that_freezes_is_not_waited_for(client: Client, monerod: Monerod):
    frozen = Target(monitor="chain:monero", name="xmr-1", url=monerod.url, deadline_seconds=0.5)
    monerod.freeze()
    try:
        seen = await look(frozen, Tools(client=client))
    finally:
        monerod.thaw()
    assert (seen.seen, seen.note) == (Seen.TRANSPORT, "no whole answer in time")
    assert (await look(target(monerod.url), Tools(client=client))).seen is Seen.OK


async def test_a_real_node_at_its_first_block(client: Client):
    with Monerod() as node:
        seen = await look(target(node.url), Tools(client=client))
    assert (seen.seen, seen.height, seen.head_hash, seen.block_at) == (Seen.OK, 0, MAINNET, None)


async def test_a_healthy_node_of_the_main_network(client: Client, nodes: list[FakeMonerod]):
    watch = Watching(client, "monero", nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.height, seen.head_hash, seen.parent_hash) == (TIP, block(TIP), block(TIP - 1))
    assert (seen.network, seen.peers, seen.peers_out) == (MAINNET, 42, 12)
    assert (seen.fee, seen.version) == (1_200_000.0, "monerod/0.18.4.3-release")
    assert states(outcome) == ["ok"] * 3
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_a_look_is_five_questions_and_never_a_batch(client: Client, nodes: list[FakeMonerod]):
    watch = Watching(client, "monero", nodes[:1])
    for _ in range(2):
        nodes[0].asked.clear()
        await watch.round(120)
        assert len(nodes[0].asked) == 5
        nodes[0].tip += 1


async def test_the_path_may_be_in_the_address_already(client: Client, nodes: list[FakeMonerod]):
    seen = await look(target(f"{nodes[0].url}/json_rpc?key=k"), Tools(client=client))
    assert seen.seen is Seen.OK


async def test_target_height_counts_blocks_as_well(client: Client, nodes: list[FakeMonerod]):
    nodes[0].info = {"target_height": TIP + 1 + 9, "synchronized": False, "busy_syncing": True}
    nodes[1].info = {"target_height": TIP + 1 + 1, "synchronized": False}
    watch = Watching(client, "monero", nodes)
    outcome = await watch.round()
    assert [seen.syncing_behind for seen in watch.seen] == [9, 1, 0]
    assert states(outcome) == ["syncing", "ok", "ok"]


async def test_a_target_of_0_before_it_met_a_peer_is_not_synchronised(client: Client, nodes: list[FakeMonerod]):
    nodes[0].info = {"target_height": 0, "synchronized": False}
    watch = Watching(client, "monero", nodes)
    outcome = await watch.round()
    assert watch.seen[0].syncing_behind is None
    assert states(outcome)[0] == "syncing"


async def test_a_height_borrowed_from_another_node_is_not_its_own(client: Client, nodes: list[FakeMonerod]):
    nodes[0].tip -= 1000
    nodes[0].info = {"height": TIP + 1, "untrusted": True, "was_bootstrap_ever_used": True}
    watch = Watching(client, "monero", nodes)
    outcome = await watch.round()
    assert watch.seen[0].height == TIP - 1000
    assert states(outcome)[0] == "lagging"


async def test_a_node_without_peers_is_isolated(client: Client, nodes: list[FakeMonerod]):
    nodes[0].info = {"outgoing_connections_count": 0, "incoming_connections_count": 0}
    nodes[1].info = {"offline": True}
    nodes[2].info = {"outgoing_connections_count": 1}
    outcome = await Watching(client, "monero", nodes).round()
    assert states(outcome) == ["isolated", "isolated", "ok"]
    assert "own-3: only 1 outgoing peer" in outcome.raw.reasoning


async def test_a_busy_node_is_starting(client: Client, nodes: list[FakeMonerod]):
    nodes[0].info = {"status": "BUSY"}
    nodes[1].changed["get_info"] = RpcError(-9, "Core is busy")
    watch = Watching(client, "monero", nodes)
    assert states(await watch.round())[0] == "syncing"
    assert [seen.seen for seen in watch.seen] == [Seen.WARMING, Seen.RPC_ERROR, Seen.OK]


@pytest.mark.parametrize(
    ("depth", "kind", "deposits"),
    [
        (2, VerdictKind.OPERATIONAL, Status.OPERATIONAL),
        (5, VerdictKind.OPERATIONAL, Status.OPERATIONAL),
        (6, VerdictKind.DEEP_REORG, Status.PARTIAL_OUTAGE),
    ],
)
async def test_six_replaced_blocks_stop_deposits_and_nothing_else(
    client: Client, nodes: list[FakeMonerod], depth: int, kind: VerdictKind, deposits: Status
):
    watch = Watching(client, "monero", nodes)
    await watch.round(120)
    for node in nodes:
        node.branch_since, node.tip = TIP - depth + 1, TIP + 1
    outcome = await watch.round(120)
    assert outcome.raw.kind is kind
    assert outcome.raw.statuses[Direction.DEPOSITS] is deposits
    assert outcome.raw.statuses[Direction.WITHDRAWALS] is Status.OPERATIONAL
    assert outcome.raw.facts.get("reorg_depth") == (depth if depth >= 3 else None)


async def test_two_tips_of_one_height_are_everyday_business(client: Client, nodes: list[FakeMonerod]):
    nodes[0].branch_since = TIP - 1
    assert states(await Watching(client, "monero", nodes).round()) == ["ok"] * 3
    nodes[0].branch_since = TIP - 2
    assert states(await Watching(client, "monero", nodes).round()) == ["forked", "ok", "ok"]


async def test_old_branches_are_history(client: Client, nodes: list[FakeMonerod]):
    nodes[0].branches = [(TIP - 5, 2), (TIP - 2000, 18)]
    watch = Watching(client, "monero", nodes[:1])
    await watch.round()
    assert watch.seen[0].fork_depth == 2


@pytest.mark.parametrize("info", [{"nettype": "stagenet"}, {"nettype": "testnet"}, {"nettype": "fakechain"}])
async def test_another_network_is_told_by_its_name(client: Client, nodes: list[FakeMonerod], info: dict[str, object]):
    nodes[0].info = info
    assert states(await Watching(client, "monero", nodes).round())[0] == "wrong_chain"


async def test_standstill_is_told_after_the_gap_that_chance_brings_once_a_year(
    client: Client, nodes: list[FakeMonerod]
):
    watch = Watching(client, "monero", nodes[:2], nodes[2:])
    await watch.round()
    assert states(await watch.rounds(50, 30)) == ["ok"] * 3
    outcome = await watch.round(30)
    assert states(outcome) == ["stalled"] * 3
    assert outcome.raw.kind is VerdictKind.NETWORK_HALT


@pytest.mark.parametrize("height", [None, 0, -1, "many", True])
async def test_a_height_that_is_none_is_garbage(client: Client, nodes: list[FakeMonerod], height: object):
    nodes[0].info = {"height": height, "height_without_bootstrap": height}
    watch = Watching(client, "monero", nodes[:1])
    await watch.round()
    assert watch.seen[0].seen is Seen.GARBAGE

"""The look at Tron nodes, and what its faults amount to: a fake node of java-tron's shapes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from monitors.client import Client
from records.components import Direction, Status
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.tron import GENESIS, FakeTron, block_id, stamp_ms
from tests.monitors.fakes.watching import Watching

HEIGHT = 66_987_565


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeTron]]:
    """Three nodes at the same head."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeTron(HEIGHT)) for _ in range(3)]


def watching(client: Client, nodes: list[FakeTron]) -> Watching:
    return Watching(client, "tron", nodes, now=datetime.fromtimestamp(stamp_ms(HEIGHT) // 1000, UTC))


def grow(nodes: list[FakeTron], blocks: int = 2) -> None:
    for node in nodes:
        node.height += blocks


async def test_a_healthy_node_shows_all_there_is(client: Client, nodes: list[FakeTron]):
    watch = watching(client, nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.head_hash, seen.parent_hash) == (HEIGHT, block_id(HEIGHT), block_id(HEIGHT - 1))
    assert seen.finalized_height == HEIGHT - 19
    assert (seen.network, seen.peers, seen.peers_out) == (GENESIS, 60, 3)
    assert seen.version == "java-tron/4.8.1"
    assert seen.facts == {}
    assert states(outcome) == ["ok"] * 3
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_stamps_are_milliseconds(client: Client, nodes: list[FakeTron]):
    watch = watching(client, nodes[:1])
    await watch.round()
    assert watch.seen[0].block_at == datetime.fromtimestamp(stamp_ms(HEIGHT) // 1000, UTC)


async def test_the_first_look_asks_four_times_and_later_ones_at_most_three(client: Client, nodes: list[FakeTron]):
    watch = watching(client, nodes[:1])
    counts = []
    for _ in range(4):
        await watch.round()
        counts.append(len(nodes[0].asked))
        nodes[0].asked.clear()
        grow(nodes[:1], 1)
    assert counts[0] == 4
    assert max(counts[1:]) <= 3


async def test_an_older_node_is_asked_for_its_whole_newest_block(client: Client, nodes: list[FakeTron]):
    nodes[0].without = {"/wallet/getblock"}
    watch = watching(client, nodes[:1])
    outcome = await watch.round()
    assert (watch.seen[0].height, watch.seen[0].network) == (HEIGHT, GENESIS)
    assert states(outcome) == ["ok"]


async def test_a_provider_that_says_nothing_of_the_node_is_asked_for_the_solid_block(
    client: Client, nodes: list[FakeTron]
):
    nodes[0].without = {"/wallet/getnodeinfo"}
    watch = watching(client, nodes[:1])
    outcome = await watch.round()
    (seen,) = watch.seen
    assert (seen.finalized_height, seen.peers, seen.version) == (HEIGHT - 19, None, None)
    assert states(outcome) == ["ok"], "not told is not 0 peers"


@pytest.mark.parametrize("text", ["", "Num:,ID:00", "Num:-5,ID:" + "0" * 64, "Num:5", None, 5, ["Num:5"]])
async def test_a_solid_block_written_strangely_is_not_seen(client: Client, nodes: list[FakeTron], text: object):
    node = nodes[0]
    info = node._info()
    node._info = lambda: info | {"solidityBlock": text}  # type: ignore[method-assign] # what this node says
    watch = watching(client, [node])
    await watch.round()
    assert (watch.seen[0].seen, watch.seen[0].finalized_height) == (Seen.OK, None)


async def test_solid_blocks_far_behind_delay_deposits_only(client: Client, nodes: list[FakeTron]):
    watch = watching(client, nodes)
    await watch.round()
    for node in nodes:
        node.solid_behind = 101
    grow(nodes)
    outcome = await watch.round()
    assert outcome.raw.kind is VerdictKind.FINALITY_DELAY
    assert outcome.raw.statuses[Direction.DEPOSITS] is Status.DEGRADED
    assert outcome.raw.statuses[Direction.WITHDRAWALS] is Status.OPERATIONAL
    assert "101 behind" in outcome.raw.reasoning


async def test_a_late_node_is_told_and_then_of_no_use(client: Client, nodes: list[FakeTron]):
    nodes[0].height -= 7
    nodes[1].height -= 0
    outcome = await watching(client, nodes).round()
    assert (states(outcome)[0], outcome.nodes[0].usable) == ("lagging", True)
    nodes[0].height -= 7
    outcome = await watching(client, nodes).round()
    assert (states(outcome)[0], outcome.nodes[0].usable) == ("lagging", False)


async def test_a_network_that_stands_still_is_no_fault_of_one_node(client: Client, nodes: list[FakeTron]):
    watch = watching(client, nodes)
    await watch.rounds(6)
    outcome = await watch.round()
    assert states(outcome) == ["stalled"] * 3
    assert outcome.raw.kind is VerdictKind.NO_NEW_BLOCKS


async def test_another_network_is_told_by_its_first_block(client: Client, nodes: list[FakeTron]):
    nodes[0].genesis = "0000000000000000d698d4192c56cb6be724a558448e2684802de4d6cd8690dc"
    assert states(await watching(client, nodes).round())[0] == "wrong_chain"


async def test_a_node_without_peers_is_isolated(client: Client, nodes: list[FakeTron]):
    nodes[0].peers = 0
    assert states(await watching(client, nodes).round())[0] == "isolated"


async def test_a_node_that_most_peers_are_ahead_of_is_syncing(client: Client, nodes: list[FakeTron]):
    nodes[0].peers_ahead, nodes[1].peers_ahead = 2, 1
    assert states(await watching(client, nodes).round()) == ["syncing", "ok", "ok"], "one strange peer says nothing"


async def test_a_replaced_block_is_found(client: Client, nodes: list[FakeTron]):
    watch = watching(client, nodes)
    for _ in range(3):
        await watch.round()
        grow(nodes, 1)
    for node in nodes:
        node.branch_since = (1, node.height - 3)
    outcome = await watch.round()
    assert outcome.raw.facts["reorg_depth"] == 3
    assert outcome.raw.kind is VerdictKind.OPERATIONAL, "three blocks are less than a deposit waits for"


async def test_a_node_on_a_branch_of_its_own_is_forked(client: Client, nodes: list[FakeTron]):
    nodes[0].branch_since = (1, HEIGHT - 5)
    assert states(await watching(client, nodes).round())[0] == "forked"


@pytest.mark.parametrize(
    ("status", "document", "seen"),
    [
        (200, {}, Seen.GARBAGE),
        (200, {"Error": "class java.lang.NullPointerException : null"}, Seen.GARBAGE),
        (429, {"Error": "request rate exceeded"}, Seen.THROTTLED),
        (503, {"Error": "lack of computing resources"}, Seen.OVERLOADED),
        (403, {"Error": "exceeds the frequency limit"}, Seen.AUTH),
    ],
)
async def test_a_refusal_has_its_class(
    client: Client, nodes: list[FakeTron], status: int, document: object, seen: Seen
):
    nodes[0].instead = (status, document)
    watch = watching(client, nodes[:1])
    await watch.round()
    assert watch.seen[0].seen is seen


async def test_an_id_that_does_not_bear_its_height_is_garbage(client: Client, nodes: list[FakeTron]):
    nodes[0].branch_since = (0, 0)
    nodes[0].id_at = lambda height: "ab" * 32  # type: ignore[method-assign] # what this node says
    watch = watching(client, nodes[:1])
    await watch.round()
    assert watch.seen[0].seen is Seen.GARBAGE

"""The look at Cardano through Ogmios, and what its faults amount to: a fake bridge of the documented shapes."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from monitors.client import Client
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.cardano import HEIGHT, SLOT, FakeOgmios, block_id, slot_at
from tests.monitors.fakes.watching import Watching


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeOgmios]]:
    """Three bridges at the same head."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeOgmios()) for _ in range(3)]


def watching(client: Client, nodes: list[FakeOgmios], *, references: int = 0) -> Watching:
    own = nodes[: len(nodes) - references]
    return Watching(client, "cardano", own, nodes[len(own) :], now=slot_at(SLOT))


def grow(nodes: list[FakeOgmios], blocks: int = 1) -> None:
    for node in nodes:
        node.height += blocks


async def test_a_healthy_bridge_shows_all_there_is(client: Client, nodes: list[FakeOgmios]):
    watch = watching(client, nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.head_hash, seen.network) == (HEIGHT, block_id(HEIGHT), "mainnet")
    assert (seen.peers, seen.finalized_height, seen.syncing_behind) == (None, None, None)
    assert seen.version == "ogmios/v6.14.0 (e9b5c7a0)"
    assert seen.facts == {"synchronised": 1.0, "tip_update_age_seconds": 6}
    assert states(outcome) == ["ok"] * 3
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_a_look_is_one_question(client: Client, nodes: list[FakeOgmios]):
    watch = watching(client, nodes[:1])
    await watch.rounds(3)
    assert nodes[0].asked == ["/health"] * 3


async def test_the_slot_tells_the_blocks_time(client: Client, nodes: list[FakeOgmios]):
    watch = watching(client, nodes)
    await watch.round()
    assert watch.seen[0].block_at == slot_at(SLOT)


async def test_on_a_private_network_the_last_update_stands_for_the_blocks_time(client: Client, nodes: list[FakeOgmios]):
    nodes[0].network = "acme"
    watch = watching(client, nodes)
    await watch.round()
    assert watch.seen[0].block_at == slot_at(SLOT)


async def test_releases_before_6_name_height_and_id_otherwise(client: Client, nodes: list[FakeOgmios]):
    nodes[0].is_before_6 = True
    watch = watching(client, nodes)
    assert states(await watch.round()) == ["ok"] * 3
    assert (watch.seen[0].height, watch.seen[0].head_hash) == (HEIGHT, block_id(HEIGHT))


async def test_figures_that_froze_when_the_node_was_lost_are_not_believed(client: Client, nodes: list[FakeOgmios]):
    watch = watching(client, nodes)
    await watch.round()
    nodes[0].connection = "disconnected"
    outcome = await watch.round()
    assert watch.seen[0].seen is Seen.TRANSPORT
    assert watch.seen[0].height is None
    assert watch.seen[0].facts["refused"] is True, "our own network is not the suspect"
    assert states(outcome) == ["unreachable", "ok", "ok"]
    assert "it has lost its node" in outcome.raw.reasoning


async def test_before_the_first_block_the_node_is_starting(client: Client, nodes: list[FakeOgmios]):
    nodes[0].has_tip = False
    watch = watching(client, nodes)
    assert states(await watch.round()) == ["syncing", "ok", "ok"]
    assert watch.seen[0].seen is Seen.WARMING


async def test_a_node_with_a_part_of_the_chain_is_syncing(client: Client, nodes: list[FakeOgmios]):
    nodes[0].synchronised = 0.98765
    nodes[0].height -= 150_000
    assert states(await watching(client, nodes).round()) == ["syncing", "ok", "ok"]


async def test_a_bridge_that_is_connected_and_stands_still_is_stalled(client: Client, nodes: list[FakeOgmios]):
    watch = watching(client, nodes)
    for _ in range(16):
        outcome = await watch.round(20)
        grow(nodes[1:])
    assert states(outcome) == ["stalled", "ok", "ok"]


async def test_gaps_of_some_minutes_are_chance(client: Client, nodes: list[FakeOgmios]):
    watch = watching(client, nodes, references=1)
    await watch.round()
    assert states(await watch.rounds(29, 10)) == ["ok"] * 3
    outcome = await watch.rounds(10, 10)
    assert states(outcome) == ["stalled"] * 3
    assert outcome.raw.kind is VerdictKind.NETWORK_HALT


async def test_two_blocks_for_one_height_are_everyday_business(client: Client, nodes: list[FakeOgmios]):
    watch = watching(client, nodes)
    await watch.round()
    grow(nodes)
    nodes[0].branch = 1
    assert states(await watch.round()) == ["ok"] * 3
    grow(nodes)
    nodes[0].branch = 0
    outcome = await watch.round()
    assert states(outcome) == ["ok"] * 3
    assert "reorg_depth" not in outcome.raw.facts


async def test_lost_blocks_that_cannot_be_asked_for_again_are_no_evidence(client: Client, nodes: list[FakeOgmios]):
    """Each node sees other heights and, by chance, blocks that were replaced before anyone looked again."""
    watch = watching(client, nodes)
    dice = random.Random(7)
    for _ in range(200):
        grow(nodes)
        top = max(node.height for node in nodes)
        for node in nodes:
            node.height, node.branch = top - (dice.random() < 0.2), int(dice.random() < 0.1)
        outcome = await watch.round(20)
        assert states(outcome) == ["ok"] * 3
        assert outcome.raw.kind is VerdictKind.OPERATIONAL
        assert "reorg_depth" not in outcome.raw.facts


async def test_a_node_on_a_branch_of_its_own_falls_behind(client: Client, nodes: list[FakeOgmios]):
    watch = watching(client, nodes)
    nodes[0].branch = 1
    for _ in range(11):
        outcome = await watch.round(20)
        grow(nodes[1:], 2)
        grow(nodes[:1], 1)
    assert (states(outcome)[0], outcome.nodes[0].usable) == ("lagging", True)
    grow(nodes[1:], 2)
    outcome = await watch.round(20)
    assert (states(outcome)[0], outcome.nodes[0].usable) == ("lagging", False)


async def test_a_test_network_is_another_network(client: Client, nodes: list[FakeOgmios]):
    nodes[0].network = "preprod"
    assert states(await watching(client, nodes).round())[0] == "wrong_chain"


@pytest.mark.parametrize(
    ("status", "document", "seen"),
    [
        (200, {}, Seen.GARBAGE),
        (200, {"lastKnownTip": {"height": "many", "id": "00"}}, Seen.GARBAGE),
        (500, "oops", Seen.GARBAGE),
        (404, {}, Seen.UNSUPPORTED),
        (503, {}, Seen.OVERLOADED),
        (429, {}, Seen.THROTTLED),
    ],
)
async def test_a_strange_answer_has_its_class(
    client: Client, nodes: list[FakeOgmios], status: int, document: object, seen: Seen
):
    nodes[0].instead = (status, document)
    watch = watching(client, nodes[:1])
    await watch.round()
    assert watch.seen[0].seen is seen

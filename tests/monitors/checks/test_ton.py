"""The look at TON through toncenter, and what its faults amount to: a fake of the documented shapes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from monitors.client import Client
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.ton import HEIGHT, FakeToncenter, as_base64, made_at, root
from tests.monitors.fakes.watching import Watching


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeToncenter]]:
    """Three nodes at the same head."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeToncenter()) for _ in range(3)]


def watching(client: Client, nodes: list[FakeToncenter]) -> Watching:
    return Watching(client, "ton", nodes, now=datetime.fromtimestamp(made_at(HEIGHT), UTC))


def grow(nodes: list[FakeToncenter], blocks: int = 6) -> None:
    for node in nodes:
        node.height += blocks


async def test_a_healthy_node_shows_all_there_is(client: Client, nodes: list[FakeToncenter]):
    watch = watching(client, nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.head_hash, seen.parent_hash) == (HEIGHT, root(HEIGHT), root(HEIGHT - 1))
    assert seen.network == "17a3a92992aabea785a7a090985a265cd31f323d849da51239737e321fb05569"
    assert seen.finalized_height == HEIGHT
    assert seen.block_at == datetime.fromtimestamp(made_at(HEIGHT), UTC)
    assert (seen.peers, seen.syncing_behind) == (None, None)
    assert states(outcome) == ["ok"] * 3
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_a_look_is_two_questions_and_one_for_a_height_that_all_are_asked_for(
    client: Client, nodes: list[FakeToncenter]
):
    watch = watching(client, nodes[:1])
    await watch.round()
    assert nodes[0].asked == ["getMasterchainInfo", "getBlockHeader", "lookupBlock"]


async def test_the_head_alone_is_enough(client: Client, nodes: list[FakeToncenter]):
    nodes[0].without = {"getBlockHeader", "lookupBlock"}
    watch = watching(client, nodes[:1])
    assert states(await watch.round()) == ["ok"]
    assert (watch.seen[0].block_at, watch.seen[0].parent_hash) == (None, None)


async def test_an_out_of_sync_node_is_late(client: Client, nodes: list[FakeToncenter]):
    nodes[0].height -= 30
    nodes[1].height -= 300
    outcome = await watching(client, nodes + nodes[2:] * 2).round()
    assert states(outcome) == ["lagging", "lagging", "ok", "ok", "ok"]
    assert [node.usable for node in outcome.nodes[:2]] == [True, False]


async def test_one_node_alone_that_goes_on_an_hour_late_is_syncing(client: Client, nodes: list[FakeToncenter]):
    nodes[0].height -= 3600
    watch = watching(client, nodes[:1])
    outcome = await watch.round()
    assert "its newest block is 3606 s old by its own time" in outcome.raw.reasoning
    grow(nodes[:1], 40)
    outcome = await watch.round()
    assert states(outcome) == ["syncing"]
    assert outcome.raw.kind is VerdictKind.OUR_SIDE


async def test_old_blocks_in_a_halt_are_a_halt_and_no_syncing(client: Client, nodes: list[FakeToncenter]):
    watch = Watching(client, "ton", nodes[:2], nodes[2:], now=datetime.fromtimestamp(made_at(HEIGHT), UTC))
    seen = {tuple(states(await watch.round())) for _ in range(60)}
    assert seen == {("ok",) * 3, ("stalled",) * 3}
    assert (await watch.round()).raw.kind is VerdictKind.NETWORK_HALT


async def test_standstill_is_told_after_a_minute(client: Client, nodes: list[FakeToncenter]):
    watch = watching(client, nodes)
    assert states(await watch.rounds(11)) == ["ok"] * 3
    outcome = await watch.round()
    assert states(outcome) == ["stalled"] * 3
    assert outcome.raw.kind is VerdictKind.NO_NEW_BLOCKS


async def test_a_block_that_differs_is_a_fork(client: Client, nodes: list[FakeToncenter]):
    nodes[0].branch_since = HEIGHT
    assert states(await watching(client, nodes).round())[0] == "forked"


async def test_nodes_at_different_heights_are_compared_where_they_meet(client: Client, nodes: list[FakeToncenter]):
    nodes[0].branch_since = 0
    nodes[1].height += 3
    nodes[2].height += 6
    watch = watching(client, nodes)
    await watch.round()
    grow(nodes)
    assert states(await watch.round())[0] == "forked"


async def test_the_test_network_is_another_network(client: Client, nodes: list[FakeToncenter]):
    nodes[0].zero_state = "gj+B8wb/AmlPk1z1AhVI484rhrUpgSr2oSFIh56VoSg="
    assert states(await watching(client, nodes).round())[0] == "wrong_chain"


@pytest.mark.parametrize("strange", ["", "AAAA", "not base64!", root(HEIGHT), None, 5, as_base64("ab" * 31)])
async def test_a_hash_that_is_none_is_garbage(client: Client, nodes: list[FakeToncenter], strange: object):
    nodes[0].instead = (200, {"ok": True, "result": {"last": {"seqno": HEIGHT, "root_hash": strange}}})
    watch = watching(client, nodes[:1])
    await watch.round()
    assert watch.seen[0].seen is Seen.GARBAGE


@pytest.mark.parametrize(
    ("status", "document", "seen"),
    [
        (200, {"ok": False, "error": "LITE_SERVER_UNKNOWN", "code": 500}, Seen.RPC_ERROR),
        (200, {"ok": False, "error": "Ratelimit exceed", "code": 429}, Seen.THROTTLED),
        (429, {"ok": False, "result": "Ratelimit exceed", "code": 429}, Seen.THROTTLED),
        (504, {"ok": False, "error": "timeout"}, Seen.TRANSPORT),
        (200, [], Seen.GARBAGE),
    ],
)
async def test_a_refusal_has_its_class(
    client: Client, nodes: list[FakeToncenter], status: int, document: object, seen: Seen
):
    nodes[0].instead = (status, document)
    watch = watching(client, nodes[:1])
    await watch.round()
    assert watch.seen[0].seen is seen

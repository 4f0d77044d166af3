"""The look at CometBFT nodes, and what their faults amount to: a fake node of the documented shapes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from monitors.client import Client
from records.components import Cause, Direction, Status
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.cosmos import FakeCosmos, block_hash, plan
from tests.monitors.fakes.server import RpcError
from tests.monitors.fakes.watching import Watching

HEIGHT = 21_999_000


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeCosmos]]:
    """Three nodes at the same height."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeCosmos(HEIGHT)) for _ in range(3)]


def watching(client: Client, own: list[FakeCosmos], references: list[FakeCosmos] | None = None) -> Watching:
    return Watching(client, "cosmos-hub", own, references or [])


async def test_a_healthy_node_shows_all_there_is(client: Client, nodes: list[FakeCosmos]):
    watch = watching(client, nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.finalized_height, seen.network) == (HEIGHT, HEIGHT, "cosmoshub-4")
    assert (seen.head_hash, seen.parent_hash) == (block_hash(HEIGHT).lower(), block_hash(HEIGHT - 1).lower())
    assert (seen.peers, seen.version) == (42, "GaiaApp/v24.0.0")
    assert seen.block_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert sorted(seen.hashes) == list(range(HEIGHT - 19, HEIGHT + 1))
    assert seen.facts == {
        "earliest_height": 21_000_000,
        "mempool_txs": 17,
        "upgrade_height": 0,
        "upgrade_stops": True,
    }
    assert "secret-host" not in repr(seen)
    assert states(outcome) == ["ok", "ok", "ok"]
    assert "upgrade_height" not in outcome.raw.facts


async def test_a_look_is_one_batch_of_three_and_the_rest_is_asked_seldom(client: Client, nodes: list[FakeCosmos]):
    watch = watching(client, nodes[:1])
    await watch.round()
    assert sorted(nodes[0].asked) == [
        *["abci_info", "abci_query", "blockchain", "net_info", "num_unconfirmed_txs", "status"]
    ]
    nodes[0].asked.clear()
    nodes[0].grow(2)
    await watch.round()
    assert nodes[0].asked == ["status", "blockchain", "num_unconfirmed_txs"]


async def test_a_node_that_refuses_batches_is_asked_singly(client: Client, nodes: list[FakeCosmos]):
    nodes[0].takes_batches = False
    watch = watching(client, nodes[:1])
    await watch.round()
    assert (watch.seen[0].seen, watch.seen[0].height, watch.seen[0].peers) == (Seen.OK, HEIGHT, 42)


async def test_caught_up_by_its_own_word_and_stuck_is_stalled(client: Client, nodes: list[FakeCosmos]):
    watch = watching(client, nodes[:1], nodes[1:2])
    for _ in range(12):
        nodes[1].grow()
        outcome = await watch.round()
    assert states(outcome) == ["stalled", "ok"]
    assert outcome.raw.kind is VerdictKind.OUR_SIDE
    assert outcome.raw.corroborated


async def test_caught_up_by_its_own_word_and_50_behind_lags(client: Client, nodes: list[FakeCosmos]):
    nodes[0].height -= 50
    outcome = await watching(client, nodes).round()
    assert states(outcome) == ["lagging", "ok", "ok"]
    assert outcome.nodes[0].lag_blocks == 50


async def test_a_node_that_says_it_catches_up_is_believed(client: Client, nodes: list[FakeCosmos]):
    nodes[0].catching_up = True
    assert states(await watching(client, nodes).round()) == ["syncing", "ok", "ok"]


async def test_a_node_on_another_network_is_on_the_wrong_chain(client: Client, nodes: list[FakeCosmos]):
    nodes[0].network = "theta-testnet-001"
    assert states(await watching(client, nodes).round()) == ["wrong_chain", "ok", "ok"]


async def test_another_hash_at_a_common_height_is_a_fork(client: Client, nodes: list[FakeCosmos]):
    nodes[2].branch = dict.fromkeys(range(HEIGHT - 2, HEIGHT + 1), 1)
    assert states(await watching(client, nodes).round()) == ["ok", "ok", "forked"]


async def test_a_node_without_peers_is_isolated(client: Client, nodes: list[FakeCosmos]):
    nodes[0].peers = "0"
    assert states(await watching(client, nodes).round()) == ["isolated", "ok", "ok"]


async def test_when_all_stand_still_without_a_plan_it_is_a_halt(client: Client, nodes: list[FakeCosmos]):
    outcome = await watching(client, nodes[:2], nodes[2:]).rounds(12)
    assert outcome.raw.kind is VerdictKind.NETWORK_HALT
    assert outcome.raw.statuses[Direction.DEPOSITS] is Status.DEGRADED


async def test_an_upgrade_ahead_is_told_by_its_height(client: Client, nodes: list[FakeCosmos]):
    nodes[0].plan = plan(22_000_000)
    outcome = await watching(client, nodes[:1]).round()
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert outcome.raw.facts["upgrade_height"] == 22_000_000


@pytest.mark.parametrize("short_of_it", [0, 1])
async def test_a_stop_at_the_height_of_the_upgrade_is_planned_work(
    client: Client, nodes: list[FakeCosmos], short_of_it: int
):
    for node in nodes:
        node.plan = plan(HEIGHT + short_of_it)
    watch = watching(client, nodes[:2], nodes[2:])
    outcome = await watch.rounds(12)
    assert states(outcome) == ["stalled"] * 3
    assert set(outcome.raw.statuses.values()) == {Status.UNDER_MAINTENANCE}
    assert "planned upgrade" in outcome.raw.reasoning
    assert outcome.raw.facts["upgrade_height"] == HEIGHT + short_of_it


async def test_nodes_that_end_at_the_height_of_the_upgrade_are_planned_work_too(
    client: Client, nodes: list[FakeCosmos]
):
    for node in nodes:
        node.plan = plan(HEIGHT + 1)
    watch = watching(client, nodes[:2], nodes[2:])
    await watch.round()
    for node in nodes:
        await node.stop()
    outcome = await watch.rounds(3)
    assert states(outcome) == ["unreachable"] * 3
    assert set(outcome.raw.statuses.values()) == {Status.UNDER_MAINTENANCE}


async def test_an_upgrade_that_lasts_too_long_is_a_halt(client: Client, nodes: list[FakeCosmos]):
    for node in nodes:
        node.plan = plan(HEIGHT)
    outcome = await watching(client, nodes[:2], nodes[2:]).rounds(200, 20.0)
    assert outcome.raw.kind is VerdictKind.NETWORK_HALT
    assert set(outcome.raw.statuses.values()) == {Status.MAJOR_OUTAGE}


async def test_when_others_went_on_after_the_upgrade_it_is_our_side(client: Client, nodes: list[FakeCosmos]):
    for node in nodes:
        node.plan = plan(HEIGHT + 1)
    watch = watching(client, nodes[:2], nodes[2:])
    await watch.round()
    nodes[2].plan = None
    watch.forget_seldom()
    for _ in range(12):
        nodes[2].grow()
        outcome = await watch.round()
    assert states(outcome) == ["stalled", "stalled", "ok"]
    assert outcome.raw.kind is VerdictKind.OUR_SIDE
    assert outcome.raw.cause is Cause.OPERATIONAL


@pytest.mark.parametrize(
    "answer",
    [
        {"response": {"code": 6, "log": "unknown query path", "value": None}},
        {"response": {"code": 0, "value": "not base64"}},
        {"response": {"code": 0, "value": "/////w=="}},
        {"response": []},
        RpcError(-32603, "Internal error", "secret words from 10.0.0.7"),
        RpcError(-32601, "Method not found"),
    ],
)
async def test_a_plan_that_was_not_said_is_unknown(client: Client, nodes: list[FakeCosmos], answer: object):
    nodes[0].changed["abci_query"] = answer
    watch = watching(client, nodes[:1])
    outcome = await watch.round()
    assert "upgrade_height" not in watch.seen[0].facts
    assert states(outcome) == ["ok"]
    assert "10.0.0.7" not in repr(watch.seen[0])


@pytest.mark.parametrize("method", ["net_info", "abci_info", "num_unconfirmed_txs", "blockchain"])
async def test_what_a_node_does_not_know_is_unknown_and_not_bad(client: Client, nodes: list[FakeCosmos], method: str):
    nodes[0].changed[method] = RpcError(-32601, "Method not found")
    watch = watching(client, nodes)
    outcome = await watch.round()
    assert states(outcome) == ["ok", "ok", "ok"]
    assert watch.seen[0].peers is None or method != "net_info"


@pytest.mark.parametrize(
    ("sync", "seen"),
    [
        ({"latest_block_height": "0", "latest_block_hash": "", "catching_up": True}, Seen.WARMING),
        ({"latest_block_height": "-5", "latest_block_hash": "AB" * 32}, Seen.GARBAGE),
        ({"latest_block_height": "7", "latest_block_hash": "AB"}, Seen.GARBAGE),
        ({"latest_block_height": [7], "latest_block_hash": "AB" * 32}, Seen.GARBAGE),
        ([], Seen.GARBAGE),
    ],
)
async def test_without_a_newest_block_nothing_was_seen(
    client: Client, nodes: list[FakeCosmos], sync: object, seen: Seen
):
    nodes[0].changed["status"] = {"sync_info": sync, "node_info": {"network": "cosmoshub-4"}}
    watch = watching(client, nodes[:1])
    await watch.round()
    assert (watch.seen[0].seen, watch.seen[0].height) == (seen, None)


@pytest.mark.parametrize("instead", [(200, "hello"), (200, []), (429, {}), (502, {}), (200, {"id": -1, "error": "no"})])
async def test_garbage_never_looks_healthy(client: Client, nodes: list[FakeCosmos], instead: tuple[int, object]):
    nodes[0].instead = instead
    watch = watching(client, nodes)
    outcome = await watch.round()
    assert states(outcome)[0] in ("unreachable", "unknown")
    assert watch.seen[0].note

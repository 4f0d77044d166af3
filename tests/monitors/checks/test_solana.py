"""The look at Solana's nodes, and what their faults amount to: a fake node of the documented shapes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from monitors.client import Client
from records.components import Direction, Status
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.server import RpcError
from tests.monitors.fakes.solana import MAINNET_GENESIS, FakeSolana, blockhash
from tests.monitors.fakes.watching import Watching

SLOT = 380_000_000


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeSolana]]:
    """Three nodes at the same slot."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeSolana(SLOT)) for _ in range(3)]


def watching(client: Client, own: list[FakeSolana], references: list[FakeSolana] | None = None) -> Watching:
    return Watching(client, "solana", own, references or [])


async def test_a_healthy_node_shows_all_there_is(client: Client, nodes: list[FakeSolana]):
    watch = watching(client, nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.head_hash, seen.finalized_height) == (SLOT, blockhash(SLOT), SLOT - 32)
    assert (seen.network, seen.syncing_behind, seen.peers) == (MAINNET_GENESIS, 0, None)
    assert (seen.version, seen.fee) == ("3.0.6", 10.0)
    assert seen.facts == {
        "feature_set": 3_604_001_754,
        "block_height": SLOT - 32 - 20_000_000,
        "seconds_per_block": 0.4,
        "delinquent_stake": 0.05,
    }
    ((landmark, block),) = seen.hashes.items()
    assert landmark % 26 == 0
    assert SLOT - 32 - 26 < landmark <= SLOT - 32
    assert block == blockhash(landmark)
    assert states(outcome) == ["ok", "ok", "ok"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_a_look_is_one_batch_of_five_and_a_landmark_now_and_then(client: Client, nodes: list[FakeSolana]):
    watch = watching(client, nodes[:1])
    await watch.round()
    nodes[0].asked.clear()
    for _ in range(4):
        nodes[0].grow(13)
        await watch.round(5.0)
    assert nodes[0].asked.count("getBlock") == 2
    assert len(nodes[0].asked) == 4 * 5 + 2


async def test_ok_by_its_own_word_and_2500_slots_behind_is_of_no_use(client: Client, nodes: list[FakeSolana]):
    nodes[0].slot -= 2500
    outcome = await watching(client, nodes).round()
    assert states(outcome) == ["lagging", "ok", "ok"]
    assert outcome.nodes[0].lag_blocks == 2500
    assert not outcome.nodes[0].usable


async def test_what_it_was_sent_shows_even_alone_that_it_is_behind(client: Client, nodes: list[FakeSolana]):
    nodes[0].behind_by_shreds = 2500
    watch = watching(client, nodes[:1])
    outcome = await watch.round()
    assert watch.seen[0].syncing_behind == 2500
    assert states(outcome) == ["syncing"]


@pytest.mark.parametrize(("behind", "state"), [(42, "ok"), (None, "ok"), (5000, "syncing")])
async def test_unhealthy_by_its_own_word_counts_only_when_far_behind(
    client: Client, nodes: list[FakeSolana], behind: int | None, state: str
):
    nodes[0].unhealthy(behind)
    watch = watching(client, nodes)
    outcome = await watch.round()
    assert states(outcome) == [state, "ok", "ok"]
    assert watch.seen[0].facts["warns"] is True


async def test_a_limit_is_told_from_being_unhealthy(client: Client, nodes: list[FakeSolana]):
    nodes[0].changed["getLatestBlockhash"] = RpcError(429, "Too many requests for a specific RPC call")
    watch = watching(client, nodes)
    assert states(await watch.round()) == ["unknown", "ok", "ok"]
    assert watch.seen[0].seen is Seen.THROTTLED


async def test_a_node_on_another_cluster_is_on_the_wrong_chain(client: Client, nodes: list[FakeSolana]):
    nodes[0].genesis = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"
    assert states(await watching(client, nodes).round()) == ["wrong_chain", "ok", "ok"]


async def test_another_hash_at_a_final_slot_is_a_fork(client: Client, nodes: list[FakeSolana]):
    nodes[2].branch = 1
    assert states(await watching(client, nodes).round()) == ["ok", "ok", "forked"]


async def test_a_slot_without_a_block_is_no_landmark_and_no_fault(client: Client, nodes: list[FakeSolana]):
    landmark = (SLOT - 32) // 26 * 26
    for node in nodes:
        node.skipped = {landmark}
    watch = watching(client, nodes)
    assert states(await watch.round()) == ["ok", "ok", "ok"]
    assert watch.seen[0].hashes == {}


async def test_a_node_that_stands_while_others_go_on_is_stalled(client: Client, nodes: list[FakeSolana]):
    watch = watching(client, nodes[:1], nodes[1:2])
    for _ in range(5):
        nodes[1].grow()
        outcome = await watch.round(5.0)
    assert states(outcome) == ["stalled", "ok"]
    assert outcome.raw.kind is VerdictKind.OUR_SIDE


async def test_when_all_stand_still_the_cluster_halted(client: Client, nodes: list[FakeSolana]):
    watch = watching(client, nodes[:2], nodes[2:])
    outcome = await watch.rounds(5, 5.0)
    assert states(outcome) == ["stalled"] * 3
    assert outcome.raw.kind is VerdictKind.NETWORK_HALT
    outcome = await watch.rounds(4, 5.0)
    assert outcome.raw.statuses[Direction.WITHDRAWALS] is Status.MAJOR_OUTAGE


async def test_slots_that_come_but_do_not_become_final_delay_deposits(client: Client, nodes: list[FakeSolana]):
    watch = watching(client, nodes[:2], nodes[2:])
    await watch.round()
    for node in nodes:
        node.final_distance = 151
    outcome = await watch.round(5.0)
    assert outcome.raw.kind is VerdictKind.FINALITY_DELAY
    assert "151 behind" in outcome.raw.reasoning
    assert outcome.raw.corroborated


async def test_when_a_third_of_the_stake_is_silent_nothing_becomes_final(client: Client, nodes: list[FakeSolana]):
    for node in nodes:
        node.stake = (60, 40)
    outcome = await watching(client, nodes).round()
    assert outcome.raw.kind is VerdictKind.FINALITY_DELAY
    assert "40% of the stake does not vote" in outcome.raw.reasoning


async def test_one_strange_node_makes_no_finality_delay(client: Client, nodes: list[FakeSolana]):
    nodes[0].stake = (1, 99)
    assert (await watching(client, nodes).round()).raw.kind is VerdictKind.OPERATIONAL


async def test_slots_that_take_twice_their_time_are_congestion(client: Client, nodes: list[FakeSolana]):
    for node in nodes:
        node.slots_per_minute = 60
    outcome = await watching(client, nodes).round()
    assert outcome.raw.kind is VerdictKind.CONGESTION
    assert "1.00 s instead of 0.4 s" in outcome.raw.reasoning


async def test_slots_without_blocks_are_counted_from_minute_to_minute(client: Client, nodes: list[FakeSolana]):
    watch = watching(client, nodes[:1])
    await watch.round()
    assert "skip_rate" not in watch.seen[0].facts
    nodes[0].grow(150, skipped=45)
    for name, (_, good_at, value) in watch.memory(0).seldom.items():
        watch.memory(0).seldom[name] = (-1e9, good_at, value)
    outcome = await watch.round(60.0)
    assert watch.seen[0].facts["skip_rate"] == 0.3
    assert outcome.raw.kind is VerdictKind.CONGESTION
    assert "30% of the slots" in outcome.raw.reasoning


async def test_another_set_of_features_than_most_have_is_told(client: Client, nodes: list[FakeSolana]):
    nodes[1].feature_set = 7
    outcome = await watching(client, nodes).round()
    assert states(outcome) == ["ok", "outdated", "ok"]
    assert outcome.nodes[1].usable


async def test_two_nodes_with_different_features_are_no_majority(client: Client, nodes: list[FakeSolana]):
    nodes[1].feature_set = 7
    assert states(await watching(client, nodes[:2]).round()) == ["ok", "ok"]


@pytest.mark.parametrize(
    "method",
    [
        *["getHealth", "getMaxShredInsertSlot", "getSlot", "getGenesisHash", "getVersion", "getEpochInfo", "getBlock"],
        *["getRecentPerformanceSamples", "getRecentPrioritizationFees", "getVoteAccounts"],
    ],
)
async def test_what_a_node_does_not_know_is_unknown_and_not_bad(client: Client, nodes: list[FakeSolana], method: str):
    nodes[0].changed[method] = RpcError(-32601, "Method not found")
    outcome = await watching(client, nodes).round()
    assert states(outcome) == ["ok", "ok", "ok"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


@pytest.mark.parametrize(
    "latest",
    [
        None,
        7,
        {"context": {"slot": -1}, "value": {"blockhash": blockhash(1)}},
        {"context": {"slot": 1}, "value": {"blockhash": "0OIl" * 9}},
        {"context": {"slot": "9" * 30}, "value": {"blockhash": blockhash(1)}},
        RpcError(-32016, "secret words from 10.0.0.7"),
    ],
)
async def test_without_a_newest_block_nothing_was_seen(client: Client, nodes: list[FakeSolana], latest: object):
    nodes[0].changed["getLatestBlockhash"] = latest
    watch = watching(client, nodes)
    assert states(await watch.round())[0] == "unreachable"
    assert watch.seen[0].height is None
    assert "10.0.0.7" not in repr(watch.seen[0])

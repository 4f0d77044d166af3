"""The look at consensus nodes, and what its faults amount to: a fake node of the Beacon API's shapes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from monitors.client import Client
from records.components import Direction, Status
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.beacon import FAR_FUTURE_EPOCH, MAINNET_ROOT, FakeBeacon, moment_in, root
from tests.monitors.fakes.watching import Watching

SLOT = 9_600_000


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeBeacon]]:
    """Three consensus nodes at the same head."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeBeacon(SLOT)) for _ in range(3)]


def watching(client: Client, own: list[FakeBeacon], references: list[FakeBeacon] | None = None) -> Watching:
    """Begins six seconds before the middle of the head's slot."""
    return Watching(client, "ethereum-beacon", own, references or [], now=moment_in(SLOT, 0))


async def test_a_healthy_node_shows_all_there_is(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.head_hash, seen.parent_hash) == (SLOT, root(SLOT), root(SLOT - 1))
    assert seen.finalized_height == (SLOT // 32 - 2) * 32
    assert (seen.network, seen.peers, seen.syncing_behind) == (MAINNET_ROOT, 71, None)
    assert seen.version == "Lighthouse/v8.0.0-ab12cd3/x86_64-linux"
    assert seen.facts == {"clock_height": SLOT, "upgrade_height": 0}
    assert seen.block_at == moment_in(SLOT, 0)
    assert states(outcome) == ["ok", "ok", "ok"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_what_changes_seldom_is_asked_once(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes[:1])
    await watch.round()
    first = len(nodes[0].asked)
    nodes[0].grow()
    await watch.round(12)
    assert first == 8
    assert len(nodes[0].asked) - first == 5


async def test_one_node_alone_is_corroborated_by_the_clock(client: Client, nodes: list[FakeBeacon]):
    outcome = await watching(client, nodes[:1]).round()
    assert "only one node" not in outcome.raw.reasoning


async def test_synced_by_its_own_word_and_120_slots_behind_the_clock_is_of_no_use(
    client: Client, nodes: list[FakeBeacon]
):
    nodes[0].sync_distance = "120"
    watch = watching(client, nodes[:1])
    outcome = await watch.round(120 * 12)
    assert states(outcome) == ["lagging"]
    assert outcome.nodes[0].lag_blocks == 120
    assert not outcome.nodes[0].usable
    assert "120 slots" not in outcome.raw.reasoning
    assert "120 blocks behind the clock" in outcome.raw.reasoning
    assert outcome.raw.kind is VerdictKind.OUR_SIDE


async def test_a_few_slots_without_a_block_are_everyday_business(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes)
    assert states(await watch.round(6 + 12 * 3)) == ["ok"] * 3
    assert states(await watch.round(12 * 2)) == ["lagging"] * 3
    assert (await watch.round(0)).raw.kind is VerdictKind.OPERATIONAL, "it is told, and serves on"


async def test_a_node_that_calls_itself_syncing_is_believed(client: Client, nodes: list[FakeBeacon]):
    nodes[0].is_syncing, nodes[0].sync_distance = True, "40"
    assert states(await watching(client, nodes).round()) == ["syncing", "ok", "ok"]


async def test_syncing_by_one_slot_is_no_syncing(client: Client, nodes: list[FakeBeacon]):
    nodes[0].is_syncing, nodes[0].sync_distance = True, "1"
    assert states(await watching(client, nodes).round()) == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("trouble", "why"), [("el_offline", "execution client is offline"), ("is_optimistic", "has not executed")]
)
async def test_without_execution_nothing_can_be_sent(client: Client, nodes: list[FakeBeacon], trouble: str, why: str):
    setattr(nodes[0], trouble, True)
    outcome = await watching(client, nodes[:1], nodes[1:2]).round()
    assert states(outcome) == ["impaired", "ok"]
    assert why in outcome.nodes[0].why
    assert outcome.raw.kind is VerdictKind.OUR_SIDE
    assert outcome.raw.corroborated
    assert outcome.raw.statuses[Direction.WITHDRAWALS] is Status.MAJOR_OUTAGE
    assert outcome.raw.statuses[Direction.DEPOSITS] is Status.DEGRADED


async def test_a_little_lag_does_not_hide_that_it_cannot_execute(client: Client, nodes: list[FakeBeacon]):
    nodes[0].el_offline = True
    outcome = await watching(client, nodes[:1]).round(6 + 12 * 6)
    assert states(outcome) == ["impaired"]


async def test_a_node_on_another_network_is_on_the_wrong_chain(client: Client, nodes: list[FakeBeacon]):
    nodes[1].genesis_root = "0x" + "12" * 32
    assert states(await watching(client, nodes).round()) == ["ok", "wrong_chain", "ok"]


async def test_a_node_behind_the_others_lags(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes)
    await watch.round()
    for node in nodes[1:]:
        node.grow(20)
    outcome = await watch.round(12 * 20)
    assert states(outcome)[1:] == ["ok", "ok"]
    assert outcome.nodes[0].lag_blocks == 20
    assert not outcome.nodes[0].usable


async def test_when_all_stand_still_it_is_a_halt_and_no_syncing(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes[:2], nodes[2:])
    await watch.round()
    for slots in range(1, 21):
        for node in nodes:
            node.sync_distance = str(slots)
        outcome = await watch.round(12)
    assert states(outcome) == ["stalled"] * 3
    assert outcome.raw.kind is VerdictKind.NETWORK_HALT
    assert outcome.raw.statuses[Direction.DEPOSITS] is Status.MAJOR_OUTAGE


async def test_more_than_four_epochs_without_finality_delay_deposits(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes[:2], nodes[2:])
    for node in nodes:
        node.finalized_epoch = SLOT // 32 - 4
    assert (await watch.round()).raw.kind is VerdictKind.OPERATIONAL
    for node in nodes:
        node.grow(32)
    outcome = await watch.round(12 * 32)
    assert outcome.raw.kind is VerdictKind.FINALITY_DELAY
    assert outcome.raw.corroborated
    assert outcome.raw.statuses == {Direction.DEPOSITS: Status.DEGRADED, Direction.WITHDRAWALS: Status.OPERATIONAL}
    assert "160 behind" in outcome.raw.reasoning


async def test_two_to_three_epochs_are_usual(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes[:1])
    for _ in range(63):
        nodes[0].grow()
        outcome = await watch.round(12)
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_a_node_ahead_of_the_clock_is_not_believed(client: Client, nodes: list[FakeBeacon]):
    nodes[0].grow(3)
    assert states(await watching(client, nodes).round()) == ["unknown", "ok", "ok"]


async def test_when_all_are_ahead_of_the_clock_it_is_our_clock_that_is_wrong(client: Client, nodes: list[FakeBeacon]):
    for node in nodes:
        node.grow(3)
    assert states(await watching(client, nodes).round()) == ["ok", "ok", "ok"]


async def test_a_node_on_a_branch_of_its_own_is_forked(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes)
    await watch.round()
    for node in nodes:
        node.grow(2)
    nodes[2].blocks[SLOT + 1] = root(SLOT + 1, 1)
    nodes[2].blocks[SLOT + 2] = root(SLOT + 2, 1)
    assert states(await watch.round(24)) == ["ok", "ok", "forked"]


async def test_a_block_replaced_by_none_is_a_reorganisation(client: Client, nodes: list[FakeBeacon]):
    watch = watching(client, nodes[:1])
    for _ in range(3):
        nodes[0].grow()
        await watch.round(12)
    del nodes[0].blocks[SLOT + 2]
    nodes[0].blocks[SLOT + 3] = root(SLOT + 3, 1)
    nodes[0].grow()
    outcome = await watch.round(12)
    assert watch.seen[0].hashes[SLOT + 2] == "none"
    assert outcome.raw.facts["reorg_depth"] == 2


async def test_slots_without_a_block_are_no_reorganisation_and_cost_no_question(
    client: Client, nodes: list[FakeBeacon]
):
    watch = watching(client, nodes[:1])
    await watch.round()
    nodes[0].blocks[SLOT + 3] = root(SLOT + 3)
    outcome = await watch.round(36)
    assert "reorg_depth" not in outcome.raw.facts
    assert not [path for path in nodes[0].asked if path.startswith("/eth/v1/beacon/headers/9")]


async def test_a_node_without_peers_is_isolated(client: Client, nodes: list[FakeBeacon]):
    nodes[0].peers = "0"
    assert states(await watching(client, nodes).round()) == ["isolated", "ok", "ok"]


async def test_the_next_upgrade_is_told_by_its_slot(client: Client, nodes: list[FakeBeacon]):
    nodes[0].fork_epochs = ["0", "74240", str(SLOT // 32 + 10), FAR_FUTURE_EPOCH]
    outcome = await watching(client, nodes[:1]).round()
    assert outcome.raw.facts["upgrade_height"] == SLOT + 320


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("node/peer_count", "peers"),
        ("beacon/genesis", "network"),
        ("beacon/states/head/finality_checkpoints", "finalized_height"),
        ("config/spec", "finalized_height"),
        ("node/version", "version"),
        ("node/syncing", "syncing_behind"),
    ],
)
async def test_what_a_node_does_not_serve_is_unknown_and_not_bad(
    client: Client, nodes: list[FakeBeacon], path: str, field: str
):
    nodes[0].without.add(path)
    watch = watching(client, nodes)
    outcome = await watch.round()
    assert getattr(watch.seen[0], field) is None
    assert states(outcome) == ["ok", "ok", "ok"]


async def test_without_a_clock_the_nodes_own_distance_counts(client: Client, nodes: list[FakeBeacon]):
    nodes[0].without.add("config/spec")
    nodes[0].sync_distance = "120"
    assert states(await watching(client, nodes).round()) == ["syncing", "ok", "ok"]


async def test_a_spec_in_milliseconds_is_read(client: Client, nodes: list[FakeBeacon]):
    nodes[0].spec = {"SLOT_DURATION_MS": "12000", "SLOTS_PER_EPOCH": "32"}
    watch = watching(client, nodes[:1])
    await watch.round()
    assert watch.seen[0].facts["clock_height"] == SLOT


@pytest.mark.parametrize(
    ("instead", "seen"),
    [
        ((200, {"data": []}), Seen.GARBAGE),
        ((200, {"data": {"root": "0x12", "header": {"message": {"slot": "5"}}}}), Seen.GARBAGE),
        ((200, "hello"), Seen.GARBAGE),
        ((503, {"code": 503, "message": "Beacon node is currently syncing"}), Seen.OVERLOADED),
        ((404, {}), Seen.UNSUPPORTED),
        ((429, {}), Seen.THROTTLED),
        ((500, {"message": "secret words from 10.0.0.7"}), Seen.GARBAGE),
    ],
)
async def test_without_a_newest_header_nothing_was_seen(
    client: Client, nodes: list[FakeBeacon], instead: tuple[int, object], seen: Seen
):
    nodes[0].instead = instead
    watch = watching(client, nodes)
    outcome = await watch.round()
    assert watch.seen[0].seen is seen
    assert states(outcome)[0] in ("unreachable", "unknown")
    assert "10.0.0.7" not in repr(watch.seen[0])
    assert str(nodes[0].port) not in repr(watch.seen[0])


async def test_a_node_that_is_down_is_unreachable(client: Client, nodes: list[FakeBeacon]):
    await nodes[0].stop()
    assert states(await watching(client, nodes).round()) == ["unreachable", "ok", "ok"]


async def test_of_two_nodes_that_disagree_the_clock_says_who_is_right(client: Client, nodes: list[FakeBeacon]):
    nodes[0].grow(120)
    outcome = await watching(client, nodes[:2]).round(120 * 12)
    assert states(outcome) == ["ok", "lagging"]
    assert "disagree" not in outcome.raw.reasoning

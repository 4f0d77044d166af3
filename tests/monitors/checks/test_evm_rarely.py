"""What EVM nodes are asked once a minute, and what it means: forks to come, and rollups that follow a base layer."""

import pytest

from monitors.checks.evm import look
from monitors.checks.evm_rarely import rare_facts
from monitors.checks.target import Target, Tools
from monitors.client import Client
from records.components import Direction, Status
from records.verdicts import VerdictKind
from tests.monitors.cast import BEGIN, states
from tests.monitors.fakes.evm import FakeEvm
from tests.monitors.fakes.server import RpcError
from tests.monitors.fakes.watching import Watching
from tests.nodes import AnvilChain

LATER = int(BEGIN.timestamp()) + 14 * 86_400
FORK = {"activationTime": LATER, "forkId": "0x07c9462e"}
UNKNOWN = RpcError(-32601, "Method not found")


def target(url: str) -> Target:
    return Target(monitor="chain:ethereum", name="eth-1", url=url, deadline_seconds=2.0)


@pytest.mark.parametrize(
    ("config", "facts"),
    [
        ({"current": FORK, "next": FORK, "last": FORK}, {"next_fork_at": LATER, "feature_set": "0x07c9462e"}),
        ({"current": FORK, "next": None, "last": None}, {"next_fork_at": 0}),
        ({"current": FORK}, {}),
        ({"current": None, "next": None}, {}),
        ({"current": FORK, "next": {"activationTime": "soon"}}, {}),
        (["0x1"], {}),
        (UNKNOWN, {}),
    ],
)
async def test_the_next_fork_is_known_unknown_or_not_said(client: Client, config, facts):
    async with FakeEvm() as node:
        node.changed["eth_config"] = config
        seen = await rare_facts(target(node.url), Tools(client=client))
    assert {name: seen[name] for name in ("next_fork_at", "feature_set") if name in seen} == facts


@pytest.mark.parametrize(
    ("status", "behind"),
    [
        ({"current_l1": {"number": 100}, "head_l1": {"number": 112}}, 12),
        ({"current_l1": {"number": 113}, "head_l1": {"number": 112}}, 0),
        ({"current_l1": {}, "head_l1": {"number": 112}}, None),
        ({"current_l1": None}, None),
        (None, None),
        (UNKNOWN, None),
    ],
)
async def test_a_rollup_says_how_far_it_has_read_its_base_layer(client: Client, status, behind):
    async with FakeEvm() as node:
        node.changed["optimism_syncStatus"] = status
        seen = await rare_facts(target(node.url), Tools(client=client))
    assert seen.get("l1_blocks_behind") == behind


@pytest.mark.parametrize(("fee", "seen"), [("0x3b9aca00", 10**9), ("free", None), (UNKNOWN, None)])
async def test_the_fee_for_blobs_is_seen_or_not(client: Client, fee, seen):
    async with FakeEvm() as node:
        node.changed["eth_blobBaseFee"] = fee
        assert (await rare_facts(target(node.url), Tools(client=client))).get("blob_base_fee") == seen


@pytest.mark.parametrize("takes_batches", [True, False])
async def test_it_is_not_asked_with_every_look(client: Client, takes_batches: bool):
    async with FakeEvm() as node:
        node.takes_batches = takes_batches
        tools = Tools(client=client)
        for _ in range(3):
            assert (await look(target(node.url), tools)).facts["blob_base_fee"] == 10**9
        assert node.asked.count("eth_config") == 1
        assert node.asked.count("eth_chainId") == 3


async def test_a_real_node_tells_its_safe_block_and_its_forks(client: Client, anvils: AnvilChain):
    seen = await look(target(anvils.nodes[0].url), Tools(client=client))
    assert seen.facts["safe_height"] == 16
    assert seen.facts["next_fork_at"] == 0
    assert "l1_blocks_behind" not in seen.facts


async def test_a_node_of_bsc_that_always_calls_itself_syncing_serves(client: Client):
    async with FakeEvm(chain_id=56) as node:
        node.syncing = {"startingBlock": "0x0", "currentBlock": hex(node.height), "highestBlock": hex(node.height)}
        outcome = await Watching(client, "bsc", [node]).round()
    assert states(outcome) == ["ok"]


@pytest.mark.parametrize(("behind", "kind"), [(10, VerdictKind.OPERATIONAL), (11, VerdictKind.FINALITY_DELAY)])
async def test_a_rollup_that_reads_its_base_layer_late_delays_deposits_and_sends(client: Client, behind, kind):
    async with FakeEvm(chain_id=10, rollup=True) as node:
        node.base_behind = behind
        watching = Watching(client, "optimism", [node])
        for _ in range(3):
            node.height += 3
            outcome = await watching.round()
    assert outcome.raw.kind is kind
    assert outcome.raw.statuses[Direction.WITHDRAWALS] is Status.OPERATIONAL
    if kind is VerdictKind.FINALITY_DELAY:
        assert outcome.raw.statuses[Direction.DEPOSITS] is Status.DEGRADED
        assert "reads its base layer 11 blocks late" in outcome.raw.reasoning


async def test_a_rollup_whose_batches_stop_goes_on_unsafely_and_delays_deposits(client: Client):
    async with FakeEvm(chain_id=8453, rollup=True) as node:
        watching = Watching(client, "base", [node])
        node.final_behind, said = 1000, []
        for _ in range(65):
            node.height += 8
            node.safe_behind = (node.safe_behind or 0) + 8
            said.append((await watching.round(15.0)).raw)
    # Its limit for finality: fifteen minutes without a safe block.
    assert [verdict.kind for verdict in said[:60]] == [VerdictKind.OPERATIONAL] * 60
    assert said[-1].kind is VerdictKind.FINALITY_DELAY
    assert "no batch arrived" in said[-1].reasoning
    assert said[-1].statuses[Direction.WITHDRAWALS] is Status.OPERATIONAL


async def test_a_rollup_on_which_every_node_stands_has_lost_its_sequencer(client: Client):
    async with FakeEvm(chain_id=10, rollup=True) as own, FakeEvm(chain_id=10, rollup=True) as other:
        outcome = await Watching(client, "optimism", [own], [other]).rounds(12)
    assert outcome.raw.kind is VerdictKind.NETWORK_HALT
    assert outcome.raw.reasoning.startswith("no node, ours or others', saw a new block for 66 s: its sequencer stands")


@pytest.mark.parametrize("chain", [("arbitrum", 42161), ("polygon", 137)])
async def test_a_chain_without_the_safe_tag_is_judged_by_finality_alone(client: Client, chain: tuple[str, int]):
    name, chain_id = chain
    async with FakeEvm(chain_id=chain_id) as node:
        node.safe_behind = None
        watching = Watching(client, name, [node])
        for _ in range(125):
            node.height += 10
            node.final_behind = (node.final_behind or 0) + 10
            outcome = await watching.round(15.0)
    assert outcome.raw.kind is VerdictKind.FINALITY_DELAY
    assert "none became final" in outcome.raw.reasoning


async def test_a_node_that_knows_of_no_fork_while_another_does_is_told_before_the_day(client: Client):
    async with FakeEvm() as ready, FakeEvm() as late, FakeEvm() as silent:
        ready.next_fork_at, late.next_fork_at, silent.next_fork_at = LATER, None, 0
        outcome = await Watching(client, "ethereum", [ready, late, silent]).round()
    assert states(outcome) == ["ok", "outdated", "ok"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert list(outcome.raw.facts["outdated"]) == ["own-2"]


async def test_a_fork_that_is_past_makes_nobody_outdated(client: Client):
    async with FakeEvm() as slow, FakeEvm() as quick:
        slow.next_fork_at, quick.next_fork_at = int(BEGIN.timestamp()) - 5, None
        outcome = await Watching(client, "ethereum", [slow, quick]).round()
    assert states(outcome) == ["ok", "ok"]

"""The look at Stellar through core, Horizon and RPC, and what its faults amount to: fakes of the documented shapes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from monitors.client import Client
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.stellar import HEIGHT, PUBLIC, FakeCore, FakeHorizon, FakeStellarRpc, closed_at, ledger
from tests.monitors.fakes.watching import Watching

NOW = closed_at(HEIGHT)


@dataclass(frozen=True)
class Three:
    """One node in each language, at the same ledger."""

    core: FakeCore
    horizon: FakeHorizon
    rpc: FakeStellarRpc

    def watch(self, client: Client) -> Watching:
        return Watching(client, "stellar", [self.core, self.horizon, self.rpc], now=NOW)

    def grow(self, ledgers: int = 1) -> None:
        for node in (self.core, self.horizon, self.rpc):
            node.height += ledgers


@pytest.fixture
async def three() -> AsyncIterator[Three]:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        yield Three(await enter(FakeCore()), await enter(FakeHorizon()), await enter(FakeStellarRpc()))


async def test_all_three_languages_show_the_same_ledger(client: Client, three: Three):
    watch = three.watch(client)
    outcome = await watch.round()
    for seen in watch.seen:
        assert (seen.seen, seen.note) == (Seen.OK, "")
        assert (seen.height, seen.head_hash, seen.finalized_height) == (HEIGHT, ledger(HEIGHT), HEIGHT)
        assert (seen.network, seen.block_at) == (PUBLIC, NOW)
    assert states(outcome) == ["ok"] * 3
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_each_language_has_more_to_say(client: Client, three: Three):
    watch = three.watch(client)
    await watch.round()
    core, horizon, rpc = watch.seen
    assert (core.peers, core.version) == (21, "stellar-core 23.0.1 (b1f4f1e0)")
    assert core.facts == {"quorum_fail_at": 8, "ledger_age_seconds": 3}
    assert (horizon.syncing_behind, horizon.fee, horizon.parent_hash) == (0, 250.0, ledger(HEIGHT - 1))
    assert (rpc.fee, rpc.version, rpc.facts) == (300.0, "23.0.1", {})
    assert (horizon.peers, rpc.peers) == (None, None)


async def test_the_language_is_found_once_and_remembered(client: Client, three: Three):
    watch = three.watch(client)
    await watch.round()
    three.grow()
    for node in (three.core, three.horizon, three.rpc):
        node.asked.clear()
    await watch.round()
    assert three.core.asked == ["/info"]
    assert three.horizon.asked == ["/", f"/ledgers/{HEIGHT + 1}"]
    assert len(three.rpc.asked) == 5


async def test_an_address_that_changes_its_language_is_understood_again(client: Client, three: Three):
    watch = Watching(client, "stellar", [three.horizon], now=NOW)
    await watch.round()
    said = [watch.seen[0].seen]
    for without in ({"/"}, set[str]()):
        three.horizon.without = without
        await watch.round()
        said.append(watch.seen[0].seen)
    assert said == [Seen.OK, Seen.UNSUPPORTED, Seen.OK]


async def test_a_node_that_is_down_is_not_asked_in_three_languages(client: Client, three: Three):
    await three.core.stop()
    watch = Watching(client, "stellar", [three.core], now=NOW)
    outcome = await watch.round()
    assert (watch.seen[0].seen, watch.seen[0].facts["refused"]) == (Seen.TRANSPORT, True)
    assert states(outcome) == ["unreachable"]


async def test_an_address_that_speaks_none_of_the_three_is_of_no_use_and_says_so(client: Client, three: Three):
    three.core.instead = (404, "Not Found")
    outcome = await Watching(client, "stellar", [three.core], now=NOW).round()
    assert states(outcome) == ["unreachable"]
    assert "the answer is not what the protocol says (status 404)" in outcome.raw.reasoning


@pytest.mark.parametrize("state", ["Booting", "Joining SCP", "Connected", "Catching up", "Stopping"])
async def test_core_in_any_state_but_synced_is_of_no_use(client: Client, three: Three, state: str):
    three.core.state = state
    assert states(await three.watch(client).round())[0] == "syncing"


async def test_synced_and_standing_still_is_stalled(client: Client, three: Three):
    watch = three.watch(client)
    await watch.round()
    for _ in range(3):
        three.horizon.height += 1
        three.rpc.height += 1
        outcome = await watch.round()
    assert states(outcome) == ["stalled", "ok", "ok"]


async def test_a_history_far_behind_its_core_is_no_history(client: Client, three: Three):
    three.horizon.behind = 21
    watch = three.watch(client)
    outcome = await watch.round()
    assert (watch.seen[1].height, watch.seen[1].syncing_behind) == (HEIGHT - 21, 21)
    assert states(outcome)[1] == "syncing"


async def test_a_history_somewhat_behind_is_told(client: Client, three: Three):
    three.horizon.behind = 15
    outcome = await three.watch(client).round()
    assert (states(outcome)[1], outcome.nodes[1].usable) == ("lagging", True)


@pytest.mark.parametrize(
    "why", ["latency (45s) since last known ledger closed is too high (>30s)", "data stores are not initialized"]
)
async def test_rpc_that_calls_itself_unwell_is_of_no_use(client: Client, three: Three, why: str):
    three.rpc.unwell = why
    outcome = await three.watch(client).round()
    assert states(outcome)[2] == "syncing"
    assert "latency" not in outcome.raw.reasoning, "no raw words of a node"


async def test_a_quorum_that_one_more_failure_stops_is_told(client: Client, three: Three):
    three.core.quorum = {"qset": {"agree": 15, "fail_at": 1, "missing": 8}, "transitive": {"intersection": True}}
    outcome = await three.watch(client).round()
    assert states(outcome)[0] == "ok"
    assert "own-1: one more validator that fails stops it" in outcome.raw.reasoning


async def test_a_network_whose_quorums_do_not_intersect_is_told(client: Client, three: Three):
    three.core.quorum = {"qset": {"agree": 22, "fail_at": 8}, "transitive": {"intersection": False}}
    assert "it may split" in (await three.watch(client).round()).raw.reasoning


async def test_older_cores_write_quorum_and_peers_otherwise(client: Client, three: Three):
    three.core.quorum = {"58999999": {"agree": 5, "disagree": 0, "fail_at": 3, "phase": "EXTERNALIZE"}}
    three.core.peers = {"numPeers": 12}
    watch = three.watch(client)
    await watch.round()
    assert (watch.seen[0].peers, watch.seen[0].facts["quorum_fail_at"]) == (12, 3)


async def test_a_protocol_newer_than_the_node_knows_must_be_upgraded_to(client: Client, three: Three):
    three.core.protocols = three.horizon.protocols = (24, 23)
    outcome = await three.watch(client).round()
    assert states(outcome) == ["impaired", "impaired", "ok"]
    assert "it must be upgraded" in outcome.raw.reasoning


async def test_the_test_network_is_another_network(client: Client, three: Three):
    three.core.network = three.rpc.network = "Test SDF Network ; September 2015"
    assert states(await three.watch(client).round()) == ["wrong_chain", "ok", "wrong_chain"]


async def test_a_ledger_with_another_hash_is_a_fork(client: Client, three: Three):
    three.core.branch = 1
    assert states(await three.watch(client).round())[0] == "forked"


async def test_no_fee_statistics_is_no_fee(client: Client, three: Three):
    three.horizon.without = {"/fee_stats"}
    watch = three.watch(client)
    await watch.round()
    assert (watch.seen[1].seen, watch.seen[1].fee) == (Seen.OK, None)

"""Every button against the real checks and the real judge, in time of our own: a round takes as long as its answers."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitors.checks import CHECKS
from monitors.checks.target import Memory, Target, Tools
from monitors.client import Client
from monitors.nodes import NodeReading, NodeState
from monitors.rounds import State, play
from monitors.settings import ChainMonitor
from monitors.targets import targets_of
from records.components import Direction, Status
from records.observations import Seen
from records.times import from_ms
from records.verdicts import Verdict, VerdictKind
from server.config.monitors import chain_monitors
from server.demo.chain import GENESIS_SECONDS
from server.demo.network import Network
from server.demo.node import Fault
from server.demo.settings import CHAINS
from server.demo.world import opened_world

ROUND_SECONDS = 2.0
#: What a newcomer is told: something happens within fifteen seconds. The slower chains take a little longer.
PATIENCE_SECONDS = {"ethereum": 15.0, "polygon": 15.0, "bitcoin": 30.0, "litecoin": 30.0}


class Watcher:
    """Looks at one network round by round."""

    def __init__(self, network: Network, monitor: ChainMonitor, client: Client, clock: "Clock") -> None:
        self.network, self.monitor, self.clock = network, monitor, clock
        self._state = State()
        self._seats: list[tuple[Target, Tools]] = [
            (target, Tools(client=client, memory=Memory(), now=lambda: from_ms(int(clock.seconds * 1000))))
            for target in targets_of(monitor)
        ]
        self.nodes: dict[str, NodeReading] = {}
        self.seen: dict[str, Seen] = {}

    async def look(self) -> Verdict:
        self.clock.seconds += ROUND_SECONDS
        looks = [await CHECKS[self.monitor.kind](target, tools) for target, tools in self._seats]
        outcome = play(
            self.monitor,
            self._state,
            looks,
            now=from_ms(int(self.clock.seconds * 1000)),
            monotonic=self.clock.seconds,
        )
        self._state = outcome.state
        self.nodes = {node.name: node for node in outcome.nodes}
        self.seen = {look.target: look.seen for look in looks}
        return outcome.verdict

    async def until(self, kind: VerdictKind, seconds: float | None = None) -> Verdict:
        patience = timedelta(seconds=seconds or PATIENCE_SECONDS[self.network.name])
        begun = self.clock.seconds
        said = []
        while self.clock.seconds - begun < patience.total_seconds():
            verdict = await self.look()
            if verdict.kind is kind:
                return verdict
            said.append(verdict.reasoning)
        raise AssertionError(f"{kind} was not concluded within {patience}; last: {said[-1]}")


class Clock:
    def __init__(self) -> None:
        self.seconds = GENESIS_SECONDS + 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(params=[each.facts.name for each in CHAINS])
async def watcher(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Watcher]:
    clock = Clock()
    async with opened_world(tmp_path, 8000, clock=clock) as world, Client() as client:
        monitor = next(one for one in chain_monitors(world.settings) if one.chain == request.param)
        found = Watcher(world.network(request.param), monitor, client, clock)
        await found.until(VerdictKind.OPERATIONAL)
        yield found


async def test_a_network_in_health_stays_green(watcher):
    for _ in range(100):
        verdict = await watcher.look()
        assert verdict.is_clear, verdict.reasoning
    assert {node.state for node in watcher.nodes.values()} == {NodeState.OK}


async def test_a_stopped_network_is_a_halt_in_one_step_and_over_soon_after_healing(watcher):
    await watcher.network.halt()
    verdict = await watcher.until(VerdictKind.NETWORK_HALT)
    assert set(verdict.statuses.values()) == {Status.MAJOR_OUTAGE}
    assert verdict.corroborated
    await watcher.network.heal()
    await watcher.until(VerdictKind.OPERATIONAL)
    assert watcher.network.well


async def test_stopped_own_nodes_are_our_side(watcher):
    await watcher.network.stall_own()
    assert (await watcher.until(VerdictKind.OUR_SIDE, 40)).corroborated
    await watcher.network.heal()
    await watcher.until(VerdictKind.OPERATIONAL)


async def test_with_both_own_nodes_killed_nothing_can_be_sent(watcher):
    for host in watcher.network.hosts:
        if host.node.own:
            await host.set_fault(Fault.KILL)
    verdict = await watcher.until(VerdictKind.OUR_SIDE)
    assert verdict.statuses[Direction.WITHDRAWALS] is Status.MAJOR_OUTAGE
    await watcher.network.heal()
    await watcher.until(VerdictKind.OPERATIONAL)


@pytest.mark.parametrize(
    ("fault", "state", "seen"),
    [
        (Fault.LAG, NodeState.LAGGING, Seen.OK),
        (Fault.FORK, NodeState.FORKED, Seen.OK),
        (Fault.STALL, NodeState.STALLED, Seen.OK),
        (Fault.KILL, NodeState.UNREACHABLE, Seen.TRANSPORT),
        (Fault.FREEZE, NodeState.UNREACHABLE, Seen.TRANSPORT),
        (Fault.GARBAGE, NodeState.UNREACHABLE, Seen.GARBAGE),
    ],
)
async def test_one_broken_node_is_named_and_customers_notice_nothing(watcher, fault, state, seen):
    own = next(host for host in watcher.network.hosts if host.node.own)
    await own.set_fault(fault)
    for _ in range(15):
        verdict = await watcher.look()
        assert verdict.is_clear, verdict.reasoning
        if watcher.nodes[own.node.name].state is state:
            break
    assert watcher.nodes[own.node.name].state is state
    assert watcher.seen[own.node.name] is seen
    await own.set_fault(Fault.NONE)
    await watcher.look()
    await watcher.look()
    assert watcher.nodes[own.node.name].state is NodeState.OK


async def test_many_replaced_blocks_are_a_deep_reorganisation(watcher):
    for _ in range(30):  # what was never seen cannot be missed
        await watcher.look()
    await watcher.network.reorganise()
    assert (await watcher.until(VerdictKind.DEEP_REORG)).statuses[Direction.DEPOSITS] is Status.PARTIAL_OUTAGE


@pytest.mark.parametrize("watcher", ["ethereum", "polygon"], indirect=True)
async def test_without_finality_deposits_wait_and_withdrawals_leave(watcher):
    await watcher.network.stop_finality()
    verdict = await watcher.until(VerdictKind.FINALITY_DELAY, 40)
    assert verdict.statuses == {
        Direction.DEPOSITS: Status.DEGRADED,
        Direction.WITHDRAWALS: Status.OPERATIONAL,
    }
    await watcher.network.heal()
    await watcher.until(VerdictKind.OPERATIONAL)


@pytest.mark.parametrize("watcher", ["bitcoin", "litecoin"], indirect=True)
async def test_a_full_mempool_is_congestion(watcher):
    await watcher.network.congest()
    await watcher.until(VerdictKind.CONGESTION)
    await watcher.network.heal()
    await watcher.until(VerdictKind.OPERATIONAL)


async def test_a_killed_node_comes_back_at_the_same_address(watcher):
    host = watcher.network.hosts[0]
    url = host.wire.url
    await host.set_fault(Fault.KILL)
    begun = time.monotonic()
    await watcher.look()
    assert time.monotonic() - begun < 1
    await host.set_fault(Fault.NONE)
    assert host.wire.url == url
    await watcher.look()
    assert watcher.seen[host.node.name] is Seen.OK

"""An upgrade at a height on a real node, from the announcement to its end: look, judge, keep, and let the clock act."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from monitors.chains import chain_monitor
from monitors.checks.evm import look
from monitors.checks.target import Tools
from monitors.client import Client
from monitors.rounds import State, play
from monitors.settings import Hysteresis, Node, Role
from monitors.targets import targets_of
from records.components import Status
from records.desk.maintenance import MaintenanceEntry, announce
from records.maintenance import AtBlock, Kind, Maintenance, WindowState
from records.people import COMMAND_LINE
from records.store import components, incidents, maintenance, monitors, notices
from server.bridge import Bridge
from server.timekeeper import Timekeeper
from server.wiring import apply_configuration
from tests.nodes import AnvilChain
from tests.server.conftest import NOW, Clock
from tests.server.house import context_on

TARGET = 80
BLOCK = timedelta(seconds=12)


@pytest.fixture
def chain() -> Iterator[AnvilChain]:
    with AnvilChain(2) as nodes:
        nodes.mine(20)
        yield nodes


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client() as opened:
        yield opened


class Watched:
    """A house that watches the chain through one own node and one of somebody else's, on a clock of the test's."""

    def __init__(self, store, client: Client, nodes: AnvilChain, clock: Clock) -> None:
        self.store, self.nodes, self.clock = store, nodes, clock
        self.context = context_on(store, now=clock)
        apply_configuration(self.context)
        self.keeper = Timekeeper(self.context, "test")
        self.bridge = Bridge(self.context, {})
        own, other = nodes.nodes
        self.monitor = chain_monitor(
            chain="ethereum",
            network=str(nodes.chain_id),
            nodes=(Node(name="eth-1", url=own.url), Node(name="ref-1", url=other.url, role=Role.REFERENCE)),
            hysteresis=Hysteresis(worse_after=1, worse_for_seconds=0.0, better_after=1, better_blocks=0),
        )
        self.seats = [(target, Tools(client=client, now=clock)) for target in targets_of(self.monitor)]
        self.state = State()

    async def round(self, *, blocks: int = 0, passed: timedelta = BLOCK) -> None:
        """So many blocks and so much time later: a look, and a tick of the clock."""
        self.nodes.mine(blocks)
        self.clock.now += passed
        seen = [await look(target, tools) for target, tools in self.seats]
        monotonic = (self.clock.now - NOW).total_seconds()
        outcome = play(self.monitor, self.state, seen, now=self.clock.now, monotonic=monotonic)
        self.state = outcome.state
        await self.bridge.on_round(self.monitor.id, seen, outcome.verdict, self.state.to_json())
        self.keeper.tick()

    def restart(self) -> None:
        """A new process: only what was stored is left."""
        self.state = State.from_json(monitors.judge_state(self.store, self.monitor.id) or "")
        self.keeper, self.bridge = Timekeeper(self.context, "again"), Bridge(self.context, {})

    def announce(self) -> Maintenance:
        entry = MaintenanceEntry(
            name={"en": "Ethereum upgrade"},
            body={"en": "Deposits and withdrawals of Ethereum pause. All else works."},
            kind=Kind.UPGRADE,
            scheduled_for=self.clock.now + (TARGET - 20) * BLOCK,
            scheduled_until=self.clock.now + (TARGET - 20) * BLOCK + timedelta(hours=1),
            component_ids=(),
            reminders=(),
            at_block=AtBlock(chain="ethereum", height=TARGET),
        )
        return announce(self.context.desk, entry, COMMAND_LINE, self.clock.now)

    def told(self, event: Maintenance) -> list[str]:
        return [
            each.kind.removeprefix("maintenance_")
            for each in reversed(notices.notices(self.store, subject_id=event.id))
        ]


async def test_the_window_follows_a_real_chain(store, client: Client, chain: AnvilChain, clock: Clock):
    house = Watched(store, client, chain, clock)
    await house.round()
    event = house.announce()
    assert event.component_ids == ("eth-deposits", "eth-withdrawals")
    assert event.at_block is not None
    assert event.at_block.eta == clock.now + 60 * BLOCK

    for _ in range(20):
        await house.round(blocks=1)
    assert house.told(event) == ["announced"]
    assert maintenance.maintenance(store, event.id).scheduled_for == event.scheduled_for

    # The chain goes on at a quarter of its pace: the time moves, and people hear of it, once.
    for _ in range(20):
        for blocks in (0, 0, 0, 1):
            await house.round(blocks=blocks)
    moved = maintenance.maintenance(store, event.id)
    assert house.told(event) == ["announced", "rescheduled"]
    # Whole minutes are told, rather too early than too late.
    assert timedelta(minutes=14) < moved.scheduled_for - event.scheduled_for < timedelta(minutes=20)

    house.restart()
    for _ in range(18):
        await house.round(blocks=1)
    assert maintenance.maintenance(store, event.id).state is WindowState.SCHEDULED
    await house.round(blocks=1)
    running = maintenance.maintenance(store, event.id)
    assert (chain.nodes[0].height, running.state) == (TARGET - 1, WindowState.IN_PROGRESS)
    assert running.scheduled_until == clock.now + timedelta(hours=1)

    # It stands while it is upgraded: that is the plan, and no incident.
    for _ in range(30):
        await house.round()
    assert components.component(store, "eth-deposits").status is Status.UNDER_MAINTENANCE
    assert monitors.monitor(store, "chain:ethereum").verdict == "upgrade"
    assert incidents.open_incidents(store) == incidents.drafts(store) == []

    # At its end it still stands: it overruns, until the chain goes on.
    clock.now = running.scheduled_until
    for _ in range(20):
        await house.round()
    assert maintenance.maintenance(store, event.id).is_overdue(clock.now)
    for _ in range(5):
        await house.round(blocks=1)
    assert maintenance.maintenance(store, event.id).state is WindowState.COMPLETED
    assert components.component(store, "eth-deposits").status is Status.OPERATIONAL
    assert house.told(event) == ["announced", "rescheduled", "started", "completed"]

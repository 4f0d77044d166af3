"""The loop, against real nodes and a real server that misbehaves."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from monitors.chains import chain_monitor
from monitors.client import Client
from monitors.rounds import Outcome, State
from monitors.settings import ChainMonitor, Expect, Hysteresis, Node, Role, ServiceMonitor
from monitors.watch import Watch
from records.components import Direction, Status
from records.errors import Invalid
from records.observations import Observation, Seen
from records.verdicts import Verdict, VerdictKind
from tests.monitors.cast import AT_ONCE, BEGIN, states
from tests.monitors.fault_server import FaultServer, response
from tests.monitors.inbox import FullInbox
from tests.nodes import AnvilChain, LitecoinPair, free_port


@dataclass
class Diary:
    """Keeps what a watch hands over, and waits for what is expected of it."""

    verdicts: list[Verdict] = field(default_factory=list)
    observations: dict[str, list[Sequence[Observation]]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    broken: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def on_round(
        self, monitor: str, observations: Sequence[Observation], verdict: Verdict, state_json: str
    ) -> None:
        if self.broken > 0:
            self.broken -= 1
            raise OSError("the disk is full")
        self.verdicts.append(verdict)
        self.observations.setdefault(monitor, []).append(observations)
        self.states[monitor] = state_json
        self._changed.set()

    async def load_state(self, monitor: str) -> str | None:
        return self.states.get(monitor)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def rounds(self, monitor: str) -> int:
        return len(self.observations.get(monitor, []))


def chain(anvils: AnvilChain, *, references: int = 0, own: int | None = None, **changes: object) -> ChainMonitor:
    own = len(anvils.nodes) - references if own is None else own
    nodes = tuple(
        Node(name=f"eth-{position}", url=node.url, role=Role.OWN if position < own else Role.REFERENCE)
        for position, node in enumerate(anvils.nodes[: own + references])
    )
    monitor = chain_monitor(chain="ethereum", network="31337", nodes=nodes, deadline_seconds=1.0)
    return replace(monitor, hysteresis=AT_ONCE, **changes)  # type: ignore[arg-type] # names of fields


def watch(client: Client, diary: Diary, *monitors: ChainMonitor | ServiceMonitor, **more: object) -> Watch:
    return Watch(
        monitors=monitors,
        client=client,
        load_state=diary.load_state,
        on_round=diary.on_round,
        **more,  # type: ignore[arg-type] # inbox and now
    )


async def look(client: Client, monitor: ChainMonitor | ServiceMonitor) -> Outcome:
    return (await watch(client, Diary(), monitor).round_once())[0]


def service(faults: FaultServer, path: str, **changes: object) -> ServiceMonitor:
    usual = ServiceMonitor(
        id=path, kind="http", url=faults.url(path), every_seconds=0.05, deadline_seconds=0.3, hysteresis=AT_ONCE
    )
    return replace(usual, **changes)  # type: ignore[arg-type] # names of fields


async def test_real_nodes_in_lock_step_are_healthy(client: Client, anvils: AnvilChain):
    outcome = await look(client, chain(anvils))
    assert (outcome.raw.kind, states(outcome)) == (VerdictKind.OPERATIONAL, ["ok"] * 3)
    assert outcome.raw.facts["height"] == 20


async def test_a_real_node_ten_blocks_behind_is_lagging(client: Client, anvils: AnvilChain):
    anvils.mine(10, skip=[2])
    assert states(await look(client, chain(anvils))) == ["ok", "ok", "lagging"]
    anvils.catch_up(2)
    assert states(await look(client, chain(anvils))) == ["ok", "ok", "ok"]


async def test_a_real_liar_500_blocks_ahead_makes_nobody_else_late(client: Client, anvils: AnvilChain):
    anvils.nodes[2].mine_ahead(500)
    outcome = await look(client, chain(anvils))
    assert (states(outcome), outcome.raw.kind) == (["ok", "ok", "unknown"], VerdictKind.OPERATIONAL)


async def test_a_real_frozen_node_costs_one_deadline_and_is_unreachable(client: Client, anvils: AnvilChain):
    anvils.nodes[2].freeze()
    begun = time.monotonic()
    outcome = await look(client, chain(anvils))
    assert states(outcome) == ["ok", "ok", "unreachable"]
    assert time.monotonic() - begun < 2.0


async def test_a_real_killed_node_is_unreachable(client: Client, anvils: AnvilChain):
    anvils.nodes[2].kill()
    assert states(await look(client, chain(anvils))) == ["ok", "ok", "unreachable"]


async def test_a_real_node_on_another_chain_is_on_the_wrong_chain(client: Client, anvils: AnvilChain):
    anvils.nodes[2].set_chain_id(1)
    assert states(await look(client, chain(anvils))) == ["ok", "ok", "wrong_chain"]


async def test_a_real_fork_at_equal_height_is_seen(client: Client, anvils: AnvilChain):
    anvils.mine(3, skip=[2])
    anvils.mine_apart(2, 3)
    outcome = await look(client, chain(anvils))
    assert states(outcome) == ["ok", "ok", "forked"]
    assert {node.height for node in outcome.nodes} == {23}


async def test_a_real_split_of_two_closes_both_ways(client: Client, anvils: AnvilChain):
    anvils.mine(2, skip=[1, 2])
    anvils.mine_apart(1, 2)
    outcome = await look(client, chain(anvils, own=2))
    assert outcome.raw.kind is VerdictKind.CHAIN_SPLIT
    assert set(outcome.raw.statuses.values()) == {Status.MAJOR_OUTAGE}


async def test_own_nodes_gone_while_a_real_reference_goes_on_is_our_side(client: Client, anvils: AnvilChain):
    for node in anvils.nodes[:2]:
        node.kill()
    outcome = await look(client, chain(anvils, references=1))
    assert (outcome.raw.kind, outcome.raw.corroborated) == (VerdictKind.OUR_SIDE, True)


async def test_a_real_halt_is_seen_from_rounds_that_see_the_same_head(client: Client, anvils: AnvilChain):
    monitor = chain(anvils, references=1, every_seconds=0.1)
    monitor = replace(monitor, thresholds=replace(monitor.thresholds, stall_warn_seconds=0.3))
    diary, stop = Diary(), asyncio.Event()
    running = asyncio.create_task(watch(client, diary, monitor).run(stop))
    await diary.until(lambda: bool(diary.verdicts) and diary.verdicts[-1].kind is VerdictKind.NETWORK_HALT)
    anvils.mine(1)
    await diary.until(lambda: diary.verdicts[-1].is_clear)
    stop.set()
    await running
    assert diary.verdicts[0].kind is VerdictKind.OPERATIONAL


async def test_a_real_deep_reorganisation_stops_crediting(client: Client, litecoins: LitecoinPair):
    nodes = tuple(
        Node(name=name, url=node.url, user="u", password="p")
        for name, node in (("ltc-1", litecoins.a), ("ltc-2", litecoins.b))
    )
    monitor = chain_monitor(chain="litecoin", network=LitecoinPair.GENESIS, nodes=nodes, confirmations=4)
    monitor = replace(monitor, every_seconds=0.1)
    diary, stop = Diary(), asyncio.Event()
    running = asyncio.create_task(watch(client, diary, monitor).run(stop))
    await diary.until(lambda: bool(diary.verdicts))
    litecoins.part(4, 6)
    await diary.until(lambda: diary.verdicts[-1].kind is VerdictKind.CHAIN_SPLIT)
    await asyncio.to_thread(litecoins.b.rejoin)
    await asyncio.to_thread(litecoins.wait_until_same)
    await diary.until(lambda: diary.verdicts[-1].kind is VerdictKind.DEEP_REORG)
    stop.set()
    await running
    assert diary.verdicts[-1].statuses[Direction.DEPOSITS] is Status.PARTIAL_OUTAGE


async def test_one_frozen_target_delays_no_other_monitor(client: Client, faults: FaultServer):
    diary, stop = Diary(), asyncio.Event()
    frozen = service(faults, "hang", deadline_seconds=5.0)
    running = asyncio.create_task(watch(client, diary, frozen, service(faults, "fine")).run(stop))
    await diary.until(lambda: diary.rounds("fine") >= 5)
    assert diary.rounds("hang") == 0
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_target_that_limits_us_is_left_in_peace(client: Client, faults: FaultServer):
    diary, stop = Diary(), asyncio.Event()
    running = asyncio.create_task(watch(client, diary, service(faults, "throttled"), service(faults, "fine")).run(stop))
    await diary.until(lambda: diary.rounds("throttled") >= 6)
    stop.set()
    await running
    # It asked for 17 seconds; the rounds meanwhile say so without asking again.
    assert faults.seen["throttled"] == 1
    assert {one[0].seen for one in diary.observations["throttled"]} == {Seen.THROTTLED}
    assert {verdict.kind for verdict in diary.verdicts if verdict.monitor == "throttled"} == {
        VerdictKind.MONITORING_DEGRADED
    }


async def test_a_target_that_limits_us_without_saying_how_long_is_asked_ever_less(client: Client, faults: FaultServer):
    faults.script["busy"] = [response(b"", status="429 Too Many Requests")]
    diary, stop = Diary(), asyncio.Event()
    running = asyncio.create_task(watch(client, diary, service(faults, "busy")).run(stop))
    await diary.until(lambda: diary.rounds("busy") >= 16)
    stop.set()
    await running
    assert 2 <= faults.seen["busy"] <= 6


async def test_a_round_that_could_not_be_kept_ends_nothing(client: Client, faults: FaultServer):
    diary, stop = Diary(broken=2), asyncio.Event()
    running = asyncio.create_task(watch(client, diary, service(faults, "fine")).run(stop))
    await diary.until(lambda: diary.rounds("fine") >= 2)
    stop.set()
    await running
    assert diary.verdicts[0].kind is VerdictKind.OPERATIONAL


async def test_the_watch_goes_on_from_the_stored_state(client: Client, faults: FaultServer):
    diary = Diary()
    monitor = service(faults, "unavailable", hysteresis=Hysteresis(worse_for_seconds=0.0))
    for _ in range(2):
        stop = asyncio.Event()
        running = asyncio.create_task(watch(client, diary, monitor).run(stop))
        seen = len(diary.verdicts)
        await diary.until(lambda seen=seen: len(diary.verdicts) >= seen + 4)  # type: ignore[misc] # binds the loop's value
        stop.set()
        await running
    down = [verdict for verdict in diary.verdicts if verdict.kind is VerdictKind.SERVICE_DOWN]
    assert len({verdict.since for verdict in down}) == 1
    assert diary.verdicts[-1].kind is VerdictKind.SERVICE_DOWN


async def test_a_state_that_cannot_be_read_is_begun_anew(client: Client, faults: FaultServer):
    diary = Diary(states={"fine": "not ours"})
    assert (await watch(client, diary, service(faults, "fine")).round_once())[0].verdict.is_clear


async def test_looking_once_tells_what_was_seen_and_keeps_nothing(client: Client, faults: FaultServer):
    diary = Diary()
    outcome = (await watch(client, diary, service(faults, "unavailable", hysteresis=Hysteresis())).round_once())[0]
    assert outcome.raw.kind is VerdictKind.SERVICE_DOWN
    assert outcome.verdict.kind is VerdictKind.MONITORING_DEGRADED
    assert diary.verdicts == []


async def test_when_everything_hangs_we_are_blind_and_when_one_refuses_we_are_not(client: Client, faults: FaultServer):
    lost = [service(faults, path) for path in ("hang", "drip")]
    outcomes = await watch(client, Diary(), *lost).round_once()
    assert {outcome.verdict.kind for outcome in outcomes} == {VerdictKind.BLIND}
    refused = ServiceMonitor(id="db", kind="tcp", url=f"127.0.0.1:{free_port()}", hysteresis=AT_ONCE)
    outcomes = await watch(client, Diary(), *lost, refused).round_once()
    assert {outcome.verdict.kind for outcome in outcomes} == {VerdictKind.SERVICE_DOWN}


async def test_a_slow_service_is_slow(client: Client, faults: FaultServer):
    outcome = await look(client, service(faults, "fine", expect=Expect(slow_ms=0.0001)))
    assert outcome.raw.kind is VerdictKind.SERVICE_SLOW


async def test_a_heartbeat_is_judged_by_the_last_beat(client: Client):
    monitors = [ServiceMonitor(id=name, kind="heartbeat", hysteresis=AT_ONCE) for name in ("late", "never")]
    outcomes = await watch(client, Diary(), *monitors, inbox=FullInbox(beats={"late": BEGIN})).round_once()
    assert [outcome.raw.kind for outcome in outcomes] == [VerdictKind.SILENT, VerdictKind.MONITORING_DEGRADED]


async def test_a_check_that_does_not_exist_and_an_id_used_twice_are_told_together(client: Client):
    twice = ServiceMonitor(id="a", kind="telepathy")
    with pytest.raises(Invalid) as caught:
        watch(client, Diary(), twice, twice)
    assert [fault.message for fault in caught.value.faults] == [
        "no check is called telepathy",
        "no check is called telepathy",
        "two monitors have this id",
    ]


def test_a_fresh_state_can_be_stored():
    assert State.from_json(State().to_json()) == State()

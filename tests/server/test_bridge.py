"""A round of looking becomes what is stored, what the public sees, and an incident."""

from dataclasses import replace
from datetime import timedelta

from monitors.rounds import State
from records.components import Cause, Direction, Status
from records.desk import judgement
from records.incidents import Stage
from records.observations import Observation, Seen
from records.store import components, incidents, looks, meta, monitors, notices, shares, weather
from records.times import now_utc
from records.verdicts import Verdict, VerdictKind
from server.bridge import Bridge
from server.config.monitors import recovery_times
from server.context import Context
from server.wiring import apply_configuration
from tests.server.house import context_on


def verdict(kind: VerdictKind, status: Status) -> Verdict:
    now = now_utc()
    return Verdict(
        monitor="chain:ethereum",
        kind=kind,
        since=now - timedelta(seconds=40),
        at=now,
        chain="ethereum",
        component=None,
        statuses={Direction.DEPOSITS: status, Direction.WITHDRAWALS: status},
        corroborated=True,
        cause=Cause.LEDGER,
        reasoning="3 of 3 nodes have seen no new block for 40 s",
    )


def observation() -> Observation:
    return Observation(
        monitor="chain:ethereum",
        target="eth-1",
        at=now_utc(),
        at_monotonic=1.0,
        seen=Seen.OK,
        latency_ms=3.5,
        height=7,
    )


async def test_a_halt_opens_one_incident_and_its_end_resolves_it(store):
    context = context_on(store)
    apply_configuration(context)
    bridge = Bridge(context, recovery_times(context.settings))
    assert {each.status for each in components.all_components(store) if each.chain} == {Status.UNKNOWN}

    for _ in range(3):
        await bridge.on_round(
            "chain:ethereum", [observation()], verdict(VerdictKind.NETWORK_HALT, Status.DEGRADED), "s1"
        )
    (opened,) = incidents.open_incidents(store)
    assert opened.stage is Stage.INVESTIGATING
    assert {each.status for each in components.all_components(store) if each.chain} == {Status.DEGRADED}
    assert set(opened.name) == {"en", "fr", "ro"}

    await bridge.on_round("chain:ethereum", [observation()], verdict(VerdictKind.OPERATIONAL, Status.OPERATIONAL), "s2")
    assert incidents.incident(store, opened.id).stage is Stage.MONITORING
    await bridge.on_round("chain:ethereum", [observation()], verdict(VerdictKind.OPERATIONAL, Status.OPERATIONAL), "s3")
    assert incidents.incident(store, opened.id).stage is Stage.RESOLVED
    assert len(notices.notices(store, subject_id=opened.id)) == 3


async def test_the_judge_finds_its_state_after_a_restart(store):
    context = context_on(store)
    apply_configuration(context)
    before = Bridge(context, {})
    assert await before.load_state("chain:ethereum") is None
    await before.on_round(
        "chain:ethereum", [observation()], verdict(VerdictKind.OPERATIONAL, Status.OPERATIONAL), "kept"
    )
    assert await Bridge(context, {}).load_state("chain:ethereum") == "kept"
    assert len(looks.since(store, "chain:ethereum", now_utc() - timedelta(minutes=1))) == 1


async def test_seeing_nothing_keeps_the_last_state_and_its_age(store):
    context = context_on(store)
    apply_configuration(context)
    bridge = Bridge(context, {})
    await bridge.on_round("chain:ethereum", [], verdict(VerdictKind.OPERATIONAL, Status.OPERATIONAL), "s")
    seen_at = monitors.monitor(store, "chain:ethereum").seen_at
    await bridge.on_round("chain:ethereum", [], verdict(VerdictKind.MONITORING_DEGRADED, Status.UNKNOWN), "s")
    assert monitors.monitor(store, "chain:ethereum").seen_at == seen_at
    assert components.component(store, "eth-deposits").status is Status.OPERATIONAL


async def test_a_configuration_is_applied_once(store):
    context = context_on(store)
    assert apply_configuration(context)
    revision = meta.page_revision(store)
    assert not apply_configuration(context)
    assert meta.page_revision(store) == revision


async def remembered(context: Context) -> str:
    state = await Bridge(context, {}).load_state("chain:ethereum")
    assert state is not None
    return state


async def test_what_is_usual_is_known_after_the_judge_lost_its_memory(store):
    context = context_on(store)
    apply_configuration(context)
    now = context.now()
    for hours in range(1, 8):
        weather.note(store, "ethereum", now - timedelta(hours=hours), fee=20.0, mempool_full=None, height=None)
    restored = State.from_json(await remembered(context))
    assert sorted(restored.book.fees.values()) == [(20.0, 1)] * 7
    await Bridge(context, {}).on_round(
        "chain:ethereum", [observation()], verdict(VerdictKind.OPERATIONAL, Status.OPERATIONAL), State().to_json()
    )
    again = State.from_json(await remembered(context))
    assert again.book.fees == restored.book.fees


async def test_each_round_of_a_chain_leaves_its_weather(store):
    context = context_on(store)
    apply_configuration(context)
    facts = {"fee": 12.5, "mempool_full": 0.25, "height": 7}
    seen = replace(verdict(VerdictKind.OPERATIONAL, Status.OPERATIONAL), facts=facts)
    await Bridge(context, {}).on_round("chain:ethereum", [observation()], seen, "kept")
    (hour,) = weather.hours(store, "ethereum", context.now())
    assert (hour.fee, hour.mempool_most, hour.last_height) == (12.5, 0.25, 7)


async def test_a_process_that_lost_its_lease_writes_nothing(store):
    context = context_on(store)
    apply_configuration(context)
    mine = shares.take(store, "one", ["chain:ethereum"], 1, 60_000)
    bridge = Bridge(context, {}, mine.get)
    fine = verdict(VerdictKind.OPERATIONAL, Status.OPERATIONAL)
    await bridge.on_round("chain:ethereum", [observation()], fine, "one")
    assert await bridge.load_state("chain:ethereum") == "one"

    shares.give_back(store, "one", ["chain:ethereum"])
    shares.take(store, "two", ["chain:ethereum"], 1, 60_000)
    await bridge.on_round("chain:ethereum", [observation()], fine, "late")
    mine.clear()
    await bridge.on_round("chain:ethereum", [observation()], fine, "later")
    assert await bridge.load_state("chain:ethereum") == "one"


async def test_a_process_with_an_older_configuration_does_not_bring_a_removed_monitor_back(store):
    context = context_on(store)
    apply_configuration(context)
    monitors.retire_all_but(store, [], now_utc())
    halted = verdict(VerdictKind.NETWORK_HALT, Status.DEGRADED)
    await Bridge(context, {}).on_round("chain:ethereum", [observation()], halted, "s")
    assert incidents.open_incidents(store) == []
    assert looks.since(store, "chain:ethereum", now_utc() - timedelta(minutes=1)) == []


async def test_a_process_that_sees_nothing_does_not_speak_for_another_that_watches(store):
    context = context_on(store)
    apply_configuration(context)
    unseen = verdict(VerdictKind.BLIND, Status.UNKNOWN)
    lost = Bridge(context, {}, shares.take(store, "lost", ["chain:ethereum"], 1, 60_000).get, holder="lost")
    shares.take(store, "other", ["website"], 1, 60_000)
    await lost.on_round("chain:ethereum", [observation()], unseen, "s1")
    assert judgement.blind_since(context.desk) is None
    shares.give_back(store, "other", ["website"])
    await lost.on_round("chain:ethereum", [observation()], unseen, "s2")
    assert judgement.blind_since(context.desk) is not None

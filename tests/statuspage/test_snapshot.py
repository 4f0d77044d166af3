"""On both engines: what is read in one moment is all the page needs."""

from datetime import timedelta

from records.components import Status
from records.desk import judgement
from records.desk.incidents import IncidentEntry, open_incident
from records.store import components, meta, monitors, sight
from records.store import weather as series
from records.verdicts import VerdictKind
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

NOW, PAGE = world.NOW, world.PAGE


def test_networks_hold_their_ways_and_services_stand_apart(store):
    world.mockup(store)
    seen = read_snapshot(store, PAGE, NOW)
    assert [network.name for network in seen.networks] == ["Bitcoin", "Ethereum", "Solana", "Litecoin"]
    assert [row.component.id for row in seen.networks[0].ways] == ["btc-deposits", "btc-withdrawals"]
    assert [row.component.id for section in seen.sections for row in section.rows] == ["trading", "app"]
    assert [incident.ref for incident in seen.open_incidents] == ["INC-3"]
    assert [incident.ref for incident in seen.recent_incidents] == ["INC-1", "INC-2"]
    assert [event.ref for event in seen.running] == ["MNT-1"]
    assert [event.ref for event in seen.upcoming] == ["MNT-2"]
    assert seen.checked_at == NOW - timedelta(seconds=20)


def test_weather_comes_from_what_the_nodes_saw(store):
    world.build(store)
    bitcoin = read_snapshot(store, PAGE, NOW).networks[0].weather
    assert bitcoin is not None
    assert bitcoin.last_block_at == NOW - timedelta(minutes=6)
    assert bitcoin.fees == "high"
    assert bitcoin.confirmed_after == timedelta(minutes=30)


def test_fees_are_compared_with_the_median_of_seven_days_as_kept(store):
    world.build(store)
    for hours in range(1, 25):
        series.note(store, "bitcoin", NOW - timedelta(hours=hours), fee=20.0, mempool_full=None, height=None)
    world.look(store, "bitcoin", facts={"fee": 50.0, "fee_ratio": 9.9})
    weather = read_snapshot(store, PAGE, NOW).networks[0].weather
    assert weather is not None
    assert weather.fee_ratio == 2.5


def test_confirmations_take_as_long_as_the_recent_pace_says(store):
    world.build(store)
    for step in range(0, 121, 20):
        at = NOW - timedelta(minutes=240 - 2 * step)
        series.note(store, "bitcoin", at, fee=None, mempool_full=None, height=870_000 + step // 10)
    weather = read_snapshot(store, PAGE, NOW).networks[0].weather
    assert weather is not None
    assert weather.confirmed_after == timedelta(minutes=60)


def test_where_blocks_tell_no_time_the_age_by_our_clock_is_shown(store):
    world.build(store)
    seen_at = NOW - timedelta(seconds=20)
    world.look(store, "bitcoin", at=seen_at, facts={"last_block_at": None, "block_age_seconds": 340})
    weather = read_snapshot(store, PAGE, NOW).networks[0].weather
    assert weather is not None
    assert weather.last_block_at == seen_at - timedelta(seconds=340)


def test_a_halted_network_promises_no_time_of_confirmation(store):
    world.build(store)
    world.look(store, "bitcoin", kind=VerdictKind.NETWORK_HALT, signal=Status.MAJOR_OUTAGE)
    weather = read_snapshot(store, PAGE, NOW).networks[0].weather
    assert weather is not None
    assert weather.confirmed_after is None


def test_a_green_signal_that_has_gone_quiet_is_shown_as_unknown_since_then(store):
    world.build(store)
    world.look(store, "ethereum", at=NOW - timedelta(minutes=7))
    seen = read_snapshot(store, PAGE, NOW)
    ethereum = seen.networks[1]
    assert {row.component.status for row in ethereum.ways} == {Status.UNKNOWN}
    assert {row.component.status_since for row in ethereum.ways} == {NOW - timedelta(minutes=7)}
    assert ethereum.history.days[-1].spent[Status.UNKNOWN] == timedelta(minutes=7)
    assert {row.component.status for row in seen.networks[0].ways} == {Status.OPERATIONAL}


def test_a_monitor_that_looks_rarely_is_not_taken_for_a_silent_one(store):
    world.build(store)
    monitors.put_monitor(store, "site", kind="http", chain=None, component_id="app", every_ms=600_000)
    components.set_signal(store, "app", "site", Status.OPERATIONAL, NOW - timedelta(minutes=15))
    seen = read_snapshot(store, PAGE, NOW)
    assert next(each for each in seen.components if each.id == "app").status is Status.OPERATIONAL


def test_when_all_monitors_are_dead_nothing_watched_stays_green(store):
    world.build(store)
    for chain in ("bitcoin", "ethereum", "solana", "litecoin"):
        world.look(store, chain, at=NOW - timedelta(minutes=3))
    meta.beat(store, "monitors", "test", NOW - timedelta(minutes=3))
    seen = read_snapshot(store, PAGE, NOW)
    assert seen.silent_since == NOW - timedelta(minutes=3)
    watched = [row.component.status for network in seen.networks for row in network.ways]
    assert set(watched) == {Status.UNKNOWN}


def test_blind_monitors_freeze_the_states_and_say_since_when(store):
    world.build(store)
    since = NOW - timedelta(minutes=1)
    meta.write(store, "blind_since", since.isoformat())
    seen = read_snapshot(store, PAGE, NOW)
    assert seen.blind_since == since
    assert {each.status for each in seen.services} == {Status.OPERATIONAL}


def test_the_page_says_what_the_desk_noted_and_thaws_when_we_see_again(store):
    world.build(store)
    desk, lost_at = world.desk(store), NOW - timedelta(minutes=1)
    with desk.deed():
        sight.note(store, "", lost_at)
    assert read_snapshot(store, PAGE, NOW).blind_since == lost_at == judgement.blind_since(desk)
    with desk.deed():
        sight.note(store, "", None)
    later = NOW + timedelta(hours=1)
    assert read_snapshot(store, PAGE, later).blind_since is None
    watched = [row.component.status for network in read_snapshot(store, PAGE, later).networks for row in network.ways]
    assert set(watched) == {Status.UNKNOWN}, "nothing is frozen any more"


def test_drafts_are_never_in_it(store):
    world.build(store)
    entry = IncidentEntry(
        name={"en": "Draft"}, body={"en": "Not yet."}, statuses={"app": Status.DEGRADED}, publish=False
    )
    open_incident(world.desk(store), entry, world.ANA, NOW)
    assert read_snapshot(store, PAGE, NOW).incidents == ()


def test_the_version_changes_with_what_is_said_and_not_with_the_clock(store):
    world.build(store)
    first = read_snapshot(store, PAGE, NOW)
    assert read_snapshot(store, PAGE, NOW + timedelta(seconds=30), first).version == first.version
    world.delay_bitcoin(store)
    assert read_snapshot(store, PAGE, NOW + timedelta(seconds=30), first).version != first.version


def test_a_promise_that_is_broken_changes_the_version(store):
    world.build(store)
    world.delay_bitcoin(store)
    before = read_snapshot(store, PAGE, NOW + timedelta(minutes=27))
    after = read_snapshot(store, PAGE, NOW + timedelta(minutes=29), before)
    assert before.version != after.version


def test_what_was_said_is_read_again_only_after_a_deed(store):
    world.mockup(store)
    first = read_snapshot(store, PAGE, NOW)
    assert read_snapshot(store, PAGE, NOW, first).incidents is first.incidents
    world.past_incident(store, "Late", days=1, minutes=3)
    assert len(read_snapshot(store, PAGE, NOW, first).incidents) == len(first.incidents) + 1

"""Upgrades by height: the window follows the chain, people hear when it moves, and it ends only when all is well."""

from itertools import pairwise

import pytest

from records.components import Status
from records.desk import judgement, upgrades
from records.desk.maintenance import announce, start, warnings
from records.desk.windows import note_overruns, run_windows
from records.errors import Invalid
from records.maintenance import AtBlock, Kind, WindowState
from records.people import CLOCK
from records.store import components, incidents, maintenance, monitors, notices, weather
from records.store.people import audit_entries
from records.verdicts import VerdictKind
from tests.cast import ANA, DAY, HOUR, MINUTE, NOW, SECOND, a_verdict, a_window, acme, describe

TARGET = 21_000_000
PACE = 12 * SECOND


@pytest.fixture
def desk(store):
    return acme(store, watched=True)


def saw(store, at, height, *, kind=VerdictKind.OPERATIONAL):
    """The monitor of Ethereum sees this height."""
    facts = {"height": height, "usual_seconds": 12}
    verdict = a_verdict(kind, monitor="chain:ethereum", at=at, facts=facts)
    monitors.keep_round(store, "chain:ethereum", verdict, "{}", seen_at=at)
    weather.note(store, "ethereum", at, fee=None, mempool_full=None, height=height)


def planned(desk, *, left, scheduled_for=None, now=NOW, **changes):
    """An upgrade so many blocks ahead; announced for when the usual pace gets there."""
    saw(desk.store, now, TARGET - left)
    begin = scheduled_for or now + left * PACE
    entry = a_window(
        kind=Kind.UPGRADE,
        scheduled_for=begin,
        scheduled_until=begin + HOUR,
        component_ids=(),
        at_block=AtBlock(chain="ethereum", height=TARGET),
        **changes,
    )
    return announce(desk, entry, ANA, now)


def told(store, event):
    return [each.kind.removeprefix("maintenance_") for each in reversed(notices.notices(store, subject_id=event.id))]


def test_it_is_kept_with_its_height_and_affects_all_that_stands_on_the_chain(store, desk):
    event = planned(desk, left=7200)
    kept = maintenance.maintenance(store, event.id)
    assert kept == event
    assert kept.component_ids == ("eth-deposits", "eth-withdrawals")
    assert kept.at_block == AtBlock(chain="ethereum", height=TARGET, eta=NOW + DAY, estimated_at=NOW)
    assert notices.notices(store)[0].facts["at_block"] == {"chain": "ethereum", "height": TARGET}


def test_components_that_are_named_are_the_only_ones(desk):
    saw(desk.store, NOW, TARGET - 7200)
    entry = a_window(kind=Kind.UPGRADE, at_block=AtBlock(chain="ethereum", height=TARGET), component_ids=("website",))
    assert announce(desk, entry, ANA, NOW).component_ids == ("website",)


@pytest.mark.parametrize(
    ("kind", "chain", "height", "paths"),
    [
        (Kind.MAINTENANCE, "ethereum", TARGET, ["/at_block"]),
        (Kind.UPGRADE, "dogecoin", TARGET, ["/at_block/chain"]),
        (Kind.UPGRADE, "ethereum", TARGET - 7200, ["/at_block/height"]),
        (Kind.PROMOTION, "", 0, ["/at_block", "/at_block/height", "/at_block/chain"]),
    ],
)
def test_a_height_that_makes_no_sense_is_refused_with_its_place(store, desk, kind, chain, height, paths):
    saw(store, NOW, TARGET - 7200)
    entry = a_window(kind=kind, at_block=AtBlock(chain=chain, height=height))
    with pytest.raises(Invalid) as refused:
        announce(desk, entry, ANA, NOW)
    assert [fault.path for fault in refused.value.faults] == paths
    assert maintenance.unfinished(store) == []


def test_whoever_announces_hears_that_the_pace_says_otherwise(store, desk):
    saw(store, NOW, TARGET - 7200)
    entry = a_window(
        kind=Kind.UPGRADE, at_block=AtBlock(chain="ethereum", height=TARGET), scheduled_for=NOW + 8 * DAY,
        scheduled_until=NOW + 8 * DAY + HOUR, component_ids=(),
    )  # fmt: skip
    assert warnings(desk, entry, NOW) == [
        "By the chain's present pace it comes at 2026-11-23 13:00 UTC; it will be moved."
    ]


def test_a_chain_nobody_saw_yet_leaves_the_time_as_it_was_given(store, desk):
    at_block = AtBlock(chain="bitcoin", height=TARGET)
    entry = a_window(kind=Kind.UPGRADE, at_block=at_block, scheduled_for=NOW + 8 * DAY, scheduled_until=NOW + 9 * DAY)
    assert warnings(desk, entry, NOW) == [
        "The chain's height and pace are not known here yet; until they are, your time stands."
    ]
    event = announce(desk, entry, ANA, NOW)
    assert event.at_block == at_block
    assert run_windows(desk, CLOCK, NOW + DAY) == []


def test_small_moves_change_the_estimate_and_nobody_is_told(store, desk):
    event = planned(desk, left=600)
    at = NOW + 14 * MINUTE
    saw(store, at, TARGET - 600 + 5)
    assert run_windows(desk, CLOCK, at) == []
    kept = maintenance.maintenance(store, event.id)
    assert (kept.scheduled_for, kept.version) == (event.scheduled_for, event.version)
    assert kept.at_block is not None
    assert kept.at_block.eta == pytest.approx(at + 595 * PACE, abs=SECOND)
    assert kept.at_block.estimated_at == at


def test_a_move_of_more_than_a_quarter_of_an_hour_moves_the_window_and_is_told(store, desk):
    event = planned(desk, left=600)
    at = NOW + 30 * MINUTE
    saw(store, at, TARGET - 600 + 20)
    assert run_windows(desk, CLOCK, at) == [f"moved {event.ref}"]
    kept = maintenance.maintenance(store, event.id)
    assert kept.scheduled_for > event.scheduled_for + 15 * MINUTE
    assert kept.scheduled_until - kept.scheduled_for == HOUR
    assert kept.scheduled_for.second == 0
    assert kept.version == event.version + 1
    assert told(store, event) == ["announced", "rescheduled"]


def test_two_moves_are_told_at_least_an_hour_apart(store, desk):
    event = planned(desk, left=600)
    for minute in range(0, 180, 5):
        at = NOW + minute * MINUTE
        saw(store, at, TARGET - 600)
        run_windows(desk, CLOCK, at)
    moved = [each.created_at for each in reversed(notices.notices(store, subject_id=event.id))][1:]
    assert len(moved) == 3
    assert all(later - earlier >= HOUR for earlier, later in pairwise(moved))


def test_far_ahead_chance_moves_it_and_nobody_is_told(store, desk):
    event = planned(desk, left=7200 * 10, scheduled_for=NOW + 10 * DAY + 2 * HOUR)
    assert run_windows(desk, CLOCK, NOW + MINUTE) == []
    assert told(store, event) == ["announced"]


def test_reminders_that_went_out_are_not_sent_again_when_it_moves(store, desk):
    event = planned(desk, left=600, reminders=(HOUR,))
    at = event.scheduled_for - HOUR + MINUTE
    saw(store, at, TARGET - 300)
    assert run_windows(desk, CLOCK, at) == [f"reminded of {event.ref}"]
    late = at + 50 * MINUTE
    saw(store, late, TARGET - 300)
    assert run_windows(desk, CLOCK, late) == [f"moved {event.ref}"]
    for minute in range(40):
        saw(store, late + minute * MINUTE, TARGET - 300 + 5 * minute)
        run_windows(desk, CLOCK, late + minute * MINUTE)
    assert told(store, event).count("reminder") == 1


def test_it_opens_when_the_chain_gets_there_and_not_by_the_clock(store, desk):
    event = planned(desk, left=50)
    at = event.scheduled_for + 5 * MINUTE
    saw(store, at, TARGET - 20)
    assert run_windows(desk, CLOCK, at) == []
    saw(store, at + MINUTE, TARGET - 1)
    assert run_windows(desk, CLOCK, at + MINUTE) == [f"started {event.ref}"]
    running = maintenance.maintenance(store, event.id)
    assert (running.scheduled_for, running.scheduled_until) == (at + MINUTE, at + MINUTE + HOUR)
    assert components.component(store, "eth-deposits").status is Status.UNDER_MAINTENANCE


def test_it_opens_early_when_the_chain_is_early(store, desk):
    event = planned(desk, left=50)
    saw(store, NOW + 5 * MINUTE, TARGET + 3)
    assert run_windows(desk, CLOCK, NOW + 5 * MINUTE) == [f"started {event.ref}"]


def test_while_nobody_sees_the_chain_the_clock_decides(store, desk):
    event = planned(desk, left=150)
    assert run_windows(desk, CLOCK, event.scheduled_for - MINUTE) == []
    assert run_windows(desk, CLOCK, event.scheduled_for) == [f"started {event.ref}"]


def running(desk):
    """The upgrade has begun."""
    event = planned(desk, left=50)
    at = event.scheduled_for
    saw(desk.store, at, TARGET)
    return start(desk, event.id, CLOCK, at), at


@pytest.mark.parametrize("kind", [VerdictKind.NETWORK_HALT, VerdictKind.NO_NEW_BLOCKS, VerdictKind.OUR_SIDE])
def test_a_halt_during_its_window_is_expected(store, desk, kind):
    _, at = running(desk)
    halted = upgrades.as_planned(store, a_verdict(kind, monitor="chain:ethereum", at=at + MINUTE))
    assert halted.kind is VerdictKind.UPGRADE
    assert judgement.take_verdict(desk, halted, describe, at + MINUTE) is None
    assert incidents.drafts(store) == []
    assert components.component(store, "eth-deposits").status is Status.UNDER_MAINTENANCE


@pytest.mark.parametrize("kind", [VerdictKind.CHAIN_SPLIT, VerdictKind.DEEP_REORG])
def test_a_fork_during_its_window_is_not(store, desk, kind):
    _, at = running(desk)
    assert upgrades.as_planned(store, a_verdict(kind, monitor="chain:ethereum", at=at)).kind is kind


def test_a_halt_before_it_and_one_of_another_chain_are_what_they_are(store, desk):
    planned(desk, left=50)
    for monitor in ("chain:ethereum", "chain:bitcoin"):
        assert upgrades.as_planned(store, a_verdict(VerdictKind.NETWORK_HALT, monitor=monitor, at=NOW)).kind is (
            VerdictKind.NETWORK_HALT
        )


def test_it_finishes_once_the_chain_is_past_it_and_well(store, desk):
    event, _ = running(desk)
    saw(store, event.scheduled_until, TARGET + 300)
    assert run_windows(desk, CLOCK, event.scheduled_until) == [f"completed {event.ref}"]
    assert components.component(store, "eth-deposits").status is Status.OPERATIONAL


def test_a_chain_that_still_stands_at_the_end_overruns_with_one_alarm_until_it_is_well(store, desk):
    event, _ = running(desk)
    late = event.scheduled_until + MINUTE
    saw(store, late, TARGET, kind=VerdictKind.UPGRADE)
    assert run_windows(desk, CLOCK, late) == []
    assert note_overruns(desk, CLOCK, late) == [event.ref]
    assert note_overruns(desk, CLOCK, late + MINUTE) == []
    assert [each.deed for each in audit_entries(store)].count("maintenance.overrun") == 1
    assert components.component(store, "eth-deposits").status is Status.UNDER_MAINTENANCE
    assert maintenance.maintenance(store, event.id).is_overdue(late)
    saw(store, late + HOUR, TARGET + 10)
    assert run_windows(desk, CLOCK, late + HOUR) == [f"completed {event.ref}"]


def test_a_window_that_a_person_must_finish_overruns_too(store, desk):
    window = announce(desk, a_window(auto_complete=False), ANA, NOW)
    start(desk, window.id, ANA, window.scheduled_for)
    assert note_overruns(desk, CLOCK, window.scheduled_until) == []
    assert note_overruns(desk, CLOCK, window.scheduled_until + SECOND) == [window.ref]


def test_a_height_survives_a_restart(store, desk):
    event = planned(desk, left=600)
    saw(store, NOW + MINUTE, TARGET - 595)
    run_windows(desk, CLOCK, NOW + MINUTE)
    kept = maintenance.unfinished(store)[0].at_block
    assert kept is not None
    assert (kept.chain, kept.height, kept.estimated_at) == ("ethereum", TARGET, NOW + MINUTE)
    assert event.state is WindowState.SCHEDULED

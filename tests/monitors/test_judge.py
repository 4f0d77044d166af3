"""One signal over time: when a verdict changes, when it does not, and what a restart or a pause does to it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.rounds import Outcome, State, all_blind, play
from monitors.settings import Expect, Hysteresis, ServiceMonitor
from records.components import Direction, Status
from records.errors import Invalid
from records.observations import Observation, Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import BEGIN, Story, branch, ethereum, failed, kinds, seen_at

OPERATIONAL, OUR_SIDE = VerdictKind.OPERATIONAL, VerdictKind.OUR_SIDE
UNSURE = VerdictKind.MONITORING_DEGRADED


def test_the_first_good_look_is_believed_at_once():
    assert Story(ethereum()).round(100, 100, 100).verdict.kind is OPERATIONAL


def test_before_anything_was_seen_the_verdict_is_that_nothing_is_known():
    outcome = Story(ethereum(1)).round(failed(Seen.THROTTLED))
    assert outcome.verdict.kind is UNSURE
    assert set(outcome.verdict.statuses.values()) == {Status.UNKNOWN}


def test_trouble_at_the_first_look_is_made_sure_of_before_it_is_said():
    told = Story(ethereum(1))
    assert kinds(told.round(failed()) for _ in range(3)) == [UNSURE, UNSURE, OUR_SIDE]


def test_it_takes_three_bad_rounds_to_get_worse():
    told = Story(ethereum(1))
    told.healthy()
    assert kinds(told.round(failed()) for _ in range(3)) == [OPERATIONAL, OPERATIONAL, OUR_SIDE]


def test_three_bad_rounds_are_not_enough_before_the_time_has_passed():
    told = Story(ethereum(1, hysteresis=Hysteresis(worse_for_seconds=25.0)))
    told.healthy()
    assert kinds(told.round(failed()) for _ in range(6)) == [OPERATIONAL] * 5 + [OUR_SIDE]


def test_it_takes_four_good_rounds_and_two_blocks_to_get_better():
    told = Story(ethereum(1))
    height = told.healthy()
    [told.round(failed()) for _ in range(3)]
    standing = [told.round(height) for _ in range(6)]
    assert kinds(standing) == [OUR_SIDE] * 6
    assert kinds([told.round(height + 1), told.round(height + 2)]) == [OUR_SIDE, OPERATIONAL]


def test_the_verdict_keeps_the_time_since_when_it_holds():
    told = Story(ethereum(1))
    told.healthy()
    outcomes = [told.round(failed()) for _ in range(6)]
    assert {outcome.verdict.since for outcome in outcomes[2:]} == {outcomes[2].verdict.at}


def test_what_speaks_against_the_verdict_is_told_to_the_operator():
    told = Story(ethereum(1))
    told.healthy()
    assert "not yet believed: the only own node is not usable" in told.round(failed()).verdict.reasoning


def test_failing_every_second_time_trips_once_and_never_flaps():
    told = Story(ethereum(1))
    height = told.healthy()
    outcomes = []
    for number in range(40):
        outcomes += [told.round(failed()), told.round(height + number)]
    changes = [now for before, now in pairwise(kinds(outcomes)) if before is not now]
    assert changes == [OUR_SIDE]


def test_a_single_failure_now_and_then_trips_nothing():
    told = Story(ethereum(1))
    height = told.healthy()
    outcomes = []
    for number in range(30):
        outcomes += [told.round(failed())] + [told.round(height + number) for _ in range(4)]
    assert set(kinds(outcomes)) == {OPERATIONAL}


def test_a_chain_that_changed_too_often_is_held_at_degraded():
    told = Story(ethereum(1, hysteresis=Hysteresis(worse_for_seconds=0.0)))
    height = told.healthy()
    outcomes = []
    for _ in range(4):
        outcomes += [told.round(failed()) for _ in range(3)]
        for _ in range(5):
            height += 1
            outcomes.append(told.round(height))
    assert outcomes[-1].raw.kind is OPERATIONAL
    assert outcomes[-1].verdict.kind is OUR_SIDE
    # The second of five changes, at 12:01, leaves the window then, so that three are left.
    held = "shown as degraded until 12:31 UTC all the same, because it changed 5 times within 30 min"
    assert outcomes[-1].verdict.reasoning.endswith(held)
    assert {status.severity for status in outcomes[-1].verdict.statuses.values()} <= {0, Status.DEGRADED.severity}


def test_after_half_an_hour_of_calm_it_is_believed_again():
    told = Story(ethereum(1, hysteresis=Hysteresis(worse_for_seconds=0.0)))
    height = told.healthy()
    for _ in range(4):
        [told.round(failed()) for _ in range(3)]
        for _ in range(5):
            height += 1
            told.round(height)
    calm = [told.round(height + 1 + number // 2) for number in range(310)]
    assert calm[-1].verdict.kind is OPERATIONAL


def test_a_graver_state_counts_only_as_far_as_all_bad_rounds_confirm_it():
    told = Story(ethereum(2, 3, confirmations=1000))
    height = told.healthy()
    ahead = [height + 10] * 3
    [told.round(height, height, *ahead) for _ in range(2)]
    dead = told.round(failed(), failed(), *ahead)
    assert dead.verdict.kind is OUR_SIDE
    assert dead.raw.statuses[Direction.WITHDRAWALS] is Status.MAJOR_OUTAGE
    assert dead.verdict.statuses[Direction.WITHDRAWALS] is Status.DEGRADED


def test_graver_trouble_that_lasts_is_adopted_after_all():
    told = Story(ethereum(2, 3, confirmations=1000))
    height = told.healthy()
    ahead = [height + 10] * 3
    late = [told.round(height, height, *ahead) for _ in range(3)]
    assert late[-1].verdict.statuses[Direction.WITHDRAWALS] is Status.DEGRADED
    outcomes = [told.round(failed(), failed(), *ahead) for _ in range(3)]
    assert outcomes[-1].verdict.statuses[Direction.WITHDRAWALS] is Status.MAJOR_OUTAGE


def test_a_split_a_wrong_chain_and_isolation_do_not_wait():
    split = Story(ethereum(2))
    split.healthy()
    fork = seen_at(103, hashes=branch(103, name="fork", since=100))
    assert split.round(103, fork).verdict.kind is VerdictKind.CHAIN_SPLIT
    for sign in ({"network": "56"}, {"peers": 0}):
        told = Story(ethereum(1))
        told.healthy()
        assert told.round(seen_at(103, **sign)).verdict.kind is OUR_SIDE


def test_data_that_stops_coming_is_borne_for_two_rounds_and_then_said():
    told = Story(ethereum(1))
    told.healthy()
    outcomes = [told.round(failed(Seen.THROTTLED)) for _ in range(7)]
    # Three rounds on the last sample, two more that are borne.
    assert kinds(outcomes) == [OPERATIONAL] * 5 + [UNSURE] * 2


def test_an_alarm_survives_a_time_without_data():
    told = Story(ethereum(1))
    told.healthy()
    alarm = [told.round(failed()) for _ in range(3)][-1]
    [told.round(failed(Seen.THROTTLED)) for _ in range(8)]
    again = told.round(failed())
    assert again.verdict.kind is OUR_SIDE
    assert again.verdict.since == alarm.verdict.since


def test_after_a_time_without_data_trouble_is_never_shown_as_green():
    told = Story(ethereum(1))
    told.healthy()
    [told.round(failed(Seen.THROTTLED)) for _ in range(8)]
    assert told.round(failed()).verdict.kind is UNSURE


def test_blindness_is_said_at_once_and_leaves_no_trace():
    told = Story(ethereum(1))
    height = told.healthy()
    blind = [told.round(failed(refused=False), blind=True) for _ in range(2)]
    assert kinds(blind) == [VerdictKind.BLIND] * 2
    assert told.round(height + 1).verdict.kind is OPERATIONAL


def test_a_restart_neither_repeats_nor_loses_an_alarm():
    told = Story(ethereum(1))
    told.healthy()
    alarm = [told.round(failed()) for _ in range(3)][-1]
    told.restart()
    outcomes = [told.round(failed()) for _ in range(4)]
    assert set(kinds(outcomes)) == {OUR_SIDE}
    assert {outcome.verdict.since for outcome in outcomes} == {alarm.verdict.since}


def test_a_restart_keeps_the_age_of_a_standstill():
    told = Story(ethereum(1))
    [told.round(100) for _ in range(9)]
    told.restart()
    told.round(100)
    outcomes = [told.round(100) for _ in range(2)]
    assert outcomes[-1].raw.kind is VerdictKind.OPERATIONAL
    assert outcomes[-1].nodes[0].head_age_seconds == 60
    assert told.round(100).raw.kind is VerdictKind.NO_NEW_BLOCKS


def test_a_reorganisation_during_a_restart_is_noticed():
    told = Story(ethereum(1, confirmations=4))
    told.healthy()
    told.restart()
    outcome = told.round(seen_at(104, hashes=branch(104, name="new", since=98)))
    assert outcome.raw.kind is VerdictKind.DEEP_REORG


def test_time_in_which_nobody_watched_makes_no_standstill():
    told = Story(ethereum(1))
    told.healthy()
    outcome = told.round(102, seconds=3600)
    assert outcome.raw.kind is OPERATIONAL
    assert outcome.nodes[0].head_age_seconds == 0


def test_a_clock_that_jumps_makes_no_standstill():
    told = Story(ethereum(1))
    told.healthy()
    told.now += timedelta(hours=2)
    assert told.round(102).nodes[0].head_age_seconds == 0


def test_after_a_pause_one_round_says_only_that_nothing_is_sure():
    told = Story(ethereum(1))
    told.healthy()
    outcomes = [told.round(failed(), seconds=3600)] + [told.round(failed()) for _ in range(3)]
    assert kinds(outcomes) == [UNSURE, OPERATIONAL, OPERATIONAL, OUR_SIDE]


def test_many_blocks_after_a_pause_are_no_lie():
    told = Story(ethereum(3))
    told.healthy()
    outcome = told.round(500, 500, 400, seconds=4800)
    assert [node.state.value for node in outcome.nodes] == ["ok", "ok", "lagging"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"form":1}', '{"form":9}', '{"form":1,"signal":3}'])
def test_a_state_that_cannot_be_read_is_refused_in_plain_words(text):
    with pytest.raises(Invalid, match="cannot be read"):
        State.from_json(text)


def test_a_state_comes_back_as_it_was():
    told = Story(ethereum(2, 1, confirmations=3))
    told.healthy()
    told.round(failed(), 103, seen_at(103, fee=12.5))
    told.round(*[seen_at(105, hashes=branch(105, name="new", since=100))] * 3)
    text = told.state.to_json()
    assert State.from_json(text).to_json() == text


LOOKS = st.sampled_from([True, False, None])


@settings(deadline=None)  # the machine is shared
@given(st.lists(LOOKS, max_size=120))
def test_no_input_makes_it_change_more_often_than_the_limit_allows(looks):
    rules = Hysteresis(worse_for_seconds=0.0)
    told = Story(ethereum(1, hysteresis=rules))
    height = told.healthy()
    greens = []
    for look in looks:
        height += 1
        seen = {True: height, False: failed(), None: failed(Seen.THROTTLED)}[look]
        greens.append(told.round(seen).verdict.is_clear)  # type: ignore[arg-type] # a number or a look
    recoveries = sum(1 for before, now in pairwise(greens) if now and not before)
    # 120 rounds of 6 s lie within the window of half an hour; a return from "no data" is no flip.
    unknown = looks.count(None)
    assert recoveries <= rules.flip_limit + unknown


def service(**changes: object) -> ServiceMonitor:
    return ServiceMonitor(id="website", kind="http", component="web", expect=Expect(slow_ms=500), **changes)  # type: ignore[arg-type] # names of fields


def look(seen: Seen = Seen.OK, *, latency_ms: float = 20.0, **facts: bool | float) -> Observation:
    return Observation(
        monitor="website",
        target="website",
        at=BEGIN,
        at_monotonic=0.0,
        seen=seen,
        latency_ms=latency_ms,
        note="" if seen is Seen.OK else "the connection was refused",
        facts={**facts},
    )


def tell(monitor: ServiceMonitor, looks: list[Observation]) -> list[Outcome]:
    state, outcomes = State(), []
    for number, seen in enumerate(looks):
        at = BEGIN + number * timedelta(seconds=30)
        outcomes.append(play(monitor, state, [seen], now=at, monotonic=30.0 * number))
        state = outcomes[-1].state
    return outcomes


def test_a_service_is_down_after_three_failures_and_up_after_four_good_looks():
    outcomes = tell(service(), [look(), *[look(Seen.TRANSPORT)] * 3, *[look()] * 4])
    down = VerdictKind.SERVICE_DOWN
    assert kinds(outcomes) == [OPERATIONAL] * 3 + [down] * 4 + [OPERATIONAL]
    assert outcomes[3].verdict.statuses == {None: Status.MAJOR_OUTAGE}
    assert not outcomes[3].verdict.corroborated
    assert outcomes[3].verdict.component == "web"


def test_a_service_that_answers_late_is_slow():
    outcomes = tell(service(), [look(), *[look(latency_ms=900.0)] * 3])
    assert outcomes[-1].verdict.kind is VerdictKind.SERVICE_SLOW
    assert outcomes[-1].verdict.statuses == {None: Status.DEGRADED}


def test_a_service_that_limits_us_is_unknown():
    outcomes = tell(service(), [look(), *[look(Seen.THROTTLED)] * 3])
    assert kinds(outcomes) == [OPERATIONAL] * 3 + [UNSURE]


def test_a_late_heartbeat_is_silence():
    outcomes = tell(service(), [look(beat_age_seconds=3.0, late=False), *[look(late=True)] * 3])
    assert outcomes[-1].verdict.kind is VerdictKind.SILENT


def test_all_monitors_failing_together_means_that_we_are_blind():
    lost = failed(refused=False)
    assert all_blind([[lost, lost], [lost]])


def test_one_refusal_proves_that_the_network_works():
    lost = failed(refused=False)
    assert not all_blind([[lost, lost], [failed()]])


def test_one_answer_of_any_kind_proves_that_the_network_works():
    lost = failed(refused=False)
    for seen in (Seen.OK, Seen.THROTTLED, Seen.AUTH, Seen.GARBAGE):
        assert not all_blind([[lost, lost], [failed(seen, refused=False)]])


def test_one_lonely_target_cannot_show_that_we_are_blind():
    assert not all_blind([[failed(refused=False)]])

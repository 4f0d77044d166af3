"""Several nodes of one chain in one round, without hysteresis: every scenario of the field."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.quorum import Head, reference_head
from records.components import Cause, Direction, Status
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import AT_ONCE, BEGIN, Story, branch, ethereum, failed, seen_at, states

DEPOSITS, WITHDRAWALS = Direction.DEPOSITS, Direction.WITHDRAWALS


def story(own: int = 3, references: int = 0, *, chain: str = "ethereum", **changes: object) -> Story:
    return Story(ethereum(own, references, chain=chain, hysteresis=AT_ONCE, **changes))


def test_healthy_nodes_are_operational():
    outcome = story().round(100, 100, 100)
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert states(outcome) == ["ok", "ok", "ok"]
    assert outcome.raw.facts["height"] == 100
    assert (outcome.raw.facts["nodes_ok"], outcome.raw.facts["nodes_total"]) == (3, 3)
    assert outcome.raw.facts["usual_seconds"] == 12, "from block to block, not until a deposit is credited"


def test_one_node_ten_blocks_behind_is_lagging_and_the_chain_serves_on():
    outcome = story().round(110, 110, 100)
    assert states(outcome) == ["ok", "ok", "lagging"]
    assert outcome.nodes[2].lag_blocks == 10
    assert not outcome.nodes[2].usable
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert "own-3: 10 blocks behind" in outcome.raw.reasoning


def test_a_liar_500_blocks_ahead_makes_no_honest_node_late():
    outcome = story().round(100, 100, 600)
    assert states(outcome) == ["ok", "ok", "unknown"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert outcome.raw.facts["height"] == 100


def test_a_liar_is_held_back_by_the_gate_even_when_only_one_other_node_is_there():
    two = story(own=1, references=1)
    two.round(100, 100)
    outcome = two.round(100, 600)
    assert states(outcome) == ["ok", "unknown"]
    assert outcome.raw.facts["height"] == 100


def test_own_nodes_that_fell_behind_unseen_do_not_hold_back_two_who_know_better():
    story = Story(ethereum(own=2, references=2))
    height = story.healthy()
    for _ in range(3):
        height += 1
        story.round(height, height, failed(), failed())
    outcome = story.round(height, height, height + 20, height + 20)
    assert states(outcome) == ["lagging", "lagging", "ok", "ok"]
    assert (outcome.raw.kind, outcome.raw.corroborated) == (VerdictKind.OUR_SIDE, True)


def test_when_most_nodes_run_ahead_of_our_idea_of_the_pace_they_are_believed():
    fast = story()
    fast.round(100, 100, 100)
    outcome = fast.round(150, 150, 100)
    assert states(outcome) == ["ok", "ok", "lagging"]


def test_a_frozen_node_is_unreachable_and_alone_no_outage():
    outcome = story().round(100, 100, failed(refused=False))
    assert states(outcome) == ["ok", "ok", "unreachable"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


def test_a_killed_node_is_unreachable():
    assert states(story().round(100, failed(), 100)) == ["ok", "unreachable", "ok"]


def test_a_node_with_another_chain_id_is_on_the_wrong_chain_whatever_else_it_says():
    outcome = story().round(100, 100, seen_at(100, network="56"))
    assert states(outcome) == ["ok", "ok", "wrong_chain"]


def test_a_node_whose_hash_differs_below_the_common_height_is_forked():
    outcome = story().round(110, 110, seen_at(108, hashes=branch(108, name="fork", since=105)))
    assert states(outcome) == ["ok", "ok", "forked"]
    assert "4 blocks" in outcome.nodes[2].why


def test_equal_heights_hide_no_fork():
    outcome = story().round(20, 20, seen_at(20, hashes=branch(20, name="fork", since=18)))
    assert states(outcome) == ["ok", "ok", "forked"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


def test_two_nodes_that_contradict_each_other_close_both_ways():
    outcome = story(own=2).round(20, seen_at(20, hashes=branch(20, name="fork", since=18)))
    assert outcome.raw.kind is VerdictKind.CHAIN_SPLIT
    assert outcome.raw.statuses == {DEPOSITS: Status.MAJOR_OUTAGE, WITHDRAWALS: Status.MAJOR_OUTAGE}
    assert outcome.raw.corroborated


def test_a_split_against_one_reference_is_not_corroborated():
    outcome = story(own=1, references=1).round(20, seen_at(20, hashes=branch(20, name="fork", since=18)))
    assert outcome.raw.kind is VerdictKind.CHAIN_SPLIT
    assert not outcome.raw.corroborated


def test_under_proof_of_work_two_tips_of_one_height_are_everyday_business():
    outcome = story(own=2, chain="litecoin").round(20, seen_at(20, hashes=branch(20, name="fork", since=20)))
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert states(outcome) == ["ok", "ok"]


def test_under_proof_of_work_two_differing_blocks_are_a_split():
    outcome = story(own=2, chain="litecoin").round(20, seen_at(20, hashes=branch(20, name="fork", since=19)))
    assert outcome.raw.kind is VerdictKind.CHAIN_SPLIT


def test_when_all_own_nodes_stand_still_and_references_advance_it_is_our_side():
    halted = story(own=2, references=1)
    halted.round(100, 100, 100)
    outcomes = [halted.round(100, 100, 100 + number) for number in range(1, 13)]
    assert states(outcomes[-1]) == ["stalled", "stalled", "ok"]
    assert outcomes[-1].raw.kind is VerdictKind.OUR_SIDE
    assert outcomes[-1].raw.corroborated
    assert outcomes[-1].raw.cause is Cause.OPERATIONAL
    assert outcomes[-1].raw.statuses == {DEPOSITS: Status.DEGRADED, WITHDRAWALS: Status.DEGRADED}


def test_our_side_becomes_a_major_outage_of_deposits_after_twice_the_usual_time():
    halted = story(own=1, references=1, confirmations=3)
    halted.round(100, 100)
    outcomes = [halted.round(100, 100 + number) for number in range(1, 14)]
    # Usual: 3 × 12 s. The own head stands for 78 s.
    assert outcomes[-1].raw.statuses == {DEPOSITS: Status.MAJOR_OUTAGE, WITHDRAWALS: Status.DEGRADED}


def test_when_no_own_node_can_be_reached_withdrawals_are_out():
    outcome = story(own=2, references=1).round(failed(), failed(), 100)
    assert outcome.raw.kind is VerdictKind.OUR_SIDE
    assert outcome.raw.statuses[WITHDRAWALS] is Status.MAJOR_OUTAGE
    assert outcome.raw.corroborated


def test_our_side_without_a_reference_is_not_corroborated():
    outcome = story(own=2).round(failed(), failed())
    assert outcome.raw.kind is VerdictKind.OUR_SIDE
    assert not outcome.raw.corroborated


def test_when_every_node_stands_still_the_network_halted_and_later_gravely():
    halted = story(own=2, references=1)
    outcomes = [halted.round(100, 100, 100) for _ in range(33)]
    assert outcomes[5].raw.kind is VerdictKind.OPERATIONAL
    assert outcomes[12].raw.kind is VerdictKind.NETWORK_HALT
    assert outcomes[12].raw.statuses[DEPOSITS] is Status.DEGRADED
    assert outcomes[12].raw.corroborated
    assert outcomes[-1].raw.statuses == {DEPOSITS: Status.MAJOR_OUTAGE, WITHDRAWALS: Status.MAJOR_OUTAGE}


@pytest.mark.parametrize("reference", [(), (failed(),), (failed(Seen.THROTTLED),)])
def test_a_standstill_that_no_reference_can_explain_has_no_known_cause(reference):
    halted = story(own=2, references=len(reference))
    outcomes = [halted.round(100, 100, *reference) for _ in range(13)]
    assert outcomes[-1].raw.kind is VerdictKind.NO_NEW_BLOCKS
    assert not outcomes[-1].raw.corroborated


def test_blocks_without_finality_delay_deposits_only():
    slow = story(own=2, references=1)
    outcomes = []
    for number in range(95):
        look = seen_at(200 + number, finalized_height=150)
        outcomes.append(slow.round(look, look, look))
    assert outcomes[80].raw.kind is VerdictKind.OPERATIONAL
    assert outcomes[-1].raw.kind is VerdictKind.FINALITY_DELAY
    assert outcomes[-1].raw.statuses == {DEPOSITS: Status.DEGRADED, WITHDRAWALS: Status.OPERATIONAL}
    assert outcomes[-1].raw.corroborated


def test_a_chain_that_has_no_finality_to_ask_for_never_delays_it():
    plain = story(own=1)
    outcomes = [plain.round(seen_at(200 + number, finalized_height=None)) for number in range(120)]
    assert {outcome.raw.kind for outcome in outcomes} == {VerdictKind.OPERATIONAL}


def test_a_deep_reorganisation_asks_for_a_person_and_stands_until_it_is_buried():
    turned = story(confirmations=6)
    turned.round(*[105] * 3)
    outcome = turned.round(*[seen_at(106, hashes=branch(106, name="new", since=100))] * 3)
    assert outcome.raw.kind is VerdictKind.DEEP_REORG
    assert outcome.raw.facts["reorg_depth"] == 6
    assert outcome.raw.statuses == {DEPOSITS: Status.PARTIAL_OUTAGE, WITHDRAWALS: Status.OPERATIONAL}
    later = [
        turned.round(*[seen_at(height, hashes=branch(height, name="new", since=100))] * 3) for height in (108, 110, 111)
    ]
    assert [one.raw.kind for one in later] == [
        VerdictKind.DEEP_REORG,
        VerdictKind.DEEP_REORG,
        VerdictKind.OPERATIONAL,
    ]


def test_a_shallow_reorganisation_is_told_to_the_operator_alone():
    turned = story(confirmations=12)
    turned.round(*[105] * 3)
    outcome = turned.round(*[seen_at(106, hashes=branch(106, name="new", since=103))] * 3)
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert "a reorganisation of 3 blocks" in outcome.raw.reasoning


def test_a_reorganisation_that_nodes_make_one_after_the_other_is_one_event():
    turned = story(confirmations=4)
    new = seen_at(106, hashes=branch(106, name="new", since=100))
    turned.round(*[105] * 3)
    first = turned.round(new, 106, 106)
    assert states(first) == ["forked", "ok", "ok"]
    second = turned.round(new, new, 106)
    third = turned.round(new, new, new)
    assert second.raw.kind is third.raw.kind is VerdictKind.DEEP_REORG
    # By then the old branch had grown to 106, so that seven of its blocks went.
    assert second.raw.facts["reorg_depth"] == third.raw.facts["reorg_depth"] == 7


def test_one_failed_node_of_three_is_for_the_operator_only():
    outcome = story().round(100, 100, failed())
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert outcome.raw.facts["nodes_ok"] == 2


def test_a_node_that_limits_us_is_unknown_and_not_down():
    limited = story(own=1)
    outcome = limited.round(failed(Seen.THROTTLED))
    assert states(outcome) == ["unknown"]
    assert outcome.raw.kind is VerdictKind.MONITORING_DEGRADED
    assert set(outcome.raw.statuses.values()) == {Status.UNKNOWN}


def test_a_node_that_limits_us_is_believed_for_three_rounds_more():
    limited = story(own=1)
    limited.round(100)
    outcomes = [limited.round(failed(Seen.THROTTLED)) for _ in range(4)]
    assert [states(outcome) for outcome in outcomes] == [["ok"], ["ok"], ["ok"], ["unknown"]]


def test_a_starting_node_is_syncing():
    assert states(story().round(100, 100, failed(Seen.WARMING))) == ["ok", "ok", "syncing"]


@pytest.mark.parametrize("sign", [{"syncing_behind": 50}, {"facts": {"initial_download": True}}])
def test_a_node_that_calls_itself_syncing_is_syncing(sign):
    assert states(story().round(100, 100, seen_at(100, **sign))) == ["ok", "ok", "syncing"]


def test_a_node_that_calls_itself_synced_is_still_late():
    assert states(story().round(110, 110, seen_at(100, syncing_behind=0))) == ["ok", "ok", "lagging"]


@pytest.mark.parametrize("sign", [{"peers": 0}, {"facts": {"network_active": False}}])
def test_a_node_without_peers_is_isolated(sign):
    assert states(story().round(100, 100, seen_at(100, **sign))) == ["ok", "ok", "isolated"]


def test_peers_not_seen_are_not_no_peers():
    assert states(story().round(100, 100, seen_at(100, peers=None))) == ["ok", "ok", "ok"]


def test_a_rollup_node_without_peers_is_fine():
    assert states(story(chain="base").round(100, 100, seen_at(100, peers=0))) == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("erigon/2.40.0/linux-amd64/go1.19", "outdated"),
        ("reth/v1.4.1-abc/x86_64", "outdated"),
        ("erigon/2.40.01", "ok"),
        ("Geth/v1.16.0", "ok"),
        (None, "ok"),
    ],
)
def test_a_version_known_to_be_bad_is_outdated_and_serves_on(version, state):
    outcome = story().round(100, 100, seen_at(100, version=version))
    assert states(outcome) == ["ok", "ok", state]
    assert outcome.nodes[2].usable


def test_a_full_mempool_is_congestion():
    outcome = story(own=1).round(seen_at(100, mempool_full=0.95))
    assert outcome.raw.kind is VerdictKind.CONGESTION
    assert outcome.raw.statuses == {DEPOSITS: Status.DEGRADED, WITHDRAWALS: Status.DEGRADED}


def test_a_fee_far_above_its_own_median_is_congestion_once_there_are_hours_to_compare():
    dear = story(own=1)
    for hour in range(7):
        dear.now = BEGIN + timedelta(hours=hour)
        dear.round(seen_at(100 + hour, fee=10.0))
    dear.now = BEGIN + timedelta(hours=7)
    assert dear.round(seen_at(110, fee=40.0)).raw.kind is VerdictKind.OPERATIONAL
    outcome = dear.round(seen_at(111, fee=60.0))
    assert outcome.raw.kind is VerdictKind.CONGESTION
    assert outcome.raw.facts["fee_ratio"] == 6.0


def test_reference_nodes_are_no_capacity():
    outcome = story(own=1, references=2).round(failed(), 100, 100)
    assert outcome.raw.kind is VerdictKind.OUR_SIDE
    assert outcome.raw.facts["nodes_total"] == 1


def test_dead_references_cause_nothing():
    outcome = story(own=1, references=2).round(100, failed(), failed())
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


def test_the_head_never_goes_back_because_its_best_nodes_died():
    worn = story()
    worn.round(110, 110, 100)
    for _ in range(5):
        outcome = worn.round(failed(), failed(), 100)
    assert outcome.nodes[2].lag_blocks == 10


def test_a_block_time_far_in_the_future_is_not_shown():
    outcome = story(own=1).round(seen_at(100, block_at=BEGIN + timedelta(hours=5)))
    assert "last_block_at" not in outcome.raw.facts


@pytest.mark.parametrize(
    ("heights", "head"),
    [
        ([100], Head(height=100, certain=100, nodes=1, corroborated=False)),
        ([100, 103], Head(height=103, certain=103, nodes=2, corroborated=True)),
        ([100, 200], Head(height=200, certain=100, nodes=2, corroborated=False)),
        ([100, 101, 900], Head(height=101, certain=101, nodes=3, corroborated=True)),
    ],
)
def test_the_reference_head_is_the_second_highest_of_three(heights, head):
    seen = {str(number): seen_at(height) for number, height in enumerate(heights)}
    assert reference_head(ethereum(), seen) == head


LOOKS = st.one_of(
    st.integers(90, 120),
    st.builds(failed, st.sampled_from([Seen.TRANSPORT, Seen.THROTTLED, Seen.WARMING, Seen.GARBAGE])),
    st.builds(lambda height: seen_at(height, network="56"), st.integers(90, 120)),
    st.builds(
        lambda height, depth: seen_at(height, hashes=branch(height, name="fork", since=height - depth)),
        st.integers(90, 120),
        st.integers(0, 9),
    ),
)


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.tuples(LOOKS, LOOKS, LOOKS, LOOKS), min_size=1, max_size=6), st.permutations(range(4)))
def test_the_order_of_simultaneous_looks_does_not_matter(rounds, order):
    straight = story(own=2, references=2)
    shuffled = Story(replace(straight.monitor, nodes=tuple(straight.monitor.nodes[index] for index in order)))
    for looks in rounds:
        one = straight.round(*looks)
        other = shuffled.round(*(looks[index] for index in order))
        assert (one.raw.kind, one.raw.statuses, one.raw.facts) == (other.raw.kind, other.raw.statuses, other.raw.facts)
        assert {node.name: node for node in one.nodes} == {node.name: node for node in other.nodes}


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.tuples(LOOKS, LOOKS, LOOKS), min_size=1, max_size=8))
def test_it_is_never_green_without_a_good_look_at_an_own_node(rounds):
    told = Story(ethereum(2, 1))
    good_looks: list[bool] = []
    for looks in rounds:
        outcome = told.round(*looks)
        good_looks.append(any(seen.seen is Seen.OK and seen.network == "1" for seen in outcome.observations[:2]))
        if outcome.verdict.is_clear:
            assert any(good_looks[-told.monitor.hysteresis.worse_after - 1 :])
        if outcome.raw.is_clear:
            assert any(node.usable for node in outcome.nodes[:2])


def test_a_finality_delay_that_no_reference_confirms_is_not_corroborated():
    slow = story(own=1)
    outcomes = [slow.round(seen_at(200 + number, finalized_height=150)) for number in range(95)]
    assert outcomes[-1].raw.kind is VerdictKind.FINALITY_DELAY
    assert not outcomes[-1].raw.corroborated


def test_one_node_with_another_tip_is_forked_in_slots_and_in_good_company_under_proof_of_work():
    tip = seen_at(20, hashes=branch(20, name="fork", since=20))
    assert states(story().round(20, 20, tip)) == ["ok", "ok", "forked"]
    assert states(story(chain="litecoin").round(20, 20, tip)) == ["ok", "ok", "ok"]


def test_an_endpoint_that_steps_back_and_forth_does_not_grow():
    balanced = story(own=1)
    outcomes = [balanced.round(100 - number % 2) for number in range(13)]
    assert states(outcomes[-1]) == ["stalled"]


def test_a_look_from_before_a_pause_is_no_evidence_after_it():
    paused = story(own=1)
    paused.round(100)
    assert states(paused.round(failed(Seen.THROTTLED), seconds=3600)) == ["unknown"]


def test_each_node_may_have_limits_of_its_own():
    monitor = ethereum(hysteresis=AT_ONCE)
    patient = replace(monitor.thresholds, lag_warn_blocks=50, lag_critical_blocks=60)
    nodes = (*monitor.nodes[:2], replace(monitor.nodes[2], thresholds=patient))
    assert states(Story(replace(monitor, nodes=nodes)).round(110, 110, 100)) == ["ok", "ok", "ok"]


def test_a_split_that_ends_is_a_reorganisation_of_the_losing_side():
    parted = story(own=2, chain="litecoin", confirmations=4)
    parted.round(20, 20)
    for height in range(21, 26):
        outcome = parted.round(height, seen_at(height, hashes=branch(height, name="fork", since=21)))
    assert outcome.raw.kind is VerdictKind.CHAIN_SPLIT
    parted.restart()
    winner = seen_at(26, hashes=branch(26, name="fork", since=21))
    outcome = parted.round(winner, winner)
    assert outcome.raw.kind is VerdictKind.DEEP_REORG
    assert outcome.raw.facts["reorg_depth"] == 5

"""What nodes say of themselves may only make things worse, whatever the order in which they are seen."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.chains import thresholds_for
from monitors.nodes import is_syncing
from records.observations import Observation, Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import AT_ONCE, Story, branch, ethereum, failed, seen_at, states

ETHEREUM = thresholds_for("ethereum", {})
Facts = dict[str, str | int | float | bool]


def story(own: int = 3, references: int = 0) -> Story:
    return Story(ethereum(own, references, hysteresis=AT_ONCE))


@pytest.mark.parametrize(
    ("behind", "facts", "syncing"),
    [
        (7, {}, True),
        (6, {}, False),
        (None, {}, False),
        (None, {"syncing": True}, True),
        (1, {"syncing": True}, False),
        (2, {"syncing": True}, True),
        (0, {"initial_download": True}, True),
        (0, {"syncing": False}, False),
    ],
)
def test_syncing_is_read_from_numbers_and_words(behind: int | None, facts: Facts, syncing: bool):
    assert is_syncing(ETHEREUM, seen_at(100, syncing_behind=behind, facts=facts)) is syncing


@pytest.mark.parametrize("why", ["execution_offline", "optimistic", "upgrade_required"])
def test_an_impaired_node_serves_nobody_and_takes_no_transactions(why: str):
    outcome = story().round(100, 100, seen_at(100, facts={"impaired": why}))
    assert states(outcome) == ["ok", "ok", "impaired"]
    assert (outcome.nodes[2].usable, outcome.nodes[2].broadcasts) == (False, False)
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


def test_an_unknown_word_impairs_nothing():
    assert states(story().round(100, 100, seen_at(100, facts={"impaired": "tired"}))) == ["ok"] * 3


@pytest.mark.parametrize(("clock", "state"), [(101, "ok"), (102, "lagging"), (98, "unknown"), (99, "ok")])
def test_the_clock_shows_who_is_late_and_who_ahead_of_time(clock: int, state: str):
    outcome = story().round(100, 100, seen_at(100, facts={"clock_height": clock}))
    assert states(outcome) == ["ok", "ok", state]


def test_the_further_of_both_references_counts():
    outcome = story().round(120, 120, seen_at(100, facts={"clock_height": 104}))
    assert outcome.nodes[2].lag_blocks == 20
    assert "behind the reference head" in outcome.nodes[2].why


def test_a_clock_far_from_the_only_node_confirms_nothing():
    near = story(own=1).round(seen_at(100, facts={"clock_height": 100}))
    far = story(own=1).round(seen_at(100, facts={"clock_height": 50}))
    assert "only one node" not in near.raw.reasoning
    assert "only one node" in far.raw.reasoning


HEIGHTS = st.integers(90, 130)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "clock_height": HEIGHTS,
        "feature_set": st.integers(1, 2),
        "upgrade_height": st.sampled_from([0, 100, 110]),
        "upgrade_stops": st.booleans(),
        "impaired": st.sampled_from(["optimistic", "tired"]),
        "syncing": st.booleans(),
        "skip_rate": st.floats(0, 1),
        "delinquent_stake": st.floats(0, 1),
        "seconds_per_block": st.floats(0, 99),
    },
)


def _look(height: int, facts: Facts, final: int | None) -> Observation:
    return seen_at(height, hashes=branch(height), facts=facts, finalized_height=final, syncing_behind=None)


LOOKS = st.one_of(st.builds(_look, HEIGHTS, FACTS, st.none() | HEIGHTS), st.sampled_from([failed(), failed(Seen.AUTH)]))


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.tuples(LOOKS, LOOKS, LOOKS, LOOKS), min_size=1, max_size=5), st.permutations(range(4)))
def test_the_order_of_simultaneous_looks_with_facts_does_not_matter(rounds, order):
    straight = story(own=2, references=2)
    shuffled = Story(replace(straight.monitor, nodes=tuple(straight.monitor.nodes[index] for index in order)))
    for looks in rounds:
        one = straight.round(*looks)
        other = shuffled.round(*(looks[index] for index in order))
        assert (one.raw.kind, one.raw.statuses, one.raw.facts) == (other.raw.kind, other.raw.statuses, other.raw.facts)
        assert {node.name: node for node in one.nodes} == {node.name: node for node in other.nodes}


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.tuples(LOOKS, LOOKS), min_size=1, max_size=6), st.sampled_from(["impaired", "syncing"]))
def test_no_word_of_a_node_makes_it_better(rounds, word):
    """The same looks with one complaint more never make a node usable that was not."""
    plain, complaining = story(own=2), story(own=2)
    value: str | bool = "optimistic" if word == "impaired" else True
    for looks in rounds:
        worse = tuple(replace(look, facts={**look.facts, word: value}) for look in looks)
        before, after = plain.round(*looks), complaining.round(*worse)
        usable = {node.name for node in before.nodes if node.usable}
        assert {node.name for node in after.nodes if node.usable} <= usable

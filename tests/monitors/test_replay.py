"""What holds of the judge whatever comes: the same looks give the same history, and luck is no standstill."""

import math
import random
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.rounds import Outcome, State, play
from records.components import Direction
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import BEGIN, Story, branch, ethereum, failed, seen_at

LOOKS = st.one_of(
    st.integers(90, 120),
    st.builds(failed, st.sampled_from([Seen.TRANSPORT, Seen.THROTTLED, Seen.OVERLOADED])),
    st.integers(90, 120).map(lambda at: seen_at(at, hashes=branch(at, name="fork", since=at - 4))),
)
STALLS = {VerdictKind.NETWORK_HALT, VerdictKind.NO_NEW_BLOCKS, VerdictKind.OUR_SIDE}


def told(outcome: Outcome) -> tuple[object, ...]:
    return outcome.verdict, outcome.raw, outcome.nodes, outcome.state.to_json()


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.tuples(LOOKS, LOOKS, LOOKS), min_size=1, max_size=40))
def test_the_replay_of_the_same_observations_gives_the_same_history(rounds):
    first, again = Story(ethereum(2, 1)), Story(ethereum(2, 1))
    assert [told(first.round(*looks)) for looks in rounds] == [told(again.round(*looks)) for looks in rounds]


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.tuples(LOOKS, LOOKS, LOOKS), min_size=2, max_size=20), st.data())
def test_a_round_that_could_not_be_stored_is_played_again_as_if_it_were_the_first_time(rounds, data):
    straight, stumbling = Story(ethereum(2, 1)), Story(ethereum(2, 1))
    stumble = data.draw(st.integers(0, len(rounds) - 1))
    for number, looks in enumerate(rounds):
        expected = told(straight.round(*looks))
        if number == stumble:
            kept = replace(stumbling)
            stumbling.round(*looks)
            stumbling = kept
        assert told(stumbling.round(*looks)) == expected


def test_a_year_of_bitcoins_gaps_holds_at_most_one_false_standstill():
    chance = random.Random(2026)
    blocks = 365 * 144
    gaps = [chance.expovariate(1 / 600) for _ in range(blocks)]
    monitor = replace(ethereum(own=2, references=1, chain="bitcoin"), every_seconds=60.0)
    limit = monitor.thresholds.stall_warn_seconds
    assert limit is not None
    false = 0
    for number, gap in enumerate(gaps):
        # Shorter ones stay far below every limit.
        if gap > limit * 0.6:
            false += _stalls(monitor, 800_000 + number, gap)
    assert sum(gap > limit * 0.6 for gap in gaps) > 10, "the year has gaps worth looking at"
    assert false <= 1


def test_a_real_standstill_of_bitcoin_is_seen():
    monitor = replace(ethereum(own=2, references=1, chain="bitcoin"), every_seconds=60.0)
    limit = monitor.thresholds.stall_critical_seconds
    assert limit is not None
    assert _stalls(monitor, 800_000, limit * 1.2) == 1


def _stalls(monitor, height, gap_seconds):
    """Whether a standstill was said, from some calm blocks before the gap to the block that ends it."""
    state, now, monotonic, found = State(), BEGIN, 1_000.0, False
    steps = [height - 3, height - 2, height - 1]
    steps += [height] * math.ceil(gap_seconds / monitor.every_seconds)
    for at in steps:
        seen = [
            replace(seen_at(at), monitor=monitor.id, target=node.name, at=now, at_monotonic=monotonic)
            for node in monitor.nodes
        ]
        outcome = play(monitor, state, seen, now=now, monotonic=monotonic)
        state = outcome.state
        found |= outcome.verdict.kind in STALLS and Direction.DEPOSITS in outcome.verdict.statuses
        now, monotonic = now + timedelta(seconds=monitor.every_seconds), monotonic + monitor.every_seconds
    return int(found)

"""A chain that goes on may go on too slowly; the middle node speaks."""

import pytest

from monitors.chains import thresholds_for
from monitors.slowness import why_not_final, why_slow
from records.observations import Observation
from tests.monitors.cast import seen_at

SOLANA = thresholds_for("solana", {})


def measured(**facts: str | float | bool) -> Observation:
    return seen_at(100, facts=facts)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"seconds_per_block": 0.8}, ""),
        ({"seconds_per_block": 0.81}, "0.81 s instead of 0.4 s"),
        ({"skip_rate": 0.2}, ""),
        ({"skip_rate": 0.21}, "21% of the slots"),
        ({"skip_rate": True}, ""),
        ({"skip_rate": "many"}, ""),
        ({}, ""),
    ],
)
def test_slowness_has_its_limits(facts: dict[str, str | float | bool], words: str):
    said = why_slow(SOLANA, [measured(**facts)])
    assert (words in said) if words else said == ""


def test_one_strange_node_decides_nothing():
    assert why_slow(SOLANA, [measured(skip_rate=0.9), measured(skip_rate=0.01), measured(skip_rate=0.02)]) == ""
    assert why_not_final([measured(delinquent_stake=0.9), measured(delinquent_stake=0.1), measured()]) != ""
    assert why_not_final([measured(delinquent_stake=x) for x in (0.9, 0.1, 0.1)]) == ""


@pytest.mark.parametrize(("share", "told"), [(0.33, False), (0.34, True)])
def test_without_two_thirds_of_the_votes_nothing_becomes_final(share: float, told: bool):
    assert bool(why_not_final([measured(delinquent_stake=share)])) is told

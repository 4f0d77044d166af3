"""Whose "not seen" counts."""

from typing import Any

import pytest

from monitors.chains import chain_monitor
from monitors.settings import Node
from monitors.transactions.trust import Watched, doubt
from records.transactions import Why
from records.verdicts import VerdictKind
from tests.monitors.cast import seen_at
from tests.monitors.transactions.asking import WELL

NODE = Node(name="eth-1", url="http://node.example")
MONITOR = chain_monitor(chain="ethereum", nodes=(NODE,))


def doubted(watched: Watched = WELL, *, best_height: int = 100, height: int = 100, **seen: Any) -> Why | None:
    return doubt(MONITOR, NODE, seen_at(height, **seen), watched, best_height=best_height)


def test_a_node_in_order_is_believed():
    assert doubted() is None
    assert doubted(height=99) is None


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        (None, Why.BLIND),
        (VerdictKind.BLIND, Why.BLIND),
        (VerdictKind.MONITORING_DEGRADED, Why.BLIND),
        (VerdictKind.CHAIN_SPLIT, Why.SPLIT),
        (VerdictKind.OUR_SIDE, Why.BEHIND),
        (VerdictKind.NETWORK_HALT, Why.BEHIND),
        (VerdictKind.NO_NEW_BLOCKS, Why.BEHIND),
        (VerdictKind.CONGESTION, None),
        (VerdictKind.FINALITY_DELAY, None),
    ],
)
def test_the_monitors_verdict_weighs_first(verdict, why):
    assert doubted(Watched(verdict=verdict, height=100, is_fresh=True)) is why


def test_a_verdict_of_long_ago_is_none():
    assert doubted(Watched(verdict=VerdictKind.OPERATIONAL, height=100, is_fresh=False)) is Why.BLIND


def test_the_head_of_others_and_of_our_best_node_is_the_measure():
    assert doubted(Watched(verdict=VerdictKind.OPERATIONAL, height=110, is_fresh=True)) is Why.BEHIND
    assert doubted(best_height=110) is Why.BEHIND


def test_its_own_word_may_only_make_it_worse():
    assert doubted(syncing_behind=500) is Why.BEHIND
    assert doubted(facts={"initial_download": True}) is Why.BEHIND
    assert doubted(facts={"impaired": "execution_offline"}) is Why.BEHIND
    assert doubted(facts={"network_active": False}) is Why.BLIND
    assert doubted(peers=0) is Why.BLIND

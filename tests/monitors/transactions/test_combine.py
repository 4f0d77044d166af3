"""One answer of what several nodes see."""

from dataclasses import replace
from typing import Any

import pytest

from monitors.transactions.combine import Asked, NodeSaw, combine
from monitors.transactions.sight import Saw, Sight, Trace
from records.transactions import Found, Why
from tests.monitors.cast import seen_at
from tests.monitors.transactions.asking import BEGIN

ASKED = Asked(chain="ethereum", hash="0x1", at=BEGIN, needed=3, trace=None)
WAITED = replace(ASKED, trace=Trace(at=BEGIN, sender="0xa", nonce=1))
CONFIRMED = replace(ASKED, trace=Trace(at=BEGIN, block_height=98, block_hash="main-98"))


def node(sight: Sight, *, head: int = 100, why: Why | None = None, **saw: Any) -> NodeSaw:
    return NodeSaw(saw=Saw(sight=sight, **saw), node=seen_at(head, finalized_height=None), why=why)


def included(height: int = 99, *, head: int = 100, block: str | None = None, **more: Any) -> NodeSaw:
    return node(Sight.INCLUDED, head=head, block_height=height, block_hash=block or f"main-{height}", **more)


SILENT = NodeSaw(why=Why.UNREACHABLE)


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        ([node(Sight.UNSEEN), included()], Found.CONFIRMING),
        ([node(Sight.UNSEEN), node(Sight.WAITING)], Found.WAITING),
        ([node(Sight.WAITING), included()], Found.CONFIRMING),
        ([SILENT, included(98)], Found.FINAL),
        ([node(Sight.UNSEEN), SILENT], Found.NOT_SEEN),
        ([node(Sight.UNSEEN), node(Sight.HIDDEN)], Found.NOT_SEEN),
        ([node(Sight.REPLACED), node(Sight.UNSEEN)], Found.REPLACED),
        ([node(Sight.LEFT), node(Sight.UNSEEN)], Found.REORGANISED),
        ([node(Sight.EXPIRED), node(Sight.UNSEEN)], Found.DROPPED),
        ([node(Sight.FAILED, block_height=99)], Found.FAILED),
    ],
)
def test_seen_by_any_beats_not_seen(nodes, found):
    assert combine(ASKED, nodes).found is found
    assert combine(ASKED, nodes[::-1]).found is found


@pytest.mark.parametrize("why", [Why.BEHIND, Why.BLIND])
def test_a_node_in_doubt_never_says_not_seen(why):
    answer = combine(ASKED, [node(Sight.UNSEEN, why=why), SILENT])
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, why)


def test_the_reason_is_that_of_the_node_that_came_nearest():
    assert combine(ASKED, [SILENT]).why is Why.UNREACHABLE
    assert combine(ASKED, [SILENT, NodeSaw(why=Why.BUSY)]).why is Why.BUSY
    assert combine(ASKED, [SILENT, node(Sight.HIDDEN)]).why is Why.NO_INDEX


def test_two_blocks_or_a_split_chain_are_no_answer():
    for nodes in ([included(), included(block="other-99")], [included(why=Why.SPLIT)]):
        answer = combine(ASKED, nodes)
        assert (answer.found, answer.why, answer.confirmations) == (Found.CANNOT_TELL, Why.SPLIT, None)


def test_a_node_that_should_have_it_and_does_not_keeps_it_from_being_final():
    answer = combine(ASKED, [included(98), node(Sight.UNSEEN)])
    assert (answer.found, answer.is_disputed) == (Found.FINAL, False)
    other = NodeSaw(saw=Saw(sight=Sight.UNSEEN), node=seen_at(100, hashes={98: "other-98", 100: "other-100"}))
    answer = combine(ASKED, [included(98), other])
    assert (answer.found, answer.is_disputed, answer.confirmations) == (Found.CONFIRMING, True, 3)


def test_a_node_without_hashes_that_does_not_see_it_disputes_it():
    other = NodeSaw(saw=Saw(sight=Sight.UNSEEN), node=seen_at(100, hashes={100: "main-100"}))
    assert combine(ASKED, [included(98), other]).is_disputed
    behind = replace(other, why=Why.BEHIND)
    assert combine(ASKED, [included(98), behind]).found is Found.FINAL


def test_confirmations_are_counted_on_the_node_that_has_most():
    assert combine(ASKED, [included(99, head=99), included(99, head=100)]).confirmations == 2
    assert combine(ASKED, [included(101, head=100)]).confirmations == 1


def test_without_a_number_of_our_own_the_chain_says_what_is_final():
    asked = replace(ASKED, needed=None)
    assert combine(asked, [included(1)]).found is Found.CONFIRMING
    assert combine(asked, [included(99, is_final=True)]).found is Found.FINAL
    final = NodeSaw(saw=Saw(sight=Sight.INCLUDED, block_height=50), node=seen_at(100, finalized_height=50))
    assert combine(asked, [final]).found is Found.FINAL


def test_what_was_there_before_and_is_gone_was_dropped():
    answer = combine(WAITED, [node(Sight.UNSEEN)])
    assert (answer.found, answer.seen_before_at) == (Found.DROPPED, BEGIN)
    assert combine(WAITED, [node(Sight.UNSEEN, why=Why.BEHIND)]).found is Found.CANNOT_TELL


def test_a_silent_node_may_still_hold_what_was_there_before():
    for asked in (WAITED, CONFIRMED):
        answer = combine(asked, [node(Sight.UNSEEN), SILENT])
        assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.UNREACHABLE)


def test_a_node_that_is_behind_does_not_outweigh_a_replacement():
    behind = node(Sight.WAITING, why=Why.BEHIND)
    assert combine(ASKED, [behind, node(Sight.REPLACED)]).found is Found.REPLACED
    answer = combine(ASKED, [node(Sight.WAITING), node(Sight.REPLACED)])
    assert (answer.found, answer.is_disputed) == (Found.WAITING, True)


def test_what_was_in_a_block_and_is_gone_was_reorganised():
    for sight, again in ((Sight.UNSEEN, False), (Sight.WAITING, True)):
        answer = combine(CONFIRMED, [node(sight)])
        assert (answer.found, answer.waits_again, answer.block_height) == (Found.REORGANISED, again, 98)
    assert combine(CONFIRMED, [included()]).found is Found.CONFIRMING


def test_what_waits_at_a_node_that_is_behind_may_be_in_a_block_already():
    answer = combine(ASKED, [node(Sight.WAITING, why=Why.BEHIND), SILENT])
    assert (answer.found, answer.why) == (Found.WAITING, Why.BEHIND)
    assert combine(ASKED, [node(Sight.WAITING, why=Why.BEHIND), node(Sight.WAITING)]).why is None

"""Make one answer of what several nodes of ours see. Pure.

Seen by any beats not seen. What nobody sees is absent only if a node says so that is in order; what was there before
has then been dropped. Nodes that see different things are not averaged: the answer says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitors.transactions.sight import Saw, Sight, Trace
from records.observations import Observation
from records.transactions import Answer, Found, Why

_IN_BLOCK = (Sight.INCLUDED, Sight.FAILED)
#: The reason that is told first when several nodes have several.
_TELLING = (Why.SPLIT, Why.NO_INDEX, Why.BEHIND, Why.BLIND, Why.BUSY, Why.UNREACHABLE)


@dataclass(frozen=True, kw_only=True)
class NodeSaw:
    """One node's part."""

    #: Why it says nothing of use, or why its not seeing means nothing; None when all is well.
    why: Why | None = None
    #: None when it did not answer.
    saw: Saw | None = None
    #: Its own state; None when it did not answer.
    node: Observation | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for."""

    chain: str
    hash: str
    at: datetime
    #: Confirmations that we ask for; None where nothing is configured.
    needed: int | None
    trace: Trace | None


def combine(asked: Asked, nodes: Sequence[NodeSaw]) -> Answer:
    """The one answer."""
    if any(each.why is Why.SPLIT for each in nodes):
        return _answer(asked, nodes, Found.CANNOT_TELL, why=Why.SPLIT)
    included = [each for each in nodes if each.saw is not None and each.saw.sight in _IN_BLOCK]
    if included:
        return _included(asked, nodes, included)
    for build in (_waiting, _replaced, _left, _absent):
        answer = build(asked, nodes)
        if answer is not None:
            return answer
    return _answer(asked, nodes, Found.CANNOT_TELL, why=_why(nodes))


def _included(asked: Asked, nodes: Sequence[NodeSaw], included: Sequence[NodeSaw]) -> Answer:
    blocks = {each.saw.block_hash for each in included if each.saw and each.saw.block_hash is not None}
    heights = {each.saw.block_height for each in included if each.saw and each.saw.block_height is not None}
    failed = {each.saw.sight is Sight.FAILED for each in included if each.saw}
    # Where hashes are known they decide: some nodes tell no height, and it is counted from a moment ago.
    if len(blocks) > 1 or (not blocks and len(heights) > 1) or len(failed) > 1:
        return _answer(asked, nodes, Found.CANNOT_TELL, why=Why.SPLIT)
    height = max(heights, default=None)
    confirmations = max(_confirmations(each) for each in included)
    is_final = any(_is_final(each, height) for each in included)
    is_disputed = any(_misses(each, height, blocks) for each in nodes)
    is_enough = is_final if asked.needed is None else confirmations >= asked.needed
    found = Found.FAILED if failed == {True} else Found.FINAL if is_enough and not is_disputed else Found.CONFIRMING
    return _answer(asked, nodes, found, confirmations=confirmations, block_height=height, is_disputed=is_disputed)


def _confirmations(each: NodeSaw) -> int:
    assert each.saw is not None
    if each.saw.confirmations is not None:
        return max(each.saw.confirmations, 1)
    head = each.node.height if each.node is not None else None
    height = each.saw.block_height
    return 1 if head is None or height is None else max(head - height + 1, 1)


def _is_final(each: NodeSaw, height: int | None) -> bool:
    final = each.node.finalized_height if each.node is not None else None
    told = each.saw is not None and each.saw.is_final
    return told or (final is not None and height is not None and height <= final)


def _misses(each: NodeSaw, height: int | None, blocks: set[str]) -> bool:
    """Whether a node that is in order and should have that block does not see the transaction.

    Without an index a node may hold the very block and not know; and a block of this moment may still be on its way.
    """
    if each.saw is None or each.node is None or each.why is not None or height is None:
        return False
    own = each.node.hashes.get(height)
    if own is not None and blocks:
        return own not in blocks
    is_blank = each.saw.sight in (Sight.UNSEEN, Sight.WAITING, Sight.LEFT, Sight.REPLACED)
    return is_blank and (each.node.height or 0) > height


def _waiting(asked: Asked, nodes: Sequence[NodeSaw]) -> Answer | None:
    holders = [each for each in nodes if each.saw is not None and each.saw.sight is Sight.WAITING]
    waiting = [each.saw for each in holders if each.saw is not None]
    if not waiting:
        return None
    if all(each.why is not None for each in holders) and _is_replaced_for_sure(nodes):
        return None
    # A node that is behind knows that it was sent; a block that it has not seen yet may hold it.
    why = None if any(each.why is None for each in holders) else _why(holders)
    first = next((saw for saw in waiting if saw.fee_level is not None), waiting[0])
    was_in_block = asked.trace is not None and asked.trace.block_height is not None
    return _answer(
        asked,
        nodes,
        Found.REORGANISED if was_in_block else Found.WAITING,
        why=why,
        waits_again=was_in_block,
        block_height=asked.trace.block_height if was_in_block and asked.trace else None,
        fee_level=first.fee_level,
        fee_ratio=first.fee_ratio,
        can_raise=any(saw.can_raise for saw in waiting),
        earlier_missing=all(saw.earlier_missing for saw in waiting),
        is_disputed=any(each.saw.sight is Sight.REPLACED for each in nodes if each.saw is not None),
    )


def _is_replaced_for_sure(nodes: Sequence[NodeSaw]) -> bool:
    return any(each.saw is not None and each.saw.sight is Sight.REPLACED and each.why is None for each in nodes)


def _replaced(asked: Asked, nodes: Sequence[NodeSaw]) -> Answer | None:
    replaced = [each.saw for each in nodes if each.saw is not None and each.saw.sight is Sight.REPLACED]
    if not replaced:
        return None
    by = next((saw.replaced_by for saw in replaced if saw.replaced_by is not None), None)
    return _answer(asked, nodes, Found.REPLACED, replaced_by=by, seen_before_at=asked.trace.at if asked.trace else None)


def _left(asked: Asked, nodes: Sequence[NodeSaw]) -> Answer | None:
    left = [each.saw for each in nodes if each.saw is not None and each.saw.sight is Sight.LEFT]
    height = next((saw.block_height for saw in left if saw.block_height is not None), None)
    if not left and _was_in_block(asked) and _is_gone(nodes):
        assert asked.trace is not None
        height = asked.trace.block_height
    elif not left:
        return None
    seen_before_at = asked.trace.at if asked.trace else None
    return _answer(asked, nodes, Found.REORGANISED, block_height=height, seen_before_at=seen_before_at)


def _was_in_block(asked: Asked) -> bool:
    return asked.trace is not None and asked.trace.block_height is not None


def _absent(asked: Asked, nodes: Sequence[NodeSaw]) -> Answer | None:
    """Not there by the word of a node that would know; void ones too, whoever says so."""
    if any(each.saw is not None and each.saw.sight is Sight.EXPIRED for each in nodes):
        return _answer(asked, nodes, Found.DROPPED, seen_before_at=asked.trace.at if asked.trace else None)
    if asked.trace is None:
        return _answer(asked, nodes, Found.NOT_SEEN) if _is_absent(nodes) else None
    return _answer(asked, nodes, Found.DROPPED, seen_before_at=asked.trace.at) if _is_gone(nodes) else None


def _is_absent(nodes: Sequence[NodeSaw]) -> bool:
    return any(each.saw is not None and each.saw.sight is Sight.UNSEEN and each.why is None for each in nodes)


def _is_gone(nodes: Sequence[NodeSaw]) -> bool:
    """What one of our nodes had may still be there while that node is silent: so all have to answer."""
    return _is_absent(nodes) and all(each.saw is not None for each in nodes)


def _why(nodes: Sequence[NodeSaw]) -> Why:
    reasons = {each.why for each in nodes if each.why is not None}
    if any(each.saw is not None and each.saw.sight is Sight.HIDDEN for each in nodes):
        reasons.add(Why.NO_INDEX)
    return next((why for why in _TELLING if why in reasons), Why.UNREACHABLE)


def _answer(asked: Asked, nodes: Sequence[NodeSaw], found: Found, **more: object) -> Answer:
    return Answer(
        found=found,
        at=asked.at,
        chain=asked.chain,
        hash=asked.hash,
        needed=asked.needed,
        nodes_asked=len(nodes),
        nodes_answered=sum(each.saw is not None for each in nodes),
        **more,  # type: ignore[arg-type] # fields by name, checked by the tests of each answer
    )

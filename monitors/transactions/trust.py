"""Whether a node's "I do not know it" means anything. Pure.

What a node sees is there, whatever state it is in. What it does not see is absent only if the node is in order: on the
right chain, connected, up to the head that the monitors know, on a network that moves.
"""

from dataclasses import dataclass

from monitors.nodes import is_syncing
from monitors.settings import ChainMonitor, Node
from records.observations import Observation
from records.transactions import Why
from records.verdicts import KEEPS_LAST_STATE, VerdictKind

#: Verdicts under which our nodes stand or lag.
_STANDS = frozenset({VerdictKind.OUR_SIDE, VerdictKind.NETWORK_HALT, VerdictKind.NO_NEW_BLOCKS, VerdictKind.UPGRADE})


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What the chain's monitor concluded last."""

    #: None before its first round.
    verdict: VerdictKind | None
    #: The reference head, others' nodes included; None when no node gives one.
    height: int | None
    #: Whether that is recent: nobody watched lately otherwise.
    is_fresh: bool


def doubt(monitor: ChainMonitor, node: Node, seen: Observation, watched: Watched, *, best_height: int) -> Why | None:
    """What makes this node's not seeing worthless; None when nothing does. `best_height` is that of our best node."""
    if not watched.is_fresh or watched.verdict is None or watched.verdict in KEEPS_LAST_STATE:
        return Why.BLIND
    if watched.verdict is VerdictKind.CHAIN_SPLIT:
        return Why.SPLIT
    if watched.verdict in _STANDS:
        return Why.BEHIND
    limits = node.thresholds or monitor.thresholds
    head = max(best_height, watched.height or 0)
    if is_syncing(limits, seen) or "impaired" in seen.facts or (seen.height or 0) < head - limits.lag_warn_blocks:
        return Why.BEHIND
    is_alone = limits.peers_warn is not None and seen.peers == 0
    return Why.BLIND if is_alone or seen.facts.get("network_active") is False else None

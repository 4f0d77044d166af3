"""Put several nodes of one chain together: reference head, forks, reorganisations, state of each node. Pure.

The reference head is corroborated: with three or more eligible nodes it is the second highest, so that one node with
a wrong idea cannot make all others look late (erpc#998).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from monitors.book import NEW_NODE, Book, NodeBook, Reorg
from monitors.forks import Forks, compare, followed
from monitors.nodes import NodeReading, Surroundings, clock_height, is_syncing, judge_node, on_wrong_chain
from monitors.plans import noted_plan
from monitors.settings import ChainMonitor, Role
from records.observations import Observation

#: Blocks by which a node may run ahead of what the clock allows.
_GATE_SLACK_BLOCKS = 5
#: Slots by which a node's clock may be ahead of ours.
_CLOCK_SLACK_BLOCKS = 1


@dataclass(frozen=True, kw_only=True)
class Head:
    """The reference head."""

    height: int
    #: What at least two nodes reached; equal to `height` unless two nodes disagree.
    certain: int
    #: Nodes that were asked.
    nodes: int
    #: Whether somebody else confirms it.
    corroborated: bool


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One round of one chain, before any hysteresis."""

    nodes: tuple[NodeReading, ...]
    #: None while no node is eligible.
    head: Head | None
    #: Time by our clock since the reference head advanced.
    head_age_seconds: float
    forks: Forks
    #: The reorganisation in force.
    reorg: Reorg | None
    #: The newest looks that count, by node.
    samples: Mapping[str, Observation]

    def of(self, role: Role) -> tuple[NodeReading, ...]:
        """The nodes with that role."""
        return tuple([node for node in self.nodes if node.role is role])


def read_round(monitor: ChainMonitor, book: Book, *, gate_open: bool = False) -> tuple[Book, Reading]:
    """Reads a round that `book` already holds; returns the book brought up to date, and the reading.

    `gate_open` lets any height pass, after time in which nobody watched.
    """
    candidates = _candidates(monitor, book)
    eligible = _within_clock(candidates)
    eligible = eligible if gate_open else _within_gate(monitor, book, eligible)
    head = reference_head(monitor, eligible)
    ahead = _too_far_ahead(monitor, head, candidates, eligible)
    eligible = {name: seen for name, seen in eligible.items() if name not in ahead}
    forks = compare({name: seen.hashes for name, seen in sorted(eligible.items()) if seen.hashes})
    book, head = _advanced(monitor, noted_plan(book, eligible.values()), head, forks)
    odd = _odd_features(eligible) | _unprepared(eligible)
    nodes = tuple(
        judge_node(
            monitor,
            node,
            book.nodes.get(node.name, NEW_NODE),
            Surroundings(
                head=None if head is None else head.height,
                fork_depth=forks.minority.get(node.name, 0),
                too_far_ahead=node.name in ahead,
                odd_features=node.name in odd,
            ),
        )
        for node in monitor.nodes
    )
    return book, Reading(
        nodes=nodes,
        head=head,
        head_age_seconds=book.head_age_seconds,
        forks=forks,
        reorg=book.reorg,
        samples=eligible,
    )


def _candidates(monitor: ChainMonitor, book: Book) -> dict[str, Observation]:
    """Young samples of nodes on the right chain that do not call themselves syncing."""
    found = {}
    for node in monitor.nodes:
        seen = book.nodes.get(node.name, NEW_NODE).usable_sample
        limits = node.thresholds or monitor.thresholds
        if seen and seen.height is not None and not on_wrong_chain(monitor, seen) and not is_syncing(limits, seen):
            found[node.name] = seen
    return found


def _within_gate(monitor: ChainMonitor, book: Book, candidates: dict[str, Observation]) -> dict[str, Observation]:
    """Without those that grew faster than the chain can: twice its usual pace since the head last advanced.

    When most run ahead, or two or more that are half of all, it is our idea of the head that is wrong, and they all
    pass: own nodes that fell behind while nobody else could be asked must not hold back those who know better.
    """
    if book.head is None:
        return candidates
    pace = 2 * book.head_age_seconds / monitor.thresholds.block_time_seconds
    limit = book.head + pace + _GATE_SLACK_BLOCKS
    within = {name: seen for name, seen in candidates.items() if _height(seen) <= limit}
    ahead = len(candidates) - len(within)
    return within if ahead < len(within) or ahead == len(within) == 1 else candidates


def _within_clock(candidates: dict[str, Observation]) -> dict[str, Observation]:
    """Where slots are fixed, without those ahead of the clock; if most are, our clock is wrong, and they all pass."""
    limits = {name: clock_height(seen) for name, seen in candidates.items()}
    within = {
        name: seen
        for name, seen in candidates.items()
        if (limit := limits[name]) is None or _height(seen) <= limit + _CLOCK_SLACK_BLOCKS
    }
    return within if 2 * len(within) >= len(candidates) else candidates


def _odd_features(eligible: Mapping[str, Observation]) -> frozenset[str]:
    """Nodes that run another set of features than a strict majority of three or more does."""
    sets = {name: seen.facts["feature_set"] for name, seen in eligible.items() if "feature_set" in seen.facts}
    if len(sets) < 3:
        return frozenset()
    usual, count = Counter(sets.values()).most_common(1)[0]
    return frozenset(name for name, own in sets.items() if own != usual) if 2 * count > len(sets) else frozenset()


def _unprepared(eligible: Mapping[str, Observation]) -> frozenset[str]:
    """Nodes that know of no fork to come while another node of the chain does: they stay behind on the day."""
    known = {name: seen.facts["next_fork_at"] for name, seen in eligible.items() if "next_fork_at" in seen.facts}
    comes = any(isinstance(at, int) and at > eligible[name].at.timestamp() for name, at in known.items())
    return frozenset(name for name, at in known.items() if not at) if comes else frozenset()


def reference_head(monitor: ChainMonitor, eligible: Mapping[str, Observation]) -> Head | None:
    """The head that nodes are compared with; None when nobody is eligible."""
    heights = sorted((_height(seen) for seen in eligible.values()), reverse=True)
    clock = max([clock_height(seen) or 0 for seen in eligible.values()], default=0)

    def by_clock(height: int) -> bool:
        """Where slots are fixed, the clock is one more witness."""
        return clock > 0 and abs(clock - height) <= monitor.thresholds.lag_warn_blocks

    match heights:
        case []:
            return None
        case [only]:
            return Head(height=only, certain=only, nodes=1, corroborated=by_clock(only))
        case [high, low]:
            agree = high - low <= monitor.thresholds.lag_critical_blocks or by_clock(high)
            return Head(height=high, certain=high if agree else low, nodes=2, corroborated=agree)
    return Head(height=heights[1], certain=heights[1], nodes=len(heights), corroborated=True)


def _too_far_ahead(
    monitor: ChainMonitor, head: Head | None, candidates: Mapping[str, Observation], eligible: Mapping[str, Observation]
) -> frozenset[str]:
    """Nodes held back by the gate, and those that a corroborated head shows to be dreaming."""
    gated = candidates.keys() - eligible.keys()
    if head is None or head.nodes < 3:
        return frozenset(gated)
    limits = monitor.thresholds
    # Between two looks at different moments an honest node may see a few blocks more.
    most = head.height + limits.lag_critical_blocks + _GATE_SLACK_BLOCKS
    most += int(2 * monitor.every_seconds / limits.block_time_seconds)
    return frozenset(gated | {name for name, seen in eligible.items() if _height(seen) > most})


def _advanced(monitor: ChainMonitor, book: Book, head: Head | None, forks: Forks) -> tuple[Book, Head | None]:
    """The book with head, ring and reorganisation brought up to date. The head only goes back with a reorganisation."""
    book = _remembered_split(monitor, book, head, forks)
    ring, turned = followed(book.ring, forks.canonical)
    if turned is not None:
        book = replace(book, head=None, reorg=_graver(monitor, book.reorg, turned), nodes=_unmarked(book))
    if head is None:
        return replace(book, ring=ring), None
    if book.head is None or head.certain > book.head:
        book = replace(book, ring=ring, head=head.certain, head_age_seconds=0.0)
    else:
        head = head if head.height >= book.head else replace(head, height=book.head)
        book = replace(book, ring=ring)
    if book.reorg is not None:
        # Where only final blocks are remembered, those are what must grow again.
        reached = min(head.certain, max(book.ring, default=head.certain))
        if reached >= book.reorg.tip + monitor.confirmations:
            book = replace(book, reorg=None)
    return book, head


def _remembered_split(monitor: ChainMonitor, book: Book, head: Head | None, forks: Forks) -> Book:
    """A split that ends is a reorganisation of those who were on the losing side, though no majority ever held it."""
    if forks.split and head is not None:
        return replace(book, split=Reorg(depth=forks.split_depth, tip=head.height))
    if book.split is None or not forks.canonical:
        return book
    return replace(book, split=None, reorg=_graver(monitor, book.reorg, book.split))


def _graver(monitor: ChainMonitor, held: Reorg | None, seen: Reorg) -> Reorg | None:
    if seen.depth < monitor.thresholds.reorg_warn_blocks or (held is not None and held.depth >= seen.depth):
        return held
    return seen


def _unmarked(book: Book) -> dict[str, NodeBook]:
    """After a reorganisation growth counts from where the nodes are now."""
    return {
        name: replace(node, height=node.sample.height) if node.sample is not None else node
        for name, node in book.nodes.items()
    }


def _height(seen: Observation) -> int:
    assert seen.height is not None
    return seen.height

"""Compare what nodes call their chain: who left the majority, and how deep the majority itself turned back. Pure.

Equal heights prove nothing; only hashes at a common height do.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitors.book import Reorg

RING_BLOCKS = 256

Hashes = Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class Forks:
    """How the nodes' chains compare."""

    #: Nodes outside the majority, with the number of blocks they hold that it does not.
    minority: Mapping[str, int] = field(default_factory=dict)
    #: Groups of nodes none of which is a majority; empty when there is one.
    split: tuple[frozenset[str], ...] = ()
    #: Blocks that the parties of a split do not share, at the least.
    split_depth: int = 0
    #: The majority's chain, as far as it was seen; empty under a split.
    canonical: Mapping[int, str] = field(default_factory=dict)
    #: The height at which they were compared; None when no two could be.
    compared_at: int | None = None


def compare(chains: Mapping[str, Hashes]) -> Forks:
    """The forks among `chains` (node name to its hashes by height).

    Compared first at the highest height that the most nodes know, then above it, where fewer know more. A strict
    majority of those that know the height wins; without one the chain is split.
    """
    if len(chains) == 1:
        return Forks(canonical=dict(*chains.values()))
    return unanimous(chains) or voted(chains)


def unanimous(chains: Mapping[str, Hashes]) -> Forks | None:
    """What `voted` says of nodes that contradict each other nowhere, in a tenth of its time; None for any others.

    They must all know the lowest of their tips, which then is the highest height that the most nodes know.
    """
    joined: Hashes = {}
    tips: list[int] = []
    for hashes in chains.values():
        together = _agreed(joined, hashes)
        if together is None or not hashes:
            return None
        if together is not joined:
            joined = together
            tips.append(max(hashes))
    lowest = min(tips, default=None)
    if len(chains) < 2 or not all(lowest in hashes for hashes in chains.values()):
        return None
    return Forks(canonical=joined, compared_at=lowest)


def _agreed(one: Hashes, other: Hashes) -> Hashes | None:
    """Both together, when they contradict each other nowhere. Without a loop: this is asked of every look."""
    if one == other:
        return one
    both = {**one, **other}
    return both if {**both, **one} == both else None


def voted(chains: Mapping[str, Hashes]) -> Forks:
    """The forks among chains that may contradict each other; the slow way of `compare`."""
    best = Forks()
    for height in _heights_to_compare(chains):
        groups = _groups(chains, height)
        winner = _majority(groups)
        if winner is None:
            return _split(chains, groups, height)
        outside = frozenset().union(*(group for group in groups if group is not winner))
        if outside:
            return _with_minority(chains, winner, outside, height)
        if best.compared_at is None:
            best = Forks(canonical=_merged(chains, winner), compared_at=height)
    return best


def _heights_to_compare(chains: Mapping[str, Hashes]) -> list[int]:
    """The highest height that the most nodes know, then those above it that at least two know, upwards."""
    voters: Counter[int] = Counter()
    for hashes in chains.values():
        voters.update(hashes.keys())
    shared = {height: count for height, count in voters.items() if count >= 2}
    if not shared:
        return []
    first = max(shared, key=lambda height: (shared[height], height))
    return [first, *sorted(height for height in shared if height > first)]


def _groups(chains: Mapping[str, Hashes], height: int) -> list[frozenset[str]]:
    by_hash: dict[str, set[str]] = {}
    for name, hashes in chains.items():
        if height in hashes:
            by_hash.setdefault(hashes[height], set()).add(name)
    # Sorted, so that the order of simultaneous observations does not matter.
    return sorted((frozenset(group) for group in by_hash.values()), key=lambda group: (-len(group), sorted(group)))


def _majority(groups: list[frozenset[str]]) -> frozenset[str] | None:
    voters = sum(map(len, groups))
    return groups[0] if 2 * len(groups[0]) > voters else None


def _split(chains: Mapping[str, Hashes], groups: list[frozenset[str]], height: int) -> Forks:
    depths = [
        _depth(chains[one], chains[other])
        for index, group in enumerate(groups)
        for one in group
        for rival in groups[index + 1 :]
        for other in rival
    ]
    return Forks(split=tuple(groups), split_depth=max(depths, default=1), compared_at=height)


def _with_minority(chains: Mapping[str, Hashes], winner: frozenset[str], outside: frozenset[str], height: int) -> Forks:
    canonical = _merged(chains, winner)
    depths = {name: _depth(chains[name], canonical) for name in sorted(outside)}
    return Forks(minority=depths, canonical=canonical, compared_at=height)


def _merged(chains: Mapping[str, Hashes], group: frozenset[str]) -> dict[int, str]:
    """The group's chain; where its members differ above the height they agreed on, what most of them say."""
    merged: dict[int, str] = {}
    disputed: set[int] = set()
    for name in group:
        if not merged.items() <= chains[name].items():
            disputed |= {height for height, block in chains[name].items() if merged.get(height, block) != block}
        merged |= chains[name]
    for height in disputed:
        voters = _groups({name: chains[name] for name in group}, height)[0]
        merged[height] = chains[min(voters)][height]
    return {height: merged[height] for height in sorted(merged)}


def _depth(own: Hashes, other: Hashes) -> int:
    """How many of its newest blocks `own` does not share with `other`, at the least."""
    differing = [height for height, block in own.items() if other.get(height, block) != block]
    return max(own) - min(differing) + 1 if differing else 0


def followed(ring: Hashes, canonical: Hashes) -> tuple[Hashes, Reorg | None]:
    """`extended` and `turned_back` together: the ring brought up to date, and the reorganisation if that was one."""
    both = _agreed(ring, canonical)
    if both is None:
        return extended(ring, canonical), turned_back(ring, canonical)
    return _newest(both), None


def turned_back(ring: Hashes, canonical: Hashes) -> Reorg | None:
    """The reorganisation by which `ring` became `canonical`; None when nothing in both differs.

    With old tip 105 and other hashes from 103 on, the depth is 3. Where some heights were never seen, this is the
    least it can have been.
    """
    differing = [height for height, block in canonical.items() if ring.get(height, block) != block]
    if not differing:
        return None
    return Reorg(depth=max(ring) - min(differing) + 1, tip=max(ring))


def extended(ring: Hashes, canonical: Hashes) -> Hashes:
    """`ring` with the newest that is known: what `canonical` contradicts goes, and so does all above it."""
    differing = [height for height, block in canonical.items() if ring.get(height, block) != block]
    kept = {height: block for height, block in ring.items() if not differing or height < min(differing)}
    return _newest(kept | dict(canonical))


def _newest(hashes: Hashes) -> Hashes:
    """The newest of them, in order."""
    heights = sorted(hashes)
    if heights != list(hashes):
        return {height: hashes[height] for height in heights[-RING_BLOCKS:]}
    newest = dict(hashes)
    for height in heights[:-RING_BLOCKS]:
        del newest[height]
    return newest

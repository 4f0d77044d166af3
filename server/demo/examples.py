"""Transactions that the simulated nodes know: whoever plays can see each answer to "where is my transaction"."""

from dataclasses import dataclass
from enum import StrEnum

from server.demo.chain import Family
from server.demo.node import Node

#: The counting example is in a new block every so many heights.
_COUNTED_BLOCKS = {Family.EVM: 16, Family.BITCOIN: 8}
#: The fading one is among what waits for so long, then gone for as long.
FADES_SECONDS = 30
#: Settled examples are so many blocks above the first.
_SETTLED_ABOVE = 1_000


class Kind(StrEnum):
    """What became of an example."""

    WAITS = "waits"
    CHEAP = "cheap"
    WAITS_ITS_TURN = "waits_its_turn"
    COUNTS = "counts"
    FINAL = "final"
    FAILED = "failed"
    FADES = "fades"
    REPLACED = "replaced"
    LEFT = "left"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One transaction."""

    kind: Kind
    #: Its hash is this, thirty-two times.
    pair: str
    #: For whoever plays.
    says: str
    families: frozenset[Family] = frozenset(Family)

    def hash(self, family: Family) -> str:
        """As networks of that family write it."""
        return ("0x" if family is Family.EVM else "") + self.pair * 32


_EVM, _BITCOIN = frozenset({Family.EVM}), frozenset({Family.BITCOIN})
EXAMPLES = (
    Example(kind=Kind.WAITS, pair="a1", says="waits, with a usual fee"),
    Example(kind=Kind.CHEAP, pair="a2", says="waits, with a fee that is too low"),
    Example(kind=Kind.WAITS_ITS_TURN, pair="a3", says="waits for an earlier one of its sender", families=_EVM),
    Example(kind=Kind.COUNTS, pair="b1", says="gathers confirmations while you look again"),
    Example(kind=Kind.FINAL, pair="c1", says="is confirmed"),
    Example(kind=Kind.FAILED, pair="d1", says="failed", families=_EVM),
    Example(kind=Kind.FADES, pair="e1", says="waits for half a minute, then is dropped: ask twice", families=_EVM),
    Example(kind=Kind.REPLACED, pair="f1", says="was replaced", families=_EVM),
    Example(kind=Kind.LEFT, pair="e7", says="was in a block that the network left", families=_BITCOIN),
)


def example(node: Node, hash_: object) -> Example | None:
    """The example with this hash that the node may know; None when it is none."""
    family = node.chain.facts.family
    for each in EXAMPLES:
        if family in each.families and each.hash(family) == hash_:
            return each
    return None


def block_of(node: Node, kind: Kind) -> int | None:
    """The height of the block that it is in, as this node sees it; None while it is in none."""
    if kind is Kind.COUNTS:
        every = _COUNTED_BLOCKS[node.chain.facts.family]
        return node.height // every * every
    if kind in (Kind.FINAL, Kind.FAILED):
        return node.chain.facts.first_height + _SETTLED_ABOVE
    return None


def is_waiting(node: Node, kind: Kind) -> bool:
    """Whether it is among what waits."""
    if kind is Kind.FADES:
        return int(node.chain.now()) // FADES_SECONDS % 2 == 0
    return kind in (Kind.WAITS, Kind.CHEAP, Kind.WAITS_ITS_TURN, Kind.REPLACED)

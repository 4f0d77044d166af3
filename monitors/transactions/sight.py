"""What is asked of one node about one transaction, and what it saw."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.observations import Observation
from records.transactions import FeeLevel

#: Offers from this share of the present level on count as enough; from the other on, as more than that.
_ENOUGH, _ABOVE = 0.9, 1.5


class Sight(StrEnum):
    """What one node sees."""

    UNSEEN = "unseen"
    WAITING = "waiting"
    INCLUDED = "included"
    #: In a block, without effect.
    FAILED = "failed"
    #: Another transaction took its place.
    REPLACED = "replaced"
    #: It can never be included any more (its own time limit passed).
    EXPIRED = "expired"
    #: In a block that this node's chain has left.
    LEFT = "left"
    #: The node cannot look it up: not seen says nothing.
    HIDDEN = "hidden"


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What earlier answers taught us of a transaction, so that its disappearance can be noticed."""

    at: datetime
    #: Whose turn it was, and which (chains with accounts).
    sender: str | None = None
    nonce: int | None = None
    #: What it spends: hash and position (chains with outputs).
    inputs: tuple[tuple[str, int], ...] = ()
    #: The block it was in; None while it waited.
    block_height: int | None = None
    block_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """One transaction, for one node."""

    #: As the network writes it.
    hash: str
    #: The node's own state a moment ago.
    node: Observation
    trace: Trace | None = None


@dataclass(frozen=True, kw_only=True)
class Saw:
    """What one node saw of one transaction; what it does not say is None."""

    sight: Sight
    block_height: int | None = None
    block_hash: str | None = None
    #: As the node itself counts them.
    confirmations: int | None = None
    #: Whether the chain itself calls it final.
    is_final: bool = False
    #: The fee it offers, as a multiple of what the network asks for now, and in a word.
    fee_ratio: float | None = None
    fee_level: FeeLevel | None = None
    can_raise: bool = False
    earlier_missing: bool = False
    replaced_by: str | None = None
    sender: str | None = None
    nonce: int | None = None
    inputs: tuple[tuple[str, int], ...] = ()


def fee_of(offered: float | None, present: float | None, *, is_ceiling: bool = False) -> dict[str, FeeLevel | float]:
    """The fields of `Saw` about fees.

    A ceiling says what is paid at most: it is enough or it is not, and by how much it is more tells nothing.

    >>> fee_of(4.0, 10.0)
    {'fee_ratio': 0.4, 'fee_level': <FeeLevel.BELOW: 'below'>}
    """
    if offered is None or not present:
        return {}
    ratio = offered / present
    level = FeeLevel.BELOW if ratio < (1.0 if is_ceiling else _ENOUGH) else FeeLevel.ENOUGH
    if ratio > _ABOVE and not is_ceiling:
        level = FeeLevel.ABOVE
    if is_ceiling and level is FeeLevel.ENOUGH:
        return {"fee_level": level}
    return {"fee_ratio": round(ratio, 2), "fee_level": level}

"""What our own nodes see of one transaction, as an answer to whoever asks. Nothing in it is about who asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Found(StrEnum):
    """The answers there are."""

    #: No node of ours that could know it does.
    NOT_SEEN = "not_seen"
    #: Known, and in no block yet.
    WAITING = "waiting"
    #: In a block, with fewer confirmations than we ask for.
    CONFIRMING = "confirming"
    #: In a block, with as many as we ask for.
    FINAL = "final"
    #: In a block, and without effect but for its fee.
    FAILED = "failed"
    #: It waited when we looked before, and no node of ours knows it any more.
    DROPPED = "dropped"
    #: Another transaction took its place.
    REPLACED = "replaced"
    #: It was in a block that the network has left since.
    REORGANISED = "reorganised"
    #: `Why` says what is in the way.
    CANNOT_TELL = "cannot_tell"
    #: We have no node of our own on that network.
    NOT_WATCHED = "not_watched"
    NOT_A_HASH = "not_a_hash"


class Why(StrEnum):
    """Why we cannot tell, or why it is no hash."""

    #: No node of ours answered.
    UNREACHABLE = "unreachable"
    #: Our nodes lag or stand still: what they do not know may be there all the same.
    BEHIND = "behind"
    #: Our nodes are cut off, or nobody watched them lately.
    BLIND = "blind"
    #: More is asked than our nodes should be burdened with.
    BUSY = "busy"
    #: Nodes of this network cannot look up a transaction by its hash, or ours keep no index of old ones.
    NO_INDEX = "no_index"
    #: Our nodes are on different branches.
    SPLIT = "split"
    #: Hashes of several of our networks look like this one.
    AMBIGUOUS = "ambiguous"
    #: What was given is an address.
    ADDRESS = "address"


class FeeLevel(StrEnum):
    """The fee that a waiting transaction offers, against what the network asks for now."""

    BELOW = "below"
    ENOUGH = "enough"
    ABOVE = "above"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is true of one transaction at `at`, as far as our nodes see; what is not known is None."""

    found: Found
    at: datetime
    #: Which network was meant; None when that is open.
    chain: str | None = None
    #: As the network writes it; empty when it is no hash.
    hash: str = ""
    #: Beside an answer that holds all the same: what it may miss.
    why: Why | None = None
    confirmations: int | None = None
    #: How many we ask for; None where nothing is configured.
    needed: int | None = None
    block_height: int | None = None
    fee_level: FeeLevel | None = None
    #: The fee it offers as a multiple of what the network asks for now.
    fee_ratio: float | None = None
    #: Whether its sender may raise the fee (BIP 125).
    can_raise: bool = False
    #: Whether an earlier transaction of the same sender has to come first.
    earlier_missing: bool = False
    replaced_by: str | None = None
    #: Reorganised, and waiting for another block.
    waits_again: bool = False
    #: Whether nodes of ours that are in order see different things.
    is_disputed: bool = False
    nodes_asked: int = 0
    nodes_answered: int = 0
    #: When we saw it before, for what is not there any more.
    seen_before_at: datetime | None = None
    #: Other networks of ours on which hashes look like this one.
    suggestions: tuple[str, ...] = ()

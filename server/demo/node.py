"""A simulated node: what it believes of its chain, honest or not."""

from enum import StrEnum

from server.demo.chain import Chain

LAG_BLOCKS = 12


class Fault(StrEnum):
    """What can be wrong with one node."""

    NONE = "none"
    #: It keeps the head it had.
    STALL = "stall"
    #: It is always some blocks behind.
    LAG = "lag"
    #: It follows a branch of its own.
    FORK = "fork"
    #: Connections are refused.
    KILL = "kill"
    #: It accepts connections and never answers.
    FREEZE = "freeze"
    #: It answers with something that is no JSON.
    GARBAGE = "garbage"


class Node:
    """One node of a simulated chain."""

    def __init__(self, *, name: str, own: bool, chain: Chain) -> None:
        self.name = name
        #: Whether it is the wallet's own; else somebody else's, to compare with.
        self.own = own
        self.chain = chain
        self.fault = Fault.NONE
        #: Height at which the present fault began.
        self._since_height = 0

    def set_fault(self, fault: Fault) -> None:
        """From now on the node has this fault and no other; NONE heals it."""
        self._since_height = self.height
        self.fault = fault

    @property
    def height(self) -> int:
        """Of its newest block."""
        if self.fault is Fault.STALL:
            return min(self._since_height, self.chain.height)
        return self.chain.height - (LAG_BLOCKS if self.fault is Fault.LAG else 0)

    @property
    def final_height(self) -> int:
        """Of the newest block it calls final."""
        return min(self.chain.final_height, self.height)

    def block_hash(self, height: int) -> str:
        """What it says the block at `height` is."""
        is_own_branch = self.fault is Fault.FORK and height > self._since_height
        return self.chain.block_hash(height, branch=f"branch of {self.name}" if is_own_branch else "")

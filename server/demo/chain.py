"""A simulated blockchain: where its head is at any moment, computed from the clock alone. Deterministic.

Block `h` is due at `h × pace` and a little, by chain time. Chain time stands still while the network is halted, so a
halt moves everything after it and nothing before. Nobody mines: whoever asks computes.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

#: 2026-11-01T00:00:00Z, the moment of the block `first_height`; before it there is nothing to ask for but hashes.
GENESIS_SECONDS = 1_793_491_200
#: Share of the room for waiting transactions that is taken when all is well.
USUAL_MEMPOOL = 0.12


class Family(StrEnum):
    """Which protocol its nodes speak; the word for `kind` in the settings."""

    EVM = "evm"
    BITCOIN = "bitcoin"


@dataclass(frozen=True, kw_only=True)
class ChainFacts:
    """What makes a chain this one and no other."""

    #: As in the settings: `ethereum`.
    name: str
    family: Family
    #: What nodes say they are on: a chain id, or the hash of `identity_block`.
    network: str
    identity_block: int = 0
    #: Height at GENESIS_SECONDS.
    first_height: int
    #: Usual time from block to block.
    pace_seconds: float
    #: Blocks come early or late by up to this share of the pace, below 0.5.
    unrest: float = 0.0
    #: Usual fee: wei per gas, or satoshi per vbyte.
    fee: float


class Chain:
    """The chain as an honest node sees it."""

    def __init__(self, facts: ChainFacts, clock: Callable[[], float]) -> None:
        self.facts = facts
        #: Seconds since 1970.
        self._clock = clock
        self._halted_since: float | None = None
        #: Chain time at which each halt began, and seconds lost up to and with it.
        self._halts: list[tuple[float, float]] = []
        #: Lowest height of each branch that replaced what was there, oldest first.
        self._branches: list[tuple[int, str]] = [(0, "first")]
        self._final_stopped_at: int | None = None
        #: Share of the room for waiting transactions that is taken, from 0 to 1.
        self.mempool_full = USUAL_MEMPOOL

    @property
    def halted(self) -> bool:
        """Whether the whole network stands still."""
        return self._halted_since is not None

    @property
    def finality_stopped(self) -> bool:
        """Whether blocks come but none becomes final."""
        return self._final_stopped_at is not None

    @property
    def height(self) -> int:
        """Of the newest block."""
        now = self._chain_seconds()
        guess = int(now / self.facts.pace_seconds) + 1
        while self._due(guess) > now and guess > 0:
            guess -= 1
        return self.facts.first_height + guess

    @property
    def final_height(self) -> int:
        """Of the newest final block: one in four heights, two fours behind the head."""
        return self._final(self.height) if self._final_stopped_at is None else self._final_stopped_at

    @staticmethod
    def _final(height: int) -> int:
        return height // 4 * 4 - 8

    def block_hash(self, height: int, *, branch: str = "") -> str:
        """64 hex digits. `branch` names a branch of a node's own."""
        if self.facts.family is Family.BITCOIN and height == self.facts.identity_block:
            return self.facts.network
        label = branch or next(name for lowest, name in reversed(self._branches) if height >= lowest)
        digest = hashlib.sha256(f"{self.facts.name}/{label}/{height}".encode()).hexdigest()
        # Proof of work shows as zeros; they also make the two families easy to tell apart.
        return "0" * 18 + digest[18:] if self.facts.family is Family.BITCOIN else digest

    def block_seconds(self, height: int) -> float:
        """When the block came, in seconds since 1970."""
        due = self._due(height - self.facts.first_height)
        return GENESIS_SECONDS + due + self._lost_before(due)

    def now(self) -> float:
        """Seconds since 1970, by the clock of this world."""
        return self._clock()

    def fee_now(self) -> float:
        """The present fee, which swings by a quarter over half an hour."""
        phase = self._clock() % 1800 / 1800
        return self.facts.fee * (1 + 0.25 * (1 - abs(2 * phase - 1)))

    def halt(self) -> None:
        """The whole network stops making blocks."""
        if self._halted_since is None:
            self._halted_since = self._clock()

    def stop_finality(self) -> None:
        """Blocks come, but none becomes final."""
        if self._final_stopped_at is None:
            self._final_stopped_at = self.final_height

    def reorganise(self, depth: int) -> None:
        """The network replaces its newest `depth` blocks."""
        self._branches.append((self.height - depth + 1, f"branch {len(self._branches)}"))

    def heal(self) -> None:
        """Everything goes on, from where it stopped."""
        if self._halted_since is not None:
            began, lost = self._chain_seconds(), self._lost()
            self._halts.append((began, lost + self._clock() - self._halted_since))
            self._halted_since = None
        self._final_stopped_at = None
        self.mempool_full = USUAL_MEMPOOL

    def _lost(self) -> float:
        return self._halts[-1][1] if self._halts else 0.0

    def _lost_before(self, chain_seconds: float) -> float:
        passed = bisect_right(self._halts, chain_seconds, key=lambda halt: halt[0])
        return self._halts[passed - 1][1] if passed else 0.0

    def _chain_seconds(self) -> float:
        now = self._clock() if self._halted_since is None else self._halted_since
        return now - GENESIS_SECONDS - self._lost()

    def _due(self, number: int) -> float:
        """Chain time of the block `number` after the first."""
        drawn = hashlib.sha256(f"{self.facts.name}/{number}".encode()).digest()[0] / 255
        return (number + self.facts.unrest * (2 * drawn - 1)) * self.facts.pace_seconds

"""One node of ours as it is asked about transactions: looked at first, so that its answers can be weighed."""

import asyncio
import time

from monitors.checks import CHAIN_CHECKS
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.nodes import on_wrong_chain
from monitors.settings import ChainMonitor, Node
from monitors.transactions import FAMILIES
from monitors.transactions.sight import Question, Saw, Sight, Trace
from records.observations import Observation, Seen

#: A look serves all questions of so many seconds.
_LOOK_SECONDS = 3.0
#: A node that limits us is left in peace for at least so long.
_QUIET_SECONDS = 10.0
_GRACE_SECONDS = 0.25


class Seat:
    """One node, its connections, and what its checks remember of it."""

    def __init__(self, monitor: ChainMonitor, node: Node, target: Target, tools: Tools) -> None:
        self.node = node
        self._monitor = monitor
        self._target = target
        self._tools = tools
        self._looked: tuple[float, Observation] | None = None
        self._looking = asyncio.Lock()
        self._quiet_until = 0.0

    async def see(self, hash_: str, trace: Trace | None) -> tuple[Saw, Observation]:
        """What it sees, and how it was then. Raises CouldNotSee."""
        if time.monotonic() < self._quiet_until:
            raise CouldNotSee(Seen.THROTTLED, "the node limits how often we may ask")
        try:
            async with asyncio.timeout(2 * self._target.deadline_seconds + _GRACE_SECONDS):
                return await self._see(hash_, trace)
        except TimeoutError:
            raise CouldNotSee(Seen.TRANSPORT, "no whole answer in time") from None
        except CouldNotSee as error:
            if error.seen is Seen.THROTTLED:
                self._quiet_until = time.monotonic() + max(error.retry_after_seconds or 0.0, _QUIET_SECONDS)
            raise

    async def _see(self, hash_: str, trace: Trace | None) -> tuple[Saw, Observation]:
        node = await self._look()
        saw = await self._ask(hash_, node, trace)
        if _is_elsewhere(saw, node):
            # Either the chain has left that block, or it came after our look: look again, and ask again.
            node = await self._look(anew=True)
            saw = await self._ask(hash_, node, trace)
        if _is_elsewhere(saw, node):
            saw = Saw(sight=Sight.LEFT, block_height=saw.block_height, block_hash=saw.block_hash)
        return saw, node

    async def _ask(self, hash_: str, node: Observation, trace: Trace | None) -> Saw:
        return await FAMILIES[self._monitor.kind](
            Question(hash=hash_, node=node, trace=trace), self._target, self._tools
        )

    async def _look(self, *, anew: bool = False) -> Observation:
        """The node's state, a few seconds old at most. Raises CouldNotSee, also for a node of another network."""
        async with self._looking:
            at, seen = self._looked or (0.0, None)
            if seen is None or anew or time.monotonic() - at > _LOOK_SECONDS:
                seen = await CHAIN_CHECKS[self._monitor.kind](self._target, self._tools)
                self._looked = (time.monotonic(), seen)
        if seen.seen is not Seen.OK:
            raise CouldNotSee(seen.seen, seen.note)
        if on_wrong_chain(self._monitor, seen):
            raise CouldNotSee(Seen.GARBAGE, "it is on another network")
        return seen


def _is_elsewhere(saw: Saw, node: Observation) -> bool:
    """Whether the node's own chain, as the look showed it, has another block at that height."""
    if saw.block_height is None or saw.block_hash is None or saw.sight is Sight.LEFT:
        return False
    return node.hashes.get(saw.block_height, saw.block_hash) != saw.block_hash

"""Remember a node's own chain as far as we saw it, and find where it left what it said before.

After a reorganisation the newest hashes alone do not tell how deep it went. So the heights that we know are asked for
again: first in growing steps, then by halves, which takes a dozen questions where 256 blocks are known.
"""

import math
from collections.abc import Awaitable, Callable

from monitors.checks.target import Memory

#: Blocks kept; deeper reorganisations than this need a person anyway.
RING_BLOCKS = 256

#: Asks the node for the hash at a height; None when it does not say.
HashAt = Callable[[int], Awaitable[str | None]]


async def remember(memory: Memory, seen: dict[int, str], hash_at: HashAt) -> None:
    """Takes the heights just seen into `memory`, and drops or corrects what the node no longer says.

    `seen` must reach up to the node's newest block.
    """
    if not seen:
        return
    known = {height: block for height, block in memory.hashes.items() if height <= max(seen)}
    if not _linked(known, seen):
        below = [height for height in sorted(known) if height < min(seen)]
        lowest, corrected = await _find_change(known, below, hash_at)
        known = {height: block for height, block in known.items() if height < lowest} | corrected
    known |= seen
    memory.hashes = {height: known[height] for height in sorted(known)[-RING_BLOCKS:]}


async def remember_landmark(memory: Memory, height: int, hash_at: HashAt, *, every_blocks: int) -> None:
    """Asks for the newest height that all nodes are asked for, so that nodes of a fast chain can be compared.

    `height` is the newest block; the landmark is the last multiple of `every_blocks` up to it.
    """
    landmark = height - height % every_blocks
    if landmark in memory.hashes:
        return
    block = await hash_at(landmark)
    if block is not None:
        memory.hashes[landmark] = block


def _linked(known: dict[int, str], seen: dict[int, str]) -> bool:
    """Whether what is seen joins what is known: the lowest height in both agrees, so all below it does."""
    both = min(known.keys() & seen.keys(), default=None)
    return both is not None and known[both] == seen[both]


async def _find_change(known: dict[int, str], below: list[int], hash_at: HashAt) -> tuple[float, dict[int, str]]:
    """The lowest known height in `below` at which the node now says otherwise, and what it says there and above.

    The height is infinite when nothing below changed. A question that fails counts as "unchanged".
    """
    corrected: dict[int, str] = {}
    low, high, step, galloping = 0, len(below), 1, True
    while low < high:
        probe = max(high - step, low) if galloping else (low + high) // 2
        block = await hash_at(below[probe])
        if block is None or block == known[below[probe]]:
            low, galloping = probe + 1, False
        else:
            corrected[below[probe]] = block
            high, step = probe, step * 2
    return (below[high] if high < len(below) else math.inf), corrected


def remember_final(memory: Memory, seen: dict[int, str], *, height: int) -> None:
    """Takes hashes of blocks that are final, so nothing below needs asking again.

    What is above `height` goes: the node began anew, or is another one behind the same address.
    """
    known = {at: block for at, block in memory.hashes.items() if at <= height} | seen
    memory.hashes = {at: known[at] for at in sorted(known)[-RING_BLOCKS:]}

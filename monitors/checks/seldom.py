"""Ask seldom what changes seldom, so that nodes are not bothered with every look."""

import time
from collections.abc import Awaitable, Callable

from monitors.checks.target import Memory

_MINUTE_SECONDS = 60.0


async def seldom(
    memory: Memory, name: str, ask: Callable[[], Awaitable[object]], *, every_seconds: float = _MINUTE_SECONDS
) -> object:
    """What `ask` answered last, asked again once that is older than `every_seconds`.

    None means "not seen": the last good answer then stays for ten times as long, since what changes seldom is still
    likely to hold.
    """
    now = time.monotonic()
    asked_at, good_at, value = memory.seldom.get(name, (-float("inf"), -float("inf"), None))
    if now - asked_at < every_seconds:
        return value
    fresh = await ask()
    if fresh is not None:
        good_at, value = now, fresh
    elif now - good_at > 10 * every_seconds:
        value = None
    memory.seldom[name] = (now, good_at, value)
    return value

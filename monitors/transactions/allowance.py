"""How much customers' questions may burden our nodes: a few questions at once, and so many a second, for each chain."""

import time
from collections.abc import Callable

#: Nodes have short queues (16 calls in Bitcoin Core), and the monitors need them too.
AT_ONCE = 4
BURST = 12
PER_SECOND = 3.0


class Allowance:
    """Of one chain."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = float(BURST)
        self._at = clock()
        self._under_way = 0

    def take(self) -> bool:
        """Whether one more question may be asked; whoever got it gives it back with `done`."""
        now = self._clock()
        self._left = min(float(BURST), self._left + (now - self._at) * PER_SECOND)
        self._at = now
        if self._left < 1 or self._under_way >= AT_ONCE:
            return False
        self._left -= 1
        self._under_way += 1
        return True

    def done(self) -> None:
        """The question is answered."""
        self._under_way -= 1

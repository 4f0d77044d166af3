"""The database's clock, by which every machine that works on the queue agrees on what is due and whose lease ended."""

import time
from datetime import datetime

from records.store.engine import Store
from records.times import from_ms


class StoreClock:
    """Between two looks it goes by this machine's steady clock; until the first, by its clock on the wall."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = time.time_ns() // 1_000_000, time.monotonic()
        #: The same millisecond is asked for several times.
        self._last = 0, from_ms(0)

    def __call__(self) -> datetime:
        """What time it is."""
        began_ms, at = self._seen
        ms = began_ms + int((time.monotonic() - at) * 1000)
        if ms != self._last[0]:
            self._last = ms, from_ms(ms)
        return self._last[1]

    def look(self) -> None:
        """In a thread: ask the database. Raises StoreUnavailable."""
        began = time.monotonic()
        ms = self._store.now_ms()
        self._seen = ms, (began + time.monotonic()) / 2

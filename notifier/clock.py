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

    def __call__(self) -> datetime:
        """What time it is."""
        ms, at = self._seen
        return from_ms(ms + int((time.monotonic() - at) * 1000))

    def look(self) -> None:
        """In a thread: ask the database. Raises StoreUnavailable."""
        began = time.monotonic()
        ms = self._store.now_ms()
        self._seen = ms, (began + time.monotonic()) / 2

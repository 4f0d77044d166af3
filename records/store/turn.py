"""Whose turn it is to write: first come, first served."""

import threading
from collections import deque


class Turn:
    """A lock that is handed to whoever has waited longest.

    One of `threading` goes to whoever asks first once it is free: work in many short transactions then keeps it from
    everybody else for as long as it lasts.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()

    def acquire(self, timeout_seconds: float) -> bool:
        """Wait for it; False when it took too long."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(timeout_seconds):
            return True
        with self._guard:
            if mine.is_set():
                # It was handed over at the last moment.
                return True
            self._waiting.remove(mine)
        return False

    def release(self) -> None:
        """Hand it on."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False

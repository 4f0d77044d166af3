"""How far long work has come: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from typing import TextIO

_BAR_CHARACTERS = 30
_REDRAW_SECONDS = 0.1
#: A log that grows by a line each second helps nobody.
_LINE_SECONDS = 10.0


class Progress:
    """Give it how much is done of how much; it decides whether to show it."""

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self._title = title
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._next = time.monotonic() + (0.0 if self._is_terminal else _LINE_SECONDS)
        self._is_drawn = False

    def __call__(self, done: int, total: int) -> None:
        """Shown when enough time has passed since the last time."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + (_REDRAW_SECONDS if self._is_terminal else _LINE_SECONDS)
        share = min(done / total, 1.0) if total else 1.0
        if self._is_terminal:
            filled = round(share * _BAR_CHARACTERS)
            bar = "#" * filled + "." * (_BAR_CHARACTERS - filled)
            self._stream.write(f"\r{self._title} [{bar}] {share:4.0%}")
            self._is_drawn = True
        else:
            self._stream.write(f"{self._title}: {share:.0%}\n")
        self._stream.flush()

    def end(self) -> None:
        """Takes the bar off the terminal again."""
        if self._is_drawn:
            self._stream.write("\r" + " " * (len(self._title) + _BAR_CHARACTERS + 10) + "\r")
            self._stream.flush()
            self._is_drawn = False

"""Each target of the page has a hand of its own, which writes, tries again after a while, and says how far it is."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from statuspage.site import Site

_log = structlog.get_logger("statuspage")

_LONGEST_PAUSE_SECONDS = 60.0
#: Of what a target said when it failed.
_ERROR_CHARS = 300

#: Writes a site somewhere, or raises.
Target = Callable[[Site], object]


@dataclass(frozen=True, kw_only=True)
class TargetState:
    """How far one target is."""

    name: str
    #: Moment of the release that is in place there; None before the first.
    published: datetime | None
    #: Failures in a row; 0 when all is well.
    failures: int
    #: What the last one said; empty when all is well.
    error: str


class Hand:
    """One target with its own thread, so that a slow or broken one holds up nobody else."""

    def __init__(self, name: str, write: Target) -> None:
        self.write = write
        self.state = TargetState(name=name, published=None, failures=0, error="")
        self._newest: Site | None = None
        self._news = threading.Condition()
        self._is_closed = False

    def give(self, site: Site) -> None:
        with self._news:
            self._newest = site
            self._news.notify()

    def close(self) -> None:
        with self._news:
            self._is_closed = True
            self._news.notify()

    def run(self) -> None:
        """Writes the newest site there is; one that was overtaken while another was written is left out."""
        while (site := self._next()) is not None:
            try:
                self.write(site)
                self.state = replace(self.state, published=site.generated_at, failures=0, error="")
            except Exception as error:  # noqa: BLE001 # a target may fail in any way; the others and the next try go on
                said = " ".join(str(error).split())[:_ERROR_CHARS] or type(error).__name__
                self.state = replace(self.state, failures=self.state.failures + 1, error=said)
                _log.warning("page_not_published", target=self.state.name, failures=self.state.failures, error=said)
                self._again(site)

    def _next(self) -> Site | None:
        with self._news:
            self._news.wait_for(lambda: self._newest is not None or self._is_closed)
            site, self._newest = self._newest, None
            return site

    def _again(self, site: Site) -> None:
        """Try the same once more after a while, unless a newer one comes first or we stop."""
        with self._news:
            came = self._news.wait_for(lambda: self._newest or self._is_closed, pause_seconds(self.state.failures))
            if not came:
                self._newest = site


def pause_seconds(failures: int) -> float:
    """How long to wait after so many failures in a row: 1, 2, 4 … 60 seconds, each up to a quarter shorter.

    >>> 1.5 <= pause_seconds(2) <= 2, 45 <= pause_seconds(500) <= 60
    (True, True)
    """
    return min(2.0 ** min(failures - 1, 10), _LONGEST_PAUSE_SECONDS) * random.uniform(0.75, 1.0)


class Hands:
    """All hands, at work as long as the block around them lasts."""

    def __init__(self, hands: list[Hand]) -> None:
        self.hands = hands
        self.threads = [
            threading.Thread(target=hand.run, name=f"publish-{hand.state.name}", daemon=True) for hand in hands
        ]

    def __enter__(self) -> "Hands":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for hand in self.hands:
            hand.close()
        for thread in self.threads:
            thread.join(timeout=5)

    def give(self, site: Site) -> None:
        """Let each write this site next."""
        for hand in self.hands:
            hand.give(site)

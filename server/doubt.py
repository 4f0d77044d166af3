"""Doubt ourselves: when all our looks fail, look at what others watch before believing it of our own network."""

import asyncio
import contextlib

import structlog

from monitors.watch import Watch

_EVERY_SECONDS = 2.0
_log = structlog.get_logger(__name__)


class Doubt:
    """Whether this process sees anything at all; asked beside the work, since a look into the dark takes its time."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._is_blind = False

    def sees(self) -> bool:
        """False while nothing at all is to be seen from here."""
        return not self._is_blind

    async def run(self, stop: asyncio.Event) -> None:
        """Ask again and again, until `stop`."""
        while not stop.is_set():
            await self.ask()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _EVERY_SECONDS)

    async def ask(self) -> None:
        """Look around, if there is reason to doubt."""
        is_blind = (self._is_blind or self._watch.is_blind) and not await self._watch.can_see()
        if is_blind != self._is_blind:
            _log.warning("blind", sees=not is_blind)
        self._is_blind = is_blind

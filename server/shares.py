"""Share the monitors among the processes that watch: a fair share each, and never one monitor in two hands."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable

import structlog

from records.errors import StoreUnavailable
from records.store import shares
from server.context import Context

#: A dead process's monitors are free after this long; looked for every third of it.
TTL_SECONDS = 6.0
_log = structlog.get_logger(__name__)


def fair_share(total: int, rank: int, processes: int) -> int:
    """How many of `total` monitors the process that stands at `rank` watches.

    >>> [fair_share(8, rank, 3) for rank in range(3)]
    [3, 3, 2]
    """
    return total // processes + (rank < total % processes)


class Shares:
    """The monitors that are this process's to watch."""

    def __init__(self, context: Context, holder: str, ids: Iterable[str]) -> None:
        self._context = context
        self._is_aside = False
        self._holder = holder
        self._ids = frozenset(ids)
        #: Tokens of what we hold.
        self._held: dict[str, int] = {}
        #: By our own clock; the store may be the very thing that does not answer.
        self._trusted_until = 0.0
        self._looks: dict[str, asyncio.Timeout] = {}

    def token(self, monitor_id: str) -> int | None:
        """The token to carry in writes; None when the monitor is not ours, or may not be any more."""
        return self._held.get(monitor_id) if asyncio.get_running_loop().time() < self._trusted_until else None

    @contextlib.asynccontextmanager
    async def look(self, monitor_id: str) -> AsyncIterator[int | None]:
        """Hold the monitor for one round, which ends at once when the lease may be lost. None: it is not ours."""
        token = self.token(monitor_id)
        if token is None:
            yield None
            return
        limit = asyncio.timeout_at(self._trusted_until)
        try:
            async with limit:
                self._looks[monitor_id] = limit
                yield token
        except TimeoutError:
            if not limit.expired():
                raise
            _log.warning("look_broken_off", monitor=monitor_id, why="the lease may be lost")
        finally:
            self._looks.pop(monitor_id, None)

    async def run(self, stop: asyncio.Event, sees: Callable[[], bool] = lambda: True) -> None:
        """Renew, take and give until `stop`; then leave everything to the others.

        While this process does not see anything at all, by `sees`, it leaves the work to those who do.
        """
        while not stop.is_set():
            await self._tick_or_wait(sees=sees())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TTL_SECONDS / 3)
        self._trusted_until = 0.0
        try:
            await self._context.call(self._leave)
        except StoreUnavailable:
            _log.warning("lease_not_given_back", part="monitors")

    async def _tick_or_wait(self, *, sees: bool) -> None:
        try:
            await self.tick(sees=sees)
        except StoreUnavailable as error:
            _log.warning("store_unavailable", part="monitors", why=str(error))

    async def tick(self, *, sees: bool = True) -> None:
        """Renew what we have, then give or take until it is our fair share: none, while only others see.

        Raises StoreUnavailable.
        """
        # From before the question was asked: the answer may have been long under way.
        trusted_until = asyncio.get_running_loop().time() + TTL_SECONDS * 2 / 3
        processes, held = await self._context.call(self._renew, sees)
        if self._holder not in processes:
            await self._stand_aside(held)
            return
        self._is_aside = False
        self._trust(held, trusted_until)
        fair = fair_share(len(self._ids), processes.index(self._holder), len(processes))
        too_many = self._drop(len(held) - fair)
        if too_many:
            await self._context.call(shares.give_back, self._context.desk.store, self._holder, too_many)
        if len(held) < fair:
            self._held |= await self._context.call(self._take, fair - len(held))
        if too_many or len(self._held) != len(held):
            _log.info("monitors_shared", ours=len(self._held), all=len(self._ids), processes=len(processes))

    def _renew(self, sees: bool) -> tuple[list[str], dict[str, int]]:
        store, ttl_ms = self._context.desk.store, int(TTL_SECONDS * 1000)
        with store.tx():
            is_aside = not sees and shares.step_aside(store, self._holder)
            processes = [] if is_aside else shares.meet(store, self._holder, ttl_ms) or [self._holder]
            return processes, shares.renew(store, self._holder, ttl_ms)

    async def _stand_aside(self, held: dict[str, int]) -> None:
        """Leave everything to those who see; looks under way end now, for they show nothing."""
        self._trust({}, 0.0)
        await self._context.call(shares.give_back, self._context.desk.store, self._holder, held)
        if not self._is_aside:
            _log.warning("monitors_left_to_others", given=len(held), why="nothing at all is to be seen from here")
        self._is_aside = True

    def _take(self, most: int) -> dict[str, int]:
        return shares.take(self._context.desk.store, self._holder, self._ids, most, int(TTL_SECONDS * 1000))

    def _leave(self) -> None:
        store = self._context.desk.store
        shares.give_back(store, self._holder, shares.renew(store, self._holder, 1))
        shares.leave(store, self._holder)

    def _trust(self, held: dict[str, int], until: float) -> None:
        """Looks under way may go on for as long as their lease does; those whose lease is gone end now."""
        self._held, self._trusted_until = dict(held), until
        for monitor_id, limit in self._looks.items():
            if not limit.expired():
                limit.reschedule(until if monitor_id in held else 0.0)

    def _drop(self, surplus: int) -> list[str]:
        """What to give away: monitors we do not know, and up to `surplus` that nobody looks at this moment."""
        unknown = [each for each in self._held if each not in self._ids]
        idle = [each for each in self._held if each in self._ids and each not in self._looks]
        given = unknown + idle[: max(surplus - len(unknown), 0)]
        # Before the store hears of it, so that no look begins meanwhile.
        for monitor_id in given:
            del self._held[monitor_id]
        return given

"""The courier: queues decided notices customer by customer, and keeps every channel's rounds going.

We promise at least once, and nearly always once: a crash loses nothing, and repeats at most the few messages that the
far side had taken and we had not written down, with the same Message-ID. Progress is in the store, nowhere else.
"""

import asyncio
import logging
import os
import random
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from notifier.channels.contract import Channel
from notifier.clock import StoreClock
from notifier.hand import Habits
from notifier.message import House
from notifier.posts import Way
from notifier.rounds import Rounds
from notifier.stride import GAP_SECONDS, Stride
from records.errors import StoreUnavailable
from records.notices import Delivery, Notice, Outcome, Reason
from records.quiet import QuietRule
from records.store import alarms, fanout, joining, outbox
from records.store.engine import Store
from records.store.meta import beat
from records.store.outbox import Mark
from records.store.steps import follow_the_clock
from records.throttles import Limits
from records.times import to_ms

_log = logging.getLogger("forewarn.notifier")

#: More threads only queue for the database.
_THREADS = 4
_GAP_SECONDS = 0.02
_WAIT_SECONDS = 1.0
_BEAT_SECONDS = 5.0
_PAUSE_SECONDS = (0.2, 5.0)
_STRAYS = 50


class Courier:
    """One notifier process."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        house: House,
        *,
        ways: Mapping[str, Way] | None = None,
        default_language: str = "en",
        unsubscribe_url: Callable[[Delivery], str | None] = lambda _delivery: None,
        token: Callable[[Delivery], str] = lambda _delivery: "",
        envelope: Callable[[Notice], str] | None = None,
        quiet: QuietRule | None = None,
        lease: timedelta = timedelta(seconds=60),
        drain: timedelta = timedelta(seconds=20),
        fanout_chunk: int = fanout.FANOUT_CHUNK,
        first_pause_seconds: float = 30.0,
        limits: Mapping[str, Limits] | None = None,
        clock: Callable[[], datetime] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`channels` by the names that deliveries carry: `email`, `inapp`, `social:<account>`.
        `clock` is the database's unless another one is given.

        `ways` says of each public account how it takes its posts, and in which language it speaks; `unsubscribe_url`
        and `token` are what only a subscriber's own mail says; `envelope` is what a notice is to programs, in the
        shapes of the read API, which this package does not know.
        """
        self._store = store
        self._channels = channels
        self._house = house
        self._store_clock = StoreClock(store)
        self._habits = Habits(
            lease=lease,
            ways=ways or {},
            default_language=default_language,
            unsubscribe_url=unsubscribe_url,
            token=token,
            envelope=envelope,
            clock=clock or self._store_clock,
            chance=chance,
            first_pause_seconds=first_pause_seconds,
            limits=limits or {},
        )
        self._drain = drain
        self._stride = Stride(fanout_chunk)
        self._quiet = quiet or QuietRule()
        self._holder = f"{socket.gethostname()}:{os.getpid()}"
        self._stopping = asyncio.Event()
        self._news = asyncio.Event()
        self._rounds: list[Rounds] = []
        #: Whether the store knows of channels that we leave alone; an earlier process of this name may have said so.
        self._has_troubles = True

    async def run(self, stop: asyncio.Event, leaving: asyncio.Event | None = None) -> None:
        """Work until `stop` is set; then begin nothing more, finish what is on its way, and return.

        Results that the store does not take are kept until it does, or until `leaving` is set: the process itself ends
        then. Without it, `stop` says so.
        """
        # The one that waits for news must not keep the others from their work.
        with ThreadPoolExecutor(_THREADS, "store") as threads, ThreadPoolExecutor(1, "news") as ears:
            self._rounds = [
                Rounds(name, channel, self._store, partial(_in_thread, threads), self._house, self._habits)
                for name, channel in self._channels.items()
            ]
            async with asyncio.TaskGroup() as tasks:
                scribes = [tasks.create_task(rounds.scribe.run()) for rounds in self._rounds]
                chores = [tasks.create_task(work) for work in self._chores(threads, ears)]
                workers = [tasks.create_task(work) for rounds in self._rounds for work in _workers(rounds)]
                hurrying = tasks.create_task(self._hurry(leaving or stop))
                await stop.wait()
                await self._end(chores, workers)
                await asyncio.gather(*scribes)
                hurrying.cancel()

    def _chores(self, threads: ThreadPoolExecutor, ears: ThreadPoolExecutor) -> list[Any]:
        call = partial(_in_thread, threads)
        return [
            self._keep_doing("news", partial(self._listen, ears)),
            self._keep_doing("fan-out", partial(self._fan_out, call)),
            self._keep_doing("pulse", partial(self._beat, call)),
            self._keep_doing("finishing", partial(self._finish, call)),
            self._keep_doing("leases", self._renew),
            *(self._keep_doing(f"claims of {rounds.name}", rounds.refill) for rounds in self._rounds),
        ]

    async def _keep_doing(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        """One chore, again and again; while the store is away it pauses, and resumes when it is back."""
        pause, longest = _PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                await step()
                pause = _PAUSE_SECONDS[0]
            except StoreUnavailable as error:
                _log.warning("%s waits for the store: %s", name, error)
                await self._sleep(pause)
                pause = min(pause * 2, longest)
            # The edge of a loop: whatever one step runs into, the next may be without it, and silence would be worse.
            except Exception:  # noqa: BLE001
                _log.exception("%s went wrong and is tried again", name)
                await self._sleep(pause)
                pause = min(pause * 2, longest)

    async def _sleep(self, seconds: float) -> None:
        """Or until we stop."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _hurry(self, leaving: asyncio.Event) -> None:
        await leaving.wait()
        for rounds in self._rounds:
            rounds.scribe.hurry()

    async def _end(self, chores: list[asyncio.Task[None]], workers: list[asyncio.Task[None]]) -> None:
        self._stopping.set()
        self._news.set()
        for rounds in self._rounds:
            rounds.begin_end()
        # A claim may be under way; only when it is in hand can it be given back.
        await asyncio.gather(*chores)
        await asyncio.gather(*(rounds.drain(self._drain) for rounds in self._rounds))
        await asyncio.gather(*workers)
        for rounds in self._rounds:
            await rounds.give_back()
            rounds.scribe.end()

    # The chores.

    async def _listen(self, ears: ThreadPoolExecutor) -> None:
        """Let everybody look when something was committed, and once a second in any case."""
        began = time.monotonic()
        await _in_thread(ears, self._store.wait, _WAIT_SECONDS)
        self._news.set()
        for rounds in self._rounds:
            rounds.hand.look()
        # Our own results are commits too; they are no news.
        await asyncio.sleep(max(0.0, _GAP_SECONDS - (time.monotonic() - began)))

    async def _fan_out(self, call: Callable[..., Awaitable[Any]]) -> None:
        """Queue the next customers of the most urgent notice not queued whole; when all are, whoever came late."""
        self._news.clear()
        waiting = await call(fanout.unfinished_fanouts, self._store)
        now = self._habits.clock()
        if waiting:
            began = time.monotonic()
            await call(
                fanout.fan_out_chunk, self._store, waiting[0], now, chunk=self._stride.customers, quiet=self._quiet
            )
            self._stride.note(time.monotonic() - began)
        elif not await call(joining.take_in, self._store, now, quiet=self._quiet):
            await self._news.wait()
            return
        for rounds in self._rounds:
            rounds.hand.look()
        await asyncio.sleep(GAP_SECONDS)

    async def _beat(self, call: Callable[..., Awaitable[Any]]) -> None:
        await call(self._say_alive)
        troubles = {rounds.name: found for rounds in self._rounds if (found := rounds.trouble) is not None}
        if troubles or self._has_troubles:
            await call(alarms.report_troubles, self._store, self._holder, troubles, self._habits.clock())
            self._has_troubles = bool(troubles)
        await self._sleep(_BEAT_SECONDS)

    def _say_alive(self) -> None:
        self._store_clock.look()
        now = self._habits.clock()
        if step := follow_the_clock(self._store, to_ms(now)):
            _log.warning("the clock was set back by %s; what waits was moved with it", step)
        beat(self._store, "notifier", self._holder, now)

    async def _finish(self, call: Callable[..., Awaitable[Any]]) -> None:
        """Close notices that are told; settle what goes to a channel that is not there any more."""
        await call(self._settle_strays)
        for notice_id in await call(outbox.finish_notices, self._store):
            _log.info("a notice is told", extra={"notice": notice_id})
        await self._sleep(_WAIT_SECONDS / 2)

    def _settle_strays(self) -> None:
        now = self._habits.clock()
        for name in outbox.due_channels(self._store, now):
            if name in self._channels:
                continue
            claimed = outbox.claim(self._store, name, now, lease=self._habits.lease, limit=_STRAYS)
            off = Reason.CHANNEL_OFF.value
            outbox.mark(
                self._store, [Mark(delivery=one, outcome=Outcome.SUPPRESSED, reason=off) for one in claimed], now
            )

    async def _renew(self) -> None:
        await self._sleep(self._habits.lease.total_seconds() / 3)
        for rounds in self._rounds:
            await rounds.hand.renew()


def _workers(rounds: Rounds) -> list[Any]:
    return [rounds.work(only_urgent=number < rounds.reserved) for number in range(rounds.concurrency)]


async def _in_thread(threads: ThreadPoolExecutor, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(threads, partial(function, *args, **options))

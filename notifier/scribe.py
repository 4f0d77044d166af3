"""Writes results down in small groups: what a kill can repeat is what was taken by the far side and not written yet.

So a send begins only with a permit, and a permit comes back when its result is in the store.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from notifier import resting
from records.errors import StoreUnavailable
from records.quick import quick
from records.store import outbox, throttles
from records.store.engine import Store
from records.store.outbox import Mark
from records.throttles import Limits, Slowing

_log = logging.getLogger("forewarn.notifier")

#: Sends that may be on their way or not written at once: the most a kill -9 can repeat. More only where the wire alone
#: holds more.
PERMITS = 48
#: So many are kept for urgent messages, since the others' far sides may be slow.
_URGENT_PERMITS = PERMITS // 4
#: A smaller group waits for company, at most so long: while one part is written, the rest is sent. Groups half as large
#: take a quarter more of a processor for each message, since each has its own steps of the database.
_SMALL_GROUP = PERMITS * 7 // 12
_LINGER_SECONDS = 0.005
#: Groups are a multiple of it: the store has statements of such lengths ready.
_STEP = 4
_PAUSE_SECONDS = (0.2, 5.0)

#: Runs a function of the store in a thread.
Call = Callable[..., Awaitable[Any]]


@quick
class Result:
    """What became of one delivery."""

    mark: Mark
    #: Whether nothing more goes to this address.
    blocks_address: bool = False
    #: What the answer says about our pace.
    slowing: Slowing | None = None
    #: The operator whose throttle is lifted by this answer.
    lifts: str | None = None


class Scribe:
    """One channel's."""

    def __init__(
        self, store: Store, call: Call, clock: Callable[[], datetime], limits: Limits, *, concurrency: int
    ) -> None:
        """`concurrency` is how many sends fit on the wire at once."""
        self._store = store
        self._call = call
        self._clock = clock
        self._limits = limits
        self._free_permits = permits_for(concurrency)
        self._has_free = asyncio.Event()
        self._pending: list[Result] = []
        self._has_pending = asyncio.Event()
        self._has_company = asyncio.Event()
        self._is_ending = False
        self._may_give_up = False
        #: Whether results wait because the store is away.
        self.is_stuck = False

    async def permit(self, *, is_urgent: bool) -> None:
        """Wait until another send may begin."""
        kept = 0 if is_urgent else _URGENT_PERMITS
        while self._free_permits <= kept:
            self._has_free.clear()
            await self._has_free.wait()
        self._free_permits -= 1

    def give_back(self) -> None:
        """A permit that came to nothing."""
        self._free(1)

    def add(self, result: Result) -> None:
        """Have a result written; its permit comes back then."""
        self._pending.append(result)
        self._has_pending.set()
        if len(self._pending) >= _SMALL_GROUP:
            self._has_company.set()

    async def run(self) -> None:
        """Write until `end`, and then the rest."""
        while not (self._is_ending and not self._pending):
            await self._has_pending.wait()
            if len(self._pending) < _SMALL_GROUP and not self._is_ending:
                await self._company()
            # A transaction holds no more, however many wait.
            waiting = min(len(self._pending), PERMITS)
            size = waiting // _STEP * _STEP or waiting
            group, self._pending = self._pending[:size], self._pending[size:]
            if not self._pending and not self._is_ending:
                self._has_pending.clear()
            if group:
                await self._write(group)

    async def _company(self) -> None:
        """Let more results come, for a while."""
        self._has_company.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._has_company.wait(), _LINGER_SECONDS)

    def hurry(self) -> None:
        """We are stopping: do not wait for a store that is away."""
        self._may_give_up = True

    def end(self) -> None:
        """Write what is there and stop."""
        self._is_ending = True
        self._has_pending.set()
        self._has_company.set()

    async def _write(self, group: list[Result]) -> None:
        """Until it is written: a result that is forgotten is a message sent twice."""
        pause, longest = _PAUSE_SECONDS
        while True:
            try:
                await self._call(_write_down, self._store, group, self._clock(), self._limits)
                break
            except StoreUnavailable as error:
                if self._may_give_up:
                    _log.error("%d results are lost and their messages will be repeated: %s", len(group), error)
                    break
                _log.warning("results wait for the store: %s", error)
                self.is_stuck = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, longest)
        # What else waited is written first: its leases may have ended too, and a claim would send it again.
        self.is_stuck = self.is_stuck and bool(self._pending)
        self._free(len(group))

    def _free(self, permits: int) -> None:
        self._free_permits += permits
        self._has_free.set()


def permits_for(concurrency: int) -> int:
    """The most that a kill can repeat on a channel with so many sends on the wire at once."""
    return max(PERMITS, concurrency + PERMITS * 2 // 3)


def _write_down(store: Store, group: list[Result], now: datetime, limits: Limits) -> None:
    if any(result.slowing or result.lifts is not None for result in group):
        with store.tx():
            paced = [_at_its_pace(store, result, now, limits) for result in group]
            _write_marks(store, paced, now)
        return
    _write_marks(store, group, now)


def _at_its_pace(store: Store, result: Result, now: datetime, limits: Limits) -> Result:
    """Keep what an answer says about our pace; what is put off waits as long as nothing goes there."""
    if result.lifts is not None:
        throttles.lift(store, limits.bucket, result.lifts)
    if result.slowing is None:
        return result
    until = throttles.slow(store, limits, result.slowing, now).held_until
    mark = result.mark
    if mark.due_at is None or mark.due_at >= until:
        return result
    return replace(result, mark=replace(mark, due_at=until))


def _write_marks(store: Store, group: list[Result], now: datetime) -> None:
    blocked = [result.mark.delivery for result in group if result.blocks_address]
    telling = [result.mark for result in group if not result.blocks_address and resting.says_something(result.mark)]
    if not blocked and not telling:
        outbox.mark(store, [result.mark for result in group], now)
        return
    with store.tx():
        outbox.mark(store, [result.mark for result in group], now)
        for delivery in blocked:
            resting.leave_alone(store, delivery, now)
        for mark in telling:
            resting.count(store, mark, now)

"""Do a part's work only while this process holds the lease for it, so that two processes never do it both."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from records.errors import StoreUnavailable
from records.store import leases
from server.context import Context

#: A dead holder's work is taken over after this long.
TTL_SECONDS = 12.0
_log = structlog.get_logger(__name__)


async def while_holding(
    context: Context, name: str, holder: str, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    """Run `work` whenever the lease is ours, until `stop`; its own event is set when the lease may be lost."""
    while not stop.is_set():
        if await _take(context, name, holder):
            await _work(context, name, holder, work, stop)
        else:
            await _pause(stop, TTL_SECONDS / 3)


async def _work(
    context: Context, name: str, holder: str, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    lost = asyncio.Event()
    task = asyncio.ensure_future(work(lost))
    renewed = time.monotonic()
    try:
        while not stop.is_set() and not task.done():
            await _pause(stop, TTL_SECONDS / 3, task)
            if await _take(context, name, holder):
                renewed = time.monotonic()
            elif time.monotonic() - renewed > TTL_SECONDS * 2 / 3:
                # By our own clock: the store may be the very thing that does not answer.
                _log.warning("lease_lost", part=name)
                break
    finally:
        lost.set()
        await task
        if stop.is_set():
            await _give_back(context, name, holder)


async def _take(context: Context, name: str, holder: str) -> bool:
    try:
        return await context.call(leases.take, context.desk.store, name, holder, int(TTL_SECONDS * 1000)) is not None
    except StoreUnavailable as error:
        _log.warning("store_unavailable", part=name, why=str(error))
        return False


async def _give_back(context: Context, name: str, holder: str) -> None:
    try:
        await context.call(leases.give_back, context.desk.store, name, holder)
    except StoreUnavailable:
        _log.warning("lease_not_given_back", part=name)


async def _pause(stop: asyncio.Event, seconds: float, task: "asyncio.Future[None] | None" = None) -> None:
    """Until `stop`, the end of `task`, or the time is up."""
    stopped = asyncio.ensure_future(stop.wait())
    waiting: set[asyncio.Future[Any]] = {stopped, task} if task else {stopped}
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()

"""One look at everything that the settings name, from scratch: nothing from before counts, nothing is kept."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from monitors.client import Client
from monitors.rounds import Outcome
from monitors.watch import Watch
from records.errors import StoreUnavailable
from records.store import monitors
from records.store.engine import Store, open_store
from records.store.health import health_of
from records.store.monitors import MonitorRecord
from records.times import now_utc
from server.config import Settings
from server.config.monitors import chain_monitors, monitors_of
from server.inbox import StoreInbox

#: Besides two intervals, a watch that lives may take so long for its next look.
_PATIENCE = timedelta(seconds=30)


def standing(settings: Settings) -> dict[str, MonitorRecord]:
    """What the running watch says of each monitor, by id; without those that nobody watches at this moment."""
    now = now_utc()
    with _kept(settings) as store:
        known = monitors.all_monitors(store) if store is not None else []
    return {one.id: one for one in known if one.verdict is not None and _is_watched(one, now)}


def explorers(settings: Settings) -> dict[str, str]:
    """Where each network can be looked up, by the id of its monitor."""
    return {chain.id: chain.explorer for chain in chain_monitors(settings) if chain.explorer is not None}


def _is_watched(one: MonitorRecord, now: datetime) -> bool:
    return one.looked_at is not None and now - one.looked_at <= timedelta(milliseconds=2 * one.every_ms) + _PATIENCE


async def look_once(settings: Settings) -> list[Outcome]:
    """One round of every monitor."""

    async def no_state(monitor_id: str) -> None:
        return None

    async def to_nobody(*told: object) -> None:
        return None

    with _kept(settings) as store:
        async with Client() as client:
            watch = Watch(
                monitors=monitors_of(settings),
                client=client,
                load_state=no_state,
                on_round=to_nobody,
                inbox=StoreInbox(asyncio.to_thread, store),
            )
            return await watch.round_once()


@contextmanager
def _kept(settings: Settings) -> Iterator[Store | None]:
    """The store that knows what others reported, where there is one."""
    url = settings.store.url.get_secret_value()
    try:
        store = None if health_of(url).missing else open_store(url)
    except StoreUnavailable:
        store = None
    try:
        yield store
    finally:
        if store is not None:
            store.close()

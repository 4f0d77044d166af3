"""One look at everything that the settings name, from scratch: nothing from before counts, nothing is kept."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from monitors.client import Client
from monitors.rounds import Outcome
from monitors.watch import Watch
from records.errors import StoreUnavailable
from records.store.engine import Store, open_store
from records.store.health import health_of
from server.config import Settings
from server.config.monitors import monitors_of
from server.inbox import StoreInbox

#: Kinds that wait to be told; nobody else can be asked.
_WAITING = frozenset({"heartbeat", "push", "alertmanager"})


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
    """The store that knows what others reported, where there is one and anybody waits for that."""
    url = settings.store.url.get_secret_value()
    try:
        wanted = any(monitor.kind in _WAITING for monitor in settings.monitors)
        store = open_store(url) if wanted and not health_of(url).missing else None
    except StoreUnavailable:
        store = None
    try:
        yield store
    finally:
        if store is not None:
            store.close()

"""One look at everything that the settings name, from scratch: nothing from before counts, nothing is kept."""

from datetime import datetime

from monitors.client import Client
from monitors.rounds import Outcome
from monitors.watch import Watch
from records.errors import StoreUnavailable
from records.store import monitors
from records.store.engine import open_store
from records.store.health import health_of
from server.config import Settings
from server.config.monitors import monitors_of


async def look_once(settings: Settings) -> list[Outcome]:
    """One round of every monitor."""
    beats = _last_beats(settings)

    async def no_state(monitor_id: str) -> None:
        return None

    async def to_nobody(*told: object) -> None:
        return None

    async def last_beat(monitor_id: str) -> datetime | None:
        return beats.get(monitor_id)

    async with Client() as client:
        watch = Watch(
            monitors=monitors_of(settings),
            client=client,
            load_state=no_state,
            on_round=to_nobody,
            last_beat=last_beat,
        )
        return await watch.round_once()


def _last_beats(settings: Settings) -> dict[str, datetime | None]:
    """When each job last reported, where there is a store that knows; jobs report to us, nobody else can be asked."""
    jobs = [monitor.id for monitor in settings.monitors if monitor.kind == "heartbeat"]
    url = settings.store.url.get_secret_value()
    try:
        if not jobs or health_of(url).missing:
            return {}
        store = open_store(url)
    except StoreUnavailable:
        return {}
    try:
        return {job: monitors.last_beat(store, job) for job in jobs}
    finally:
        store.close()

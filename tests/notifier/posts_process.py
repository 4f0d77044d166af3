"""A notifier of public accounts as a process, so that a test can kill it.

`python -m tests.notifier.posts_process STORE [ahead_seconds=N] NAME=URL …`, with its clock so many seconds fast.
"""

import asyncio
import signal
import sys
from datetime import timedelta

from notifier.channels.contract import Channel
from notifier.channels.social import Social, service_of
from notifier.courier import Courier
from notifier.posts import Way
from records.store.engine import open_store
from records.times import now_utc
from tests.notifier.cast import HOUSE


async def main(url: str, accounts: dict[str, str]) -> None:
    """Until SIGTERM."""
    ahead = timedelta(seconds=float(accounts.pop("ahead_seconds", 0)))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    services = {f"social:{name}": service_of(address) for name, address in accounts.items()}
    channels: dict[str, Channel] = {channel: Social(service) for channel, service in services.items()}
    ways = {channel: Way(manner=service.manner, language="en") for channel, service in services.items()}
    store = open_store(url)
    # A short lease, so that what a killed process had claimed falls due at once.
    courier = Courier(store, channels, HOUSE, ways=ways, lease=timedelta(seconds=2), clock=lambda: now_utc() + ahead)
    print("ready", flush=True)
    await courier.run(stop)
    store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], dict(each.split("=", 1) for each in sys.argv[2:])))

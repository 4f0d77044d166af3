"""A notifier as a process of its own, so that a test can kill it: `python -m tests.notifier.process URL PORT`."""

import asyncio
import signal
import sys
from datetime import timedelta

from notifier.channels.contract import Channel
from notifier.channels.email import Email, Relay
from notifier.channels.inapp import InApp
from notifier.courier import Courier
from records.store.engine import open_store
from tests.notifier.cast import HOUSE


async def main(url: str, port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = open_store(url)
    relay = Relay(host="127.0.0.1", port=port, security="none", connections=8)
    channels: dict[str, Channel] = {
        "email": Email(relay, HOUSE, secret=b"the same after every restart"),
        "inapp": InApp(),
    }
    # A short lease, so that what a killed process had claimed falls due at once.
    courier = Courier(store, channels, HOUSE, lease=timedelta(seconds=2))
    print("ready", flush=True)
    await courier.run(stop)
    store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

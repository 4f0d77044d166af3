"""A notifier as a process of its own, so that a test can kill it: `python -m tests.notifier.process URL PORT`.

`clock=FILE` sets its clock wrong by the seconds that stand there, now and whenever they change; `rate=N` sends at most
so many mails a second; `dot=SECONDS` is how long an answer to a content is waited for, `pause=SECONDS` how long a relay
that fails is left alone at first.
"""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from notifier.channels.contract import Channel
from notifier.channels.email import Email, Relay
from notifier.channels.inapp import InApp
from notifier.courier import Courier
from records.store.engine import open_store
from records.times import now_utc
from tests.notifier.cast import HOUSE


async def main(url: str, port: int, **options: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = open_store(url)
    relay = Relay(host="127.0.0.1", port=port, security="none", connections=8)
    if "rate" in options:
        relay = replace(relay, rate_per_second=float(options["rate"]))
    if "dot" in options:
        relay = replace(relay, dot_timeout_seconds=float(options["dot"]))
    channels: dict[str, Channel] = {
        "email": Email(relay, HOUSE, secret=b"the same after every restart"),
        "inapp": InApp(),
    }
    # A short lease, so that what a killed process had claimed falls due at once.
    clock = partial(_wrong_by, Path(options["clock"])) if "clock" in options else None
    pause = float(options.get("pause", 30))
    courier = Courier(store, channels, HOUSE, lease=timedelta(seconds=2), first_pause_seconds=pause, clock=clock)
    print("ready", flush=True)
    await courier.run(stop)
    store.close()


def _wrong_by(seconds: Path) -> datetime:
    return now_utc() + timedelta(seconds=float(seconds.read_text() or 0))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), **dict(each.split("=", 1) for each in sys.argv[3:])))

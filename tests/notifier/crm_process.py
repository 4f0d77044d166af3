"""What tells the crm, as a process, so that a test can kill it: `python -m tests.notifier.crm_process STORE URL`."""

import asyncio
import signal
import sys
from functools import partial

from notifier.channels.hooks.reach import Reach
from notifier.crm import CrmPush, Door
from records.store.engine import open_store
from tests.receivers import LOOPBACK

SECRET = "a-secret-of-the-crm"
MOST = 7


async def _in_thread(function, *args, **options):
    return await asyncio.to_thread(partial(function, *args, **options))


async def main(store_url: str, url: str) -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = open_store(store_url)
    print("ready", flush=True)
    door = Door(reach=Reach(allowed=LOOPBACK), url=url, secret=SECRET)
    await CrmPush(store, door, most=MOST, call=_in_thread).run(stop)
    store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

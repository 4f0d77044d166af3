"""A notifier of webhooks as a process, so that a test can kill it: `python -m tests.notifier.hooks_process URL`."""

import asyncio
import signal
import sys
from datetime import timedelta
from functools import partial

from notifier.changes import Changes
from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.webhook import UNSUBSCRIBE_SLOT, Webhook
from notifier.courier import Courier
from notifier.envelopes import of_change
from notifier.message import Message
from records.notices import Notice
from records.store.engine import Store, open_store
from records.store.receivers import Change
from tests.notifier.cast import HOUSE
from tests.receivers import LOOPBACK

LEASE = timedelta(seconds=2)


def envelope(notice: Notice) -> str:
    """Enough to recognise it by."""
    return f'{{"meta":{{"unsubscribe":"{UNSUBSCRIBE_SLOT}"}},"incident":{{"id":"{notice.subject_id}"}}}}'


def told_of(change: Change) -> Message:
    """The same of a change."""
    envelope = f'{{"meta":{{"unsubscribe":"{UNSUBSCRIBE_SLOT}"}},"component_update":{{"id":{change.id}}}}}'
    return of_change(change, "en", envelope)


async def carry(store: Store, stop: asyncio.Event) -> None:
    """Both queues of webhooks, until `stop` is set."""
    channel = Webhook(Reach(allowed=LOOPBACK))
    courier = Courier(
        store,
        {"subscriber:webhook": channel},
        HOUSE,
        unsubscribe_url=lambda delivery: f"{HOUSE.url}/unsubscribe/{delivery.customer_id}",
        envelope=envelope,
        # A short lease, so that what a killed process had claimed falls due at once.
        lease=LEASE,
    )
    changes = Changes(
        store,
        channel,
        compose=told_of,
        unsubscribe_url=lambda number: f"{HOUSE.url}/unsubscribe/{number}",
        call=_in_thread,
        lease=LEASE,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(courier.run(stop))
        tasks.create_task(changes.run(stop))


async def _in_thread(function, *args, **options):
    return await asyncio.to_thread(partial(function, *args, **options))


async def main(url: str) -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = open_store(url)
    print("ready", flush=True)
    await carry(store, stop)
    store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

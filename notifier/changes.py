"""Tells webhooks that a component changed, whether anybody wrote about it or not: to each receiver in order."""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from notifier import resting
from notifier.channels.contract import Channel, ChannelError, Recipient
from notifier.message import Message
from notifier.retry import Case, Trouble, decide
from notifier.scribe import Call
from records.errors import StoreUnavailable
from records.store import receivers
from records.store.engine import Store
from records.store.receivers import USEFUL_FOR, Change, Told
from records.times import now_utc

_log = logging.getLogger("forewarn.notifier")

_LOOK_SECONDS = 1.0
_LEASE = timedelta(seconds=90)

#: Makes the message about a change; None when the component is not there any more.
Compose = Callable[[Change], Message | None]


class Changes:
    """Sends them, to many receivers at once and to each one after the other."""

    def __init__(
        self,
        store: Store,
        channel: Channel,
        *,
        compose: Compose,
        unsubscribe_url: Callable[[int], str],
        call: Call,
        lease: timedelta = _LEASE,
        clock: Callable[[], datetime] = now_utc,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`unsubscribe_url` is where one subscriber declines; `call` runs a function of the store in a thread."""
        self._store = store
        self._channel = channel
        self._compose = compose
        self._unsubscribe_url = unsubscribe_url
        self._call = call
        self._lease = lease
        self._clock = clock
        self._chance = chance
        self._on_their_way: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is on its way."""
        while not stop.is_set():
            try:
                await self._begin()
            except StoreUnavailable as error:
                _log.warning("changes of components wait for the store: %s", error)
            # The edge of a loop: what one round runs into, the next may be without.
            except Exception:  # noqa: BLE001
                _log.exception("telling of changes went wrong and is tried again")
            await self._rest(stop)
        await asyncio.gather(*self._on_their_way)
        await self._channel.close()

    async def _rest(self, stop: asyncio.Event) -> None:
        """Until somebody is done, or for a while: one receiver that is slow holds up no other."""
        stopping = asyncio.ensure_future(stop.wait())
        waits = {stopping, *self._on_their_way}
        await asyncio.wait(waits, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    async def _begin(self) -> None:
        """Take the next change of each receiver that is not busy."""
        room = self._channel.concurrency - len(self._on_their_way)
        if room <= 0:
            return
        claimed = await self._call(receivers.claim, self._store, self._clock(), lease=self._lease, limit=room)
        for told in claimed:
            task = asyncio.create_task(self._tell_once(told))
            self._on_their_way.add(task)
            task.add_done_callback(self._on_their_way.discard)

    async def _tell_once(self, told: Told) -> None:
        try:
            await self._tell(told, await self._call(self._compose, told.change))
        # The edge of a task: its claim runs out, and the change is told again under the same id.
        except Exception:  # noqa: BLE001
            _log.exception("telling subscriber %d of a change went wrong", told.subscriber_id)

    async def _tell(self, told: Told, message: Message | None) -> None:
        if message is None:
            await self._call(receivers.settle, self._store, told, "", self._clock())
            return
        to = Recipient(
            key=f"change.{told.change.id}.{told.subscriber_id}",
            address=told.address,
            unsubscribe_url=self._unsubscribe_url(told.subscriber_id),
            secret=told.secret,
        )
        try:
            receipt = await self._channel.send(message, to)
        except ChannelError as error:
            await self._call(self._not_taken, told, error)
        else:
            await self._call(self._taken, told, receipt.code)

    def _taken(self, told: Told, code: str) -> None:
        with self._store.tx():
            if receivers.settle(self._store, told, code, self._clock()):
                receivers.note_taken(self._store, [told.subscriber_id])

    def _not_taken(self, told: Told, error: ChannelError) -> None:
        now = self._clock()
        case = Case(
            trouble=error.trouble,
            attempts=told.attempts + 1,
            now=now,
            useful_until=told.change.at + USEFUL_FOR,
            retry_after=error.retry_after,
        )
        decision, code = decide(case, self._chance), f"{error.code} {error.reply}".strip()[:120]
        with self._store.tx():
            if decision.due_at is not None:
                attempts = told.attempts + decision.counts
                receivers.put_off(self._store, told, decision.due_at, code, now, attempts=attempts)
            elif receivers.settle(self._store, told, code, now):
                self._given_up(told, error.trouble, now)

    def _given_up(self, told: Told, trouble: Trouble, now: datetime) -> None:
        if trouble is Trouble.ADDRESS:
            resting.end(self._store, told.subscriber_id, now)
        else:
            resting.rest_if_failing(self._store, told.subscriber_id, now)

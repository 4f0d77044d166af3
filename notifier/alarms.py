"""Tells those who run the house of alarms: by mail, in a room, to a program; not through a queue that may be stuck."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from html import escape
from typing import Protocol

from notifier.channels.contract import Channel, ChannelError, Recipient
from notifier.channels.hooks import sending
from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.webhook import signed
from notifier.chores import keep_doing
from notifier.message import Message
from notifier.scribe import Call as InThread
from records.alarms import Alarm, Call, Phase
from records.errors import StoreUnavailable
from records.notices import Category
from records.store import alarms
from records.store.engine import Store
from records.times import iso, iso_or_none, now_utc

_log = logging.getLogger("forewarn.notifier")

#: After the first, second … attempt; the last repeats, until it is over for a day.
_WAITS = tuple(timedelta(seconds=each) for each in (5, 15, 30, 60, 120, 300))


class Receiver(Protocol):
    """One who is told."""

    async def tell(self, call: Call) -> None:
        """Raises ChannelError."""
        ...


class ByMessage:
    """A mailbox or a room: gets words."""

    def __init__(self, channel: Channel, house_name: str, *, address: str | None = None) -> None:
        self._channel = channel
        self._house_name = house_name
        self._address = address

    async def tell(self, call: Call) -> None:
        """Raises ChannelError."""
        await self._channel.send(message_of(call, self._house_name), Recipient(key=call.key, address=self._address))


class ByPost:
    """A program: gets JSON, signed."""

    def __init__(self, reach: Reach, url: str, secret: str) -> None:
        self._reach = reach
        self._url = url
        self._secret = secret

    async def tell(self, call: Call) -> None:
        """Raises ChannelError."""
        body = json.dumps(shape_of(call.alarm, call.phase)).encode()
        headers = signed(body, event=call.key, secret=self._secret, at=int(time.time()))
        await sending.hand_over(self._reach, self._url, body, headers)


class Alarms:
    """Makes the calls that are due, to all receivers at once: one that hangs delays no other."""

    def __init__(
        self,
        store: Store,
        receivers: Mapping[str, Receiver],
        *,
        call: InThread,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        """`receivers` by the names that calls carry; `call` runs a function of the store in a thread."""
        self._store = store
        self._receivers = receivers
        self._call = call
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        busy: dict[str, asyncio.Task[None]] = {}
        await keep_doing("an alarm", partial(self._begin, busy), stop)
        for task in busy.values():
            task.cancel()
        await asyncio.gather(*busy.values(), return_exceptions=True)

    async def _begin(self, busy: dict[str, asyncio.Task[None]]) -> bool:
        """One call to each receiver at a time: one that hangs holds up no other."""
        for due in await self._call(alarms.due_calls, self._store, self._clock()):
            if due.receiver not in busy or busy[due.receiver].done():
                busy[due.receiver] = asyncio.create_task(self._tell(due))
        return False

    async def _tell(self, due: Call) -> None:
        receiver = self._receivers.get(due.receiver)
        try:
            if receiver is not None:
                await receiver.tell(due)
            await self._call(alarms.settle, self._store, due)
        except ChannelError as error:
            _log.warning("%s could not be told of an alarm: %s", due.receiver, error)
            await self._later(due)
        # The edge of a task: whatever one receiver runs into, it is tried again, and the others hear of it.
        except Exception:  # noqa: BLE001
            _log.exception("telling %s of an alarm went wrong", due.receiver)
            await self._later(due)

    async def _later(self, due: Call) -> None:
        wait = _WAITS[min(due.attempts, len(_WAITS) - 1)]
        with contextlib.suppress(StoreUnavailable):
            await self._call(alarms.put_off, self._store, due, self._clock() + wait)


def message_of(call: Call, house_name: str) -> Message:
    """In the console's language; all about one alarm makes one thread."""
    alarm, concern = call.alarm, call.alarm.concern
    is_over = call.phase is Phase.OVER
    said = f"Over: {concern.said}" if is_over else concern.said
    lines = [said]
    if is_over and alarm.ended_at is not None:
        lines.append(f"It was over at {iso(alarm.ended_at)}.")
    elif concern.hint:
        lines.append(f"What to do: {concern.hint}")
    lines.append(f"Since {iso(concern.since)}. This message comes from Forewarn of {house_name}, to those who run it.")
    return Message(
        notice_id=f"alarm.{alarm.id}",
        version=2 if is_over else 1,
        subject_id=f"alarm.{alarm.id}",
        category=Category.MANDATORY_SERVICE,
        is_urgent=True,
        created_at=(alarm.ended_at or alarm.raised_at) if is_over else alarm.raised_at,
        language="en",
        subject=f"[{house_name}] {concern.kind.value.replace('_', ' ')}: {concern.subject}",
        body_text="\n\n".join(lines) + "\n",
        body_html="".join(f"<p>{escape(line)}</p>" for line in lines) + "\n",
        short=f"{house_name}: {said}" + ("" if is_over or not concern.hint else f" {concern.hint}"),
    )


def shape_of(alarm: Alarm, phase: Phase) -> dict[str, str | None]:
    """As programs read it."""
    return {
        "id": alarm.id,
        "phase": phase.value,
        "kind": alarm.concern.kind.value,
        "subject": alarm.concern.subject,
        "said": alarm.concern.said,
        "hint": alarm.concern.hint,
        "since": iso(alarm.concern.since),
        "raised_at": iso(alarm.raised_at),
        "ended_at": iso_or_none(alarm.ended_at),
    }

"""Tells the wallet's own system what befell each customer: in order, one post at a time, until it was taken.

Notices do not wait for it: its events lie in a queue of their own, and what a customer was told is in the ledger long
before. A post that is made again is the same post: the same events under the same keys, byte for byte.
"""

import asyncio
import json
import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from notifier.channels.contract import ChannelError
from notifier.channels.hooks import sending
from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.webhook import signed
from notifier.chores import keep_doing
from notifier.scribe import Call
from records.crm import About, Batch, Event
from records.store import crm
from records.store.engine import Store
from records.times import iso, now_utc

_log = logging.getLogger("forewarn.notifier")

#: After the first, second … attempt that came to nothing; the last repeats. Its operators are our neighbours, so the
#: first ones are short: a restart of theirs should not cost a minute.
WAITS = tuple(timedelta(seconds=each) for each in (2, 5, 15, 30, 60, 120, 300, 600))
_JITTER = (0.8, 1.2)
#: It read the post and will not have what is in it, or not as much of it.
_REFUSED = frozenset({"400", "413", "422"})
_CODE_CHARS = 160


class Door:
    """Where the other system takes posts, and how we prove that it is us."""

    def __init__(self, *, reach: Reach, url: str, secret: str, token: str | None = None) -> None:
        """`token` is for whoever stands before the receiver."""
        self._reach = reach
        self._url = url
        self._secret = secret
        self._token = token

    async def hand_over(self, key: str, body: bytes) -> str:
        """Make one post; returns the status. Raises ChannelError."""
        headers = signed(body, event=key, secret=self._secret, at=int(time.time()))
        headers["Idempotency-Key"] = key
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        return (await sending.hand_over(self._reach, self._url, body, headers)).code

    async def probe(self) -> str:
        """A post without events; returns the status. Raises ChannelError."""
        return await self.hand_over("probe", json.dumps({"batch": "probe", "events": [], "notices": {}}).encode())


class CrmPush:
    """Takes events there; one process at a time, under a lease."""

    def __init__(
        self,
        store: Store,
        door: Door,
        *,
        most: int,
        call: Call,
        clock: Callable[[], datetime] = now_utc,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`most` events go in one post; `call` runs a function of the store in a thread."""
        self._store = store
        self._door = door
        self._most = most
        self._call = call
        self._clock = clock
        self._chance = chance

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish the post that is on its way."""
        await keep_doing("telling the crm", self.step, stop)

    async def step(self) -> bool:
        """Make the next post, if it is time. True when it was taken, so that the next one may follow at once."""
        batch = await self._call(crm.next_batch, self._store, self._clock(), limit=self._most)
        if batch is None:
            return False
        body = body_of(batch)
        if body is None:
            return bool(await self._call(self._taken, batch, ""))
        try:
            code = await self._door.hand_over(batch.id, body)
        except ChannelError as error:
            return bool(await self._call(self._not_taken, batch, error))
        return bool(await self._call(self._taken, batch, code))

    def _taken(self, batch: Batch, code: str) -> bool:
        if batch.attempts:
            _log.info("the crm takes events again")
        return crm.settle(self._store, batch, code, self._clock(), limit=self._most)

    def _not_taken(self, batch: Batch, error: ChannelError) -> bool:
        now, code = self._clock(), f"{error.code} {error.reply}".strip()[:_CODE_CHARS]
        if error.code in _REFUSED and crm.part(self._store, batch, code, now):
            _log.warning("the crm refused %d events: %s", len(batch.events), code)
            return True
        _log.warning("the crm did not take %d events: %s", len(batch.events), code)
        crm.put_off(self._store, batch, now + self._wait(batch.attempts + 1, error.retry_after), code, now)
        return False

    def _wait(self, attempts: int, asked: timedelta | None) -> timedelta:
        if asked is not None:
            return asked
        low, high = _JITTER
        return WAITS[min(attempts, len(WAITS)) - 1] * (low + (high - low) * self._chance())


def body_of(batch: Batch) -> bytes | None:
    """The post as JSON, the same each time it is made; None when all its customers were erased meanwhile."""
    events = [_event(one) for one in batch.events if one.external_id is not None]
    if not events:
        return None
    told = {"batch": batch.id, "events": events, "notices": {one.id: _about(one) for one in batch.notices}}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _event(one: Event) -> dict[str, Any]:
    return {
        "id": one.key,
        "type": f"notice.{one.what}",
        "at": iso(one.at),
        "customer": one.external_id,
        "notice": one.notice_id,
        "version": one.version,
        "channel": one.channel or None,
        "reason": one.reason or None,
        "language": one.language,
        "attempts": one.attempts,
    }


def _about(one: About) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "category": one.category,
        "verify_code": one.verify_code,
        "created_at": iso(one.created_at),
        one.subject_kind: {"id": one.subject_id, "ref": one.ref, "name": dict(one.name)},
    }

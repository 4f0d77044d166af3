"""What one channel holds claimed: urgent ones first, no more than goes out in half a second, under renewed leases."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifier.compose import frozen
from notifier.envelopes import frozen_envelope
from notifier.message import House, Message
from notifier.posts import Way, frozen_post
from notifier.scribe import Call
from records.errors import StoreUnavailable
from records.notices import Delivery, Lane, Notice
from records.store import notices, outbox
from records.store.engine import Store
from records.subscribers import SubscriberKind, is_subscriber_channel

_log = logging.getLogger("forewarn.notifier")

_MOST_IN_HAND = 500
_HAND_SECONDS = 0.5
#: Notices whose words are kept at hand.
_KNOWN = 256


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How every channel's rounds go."""

    lease: timedelta = timedelta(seconds=60)
    #: By channel, how public accounts take their posts, and in which language.
    ways: Mapping[str, Way] = field(default_factory=dict)
    default_language: str = "en"
    #: Where one recipient declines one kind of notice with one click; None where there is no such place.
    unsubscribe_url: Callable[[Delivery], str | None] = lambda _delivery: None
    #: A subscriber's own token, for the link in their mail.
    token: Callable[[Delivery], str] = lambda _delivery: ""
    #: What programs are told of a notice, as JSON; None where no program is.
    envelope: Callable[[Notice], str] | None = None
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    #: How long a far side is left alone at first, see `Breaker`.
    first_pause_seconds: float = 30.0


@dataclass(kw_only=True, eq=False)
class Item:
    """One claimed delivery and what it needs."""

    #: Replaced when it is claimed again under a newer lease.
    delivery: Delivery
    notice: Notice
    #: None: nobody could write it.
    message: Message | None
    #: Which delivery of the channel it is.
    key: tuple[str, int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.delivery.notice_id, self.delivery.version, self.delivery.customer_id


class Hand:
    """One channel's claimed deliveries."""

    def __init__(
        self, name: str, store: Store, call: Call, house: House, habits: Habits, *, concurrency: int, reserved: int
    ) -> None:
        self._name = name
        self._store = store
        self._call = call
        self._house = house
        self._habits = habits
        self._concurrency = concurrency
        self._reserved = reserved
        self._urgent: deque[Item] = deque()
        self._others: deque[Item] = deque()
        #: Everything claimed and not let go, also what is on its way.
        self._held: dict[tuple[str, int, int], Item] = {}
        #: Claimed, but the store went away before their notices were read.
        self._unread: list[Delivery] = []
        self._words: dict[tuple[str, int, str], Message | None] = {}
        self._look = asyncio.Event()
        self._has_urgent = asyncio.Event()
        self._has_any = asyncio.Event()
        self._is_ending = False
        self._target = 2 * concurrency
        self._gone = 0
        self._gone_since = time.monotonic()

    def look(self) -> None:
        """There may be something to claim."""
        self._look.set()

    def end(self) -> None:
        """Nothing is claimed or given out any more."""
        self._is_ending = True
        for event in (self._look, self._has_any, self._has_urgent):
            event.set()

    async def refill(self) -> None:
        """Claim more if there is room, else wait until there is, or news."""
        if self._is_ending or not self._has_room() or not await self._claim():
            self._look.clear()
            if not self._is_ending:
                await self._look.wait()

    def take(self, *, only_urgent: bool) -> Item | None:
        """The next one to send, if there is one."""
        if not self._urgent and (only_urgent or not self._others):
            return None
        item = (self._urgent or self._others).popleft()
        if self._waiting < self._target / 2:
            self._look.set()
        return item

    async def wait(self, *, only_urgent: bool) -> None:
        """Until there may be something to take, or the end."""
        event = self._has_urgent if only_urgent else self._has_any
        event.clear()
        self._look.set()
        if not self._is_ending:
            await event.wait()

    def put_back(self, item: Item) -> None:
        """First in line again, as if nothing had been tried."""
        (self._urgent if item.notice.lane is Lane.URGENT else self._others).appendleft(item)
        self._has_any.set()
        self._has_urgent.set()

    def let_go(self, item: Item) -> None:
        """It is settled or put off."""
        self._held.pop(item.key, None)
        self._gone += 1

    def unbegun(self) -> list[Item]:
        """What nobody has begun to send, taken out of the hand."""
        items = [*self._urgent, *self._others]
        self._urgent.clear()
        self._others.clear()
        return items

    async def renew(self) -> None:
        """Hold everything for longer; what somebody else has now is let go, unless it is on its way."""
        items = list(self._held.values())
        if not items:
            return
        mine = [item.delivery for item in items]
        held = await self._call(outbox.renew, self._store, mine, self._habits.clock(), lease=self._habits.lease)
        kept = {(one.notice_id, one.version, one.customer_id) for one in held}
        lost = {item.key for item in items if item.key not in kept}
        if lost:
            self._urgent = deque(item for item in self._urgent if item.key not in lost)
            self._others = deque(item for item in self._others if item.key not in lost)

    @property
    def _waiting(self) -> int:
        return len(self._urgent) + len(self._others)

    def _has_room(self) -> bool:
        # What is new may be urgent; then it must not wait until what is in hand has gone.
        may_be_urgent = self._look.is_set() and not self._urgent and self._reserved > 0
        return self._waiting < (2 * self._target if may_be_urgent else self._target / 2)

    async def _claim(self) -> bool:
        """Take what is due. False when nothing was."""
        self._look.clear()
        self._set_target()
        if not self._unread:
            self._unread = await self._call(
                outbox.claim,
                self._store,
                self._name,
                self._habits.clock(),
                lease=self._habits.lease,
                limit=self._target if self._waiting < self._target / 2 else 2 * self._reserved,
            )
        if not self._unread:
            return False
        for item in await self._call(self._items, self._unread):
            self._add(item)
        self._unread = []
        return True

    def _set_target(self) -> None:
        """As much as goes out in half a second, from twice what fits on the wire up to 500."""
        now = time.monotonic()
        if now - self._gone_since > 0.2:
            rate = self._gone / (now - self._gone_since)
            self._gone, self._gone_since = 0, now
            self._target = int(min(_MOST_IN_HAND, max(2 * self._concurrency, rate * _HAND_SECONDS)))

    def _add(self, item: Item) -> None:
        if (held := self._held.get(item.key)) is not None:
            # Our own lease ran out while the store was away; the one in work goes on under the new one.
            held.delivery = item.delivery
            return
        self._held[item.key] = item
        if item.notice.lane is Lane.URGENT:
            self._urgent.append(item)
            self._has_urgent.set()
        else:
            self._others.append(item)
        self._has_any.set()

    def _items(self, claimed: list[Delivery]) -> list[Item]:
        """In a thread: each delivery with its notice and its words."""
        known = {notice_id: notices.notice(self._store, notice_id) for notice_id in {one.notice_id for one in claimed}}
        return [
            Item(delivery=one, notice=known[one.notice_id], message=self._message(known[one.notice_id], one))
            for one in claimed
        ]

    def _message(self, notice: Notice, delivery: Delivery) -> Message | None:
        habits = self._habits
        way = habits.ways.get(self._name)
        language = delivery.language or (way.language if way else habits.default_language)
        key = (notice.id, notice.version, language)
        if key not in self._words:
            if len(self._words) >= _KNOWN:
                self._words.clear()
            self._words[key] = self._written(notice, language)
        return self._words[key]

    def _written(self, notice: Notice, language: str) -> Message | None:
        try:
            if self._name == SubscriberKind.WEBHOOK.channel and (make := self._habits.envelope) is not None:
                return frozen_envelope(self._store, notice, self._habits.default_language, make)
            if (way := self._habits.ways.get(self._name)) is not None:
                return frozen_post(self._store, notice, self._house, self._name, way)
            return frozen(self._store, notice, language, self._house, for_subscribers=is_subscriber_channel(self._name))
        except StoreUnavailable:
            raise
        # The edge of a loop: one notice that cannot be written, for whatever reason, must not stop all others.
        except Exception:  # noqa: BLE001
            _log.exception("notice %s cannot be written in %s", notice.id, language)
            return None

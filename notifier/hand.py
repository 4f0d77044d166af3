"""What one channel holds claimed: urgent ones first, no more than goes out in half a second, under renewed leases."""

import asyncio
import contextlib
import logging
import time
from collections import Counter, deque
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
from records.store import notices, outbox, pacing
from records.store.engine import Store
from records.subscribers import SubscriberKind, is_subscriber_channel
from records.throttles import Limits, Throttle

_log = logging.getLogger("forewarn.notifier")

_MOST_IN_HAND = 500
_HAND_SECONDS = 0.5
#: A pause ends this late at most; meanwhile the settings or a person may have ended it.
_LONGEST_REST_SECONDS = 1.0
#: So soon the store's claims know of a stop.
_BRIDGE = timedelta(seconds=5)
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
    #: By channel, how fast the settings let it go; without one, as fast as it can.
    limits: Mapping[str, Limits] = field(default_factory=dict)

    def limits_of(self, channel: str) -> Limits:
        """A channel's limits."""
        return self.limits.get(channel) or Limits(bucket=channel)


@dataclass(kw_only=True, eq=False)
class Item:
    """One claimed delivery and what it needs."""

    #: Replaced when it is claimed again under a newer lease.
    delivery: Delivery
    notice: Notice
    #: None: nobody could write it.
    message: Message | None
    #: Whose pace it keeps to, where that is limited.
    operator: str = ""
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
        self._limits = habits.limits_of(name)
        self._urgent: deque[Item] = deque()
        self._others: deque[Item] = deque()
        #: What limits the channel, by operator, as the last claim found it.
        self._throttles: Mapping[str, Throttle] = {}
        #: By operator, how many are on their way, and what waits for one of them to come home.
        self._on_way: Counter[str] = Counter()
        self._aside: dict[str, deque[Item]] = {}
        #: By operator, until when nothing goes there, before the store's claims know of it.
        self._stopped: dict[str, datetime] = {}
        #: How many notifiers there are.
        self._sharers = 1
        #: There is no turn before.
        self._again_at: datetime | None = None
        #: Whether the far side is asked with one message whether it is there again.
        self.is_on_trial = False
        #: Everything claimed and not let go, also what is on its way.
        self._held: dict[tuple[str, int, int], Item] = {}
        #: Claimed, but the store went away before their notices were read.
        self._unread: list[Delivery] = []
        self._words: dict[tuple[str, int, str], Message | None] = {}
        self._look = asyncio.Event()
        self._has_urgent = asyncio.Event()
        self._has_any = asyncio.Event()
        self._ended = asyncio.Event()
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
        for event in (self._look, self._has_any, self._has_urgent, self._ended):
            event.set()

    async def refill(self) -> None:
        """Claim more if there is room and a turn, else wait until there is, or news."""
        if await self._rested():
            return
        if self._is_ending or not self._has_room() or not await self._claim():
            self._look.clear()
            if not self._is_ending:
                await self._look.wait()

    async def _rested(self) -> bool:
        """Whether we waited for a turn, at least a part of the time."""
        if self._again_at is None or self._is_ending:
            return False
        seconds = (self._again_at - self._habits.clock()).total_seconds()
        if seconds <= 0:
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), min(seconds, _LONGEST_REST_SECONDS))
        self._again_at = self._again_at if seconds > _LONGEST_REST_SECONDS else None
        return seconds <= _LONGEST_REST_SECONDS

    def take(self, *, only_urgent: bool) -> Item | None:
        """The next one to send, if there is one."""
        while self._urgent or (self._others and not only_urgent):
            item = (self._urgent or self._others).popleft()
            if self._waiting < self._target / 2:
                self._look.set()
            if not item.operator:
                return item
            if not self._is_full(item.operator):
                self._on_way[item.operator] += 1
                return item
            self._aside.setdefault(item.operator, deque()).append(item)
        return None

    def _is_full(self, operator: str) -> bool:
        """Whether as many are on their way there as may be."""
        throttle = self._throttles.get(operator)
        at_once = throttle.at_once(self._limits.of(operator), self._sharers) if throttle else None
        return at_once is not None and self._on_way[operator] >= at_once

    @property
    def is_limited(self) -> bool:
        """Whether anything keeps the channel to a pace."""
        return bool(self._throttles)

    def throttle(self, operator: str) -> Throttle | None:
        """What limits an operator's mail, as the last claim found it."""
        return self._throttles.get(operator)

    async def wait(self, *, only_urgent: bool) -> None:
        """Until there may be something to take, or the end."""
        event = self._has_urgent if only_urgent else self._has_any
        event.clear()
        self._look.set()
        if not self._is_ending:
            await event.wait()

    def put_back(self, item: Item) -> None:
        """First in line again, as if nothing had been tried."""
        self._line_up(item)
        self._has_come_home(item)

    def _line_up(self, item: Item) -> None:
        (self._urgent if item.notice.lane is Lane.URGENT else self._others).appendleft(item)
        self._has_any.set()
        self._has_urgent.set()

    def _has_come_home(self, item: Item) -> None:
        """One less is on its way; one that waited for that may go."""
        if item.operator:
            self._on_way[item.operator] -= 1
            if waiting := self._aside.get(item.operator):
                self._line_up(waiting.popleft())

    def let_go(self, item: Item) -> None:
        """It is settled or put off."""
        self._held.pop(item.key, None)
        self._gone += 1
        self._has_come_home(item)

    def stop(self, operator: str, now: datetime) -> list[Item]:
        """Nothing goes to an operator, or to anybody ("") now; what nobody has begun is taken out of the hand."""
        self._stopped[operator] = now + _BRIDGE
        return self.unbegun(operator)

    def stopped_until(self, item: Item, now: datetime) -> datetime | None:
        """Until when nothing goes where this one goes; None where it may go."""
        if not self._stopped:
            return None
        self._stopped = {each: until for each, until in self._stopped.items() if until > now}
        return max((self._stopped[each] for each in ("", self._operator(item)) if each in self._stopped), default=None)

    def unbegun(self, operator: str = "") -> list[Item]:
        """What nobody has begun to send, taken out of the hand: all of it, or one operator's."""
        lines = [self._urgent, self._others, *self._aside.values()]
        items = [each for line in lines for each in line if not operator or self._operator(each) == operator]
        gone = {id(each) for each in items}
        for line in lines:
            left = [each for each in line if id(each) not in gone]
            line.clear()
            line.extend(left)
        for each in items:
            self._held.pop(each.key, None)
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
            self._aside = {
                operator: deque(item for item in line if item.key not in lost) for operator, line in self._aside.items()
            }

    @property
    def _waiting(self) -> int:
        return len(self._urgent) + len(self._others) + sum(len(line) for line in self._aside.values())

    def _has_room(self) -> bool:
        # What is new may be urgent; then it must not wait until what is in hand has gone.
        may_be_urgent = self._look.is_set() and not self._urgent and self._reserved > 0
        return self._waiting < (2 * self._target if may_be_urgent else self._target / 2)

    async def _claim(self) -> bool:
        """Take what is due. False when nothing was."""
        self._look.clear()
        self._set_target()
        has_found = True
        if not self._unread:
            has_found = await self._pull()
        if not self._unread:
            return has_found
        for item in await self._call(self._items, self._unread):
            self._add(item)
        self._unread = []
        return True

    async def _pull(self) -> bool:
        """Whether anything was due, even if it has no turn yet."""
        ask = pacing.Pull(
            channel=self._name,
            now=self._habits.clock(),
            lease=self._habits.lease,
            most=self._most(),
            limits=self._limits,
            ahead=timedelta(seconds=_HAND_SECONDS),
            in_hand=Counter(item.operator for item in self._held.values()) if self._throttles else {},
        )
        pulled = await self._call(pacing.pull, self._store, ask)
        self._throttles, self._again_at, self._unread = pulled.throttles, pulled.again_at, pulled.deliveries
        self._sharers = pulled.sharers
        return bool(pulled.has_found)

    def _most(self) -> int:
        if self.is_on_trial:
            return 1
        return self._target if self._waiting < self._target / 2 else 2 * self._reserved

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
        if self._throttles and (whose := self._operator(item)) in self._throttles:
            item.operator = whose
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

    def _operator(self, item: Item) -> str:
        """Whose mail server it goes to."""
        return self._limits.operator_of(item.delivery.address)

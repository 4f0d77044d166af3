"""One channel's rounds: claim what is due, send it, say what became of it; urgent ones first."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifier.breaker import Breaker
from notifier.channels.contract import Channel, ChannelError, Recipient
from notifier.compose import frozen
from notifier.message import House, Message
from notifier.retry import Case, Decision, Trouble, decide
from notifier.scribe import Call, Result, Scribe
from records.notices import Category, Delivery, Lane, Notice, NoticeState, Outcome, Reason
from records.store import notices, outbox
from records.store.engine import Store
from records.store.outbox import Attempt, Mark

_log = logging.getLogger("forewarn.notifier")

#: Most to hold claimed at once, and for how long it should last: what is claimed cannot make way for urgent words.
_MOST_IN_HAND = 500
_HAND_SECONDS = 0.5
_REASON_CHARS = 120
#: Notices whose state and words are kept at hand.
_KNOWN = 256


@dataclass(kw_only=True, eq=False)
class _Item:
    """One claimed delivery and what it needs."""

    delivery: Delivery
    notice: Notice
    #: None: nobody could write it.
    message: Message | None


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How every channel's rounds go."""

    lease: timedelta = timedelta(seconds=60)
    #: What a channel's messages are written in when the delivery names no language, as posts.
    languages: Mapping[str, str] = field(default_factory=dict)
    default_language: str = "en"
    #: Where one recipient declines one kind of notice with one click; None where there is no such place.
    unsubscribe_url: Callable[[Delivery], str | None] = lambda _delivery: None
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    #: How long a far side is left alone at first, see `Breaker`.
    first_pause_seconds: float = 30.0


class Rounds:
    """One channel's."""

    def __init__(self, name: str, channel: Channel, store: Store, call: Call, house: House, habits: Habits) -> None:
        self.name = name
        self._channel = channel
        self._store = store
        self._call = call
        self._house = house
        self._habits = habits
        self.scribe = Scribe(store, call, habits.clock)
        self._breaker = Breaker(time.monotonic, first_pause_seconds=habits.first_pause_seconds)
        self._urgent: deque[_Item] = deque()
        self._others: deque[_Item] = deque()
        self._on_its_way: set[_Item] = set()
        #: Messages that may have arrived: repeated once, not twice.
        self._perhaps_sent: set[tuple[str, int, int]] = set()
        self._words: dict[tuple[str, int, str], Message | None] = {}
        self._look = asyncio.Event()
        self._has_urgent = asyncio.Event()
        self._has_any = asyncio.Event()
        self._all_home = asyncio.Event()
        self._is_ending = False
        self._target = 2 * channel.concurrency
        self._sent = 0
        self._sent_since = time.monotonic()

    # For the courier.

    def look(self) -> None:
        """There may be something to claim."""
        self._look.set()

    async def refill(self) -> None:
        """Claim more if there is room, else wait until there is, or news."""
        if self._is_ending or not self._has_room() or not await self._claim():
            self._look.clear()
            if not self._is_ending:
                await self._look.wait()

    async def work(self, *, only_urgent: bool) -> None:
        """Send one message after the other until the end."""
        while (item := await self._next(only_urgent=only_urgent)) is not None:
            await self.scribe.permit()
            result = await self._deliver(item)
            self._on_its_way.discard(item)
            if not self._on_its_way:
                self._all_home.set()
            if result is None:
                self._put_back(item)
                self.scribe.give_back()
            else:
                self.scribe.add(result)

    @property
    def reserved(self) -> int:
        """How many workers wait for urgent messages only."""
        return self._channel.concurrency // 4

    @property
    def concurrency(self) -> int:
        """How many workers there are."""
        return self._channel.concurrency

    async def renew(self) -> None:
        """Hold what is in hand or on its way for longer; what somebody else has now is let go."""
        items = [*self._on_its_way, *self._urgent, *self._others]
        if not items:
            return
        now = self._habits.clock()
        deliveries = [item.delivery for item in items]
        held = await self._call(outbox.renew, self._store, deliveries, now, lease=self._habits.lease)
        kept = {(one.notice_id, one.version, one.customer_id, one.lease) for one in held}
        if len(held) < len(items):
            self._urgent = deque(item for item in self._urgent if _key_and_lease(item) in kept)
            self._others = deque(item for item in self._others if _key_and_lease(item) in kept)

    async def end(self, drain: timedelta) -> None:
        """Begin nothing more; wait for what is on its way, give back the rest."""
        self._is_ending = True
        for event in (self._look, self._has_any, self._has_urgent):
            event.set()
        if self._on_its_way:
            self._all_home.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_home.wait(), drain.total_seconds())
        await self._channel.close()
        now = self._habits.clock()
        for item in (*self._urgent, *self._others):
            await self.scribe.permit()
            self.scribe.add(Result(mark=Mark(delivery=item.delivery, outcome=None, due_at=now)))

    # Claiming.

    def _has_room(self) -> bool:
        # What is new may be urgent; then it must not wait until what is in hand has gone.
        may_be_urgent = self._look.is_set() and not self._urgent and self.reserved > 0
        return self._in_hand < (2 * self._target if may_be_urgent else self._target / 2)

    @property
    def _in_hand(self) -> int:
        return len(self._urgent) + len(self._others)

    async def _claim(self) -> bool:
        """Take what is due. False when nothing was."""
        self._look.clear()
        self._set_target()
        claimed = await self._call(
            outbox.claim,
            self._store,
            self.name,
            self._habits.clock(),
            lease=self._habits.lease,
            limit=self._target if self._in_hand < self._target / 2 else 2 * self.reserved,
        )
        if claimed:
            self._take(await self._call(self._items, claimed))
        return bool(claimed)

    def _set_target(self) -> None:
        """As much as goes out in half a second, from twice what fits on the wire up to 500."""
        now = time.monotonic()
        if now - self._sent_since > 0.2:
            rate = self._sent / (now - self._sent_since)
            self._sent, self._sent_since = 0, now
            self._target = int(min(_MOST_IN_HAND, max(2 * self._channel.concurrency, rate * _HAND_SECONDS)))

    def _items(self, claimed: list[Delivery]) -> list[_Item]:
        """In a thread: each delivery with its notice and its words."""
        known = {notice_id: notices.notice(self._store, notice_id) for notice_id in {one.notice_id for one in claimed}}
        return [
            _Item(delivery=one, notice=known[one.notice_id], message=self._message(known[one.notice_id], one))
            for one in claimed
        ]

    def _message(self, notice: Notice, delivery: Delivery) -> Message | None:
        habits = self._habits
        language = delivery.language or habits.languages.get(self.name) or habits.default_language
        key = (notice.id, notice.version, language)
        if key not in self._words:
            if len(self._words) >= _KNOWN:
                self._words.clear()
            self._words[key] = self._written(notice, language)
        return self._words[key]

    def _written(self, notice: Notice, language: str) -> Message | None:
        # One notice that cannot be written, for whatever reason, must not stop all others.
        try:
            return frozen(self._store, notice, language, self._house)
        except (LookupError, TypeError, ValueError) as error:
            _log.exception("a notice cannot be written", extra={"notice": notice.id, "error": type(error).__name__})
            return None

    def _take(self, items: Iterable[_Item]) -> None:
        for item in items:
            (self._urgent if item.notice.lane is Lane.URGENT else self._others).append(item)
        if self._urgent:
            self._has_urgent.set()
        self._has_any.set()

    # Sending.

    async def _next(self, *, only_urgent: bool) -> _Item | None:
        """The next message to send; None at the end."""
        event = self._has_urgent if only_urgent else self._has_any
        while not self._is_ending:
            if (wait := self._breaker.wait_seconds()) > 0:
                await asyncio.sleep(min(wait, 0.2))
            elif self._urgent or (self._others and not only_urgent):
                item = (self._urgent or self._others).popleft()
                self._on_its_way.add(item)
                self._breaker.begin()
                if self._in_hand < self._target / 2:
                    self._look.set()
                return item
            else:
                event.clear()
                self._look.set()
                await event.wait()
        return None

    def _put_back(self, item: _Item) -> None:
        """First in line again, as if nothing had been tried."""
        (self._urgent if item.notice.lane is Lane.URGENT else self._others).appendleft(item)
        self._has_any.set()
        self._has_urgent.set()

    async def _deliver(self, item: _Item) -> Result | None:
        """Send one message; None when it was not its turn after all."""
        delivery, message = item.delivery, item.message
        unsent = self._settled_unsent(item)
        if unsent is not None:
            self._breaker.not_tried()
            return Result(mark=unsent)
        assert message is not None
        began = time.perf_counter()
        try:
            receipt = await self._channel.send(message, self._recipient(delivery))
        except ChannelError as error:
            return self._not_taken(item, error, (time.perf_counter() - began) * 1000)
        # The edge of a loop: a channel with a bug in it must not stop the others, and nobody knows how far it came.
        except Exception as error:  # noqa: BLE001
            _log.exception("%s broke", self.name)
            unknown = ChannelError(Trouble.UNCERTAIN, phase="unknown", reply=type(error).__name__)
            return self._not_taken(item, unknown, (time.perf_counter() - began) * 1000)
        self._breaker.note_answer()
        self._sent += 1
        attempt = Attempt(
            phase=receipt.phase, code=receipt.code, reply=receipt.reply, took_ms=(time.perf_counter() - began) * 1000
        )
        return Result(
            mark=Mark(
                delivery=delivery,
                outcome=Outcome.ACCEPTED,
                sha256=message.sha256,
                language=message.language,
                attempt=attempt,
            )
        )

    def _settled_unsent(self, item: _Item) -> Mark | None:
        """How a delivery ends that need not or cannot be sent; None when it can."""
        if item.message is None:
            return Mark(delivery=item.delivery, outcome=Outcome.FAILED, reason="not_written")
        if item.notice.state is NoticeState.CANCELLED:
            return Mark(delivery=item.delivery, outcome=Outcome.CANCELLED, reason="cancelled")
        if self._habits.clock() >= item.delivery.useful_until:
            return Mark(delivery=item.delivery, outcome=Outcome.EXPIRED, reason=Reason.EXPIRED.value)
        return None

    def _recipient(self, delivery: Delivery) -> Recipient:
        return Recipient(
            key=f"{delivery.notice_id}.{delivery.version}.{delivery.customer_id}",
            address=delivery.address,
            unsubscribe_url=self._habits.unsubscribe_url(delivery),
        )

    def _not_taken(self, item: _Item, error: ChannelError, took_ms: float) -> Result | None:
        if self._breaker.note(error.trouble):
            log = _log.error if error.trouble in (Trouble.CONFIGURATION, Trouble.POLICY) else _log.warning
            log("%s is left alone for a while: %s", self.name, error)
        if error.trouble in (Trouble.RELAY, Trouble.CONFIGURATION) and not self._is_ending:
            return None
        decision = self._decision(item, error)
        attempt = Attempt(phase=error.phase, code=error.code, reply=error.reply, took_ms=took_ms)
        if decision.is_uncertain:
            _log.warning("perhaps sent, will be repeated: notice %s on %s", item.notice.id, self.name)
        return Result(
            mark=Mark(
                delivery=item.delivery,
                outcome=decision.outcome,
                reason=f"{error.trouble}: {error.code} {error.reply}"[:_REASON_CHARS].rstrip()
                if decision.outcome
                else "",
                language=item.message.language if item.message else "",
                due_at=decision.due_at,
                is_uncertain=decision.is_uncertain,
                attempt=attempt if decision.counts else None,
            ),
            blocks_address=decision.blocks_address,
        )

    def _decision(self, item: _Item, error: ChannelError) -> Decision:
        delivery = item.delivery
        key = (delivery.notice_id, delivery.version, delivery.customer_id)
        case = Case(
            trouble=error.trouble,
            attempts=delivery.attempts + 1,
            now=self._habits.clock(),
            useful_until=delivery.useful_until,
            is_mandatory=item.notice.category is Category.MANDATORY_SERVICE,
            was_uncertain=key in self._perhaps_sent,
            retry_after=error.retry_after,
        )
        decision = decide(case, self._habits.chance)
        if decision.is_uncertain:
            self._perhaps_sent.add(key)
        elif decision.outcome is not None:
            self._perhaps_sent.discard(key)
        return decision


def _key_and_lease(item: _Item) -> tuple[str, int, int, int]:
    one = item.delivery
    return one.notice_id, one.version, one.customer_id, one.lease

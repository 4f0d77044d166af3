"""One channel's rounds: take a claimed delivery, send it, say what became of it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.breaker import Breaker
from notifier.channels.contract import Channel, ChannelError, Receipt, Recipient
from notifier.hand import Habits, Hand, Item
from notifier.message import House, Message, digest
from notifier.pace import Pace
from notifier.retry import Case, Decision, Trouble, decide
from notifier.scribe import Call, Result, Scribe
from notifier.threads import Threads
from records.errors import StoreUnavailable
from records.notices import Category, Lane, NoticeState, Outcome, Reason
from records.store.engine import Store
from records.store.outbox import Attempt, Mark
from records.throttles import FIRST_HOLD, Slowing, Why

_log = logging.getLogger("forewarn.notifier")

_REASON_CHARS = 120
_STUCK_SECONDS = 0.1


class Rounds:
    """One channel's."""

    def __init__(self, name: str, channel: Channel, store: Store, call: Call, house: House, habits: Habits) -> None:
        self.name = name
        self._channel = channel
        self._habits = habits
        #: How many workers there are, and how many of them wait for urgent messages only.
        self.concurrency = channel.concurrency
        self.reserved = channel.concurrency // 4
        self.hand = Hand(name, store, call, house, habits, concurrency=self.concurrency, reserved=self.reserved)
        limits = habits.limits_of(name)
        self.scribe = Scribe(store, call, habits.clock, limits, concurrency=channel.concurrency)
        self._pace = Pace(name, limits, channel.concurrency, time.monotonic)
        #: What public posts answer to.
        self._threads = Threads(name, store, call) if name in habits.ways else None
        self._breaker = Breaker(time.monotonic, first_pause_seconds=habits.first_pause_seconds)
        #: Since when it is left alone, and why; means nothing while the breaker is closed.
        self._left_alone: tuple[datetime, str] | None = None
        self._on_their_way = 0
        self._all_home = asyncio.Event()
        self._is_ending = False

    # For the courier.

    @property
    def trouble(self) -> tuple[datetime, str] | None:
        """Since when the channel is left alone, and why; None while it works."""
        return self._left_alone if self._breaker.is_open else None

    async def refill(self) -> None:
        """Claim more, unless results cannot be written: a delivery whose result waits must not be claimed again."""
        if self.scribe.is_stuck:
            await asyncio.sleep(_STUCK_SECONDS)
        else:
            self.hand.is_on_trial = self._breaker.is_open
            await self.hand.refill()

    async def work(self, *, only_urgent: bool) -> None:
        """Send one message after the other until the end."""
        while (item := await self._next(only_urgent=only_urgent)) is not None:
            await self.scribe.permit(is_urgent=item.notice.lane is Lane.URGENT)
            result = await self._deliver(item)
            if result is None:
                self.hand.put_back(item)
                self.scribe.give_back()
            else:
                self.hand.let_go(item)
                self.scribe.add(result)
                if result.slowing is not None and result.slowing.why is not Why.RATE:
                    now = self._habits.clock()
                    stopped = self.hand.stop(result.slowing.operator, now)
                    await self._put_off(stopped, now + (result.slowing.wait or FIRST_HOLD))
            self._on_their_way -= 1
            if self._on_their_way == 0:
                self._all_home.set()

    def begin_end(self) -> None:
        """Begin nothing more."""
        self._is_ending = True
        self.hand.end()

    async def drain(self, at_most: timedelta) -> None:
        """Wait for what is on its way, then close the channel: what is still out ends as lost."""
        if self._on_their_way:
            self._all_home.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_home.wait(), at_most.total_seconds())
        await self._channel.close()

    async def give_back(self) -> None:
        """Let others have what was claimed and not begun."""
        await self._put_off(self.hand.unbegun(), self._habits.clock())

    async def _put_off(self, items: Sequence[Item], due_at: datetime) -> None:
        """Nothing was tried; their turn comes later, whoever's it is then."""
        for item in items:
            await self.scribe.permit(is_urgent=True)
            self.scribe.add(Result(mark=Mark(delivery=item.delivery, outcome=None, due_at=due_at)))

    # Sending.

    async def _next(self, *, only_urgent: bool) -> Item | None:
        """The next message to send; None at the end."""
        while not self._is_ending:
            if (wait := self._breaker.wait_seconds()) > 0:
                await asyncio.sleep(min(wait, 0.2))
            elif (item := self.hand.take(only_urgent=only_urgent)) is not None:
                self._breaker.begin()
                self._on_their_way += 1
                return item
            else:
                await self.hand.wait(only_urgent=only_urgent)
        return None

    async def _deliver(self, item: Item) -> Result | None:
        """Send one message; None when it was not its turn after all."""
        if self._is_ending:  # The permit came too late.
            self._breaker.not_tried()
            return None
        unsent = self._settled_unsent(item)
        if unsent is not None:
            self._breaker.not_tried()
            return Result(mark=unsent)
        assert item.message is not None
        try:
            to = await self._recipient(item)
        except StoreUnavailable:
            # Not begun: first in line again when the store is back.
            self._breaker.not_tried()
            await asyncio.sleep(_STUCK_SECONDS)
            return None
        began = time.perf_counter()
        try:
            receipt = await self._channel.send(item.message, to)
        except ChannelError as error:
            return self._not_taken(item, error, _ms_since(began))
        # The edge of a loop: a channel with a bug in it must not stop the others, and nobody knows how far it came.
        except Exception as error:  # noqa: BLE001
            _log.exception("%s broke", self.name)
            unknown = ChannelError(Trouble.UNCERTAIN, phase="unknown", reply=type(error).__name__)
            return self._not_taken(item, unknown, _ms_since(began))
        return self._taken(item, item.message, receipt, _ms_since(began))

    def _settled_unsent(self, item: Item) -> Mark | None:
        """How a delivery ends that need not or cannot be sent, or waits on; None when it can go."""
        if item.message is None:
            return Mark(delivery=item.delivery, outcome=Outcome.FAILED, reason="not_written")
        if self._pace.refuses_words(item.message):
            return Mark(delivery=item.delivery, outcome=Outcome.FAILED, reason="content: refused for the others")
        if item.notice.state is NoticeState.CANCELLED:
            return Mark(delivery=item.delivery, outcome=Outcome.CANCELLED, reason="cancelled")
        now = self._habits.clock()
        if now >= item.delivery.useful_until:
            return Mark(delivery=item.delivery, outcome=Outcome.EXPIRED, reason=Reason.EXPIRED.value)
        if (until := self.hand.stopped_until(item, now)) is not None:
            return Mark(delivery=item.delivery, outcome=None, due_at=until)
        return None

    async def _recipient(self, item: Item) -> Recipient:
        delivery = item.delivery
        return Recipient(
            key=f"{delivery.notice_id}.{delivery.version}.{delivery.customer_id}",
            address=delivery.address,
            unsubscribe_url=self._habits.unsubscribe_url(delivery),
            token=self._habits.token(delivery),
            secret=delivery.secret,
            reply_to=await self._threads.opening(item.notice.subject_id) if self._threads else None,
            is_repeat=delivery.attempts > 0 or delivery.is_taken_over,
        )

    def _taken(self, item: Item, message: Message, receipt: Receipt, took_ms: float) -> Result:
        self._breaker.note_answer()
        self._pace.note_taken(item.delivery.address, message)
        attempt = Attempt(phase=receipt.phase, code=receipt.code, reply=receipt.reply, took_ms=took_ms)
        post = receipt.post
        if post is not None and self._threads is not None:
            self._threads.note(item.notice.subject_id, post)
        return Result(
            mark=Mark(
                delivery=item.delivery,
                outcome=Outcome.ACCEPTED,
                # Of a post, the evidence: where it stands.
                reason=(post.url or post.id)[:_REASON_CHARS] if post else "",
                post=post,
                sha256=digest(post.text) if post else message.sha256,
                language=message.language,
                attempt=attempt,
            ),
            lifts=self._suspect(item),
        )

    def _not_taken(self, item: Item, error: ChannelError, took_ms: float) -> Result | None:
        was_open = self._breaker.is_open
        has_closed = self._breaker.note(error.trouble)
        if has_closed:
            since = self._left_alone[0] if self._left_alone and was_open else self._habits.clock()
            self._left_alone = since, str(error)[:_REASON_CHARS]
            log = _log.error if error.trouble is Trouble.CONFIGURATION else _log.warning
            log("%s is left alone for a while: %s", self.name, error)
        if error.trouble in (Trouble.RELAY, Trouble.CONFIGURATION) and not self._is_ending:
            return self._untouched(item, error, has_closed=has_closed)
        decision = self._decision(item, error)
        if decision.is_uncertain:
            _log.warning("perhaps sent, will be repeated: notice %s on %s", item.notice.id, self.name)
        attempt = Attempt(phase=error.phase, code=error.code, reply=error.reply, took_ms=took_ms)
        reason = f"{error.trouble}: {error.code} {error.reply}"[:_REASON_CHARS].rstrip(": ")
        return Result(
            mark=Mark(
                delivery=item.delivery,
                outcome=decision.outcome,
                reason=reason if decision.outcome is not None else "",
                language=item.message.language if item.message else "",
                due_at=decision.due_at,
                is_uncertain=decision.is_uncertain,
                attempt=attempt if decision.counts else None,
            ),
            blocks_address=decision.blocks_address,
            slowing=self._slowing(item, error),
        )

    def _untouched(self, item: Item, error: ChannelError, *, has_closed: bool) -> Result | None:
        """None: first in line again. While the channel is left alone nothing stays in hand: it may be cancelled."""
        if not self._breaker.is_open:
            return None
        wait = timedelta(seconds=self._breaker.wait_seconds())
        return Result(
            mark=Mark(delivery=item.delivery, outcome=None, due_at=self._habits.clock() + wait),
            slowing=self._pace.away(error, wait) if has_closed else None,
        )

    def _slowing(self, item: Item, error: ChannelError) -> Slowing | None:
        """What an answer says about our pace; and whether these words are said to anybody else."""
        if error.trouble is Trouble.CONTENT and item.message and self._pace.note_words_refused(item.message):
            _log.error(
                "notice %s goes to nobody else on %s: its words are refused: %s", item.notice.id, self.name, error
            )
        address = item.delivery.address
        slowing = self._pace.slowing(error, address, is_suspect=self._suspect(item) is not None)
        if slowing is not None:
            log = _log.error if slowing.why is Why.REFUSED else _log.warning
            log("%s slows down to %s: %s", self.name, slowing.operator or "everybody", error)
        return slowing

    def _suspect(self, item: Item) -> str | None:
        """Whose stop for refusing us an answer to this item ends or prolongs; None where there is none."""
        if not self.hand.is_limited:
            return None
        for operator in (self._pace.operator(item.delivery.address), ""):
            throttle = None if operator is None else self.hand.throttle(operator)
            if throttle is not None and throttle.why is Why.REFUSED and throttle.rate_per_second is not None:
                return operator
        return None

    def _decision(self, item: Item, error: ChannelError) -> Decision:
        case = Case(
            trouble=error.trouble,
            attempts=item.delivery.attempts + 1,
            now=self._habits.clock(),
            useful_until=item.delivery.useful_until,
            is_mandatory=item.notice.category is Category.MANDATORY_SERVICE,
            was_uncertain=item.delivery.is_uncertain,
            retry_after=error.retry_after,
        )
        return decide(case, self._habits.chance)


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000

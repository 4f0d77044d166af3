"""How fast a far side takes what we send: what the settings allow, and what it taught us. All of it arithmetic.

One throttle is a channel's as a whole, or one mail operator's on it. Its bucket is a moment: when the next message has
its turn. A far side that asks us to slow down halves rate and concurrency; each clean minute gives a tenth back, until
nothing is left to give back. After "421" and its like nothing goes there for a minute, and for twice as long each time
that it says so again before a clean minute has passed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from records.operators import operator_of

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
#: What was not used in the last second may leave at once.
BURST = _SECOND
FIRST_HOLD = _MINUTE
LONGEST_HOLD = timedelta(minutes=30)
#: Asked to slow down by several connections in one breath, we slow down once.
ONE_BREATH = timedelta(seconds=10)
GIVEN_BACK = 1.1
SLOWEST_PER_SECOND = 0.1
#: A far side without a limit so far is taken to have borne at least this much.
LEAST_USUAL_PER_SECOND = 10.0
#: Nothing is booked for longer: by then the rate may be another.
LONGEST_BOOKING = timedelta(minutes=5)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Why(StrEnum):
    """What slowed us down."""

    #: 421, or 429: leave us alone for a while.
    BUSY = "busy"
    #: 4.7.x, 4.4.5 or words about a rate: not so fast.
    RATE = "rate"
    #: They refuse us time and again (5.7.x).
    REFUSED = "refused"
    #: Nobody answers, or our login is refused.
    AWAY = "away"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the settings allow; None: no limit."""

    rate_per_second: float | None = None
    #: Messages on their way at once, from all notifiers together.
    concurrency: int | None = None

    @property
    def limits_anything(self) -> bool:
        """Whether it is a limit at all."""
        return self.rate_per_second is not None or self.concurrency is not None


NO_LIMIT = Limit()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """All limits of the settings for one channel."""

    #: The channel whose bucket it shares: one relay carries customers' mail and subscribers'.
    bucket: str
    channel: Limit = NO_LIMIT
    #: By operator.
    operators: Mapping[str, Limit] = field(default_factory=dict)
    #: Operators of domains whose own name does not tell.
    hosted: Mapping[str, str] = field(default_factory=dict)

    def of(self, operator: str) -> Limit:
        """An operator's, or the channel's own where it is empty."""
        return self.operators.get(operator, NO_LIMIT) if operator else self.channel

    def operator_of(self, address: str | None) -> str:
        """Who runs the mailbox of an address."""
        domain = (address or "").rpartition("@")[2]
        if self.hosted and (hosted := self.hosted.get(domain.lower())) is not None:
            return hosted
        return operator_of(domain)


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """How it stands with one far side."""

    channel: str
    #: Empty: the channel as a whole.
    operator: str = ""
    #: Learned; None: nothing was, only the settings limit it.
    rate_per_second: float | None = None
    #: The rate that is given back at last, and with it the limit is forgotten.
    usual_per_second: float | None = None
    #: Learned. Not a whole number, since tenths are given back.
    concurrency: float | None = None
    #: When the next message has its turn; in the past: at once.
    next_at: datetime = _LONG_AGO
    #: Turns up to here are given to deliveries that were put off.
    booked_until: datetime = _LONG_AGO
    #: Nothing goes there before.
    held_until: datetime = _LONG_AGO
    #: How long the last hold was.
    hold: timedelta = timedelta()
    #: When it last asked us to slow down.
    slowed_at: datetime = _LONG_AGO
    #: Since when minutes are counted that may give something back.
    raised_at: datetime = _LONG_AGO
    why: Why | None = None
    #: Its own words, without addresses.
    said: str = ""

    def is_held(self, now: datetime) -> bool:
        """Whether nothing goes there now."""
        return self.held_until > now

    def is_idle(self, now: datetime) -> bool:
        """Whether it limits nothing and has nothing to remember."""
        is_past = now - max(self.held_until, self.slowed_at) > _MINUTE
        return self.rate_per_second is None and not self.hold and is_past

    def rate(self, limit: Limit) -> float | None:
        """Messages a second at most; None: no limit."""
        known = [each for each in (self.rate_per_second, limit.rate_per_second) if each is not None]
        return min(known, default=None)

    def at_once(self, limit: Limit, sharers: int = 1) -> int | None:
        """Messages on their way at most from one of so many notifiers, one at least; None: no limit."""
        known = [int(each) for each in (self.concurrency, limit.concurrency) if each is not None]
        return max(1, min(known) // sharers) if known else None


def risen(throttle: Throttle, limit: Limit, now: datetime) -> Throttle:
    """A tenth more for each clean minute, until it is as it was.

    Worked example: 50 a second, three clean minutes later: 50 * 1.1 ** 3 = 66.5 a second.
    """
    minutes = (now - throttle.raised_at) // _MINUTE
    if minutes < 1 or (throttle.rate_per_second is None and not throttle.hold):
        return throttle
    # More minutes would change nothing, and great powers are no numbers any more.
    more = GIVEN_BACK ** min(minutes, 1_000)
    throttle = replace(throttle, hold=timedelta(), raised_at=throttle.raised_at + minutes * _MINUTE)
    if throttle.rate_per_second is None:
        return throttle
    usual = limit.rate_per_second or throttle.usual_per_second or 0.0
    if throttle.rate_per_second * more >= usual:
        return replace(throttle, rate_per_second=None, usual_per_second=None, concurrency=None)
    concurrency = None if throttle.concurrency is None else throttle.concurrency * more
    return replace(throttle, rate_per_second=throttle.rate_per_second * more, concurrency=concurrency)


@dataclass(frozen=True, kw_only=True)
class Slowing:
    """What a far side did to us, as one notifier saw it."""

    channel: str
    operator: str
    why: Why
    #: What we sent there a second lately.
    observed_per_second: float = 0.0
    #: How many messages the channel sends at once.
    concurrency: int = 1
    #: How long it asked us to wait, or we decided to.
    wait: timedelta | None = None
    said: str = ""


def slowed(throttle: Throttle, limit: Limit, slowing: Slowing, now: datetime) -> Throttle:
    """Half the rate and half the concurrency, once in a breath; and nothing at all for a while where it says so."""
    is_new = not throttle.is_held(now) and now - throttle.slowed_at >= ONE_BREATH
    if is_new and slowing.why is not Why.AWAY:
        throttle = _halved(throttle, limit, slowing)
    if is_new:
        throttle = replace(throttle, slowed_at=now, why=slowing.why, said=slowing.said)
    hold = _hold(throttle, slowing) if is_new else timedelta()
    until = max(throttle.held_until, now + max(hold, slowing.wait or timedelta()))
    return replace(
        throttle,
        hold=hold or throttle.hold,
        held_until=until,
        next_at=max(throttle.next_at, until) if until > now else throttle.next_at,
        raised_at=max(throttle.raised_at, throttle.slowed_at, until),
    )


def _halved(throttle: Throttle, limit: Limit, slowing: Slowing) -> Throttle:
    seen = max(slowing.observed_per_second, LEAST_USUAL_PER_SECOND)
    now_allowed = throttle.rate(limit)
    rate = seen if now_allowed is None else min(now_allowed, seen)
    at_once = throttle.concurrency or limit.concurrency or slowing.concurrency
    # Who refuses us is asked with one message now and then; the first that is taken lifts it, see `lifted`.
    is_refused = slowing.why is Why.REFUSED
    return replace(
        throttle,
        rate_per_second=SLOWEST_PER_SECOND if is_refused else max(rate / 2, SLOWEST_PER_SECOND),
        usual_per_second=throttle.usual_per_second or rate,
        concurrency=1.0 if is_refused else max(at_once / 2, 1.0),
    )


def lifted(throttle: Throttle) -> Throttle:
    """As if it had never been slowed; a limit of the settings goes on from where it was."""
    return Throttle(channel=throttle.channel, operator=throttle.operator, booked_until=throttle.booked_until)


def _hold(throttle: Throttle, slowing: Slowing) -> timedelta:
    """A minute, or twice as long as the last time if no clean minute has passed since."""
    if slowing.why is not Why.BUSY or slowing.wait is not None:
        return timedelta()
    return min(throttle.hold * 2, LONGEST_HOLD) if throttle.hold else FIRST_HOLD


def turns(throttle: Throttle, limit: Limit, now: datetime, most: int, ahead: timedelta) -> int:
    """How many of `most` have their turn until `ahead` from now."""
    if throttle.is_held(now):
        return 0
    rate = throttle.rate(limit)
    if rate is None:
        return most
    left = now + ahead - _first_turn(throttle, now)
    return max(0, min(most, math.floor(left / _SECOND * rate) + 1)) if left >= timedelta() else 0


def taken(throttle: Throttle, limit: Limit, now: datetime, count: int) -> Throttle:
    """With so many turns gone."""
    rate = throttle.rate(limit)
    if rate is None or count == 0:
        return throttle
    return replace(throttle, next_at=_first_turn(throttle, now) + _SECOND * (count / rate))


def _first_turn(throttle: Throttle, now: datetime) -> datetime:
    return max(throttle.next_at, now - BURST)


def booked(
    throttle: Throttle, limit: Limit, now: datetime, count: int, *, is_urgent: bool
) -> tuple[Throttle, list[datetime]]:
    """When so many that have no turn now should come again; urgent ones do not queue behind what is booked."""
    begin = max(now, throttle.next_at, throttle.held_until)
    if not is_urgent:
        begin = max(begin, throttle.booked_until)
    # Where only what is on its way is limited, a message is taken to need a tenth of a second.
    rate = throttle.rate(limit) or LEAST_USUAL_PER_SECOND * (throttle.at_once(limit) or 1)
    # What would have its turn later comes within the last half of the longest time, to be asked again then.
    last = max(now, throttle.held_until) + LONGEST_BOOKING
    spread = LONGEST_BOOKING / 2 / max(1, count)
    wanted = [begin + _SECOND * (number / rate) for number in range(count)]
    times = [at if at <= last else last - spread * number for number, at in enumerate(wanted)]
    if is_urgent or not wanted:
        return throttle, times
    return replace(throttle, booked_until=min(wanted[-1] + _SECOND / rate, last)), times

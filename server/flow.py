"""How soon people hear, what waits, and what stands in the way: read at one moment, for everybody who shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.crm import Standing
from records.handover import HandOver
from records.store import alarms, crm, handovers, outbox, throttles
from records.store.alarms import ChannelTrouble
from records.store.engine import Store
from records.throttles import NO_LIMIT, Limit, Throttle, Why
from server.config import Settings
from server.pacing import limits_of

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
#: Notifiers say so often how their channels are; what is older is of a process that is gone.
_HEARD = timedelta(seconds=30)
_WHY = {
    Why.BUSY: "asked us to wait",
    Why.RATE: "asked for less",
    Why.REFUSED: "refuses us",
    Why.AWAY: "does not answer",
}


@dataclass(frozen=True, kw_only=True)
class Soon:
    """How soon one channel handed over what one lane has."""

    channel: str
    lane: str
    #: None: nothing in the last day.
    day: HandOver | None
    week: HandOver


@dataclass(frozen=True, kw_only=True)
class Slow:
    """One far side that is slowed down or left alone, beyond what the settings say."""

    channel: str
    #: Empty: everybody on the channel.
    operator: str
    #: None when only the settings limit it.
    why: Why | None
    said: str
    per_second: float | None
    at_once: int | None
    held_until: datetime | None

    @property
    def why_in_words(self) -> str:
        """Empty when only the settings limit it."""
        return _WHY[self.why] if self.why else ""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """All of it."""

    soon: Sequence[Soon]
    #: Per channel how many deliveries are not settled, and since when the oldest is there.
    depth: Mapping[str, tuple[int, datetime | None]]
    #: Channels that are left alone for a while.
    troubles: Mapping[str, ChannelTrouble]
    slow: Sequence[Slow]
    #: None without a system of customer records.
    crm: Standing | None


def flow(store: Store, settings: Settings, now: datetime) -> Flow:
    """How it stands now."""
    with store.view():
        week, day = handovers.since(store, now - _WEEK), handovers.since(store, now - _DAY)
        return Flow(
            soon=_soon(week, day),
            depth=dict(sorted(outbox.queue_depth(store).items())),
            troubles={one.channel: one for one in alarms.troubles(store, now - _HEARD)},
            slow=_slow_now(store, settings, now),
            crm=crm.standing(store),
        )


def _soon(week: Sequence[HandOver], day: Sequence[HandOver]) -> list[Soon]:
    today = {(one.channel, one.lane): one for one in day}
    return [
        Soon(channel=one.channel, lane=one.lane.value, day=today.get((one.channel, one.lane)), week=one) for one in week
    ]


def _slow_now(store: Store, settings: Settings, now: datetime) -> list[Slow]:
    by_bucket = {each.bucket: each for each in limits_of(settings).values()}
    return [
        _slow(each, by_bucket[each.channel].of(each.operator) if each.channel in by_bucket else NO_LIMIT, now)
        for each in throttles.all_throttles(store, now)
        if each.rate_per_second is not None or each.is_held(now)
    ]


def _slow(throttle: Throttle, limit: Limit, now: datetime) -> Slow:
    return Slow(
        channel=throttle.channel,
        operator=throttle.operator,
        why=throttle.why,
        said=throttle.said,
        per_second=throttle.rate(limit),
        at_once=throttle.at_once(limit),
        held_until=throttle.held_until if throttle.is_held(now) else None,
    )

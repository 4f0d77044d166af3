"""A claim that keeps to the pace of the far side: what has no turn yet is put off to when it has one, all in one step.

The buckets are asked once for a whole claim, in its own transaction; a channel that nothing limits costs one more look.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.notices import Delivery, Lane
from records.store import meta, throttles
from records.store.claims import take
from records.store.engine import Store
from records.throttles import Limits, Throttle, booked, taken, turns
from records.times import to_ms

_OTHERS = tuple(lane for lane in Lane if lane is not Lane.URGENT)
#: A notifier that was silent for longer takes no part.
_ALIVE = timedelta(seconds=20)
#: An operator with a limit of messages at once gets so many times that many into the hand.
_HANDFULS = 2


@dataclass(frozen=True, kw_only=True)
class Pull:
    """One notifier's claim of one channel."""

    channel: str
    now: datetime
    lease: timedelta
    most: int
    limits: Limits
    #: How far ahead turns are given out.
    ahead: timedelta
    #: What it has in hand already, by operator.
    in_hand: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What a claim gave."""

    deliveries: list[Delivery]
    #: Whether anything was due, even if all of it was put off.
    has_found: bool
    #: What limits the channel, by operator; empty: the channel as a whole.
    throttles: Mapping[str, Throttle]
    #: When there is a turn again; None: there is no need to wait.
    again_at: datetime | None
    #: How many notifiers share what may be on its way at once.
    sharers: int


def pull(store: Store, ask: Pull) -> Pulled:
    """Claim what may leave now or soon, urgent ones first."""
    with store.tx():
        found = throttles.locked(store, ask.limits, ask.now)
        whole = found.get("")
        room = ask.most if whole is None else turns(whole, ask.limits.channel, ask.now, ask.most, ask.ahead)
        sharers = max(1, meta.alive(store, "notifier", ask.now - _ALIVE)) if found.keys() - {""} else 1
        work = _Work(store, ask, found, sharers)
        deliveries = work.of_lanes((Lane.URGENT,), room)
        deliveries += work.of_lanes(_OTHERS, room - len(deliveries))
        if whole is not None:
            found[""] = taken(whole, ask.limits.channel, ask.now, len(deliveries))
        work.keep()
    return Pulled(
        deliveries=deliveries,
        has_found=work.has_found,
        throttles=found,
        again_at=_again_at(found.get(""), ask),
        sharers=sharers,
    )


def _again_at(whole: Throttle | None, ask: Pull) -> datetime | None:
    if whole is None:
        return None
    at = max(whole.held_until, whole.next_at - ask.ahead)
    return at if at > ask.now else None


class _Work:
    """One claim's use of the operators' buckets."""

    def __init__(self, store: Store, ask: Pull, found: dict[str, Throttle], sharers: int) -> None:
        self._store = store
        self._ask = ask
        self._found = found
        self._sharers = sharers
        self._before = dict(found)
        self._in_hand = dict(ask.in_hand)
        self.has_found = False

    def of_lanes(self, lanes: Sequence[Lane], most: int) -> list[Delivery]:
        """Claim from these lanes; what has no turn is put off."""
        if most < 1:
            return []
        ask = self._ask
        claimed = take(self._store, ask.channel, ask.now, lease=ask.lease, limit=most, lanes=lanes)
        self.has_found = self.has_found or bool(claimed)
        if not self._found.keys() - {""}:
            return claimed
        waiting: dict[str, list[Delivery]] = defaultdict(list)
        for each in claimed:
            if each.address and (operator := ask.limits.operator_of(each.address)) in self._found:
                waiting[operator].append(each)
        late = [pair for each in waiting for pair in self._without_turn(each, waiting[each], lanes[0] is Lane.URGENT)]
        if not late:
            return claimed
        put_off(self._store, late)
        gone = {id(delivery) for delivery, _ in late}
        return [each for each in claimed if id(each) not in gone]

    def _without_turn(self, operator: str, waiting: list[Delivery], is_urgent: bool) -> list[tuple[Delivery, datetime]]:
        """Those of one operator that have to come again, and when."""
        throttle, limit, now = self._found[operator], self._ask.limits.of(operator), self._ask.now
        room = turns(throttle, limit, now, len(waiting), self._ask.ahead)
        if (at_once := throttle.at_once(limit, self._sharers)) is not None:
            room = max(0, min(room, _HANDFULS * at_once - self._in_hand.get(operator, 0)))
        self._in_hand[operator] = self._in_hand.get(operator, 0) + room
        throttle = taken(throttle, limit, now, room)
        late = waiting[room:]
        self._found[operator], times = booked(throttle, limit, now, len(late), is_urgent=is_urgent)
        return list(zip(late, times, strict=True))

    def keep(self) -> None:
        """Write down which turns are gone."""
        for operator, throttle in self._found.items():
            if throttle != self._before[operator]:
                throttles.keep(self._store, throttle)


_PUT_OFF = """
WITH late (notice_id, version, customer_id, channel, lease, due_at) AS ({rows})
UPDATE deliveries SET due_at = late.due_at, lease = 0 FROM late
WHERE deliveries.notice_id = late.notice_id AND deliveries.version = late.version
    AND deliveries.customer_id = late.customer_id AND deliveries.channel = late.channel
    AND deliveries.lease = late.lease
"""


def put_off(store: Store, late: Sequence[tuple[Delivery, datetime]]) -> None:
    """In the transaction that claimed them: nothing was tried, and they come again each at its time."""
    rows = [
        (each.notice_id, each.version, each.customer_id, each.channel, each.lease, to_ms(due_at))
        for each, due_at in late
    ]
    store.together(_PUT_OFF, rows)

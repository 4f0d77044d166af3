"""How fast each far side takes what we send, in the store: so a restart forgets nothing, and processes share it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from records.store.engine import Row, Store
from records.throttles import Limits, Slowing, Throttle, Why, lifted, risen, slowed, taken, turns
from records.times import from_ms, to_ms

_MILLISECOND = timedelta(milliseconds=1)


def locked(store: Store, limits: Limits, now: datetime, *, also: Iterable[str] = ()) -> dict[str, Throttle]:
    """Inside a transaction: a channel's throttles by operator, as they are now, held against every other process.

    Those that the settings limit are there always, as are `also`.
    """
    found = _locked(store, limits.bucket)
    wanted = {each for each in limits.operators if limits.of(each).limits_anything} | set(also)
    if limits.channel.rate_per_second is not None:
        wanted.add("")
    if missing := wanted - found.keys():
        for operator in sorted(missing):
            _put(store, Throttle(channel=limits.bucket, operator=operator), is_new=True)
        found = _locked(store, limits.bucket)
    for operator, throttle in found.items():
        found[operator] = now_is = risen(throttle, limits.of(operator), now)
        if operator not in wanted and now_is.is_idle(now):
            _drop(store, throttle)
        elif now_is != throttle:
            keep(store, now_is)
    return {each: found[each] for each in found if each in wanted or not found[each].is_idle(now)}


def _locked(store: Store, channel: str) -> dict[str, Throttle]:
    # One order for all, so that nobody waits for one who waits for them.
    sql = "SELECT * FROM throttles WHERE channel = :channel ORDER BY operator {for_update}"
    return {row["operator"]: _throttle(row) for row in store.rows(sql, channel=channel)}


def slow(store: Store, limits: Limits, slowing: Slowing, now: datetime) -> Throttle:
    """Inside a transaction: a far side asked us to slow down, or we left it alone. How it stands now."""
    before = locked(store, limits, now, also=(slowing.operator,))[slowing.operator]
    after = slowed(before, limits.of(slowing.operator), slowing, now)
    keep(store, after)
    return after


def lift(store: Store, channel: str, operator: str) -> bool:
    """Go on at once as if nothing had been: a person said so, or the far side took something. False: nothing was."""
    with store.tx():
        before = _locked(store, channel).get(operator)
        if before is None:
            return False
        keep(store, lifted(before))
        store.wake()
    return True


def turn(store: Store, limits: Limits, now: datetime) -> timedelta:
    """One turn of a channel as a whole is taken, if it has come; else how long it will be."""
    with store.tx():
        throttle = locked(store, limits, now).get("")
        if throttle is None:
            return timedelta()
        if not turns(throttle, limits.channel, now, 1, timedelta()):
            return max(throttle.next_at, throttle.held_until) - now
        keep(store, taken(throttle, limits.channel, now, 1))
    return timedelta()


def all_throttles(store: Store, now: datetime) -> list[Throttle]:
    """Those that limit something beyond the settings, or did a minute ago."""
    found = [_throttle(row) for row in store.rows("SELECT * FROM throttles ORDER BY channel, operator")]
    return [each for each in found if not each.is_idle(now)]


def keep(store: Store, throttle: Throttle) -> None:
    """Inside a transaction: it stands so now."""
    _put(store, throttle, is_new=False)


_COLUMNS = (
    "rate", "usual_rate", "concurrency", "next_at", "booked_until", "held_until", "hold_ms", "slowed_at", "raised_at",
    "why", "said",
)  # fmt: skip
_NEWER = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)


def _put(store: Store, throttle: Throttle, *, is_new: bool) -> None:
    names = ("channel", "operator", *_COLUMNS)
    store.run(
        f"""
        INSERT INTO throttles ({", ".join(names)}) VALUES ({", ".join(f":{name}" for name in names)})
        ON CONFLICT (channel, operator) DO {"NOTHING" if is_new else f"UPDATE SET {_NEWER}"}
        """,
        channel=throttle.channel,
        operator=throttle.operator,
        rate=throttle.rate_per_second,
        usual_rate=throttle.usual_per_second,
        concurrency=throttle.concurrency,
        # Up to the next millisecond: a turn that comes sooner than it should is one too many.
        next_at=to_ms(throttle.next_at + _MILLISECOND - timedelta.resolution),
        booked_until=to_ms(throttle.booked_until),
        held_until=to_ms(throttle.held_until),
        hold_ms=throttle.hold // _MILLISECOND,
        slowed_at=to_ms(throttle.slowed_at),
        raised_at=to_ms(throttle.raised_at),
        why=throttle.why.value if throttle.why else "",
        said=throttle.said[:500],
    )


def _drop(store: Store, throttle: Throttle) -> None:
    store.run(
        "DELETE FROM throttles WHERE channel = :channel AND operator = :operator",
        channel=throttle.channel,
        operator=throttle.operator,
    )


def _throttle(row: Row) -> Throttle:
    return Throttle(
        channel=row["channel"],
        operator=row["operator"],
        rate_per_second=row["rate"],
        usual_per_second=row["usual_rate"],
        concurrency=row["concurrency"],
        next_at=from_ms(row["next_at"]),
        booked_until=from_ms(row["booked_until"]),
        held_until=from_ms(row["held_until"]),
        hold=row["hold_ms"] * _MILLISECOND,
        slowed_at=from_ms(row["slowed_at"]),
        raised_at=from_ms(row["raised_at"]),
        why=Why(row["why"]) if row["why"] else None,
        said=row["said"],
    )

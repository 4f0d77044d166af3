"""When the database's clock is set back: what waits for a moment, or is held until one, must not wait for hours.

Forward it needs nothing: what fell due too early is done too early, and a lease that ended is taken by somebody else.
"""

from datetime import timedelta

from records.notices import Because
from records.store import meta
from records.store.engine import Store

_LATEST = "latest_moment"
#: Clocks of machines that are kept right differ by less.
_TOLERANCE_MS = 5_000

#: Everything whose time was reckoned from the clock as it was. What waits for the end of somebody's night keeps its
#: hour.
_WAITING = (
    f"""
    UPDATE deliveries SET due_at = due_at - :step
    WHERE due_at > :now AND (lease <> 0 OR attempts > 0 OR because NOT LIKE '%{Because.QUIET_HOURS.value}%')
    """,
    *(
        f"UPDATE {table} SET due_at = due_at - :step WHERE due_at > :now"
        for table in ("letters", "receivers", "trials", "alarm_calls", "crm")
    ),
    "UPDATE leases SET until = until - :step WHERE until > :now",
    *(
        # A far side that asked for half an hour must not be left alone for half a day.
        f"UPDATE throttles SET {moment} = {moment} - :step WHERE {moment} > :now"
        for moment in ("next_at", "booked_until", "held_until", "slowed_at", "raised_at")
    ),
)


def follow_the_clock(store: Store, now_ms: int) -> timedelta:
    """Say what time it is. If it was later already, move what waits by as much; returns how far the clock went back.

    Called every few seconds by whoever works on the queue; one of several puts it right.
    """
    with store.tx():
        found = store.row("SELECT content FROM meta WHERE name = :name {for_update}", name=_LATEST)
        step = int(found["content"]) - now_ms if found is not None else 0
        if 0 <= step <= _TOLERANCE_MS and found is not None:
            return timedelta(0)
        meta.write(store, _LATEST, str(now_ms))
        if step <= 0:
            return timedelta(0)
        for statement in _WAITING:
            store.run(statement, step=step, now=now_ms)
    return timedelta(milliseconds=step)

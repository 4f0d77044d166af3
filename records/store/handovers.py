"""How soon deliveries are handed over, added up as they are settled: nobody reads the ledger to tell it."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from records.handover import STEPS_SECONDS, HandOver, added, step_of
from records.notices import Delivery, Lane, Reason
from records.quick import quick
from records.store.engine import Store
from records.times import from_ms, to_ms

KEPT = timedelta(days=35)
_EVER = 0
_NOTHING_CAME_OF_IT = -1
_HOUR_MS = 3_600_000
#: As many as processes are likely to be; two with the same one only wait for each other now and then.
_SHARD = os.getpid() % 32
_MILLISECOND = timedelta(milliseconds=1)


@quick
class Moved:
    """One delivery that was settled or put off."""

    delivery: Delivery
    #: Whether the far side took it.
    is_accepted: bool


def note(store: Store, moved: Sequence[Moved], now: datetime) -> None:
    """Inside the transaction that settles them."""
    if not moved:
        return
    begun = _begun(store, {one.delivery.notice_id for one in moved})
    at = to_ms(now)
    sums: dict[tuple[int, str, int, int], list[int]] = {}
    # Those of one chunk of one notice went the same way; a group has few of them.
    ways = Counter(
        (one.delivery.notice_id, one.delivery.channel, one.delivery.created_at, one.delivery.because, one.is_accepted)
        for one in moved
    )
    for (notice_id, channel, created_at, because, is_accepted), count in ways.items():
        lane, decided_at, fanned_out_at = begun.get(notice_id, (Lane.NORMAL.rank, at, None))
        start = _start(created_at, because, decided_at, fanned_out_at)
        step = _NOTHING_CAME_OF_IT
        took_ms = 0
        if is_accepted and start is not None:
            took_ms = max(0, at - start)
            step = step_of(took_ms * _MILLISECOND)
        for hour in (_EVER, at // _HOUR_MS):
            kept = sums.setdefault((hour, channel, lane, step), [0, 0])
            kept[0] += count
            kept[1] += took_ms * count
    store.together(
        _ADD,
        # In one order for all, so that nobody waits in a circle.
        [(*key, _SHARD, total, sum_ms, at) for key, (total, sum_ms) in sorted(sums.items())],
    )


_ADD = """
INSERT INTO handovers (hour, channel, lane, step, shard, total, sum_ms, last_at)
{rows}
ON CONFLICT (hour, channel, lane, step, shard) DO UPDATE SET total = handovers.total + excluded.total,
    sum_ms = handovers.sum_ms + excluded.sum_ms, last_at = excluded.last_at
"""


def _begun(store: Store, notice_ids: set[str]) -> dict[str, tuple[int, int, int | None]]:
    """Lane of each notice, when it was let go, and when all were queued."""
    marks = {f"n{index}": each for index, each in enumerate(sorted(notice_ids))}
    found = store.rows(
        f"""
        SELECT n.id, n.lane, f.decided_at, n.fanned_out_at FROM notices n JOIN fanouts f ON f.notice_id = n.id
        WHERE n.id IN ({", ".join(f":{name}" for name in marks)})
        """,
        **marks,
    )
    return {row["id"]: (row["lane"], row["decided_at"], row["fanned_out_at"]) for row in found}


def _start(queued: datetime, because: str, decided_at: int, fanned_out_at: int | None) -> int | None:
    """From when on its time counts; None where the customer's own night was waited for."""
    if Reason.QUIET_HOURS.value in because.split(","):
        return None
    queued_at = to_ms(queued)
    # Whoever came into the audience later heard as soon as that could be.
    return queued_at if fanned_out_at is not None and queued_at > fanned_out_at else decided_at


def since(store: Store, start: datetime) -> list[HandOver]:
    """How each channel did for each lane since the hour of `start`."""
    return _sum(store, first=to_ms(start) // _HOUR_MS, last=1 << 40)


def ever(store: Store) -> list[HandOver]:
    """The same since ever: numbers that only grow, for `/metrics`."""
    return _sum(store, first=_EVER, last=_EVER)


def _sum(store: Store, *, first: int, last: int) -> list[HandOver]:
    found = store.rows(
        """
        SELECT channel, lane, step, sum(total) AS total, sum(sum_ms) AS sum_ms FROM handovers
        WHERE hour >= :first AND hour <= :last AND step >= 0 GROUP BY channel, lane, step
        """,
        first=first,
        last=last,
    )
    lanes = list(Lane)
    return added(
        [
            (row["channel"], lanes[row["lane"]], min(row["step"], len(STEPS_SECONDS)), int(row["total"]),
             int(row["sum_ms"]))
            for row in found
        ]
    )  # fmt: skip


def last_moves(store: Store) -> dict[str, datetime]:
    """When each channel last settled or tried anything."""
    found = store.rows("SELECT channel, max(last_at) AS at FROM handovers WHERE hour = 0 GROUP BY channel")
    return {row["channel"]: from_ms(row["at"]) for row in found}


def forget(store: Store, before: datetime) -> int:
    """Let hours before that go; the sums since ever stay. Returns how many rows."""
    return store.run("DELETE FROM handovers WHERE hour > 0 AND hour < :hour", hour=to_ms(before) // _HOUR_MS)

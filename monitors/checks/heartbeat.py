"""Look for a sign of life from a job that reports by itself."""

import time
from datetime import datetime

from monitors.checks.target import Target, Tools
from records.observations import Observation, Seen


async def look(target: Target, tools: Tools) -> Observation:
    """Compares the age of the last beat with the grace given."""
    beat = await tools.inbox.last_beat(target.monitor) if tools.inbox is not None else None
    return judge_beat(target, beat, tools.now())


def judge_beat(target: Target, beat: datetime | None, now: datetime) -> Observation:
    """What the last beat tells at `now`. A job that never reported is unknown: it may not be wired up yet."""
    if beat is None:
        return _observation(target, now, Seen.UNSUPPORTED, "no beat has come yet")
    age_seconds = max((now - beat).total_seconds(), 0.0)
    late = age_seconds > target.grace_seconds
    note = f"the last beat came {age_seconds:.0f} s ago" if late else ""
    return _observation(target, now, Seen.OK, note, beat_age_seconds=round(age_seconds, 3), late=late)


def _observation(target: Target, now: datetime, seen: Seen, note: str, **facts: float | bool) -> Observation:
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=now,
        at_monotonic=time.monotonic(),
        seen=seen,
        note=note,
        facts={**facts},
    )

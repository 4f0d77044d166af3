"""Say what one look at a service means. Pure."""

from monitors.conclude import Conclusion, monitoring_degraded
from monitors.settings import ServiceMonitor
from monitors.wishes import SECOND_HAND, Level, Limits
from records.components import Cause, Status
from records.observations import TELLS_NOTHING, Observation, Seen
from records.verdicts import VerdictKind


def conclude_service(monitor: ServiceMonitor, seen: Observation) -> Conclusion:
    """The conclusion from one look. One vantage point is one signal: never corroborated when something is wrong."""
    if seen.seen in TELLS_NOTHING:
        return monitoring_degraded(seen.note, directions=(None,))
    if seen.seen is not Seen.OK:
        blind = isinstance(monitor.wish, SECOND_HAND)
        return monitoring_degraded(seen.note, directions=(None,)) if blind else _down(seen.note)
    level, why = _gravest(monitor.limits, seen)
    if level is Level.DOWN:
        return _down(why)
    if seen.facts.get("late") is True:
        return _trouble(VerdictKind.SILENT, Status.DEGRADED, seen.note)
    if level is Level.DEGRADED:
        return _trouble(VerdictKind.SERVICE_IMPAIRED, Status.DEGRADED, why)
    slow_ms = monitor.expect.slow_ms
    if slow_ms is not None and seen.latency_ms is not None and seen.latency_ms > slow_ms:
        return _trouble(VerdictKind.SERVICE_SLOW, Status.DEGRADED, f"it took {seen.latency_ms:.0f} ms to answer")
    return _clear(seen, why)


def _gravest(limits: Limits, seen: Observation) -> tuple[Level | None, str]:
    """The gravest of what was measured and what was reported, and why; None when nothing is wrong."""
    reported = _reported(seen)
    value = seen.facts.get(limits.fact)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return reported
    for level, limit in ((Level.DOWN, limits.down), (Level.DEGRADED, limits.degraded), (Level.TOLD, limits.told)):
        broken = limit.broken_by(value)
        if broken is not None and _is_graver(level, reported[0]):
            return level, f"{limits.name} is {value:g}, {broken}"
    return reported


def _reported(seen: Observation) -> tuple[Level | None, str]:
    """What whoever reports by itself says of its own state."""
    level = seen.facts.get("level")
    return (Level(level), seen.note) if isinstance(level, str) else (None, seen.note)


def _is_graver(level: Level, than: Level | None) -> bool:
    order = list(Level)
    return than is None or order.index(level) > order.index(than)


def _clear(seen: Observation, why: str) -> Conclusion:
    usual = "it reports in time" if "beat_age_seconds" in seen.facts else "it answers as expected"
    return Conclusion(
        kind=VerdictKind.OPERATIONAL,
        statuses={None: Status.OPERATIONAL},
        corroborated=True,
        cause=Cause.OPERATIONAL,
        reasoning=why or usual,
    )


def _down(reasoning: str) -> Conclusion:
    return _trouble(VerdictKind.SERVICE_DOWN, Status.MAJOR_OUTAGE, reasoning)


def _trouble(kind: VerdictKind, status: Status, reasoning: str) -> Conclusion:
    return Conclusion(
        kind=kind, statuses={None: status}, corroborated=False, cause=Cause.OPERATIONAL, reasoning=reasoning
    )

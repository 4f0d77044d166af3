"""Say what one look at a service means. Pure."""

from monitors.conclude import Conclusion, monitoring_degraded
from monitors.settings import ServiceMonitor
from records.components import Cause, Status
from records.observations import TELLS_NOTHING, Observation, Seen
from records.verdicts import VerdictKind


def conclude_service(monitor: ServiceMonitor, seen: Observation) -> Conclusion:
    """The conclusion from one look. One vantage point is one signal: never corroborated when something is wrong."""
    if seen.seen in TELLS_NOTHING:
        return monitoring_degraded(seen.note, directions=(None,))
    if seen.seen is not Seen.OK:
        return _trouble(VerdictKind.SERVICE_DOWN, Status.MAJOR_OUTAGE, seen.note)
    if seen.facts.get("late") is True:
        return _trouble(VerdictKind.SILENT, Status.DEGRADED, seen.note)
    slow_ms = monitor.expect.slow_ms
    if slow_ms is not None and seen.latency_ms is not None and seen.latency_ms > slow_ms:
        return _trouble(VerdictKind.SERVICE_SLOW, Status.DEGRADED, f"it took {seen.latency_ms:.0f} ms to answer")
    return Conclusion(
        kind=VerdictKind.OPERATIONAL,
        statuses={None: Status.OPERATIONAL},
        corroborated=True,
        cause=Cause.OPERATIONAL,
        reasoning="it reports in time" if "beat_age_seconds" in seen.facts else "it answers as expected",
    )


def _trouble(kind: VerdictKind, status: Status, reasoning: str) -> Conclusion:
    return Conclusion(
        kind=kind, statuses={None: status}, corroborated=False, cause=Cause.OPERATIONAL, reasoning=reasoning
    )

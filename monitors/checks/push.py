"""Look at what a job reported of its own state."""

from datetime import datetime

from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.client import CouldNotSee
from monitors.wishes import Level
from records.observations import Observation, Seen
from records.reports import Report, ReportedState

_LEVELS = {ReportedState.DEGRADED: Level.DEGRADED, ReportedState.DOWN: Level.DOWN}


async def look(target: Target, tools: Tools) -> Observation:
    """The last report, and whether it is too old."""
    report = await tools.inbox.last_report(target.monitor) if tools.inbox is not None else None
    if report is None:
        return could_not_see(target, tools, CouldNotSee(Seen.UNSUPPORTED, "no report has come yet"))
    return judge_report(target, tools, report, tools.now())


def judge_report(target: Target, tools: Tools, report: Report, now: datetime) -> Observation:
    """What the last report tells at `now`."""
    age_seconds = max((now - report.at).total_seconds(), 0.0)
    late = age_seconds > target.grace_seconds
    facts: dict[str, str | int | float | bool] = {"beat_age_seconds": round(age_seconds, 3), "late": late}
    if report.value is not None:
        facts["value"] = report.value
    if report.state in _LEVELS:
        facts["level"] = _LEVELS[report.state].value
    return saw(target, tools, facts, latency_ms=None, note=_note(report, age_seconds, late=late))


def _note(report: Report, age_seconds: float, *, late: bool) -> str:
    """For operators; the message is that of their own job, which proved itself with its token."""
    words = [f"it calls itself {report.state.value}"] if report.state in _LEVELS else []
    if report.message:
        words.append(f"it says “{report.message}”")
    if late:
        words.append(f"its last report came {age_seconds:.0f} s ago")
    return ", ".join(words)

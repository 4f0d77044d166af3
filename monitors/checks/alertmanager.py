"""Look at which alerts of an Alertmanager are about a component, and how grave they are."""

from collections.abc import Sequence
from datetime import datetime

from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.client import CouldNotSee
from monitors.wishes import AlertsWish, Level
from records.observations import Observation, Seen
from records.reports import Alert, Alerts


async def look(target: Target, tools: Tools) -> Observation:
    """What fires now, by what the Alertmanager has told us; it is not asked."""
    wish = target.wish if isinstance(target.wish, AlertsWish) else AlertsWish()
    told = await tools.inbox.alerts(target.monitor) if tools.inbox is not None else None
    if told is None and (tools.inbox is None or wish.grace is not None):
        # Where it must report, its silence from the beginning is no good news; else it may have had nothing to say.
        return could_not_see(target, tools, CouldNotSee(Seen.UNSUPPORTED, "the Alertmanager has not reported yet"))
    return judge_alerts(target, tools, wish, told)


def judge_alerts(target: Target, tools: Tools, wish: AlertsWish, told: Alerts | None) -> Observation:
    """What the alerts known now mean."""
    now = tools.now()
    ours = [alert for alert in (told.firing if told else ()) if _is_ours(alert, wish, now)]
    late = told is not None and wish.grace is not None and now - told.told_at > wish.grace
    facts: dict[str, str | int | float | bool] = {"alerts": len(ours), "late": late}
    level = _gravest(ours, wish)
    if level is not None:
        facts["level"] = level.value
    return saw(target, tools, facts, latency_ms=None, note=_note(ours, late=late))


def _is_ours(alert: Alert, wish: AlertsWish, now: datetime) -> bool:
    about_us = all(alert.labels.get(name) == value for name, value in wish.match.items())
    return about_us and now - alert.told_at <= wish.forget


def _gravest(alerts: Sequence[Alert], wish: AlertsWish) -> Level | None:
    order = list(Level)
    levels = [wish.severities.get(alert.labels.get("severity", ""), Level.DEGRADED) for alert in alerts]
    return max(levels, key=order.index, default=None)


def _note(alerts: Sequence[Alert], *, late: bool) -> str:
    """In our words: an alert's own may say anything, and name hosts."""
    words = [f"{len(alerts)} alert{'s' if len(alerts) > 1 else ''} that concern it fire"] if alerts else []
    if len(alerts) == 1:
        words = ["an alert that concerns it fires"]
    if late:
        words.append("the Alertmanager has gone silent")
    return ", ".join(words) or "no alert that concerns it fires"

"""Opening hours as the page shows them: the week in words, and the spans by which a reader's browser tells "now"."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from records.hours import WEEKDAYS, OpeningHours, open_spans
from statuspage.snapshot import Snapshot
from templates.hours import clock, lines, place
from templates.moments import and_list, day

#: A copy of the page older than this says nothing about now.
_AHEAD = timedelta(days=21)
#: Holidays further ahead interest nobody yet.
_HOLIDAYS_AHEAD = timedelta(days=31)


def opening(snapshot: Snapshot, language: str) -> dict[str, Any]:
    """What templates draw from: `open_lines`, `open_spans` in minutes since 1970, `open_holidays` in words."""
    hours = snapshot.page.contact.open
    if hours is None:
        return {"open_lines": [], "open_spans": "", "open_holidays": "", "open_place": ""}
    now = snapshot.generated_at
    # From midnight, so that the page does not change from minute to minute.
    spans = open_spans(hours, datetime.combine(now.date(), time(), UTC), _AHEAD)
    soon = [each for each in sorted(hours.holidays) if now.date() <= each <= (now + _HOLIDAYS_AHEAD).date()]
    return {
        "open_lines": lines(hours.week, language),
        "open_spans": " ".join(f"{_minutes(start)}-{_minutes(end)}" for start, end in spans),
        "open_place": place(hours.zone, language),
        "open_holidays": and_list([day(datetime.combine(each, time(), UTC), language) for each in soon], language),
    }


def _minutes(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def for_programs(hours: OpeningHours) -> dict[str, Any]:
    """As `/contact.json` has them."""
    return {
        "zone": hours.zone,
        "days": {
            name: [[clock(start), clock(end)] for start, end in spans]
            for name, spans in zip(WEEKDAYS, hours.week, strict=True)
        },
        "holidays": [each.isoformat() for each in sorted(hours.holidays)],
    }

"""What an entry of a status page's feed says: incident or planned, open or over, since when. Pure.

Statuspage and Instatus write the updates into the entry's body, newest first, each with its state in bold and a date
without a year.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitors.checks.announcements import finding
from monitors.wishes import FeedWish
from records.findings import Finding, FindingKind

#: When an entry does not say whether it is over, it counts for so long after its last change.
SILENT_ENTRY = timedelta(days=1)

_STATES = frozenset(
    {
        "investigating", "identified", "monitoring", "update", "resolved", "postmortem", "scheduled", "in progress",
        "verifying", "completed", "canceled", "cancelled",
    }
)  # fmt: skip
_OVER = frozenset({"resolved", "postmortem", "completed", "canceled", "cancelled"})
_PLANNED = frozenset({"scheduled", "in progress", "verifying", "completed"})
_RUNNING = frozenset({"in progress", "verifying"})
_BOLD = re.compile(r"<strong>\s*([^<]{1,60}?)\s*</strong>", re.IGNORECASE)
_PRERELEASE = re.compile(r"[-._ ]?(?:rc|alpha|beta|pre|preview|dev|nightly|canary)[-._ ]?\d*(?![a-z])", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = rf"({'|'.join(_MONTHS)})\s+(\d{{1,2}})\s*,\s*(\d{{1,2}}):(\d\d)"
_LINE = re.compile(rf"{_DATE}(?::\d\d)?\s+(?:UTC|GMT\+0)\b")
_END = rf"(?:({'|'.join(_MONTHS)})\s+(\d{{1,2}})\s*,\s*)?(\d{{1,2}}):(\d\d)"
_WINDOW = re.compile(rf"THIS IS A SCHEDULED EVENT\s+{_DATE}\s*-\s*{_END}\s+UTC")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a feed, as far as we read it."""

    id: str
    title: str
    url: str
    published: datetime | None
    #: The last change, as far as the source tells.
    updated: datetime
    #: Whether the source tells changes apart from the beginning; RSS has one date for both.
    has_own_update: bool
    markup: str
    #: The words of `markup`.
    text: str
    #: Raw text of Statuspage's own element in RSS; empty without.
    maintenance_ends: str = ""

    @property
    def is_prerelease(self) -> bool:
        """Whether the version in the title or at the end of the id is one of a pre-release."""
        version = self.id.rpartition("/")[2]
        return any(re.search(rf"\d{_PRERELEASE.pattern}", text, re.IGNORECASE) for text in (self.title, version))


def incident(entry: Entry, source: str, wish: FeedWish) -> Finding:
    """The finding that an entry amounts to."""
    state = _state(entry.markup)
    is_planned = _is_planned(entry, state)
    since, ended_at = _window(entry, state) if is_planned else _span(entry, state)
    return finding(
        source,
        wish,
        entry.id,
        kind=FindingKind.UPSTREAM_MAINTENANCE if is_planned else FindingKind.UPSTREAM_INCIDENT,
        title=entry.title,
        url=entry.url,
        since=since,
        ended_at=ended_at,
        said=f"{entry.text}\n{entry.maintenance_ends}",
    )


def _state(markup: str) -> str | None:
    """The newest update's state: the first bold word that is one."""
    bold = (found.group(1).lower() for found in _BOLD.finditer(markup))
    return next((word for word in bold if word in _STATES), None)


def _is_planned(entry: Entry, state: str | None) -> bool:
    marked = "THIS IS A SCHEDULED EVENT" in entry.text or "Type: Maintenance" in entry.text
    return marked or bool(entry.maintenance_ends) or state in _PLANNED


def _span(entry: Entry, state: str | None) -> tuple[datetime, datetime | None]:
    """From when to when an incident lasted; None for the end while it lasts."""
    # In RSS the date is that of the newest update: the beginning stands in the last line of the body.
    first = entry.published if entry.has_own_update else None
    since = first or _oldest_line(entry) or entry.published or entry.updated
    if state is None:
        return since, entry.updated + SILENT_ENTRY
    return since, entry.updated if state in _OVER else None


def _oldest_line(entry: Entry) -> datetime | None:
    lines = list(_LINE.finditer(entry.text))
    return _moment(lines[-1].groups(), entry.updated) if lines else None


def _window(entry: Entry, state: str | None) -> tuple[datetime, datetime | None]:
    """From when to when planned work is planned; None for the end while it runs, however late it is."""
    since, ended_at = _planned_times(entry)
    if state in _OVER:
        return since, entry.updated
    return since, None if state in _RUNNING else ended_at


def _planned_times(entry: Entry) -> tuple[datetime, datetime | None]:
    published = entry.published or entry.updated
    ends = _rfc_822(entry.maintenance_ends)
    found = _WINDOW.search(entry.text)
    if found is None:
        return published, ends
    month, day, hour, minute, end_month, end_day, end_hour, end_minute = found.groups()
    begin = _moment((month, day, hour, minute), published) or published
    if ends is None:
        ends = _moment((end_month or month, end_day or day, end_hour, end_minute), begin)
    # Completed after its planned end, the only date that RSS has is that of its completion.
    return begin, ends


def _moment(parts: tuple[str, ...], near: datetime) -> datetime | None:
    """A date without a year, in the year that brings it nearest to `near`."""
    month, *rest = parts
    day, hour, minute = (int(number) for number in rest)
    years = (near.year - 1, near.year, near.year + 1)
    possible = [moment for year in years if (moment := _built(year, _MONTHS.index(month) + 1, day, hour, minute))]
    return min(possible, key=lambda moment: abs(moment - near), default=None)


def _built(year: int, month: int, day: int, hour: int, minute: int) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None  # 29 February in other years; 31 November in all


def _rfc_822(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None

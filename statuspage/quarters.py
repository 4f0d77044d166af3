"""What happened, by quarter and month: years of it weigh nothing on the page of today."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from records.components import Words
from statuspage.snapshot import Snapshot

#: So few entries stand on one page with those of the quarter before: on the second of January, too, one sees something.
_FEW = 8


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One incident or planned event."""

    at: datetime
    path: str
    name: Words
    #: `incident`, or the kind of event.
    kind: str
    #: `open`, `over`, `merged` (it goes on under another), or the state of a window.
    state: str
    #: None for planned events.
    lasted: timedelta | None
    has_review: bool


@dataclass(frozen=True, kw_only=True)
class Quarter:
    """One page of the history."""

    #: Some moment in it.
    at: datetime
    #: `/history` for the newest, `/history/2026-q3` for those before it.
    path: str
    #: Newest first; those of a month have the same `months` entry.
    months: tuple[tuple[datetime, tuple[Entry, ...]], ...]
    #: A moment in each quarter there is, with the path of its page, newest first.
    all: tuple[tuple[datetime, str], ...] = ()


def quarters(snapshot: Snapshot) -> list[Quarter]:
    """Every page of the history, newest first; there is always one."""
    zone = ZoneInfo(snapshot.page.time_zone)
    entries = sorted(_entries(snapshot), key=lambda entry: entry.at, reverse=True)
    held: dict[tuple[int, int], list[Entry]] = {_quarter(snapshot.generated_at, zone): []}
    for entry in entries:
        held.setdefault(_quarter(entry.at, zone), []).append(entry)
    ordered = sorted(held, reverse=True)
    if len(ordered) > 1 and len(held[ordered[0]]) < _FEW:
        # The second page is then only an address for links that were kept.
        first = [*held[ordered[0]], *held[ordered[1]]]
    else:
        first = held[ordered[0]]
    pages = [
        _page(key, first if place == 0 else held[key], zone, is_first=place == 0) for place, key in enumerate(ordered)
    ]
    links = tuple((page.at, page.path) for page in pages)
    return [replace(page, all=links) for page in pages]


def _quarter(moment: datetime, zone: ZoneInfo) -> tuple[int, int]:
    local = moment.astimezone(zone)
    return local.year, (local.month + 2) // 3


def _page(key: tuple[int, int], entries: Sequence[Entry], zone: ZoneInfo, *, is_first: bool) -> Quarter:
    months: dict[tuple[int, int], list[Entry]] = {}
    for entry in entries:
        local = entry.at.astimezone(zone)
        months.setdefault((local.year, local.month), []).append(entry)
    year, number = key
    return Quarter(
        at=datetime(year, number * 3, 1, tzinfo=zone),
        path="/history" if is_first else f"/history/{year}-q{number}",
        months=tuple((held[0].at, tuple(held)) for held in months.values()),
    )


def _entries(snapshot: Snapshot) -> list[Entry]:
    now = snapshot.generated_at
    found = [
        Entry(
            at=each.started_at,
            path=f"/incidents/{each.id}",
            name=each.name,
            kind="incident",
            state="open" if each.is_open else "merged" if each.merged_into else "over",
            lasted=(each.resolved_at or now) - each.started_at,
            has_review=each.stage == "postmortem",
        )
        for each in snapshot.incidents
    ]
    return found + [
        Entry(
            at=each.scheduled_for,
            path=f"/maintenances/{each.id}",
            name=each.name,
            kind=each.kind.value,
            state=each.state.value,
            lasted=None,
            has_review=False,
        )
        for each in snapshot.maintenances
        if each.scheduled_for <= now
    ]

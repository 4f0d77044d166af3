"""What the templates of the page draw from: rows with tones, bars and the lines behind them."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from records.components import Component, Direction, Status, Words
from records.days import Day
from records.incidents import Incident
from records.maintenance import Kind, Maintenance
from statuspage.history import History, worst
from statuspage.snapshot import Network, Row, Snapshot
from statuspage.tones import BAR_HEIGHTS, TONES
from statuspage.weather import Weather


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One day that was not green."""

    #: 0 is ninety days ago, 89 today.
    index: int
    start: datetime
    tone: str
    height: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """How long one state lasted on one day."""

    status: Status
    tone: str
    spent: timedelta


@dataclass(frozen=True, kw_only=True)
class Link:
    """What explains a day."""

    path: str
    name: Words


@dataclass(frozen=True, kw_only=True)
class Line:
    """One day in words."""

    #: As of the bars.
    index: int
    start: datetime
    parts: tuple[Part, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class Record:
    """The bars of one row and what stands behind them."""

    #: The last day of the ninety, as the page's zone has it: `2026-11-22`.
    last_day: date
    #: First day with data, 0 to 90; days before it are drawn empty.
    first_day: int
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    #: In percent, cut to two digits: 99.999 is not 100. None when nothing was measured.
    uptime: float | None
    unknown_percent: float
    bad_days: int
    direction: Direction | None

    @cached_property
    def key(self) -> str:
        """The same for two records that are drawn alike, and for no others."""
        return hashlib.blake2b(repr(self).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, kw_only=True)
class RowView:
    """One component as drawn."""

    id: str
    name: Words
    description: Words
    status: Status
    tone: str
    since: datetime
    direction: Direction | None
    #: Whether no other component of its network goes the same way, so that the direction alone names it.
    is_only: bool
    #: Whether the window it is in is a network upgrade.
    is_upgrade: bool
    #: Whether customers report more than usual while we know of nothing.
    is_rising: bool
    #: None for the ways of a network, whose bars are drawn together.
    record: Record | None
    #: What it may be looked for by, in small letters.
    find: str


@dataclass(frozen=True, kw_only=True)
class NetworkView:
    """One network as drawn."""

    chain: str
    name: str
    weather: Weather | None
    ways: tuple[RowView, ...]
    record: Record
    #: What it may be looked for by, in small letters: its name and what moves on it.
    find: str


def row_view(snapshot: Snapshot, row: Row, alike: Sequence[Row] = ()) -> RowView:
    """One row; `alike` are those of its network, itself among them."""
    component = row.component
    same = [other for other in alike if other.component.direction is component.direction]
    return RowView(
        id=component.id,
        name=component.name,
        description=component.description,
        status=component.status,
        tone=TONES[component.status],
        since=component.status_since,
        direction=component.direction,
        is_only=len(same) == 1,
        is_upgrade=any(e.kind is Kind.UPGRADE and component.id in e.component_ids for e in snapshot.running),
        is_rising=component.id in snapshot.rising and component.status in (Status.OPERATIONAL, Status.UNKNOWN),
        record=None if alike else record(snapshot, row.history, [component.id], component.direction),
        find=_find([component]),
    )


def network_view(snapshot: Snapshot, network: Network) -> NetworkView:
    """One network with its ways."""
    ids = [row.component.id for row in network.ways]
    # Money that comes late is delayed, whichever way it goes; "slower" is for services.
    is_money = all(row.component.direction in (Direction.DEPOSITS, Direction.WITHDRAWALS) for row in network.ways)
    return NetworkView(
        chain=network.chain,
        name=network.name,
        weather=network.weather,
        ways=tuple(row_view(snapshot, row, network.ways) for row in network.ways),
        record=record(snapshot, network.history, ids, Direction.DEPOSITS if is_money else None),
        find=f"{network.name} {network.chain} {_find([row.component for row in network.ways])}".lower(),
    )


def _find(components: Sequence[Component]) -> str:
    """Names in every language: whoever reads English may look for the word that their wallet shows."""
    texts = [
        text for each in components for text in (*each.name.values(), *each.description.values(), each.asset or "")
    ]
    return " ".join(dict.fromkeys(" ".join(texts).lower().split()))


def percent(share: float | None) -> float | None:
    """Cut to two digits, not rounded: 99.999 is not 100."""
    return None if share is None else math.floor(share * 10_000) / 100


def record(snapshot: Snapshot, history: History, ids: list[str], direction: Direction | None) -> Record:
    """The drawing and the words of one history."""
    return Record(
        last_day=history.calendar.today,
        first_day=history.first_day,
        bars=tuple(
            Bar(index=index, start=day.start, tone=TONES[status], height=BAR_HEIGHTS[TONES[status]])
            for index, day in history.marked.items()
            if (status := worst(day)) not in (None, Status.OPERATIONAL) and status
        ),
        lines=tuple(_line(snapshot, day, history.calendar.index(day.date), ids) for day in history.notable_days),
        uptime=percent(history.uptime),
        unknown_percent=math.ceil(history.unknown * 10_000) / 100,
        bad_days=len(history.bad_days),
        direction=direction,
    )


def _line(snapshot: Snapshot, day: Day, index: int, ids: list[str]) -> Line:
    parts = [
        Part(status=status, tone=TONES[status], spent=spent)
        for status, spent in sorted(day.spent.items(), key=lambda pair: -pair[0].severity)
        if status is not Status.OPERATIONAL
    ]
    incidents = [each for each in snapshot.incidents if _touches(each, day, ids, snapshot.generated_at)]
    events = [each for each in snapshot.maintenances if _covers(each, day, ids, snapshot.generated_at)]
    links = [Link(path=f"/incidents/{each.id}", name=each.name) for each in incidents]
    links += [Link(path=f"/maintenances/{each.id}", name=each.name) for each in events]
    return Line(index=index, start=day.start, parts=tuple(parts), links=tuple(links))


def _touches(incident: Incident, day: Day, ids: list[str], now: datetime) -> bool:
    named = set(incident.statuses).union(*(update.statuses for update in incident.updates))
    return bool(named & set(ids)) and incident.started_at < day.end and (incident.resolved_at or now) >= day.start


def _covers(event: Maintenance, day: Day, ids: list[str], now: datetime) -> bool:
    if event.started_at is None or not set(event.component_ids) & set(ids):
        return False
    return event.started_at < day.end and (event.completed_at or now) >= day.start

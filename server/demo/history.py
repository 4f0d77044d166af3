"""The demo's past: ninety days of incidents and windows, written by the same deeds as any, with earlier times."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.components import Cause, Status
from records.desk import maintenance
from records.desk.configuration import configure
from records.desk.desk import Desk
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.desk.maintenance import MaintenanceEntry
from records.incidents import Stage
from records.maintenance import Kind
from records.people import CLOCK, Actor, Role
from server.config import Settings
from server.config.rows import component_rows
from server.demo.tongues import said

DAYS = 90
_OPS = Actor(name="user:ops", role=Role.OPS)


@dataclass(frozen=True, kw_only=True)
class _Trouble:
    """One incident of the past."""

    days_ago: int
    #: Hour of the day in UTC.
    hour: int
    minutes: int
    statuses: dict[str, Status]
    cause: Cause
    #: Of its words.
    key: str


@dataclass(frozen=True, kw_only=True)
class _Window:
    """One planned event of the past."""

    days_ago: int
    hour: int
    minutes: int
    component_ids: tuple[str, ...]
    kind: Kind
    #: Of its words.
    key: str


_TROUBLES = (
    _Trouble(
        days_ago=81,
        hour=7,
        minutes=52,
        statuses={"ltc-deposits": Status.DEGRADED, "ltc-withdrawals": Status.MAJOR_OUTAGE},
        cause=Cause.OPERATIONAL,
        key="litecoin-stopped",
    ),
    _Trouble(
        days_ago=66,
        hour=9,
        minutes=105,
        statuses={"pol-deposits": Status.DEGRADED},
        cause=Cause.LEDGER,
        key="polygon-late",
    ),
    _Trouble(
        days_ago=43,
        hour=16,
        minutes=38,
        statuses={"cards": Status.PARTIAL_OUTAGE},
        cause=Cause.THIRD_PARTY,
        key="cards-declined",
    ),
    _Trouble(
        days_ago=27,
        hour=13,
        minutes=174,
        statuses={"btc-withdrawals": Status.DEGRADED},
        cause=Cause.LEDGER,
        key="bitcoin-delayed",
    ),
    _Trouble(
        days_ago=12,
        hour=5,
        minutes=21,
        statuses={"sign-in": Status.MAJOR_OUTAGE, "website": Status.DEGRADED},
        cause=Cause.OPERATIONAL,
        key="sign-in-down",
    ),
    _Trouble(
        days_ago=5,
        hour=11,
        minutes=44,
        statuses={"eth-deposits": Status.DEGRADED},
        cause=Cause.OPERATIONAL,
        key="ethereum-late",
    ),
)
_WINDOWS = (
    _Window(
        days_ago=54,
        hour=3,
        minutes=90,
        component_ids=("trading", "website"),
        kind=Kind.MAINTENANCE,
        key="trading-maintenance",
    ),
    _Window(
        days_ago=19,
        hour=14,
        minutes=75,
        component_ids=("eth-deposits", "eth-withdrawals"),
        kind=Kind.UPGRADE,
        key="ethereum-upgrade",
    ),
)


def live_through(desk: Desk, settings: Settings, now: datetime) -> None:
    """Ninety days until `now`, event by event in the order in which they happened. Nobody is told of any."""
    begin = now - timedelta(days=DAYS)
    configure(desk, component_rows(settings, begin), (), CLOCK, begin)
    for _, happen in sorted(_events(desk, now), key=lambda event: event[0]):
        happen()


_Event = tuple[datetime, Callable[[], None]]


def _events(desk: Desk, now: datetime) -> list[_Event]:
    return [_trouble(desk, each, now) for each in _TROUBLES] + [_window(desk, each, now) for each in _WINDOWS]


def _at(now: datetime, days_ago: int, hour: int) -> datetime:
    return (now - timedelta(days=days_ago)).replace(hour=hour, minute=8, second=0, microsecond=0)


def _trouble(desk: Desk, past: _Trouble, now: datetime) -> _Event:
    begun = _at(now, past.days_ago, past.hour)
    found, over = begun + timedelta(minutes=past.minutes / 3), begun + timedelta(minutes=past.minutes)

    def happen() -> None:
        entry = IncidentEntry(
            name=said(past.key),
            body=said(f"{past.key}-body"),
            statuses=past.statuses,
            cause=past.cause,
            channels=(),
            started_at=begun,
        )
        incident = open_incident(desk, entry, _OPS, begun)
        update_incident(desk, incident.id, UpdateEntry(stage=Stage.IDENTIFIED, body=said("found")), _OPS, found)
        update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body=said("over")), _OPS, over)

    return begun, happen


def _window(desk: Desk, past: _Window, now: datetime) -> _Event:
    begun = _at(now, past.days_ago, past.hour)

    def happen() -> None:
        entry = MaintenanceEntry(
            name=said(past.key),
            body=said(f"{past.key}-body"),
            scheduled_for=begun,
            scheduled_until=begun + timedelta(minutes=past.minutes),
            component_ids=past.component_ids,
            kind=past.kind,
            channels=(),
            reminders=(),
        )
        event = maintenance.announce(desk, entry, _OPS, begun - timedelta(days=8))
        maintenance.start(desk, event.id, CLOCK, begun)
        maintenance.complete(desk, event.id, CLOCK, begun + timedelta(minutes=past.minutes))

    return begun, happen


def announce_what_comes(desk: Desk, now: datetime) -> None:
    """One network upgrade, announced in time to whom it affects."""
    begins = (now + timedelta(days=8)).replace(hour=14, minute=0, second=0, microsecond=0)
    entry = MaintenanceEntry(
        name=said("polygon-upgrade"),
        body=said("polygon-upgrade-body"),
        scheduled_for=begins,
        scheduled_until=begins + timedelta(minutes=90),
        component_ids=("pol-deposits", "pol-withdrawals"),
        kind=Kind.UPGRADE,
        time_zone="Europe/Bucharest",
    )
    maintenance.announce(desk, entry, _OPS, now)

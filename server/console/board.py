"""The one screen of truth: everything that is wrong, waits, runs or is on its way, read at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from records.affected import Level, Standing
from records.alarms import Alarm, AlarmKind
from records.components import Component, Status
from records.desk import routing
from records.desk.desk import Desk
from records.desk.judgement import KILL_SWITCH, blind_since
from records.findings import CUSTOMERS, Finding
from records.incidents import Incident, Stage
from records.maintenance import Maintenance
from records.notices import Notice, NoticeKind, NoticeState, Wait
from records.promises import is_due_soon
from records.store import (
    affected,
    alarms,
    audience,
    components,
    findings,
    incidents,
    maintenance,
    meta,
    monitors,
    notices,
    presence,
    tickets,
)
from records.store.engine import Store
from records.store.monitors import MonitorRecord
from records.store.notices import NoticeStatus
from server.console.counted import counted
from statuspage.hands import TargetState

#: Notices that are through stay on the board so long.
_RECENT = timedelta(hours=6)
_NOTICES_SHOWN = 6
_FINDINGS_SHOWN = 8
#: A part of the system that was not heard of for so long is not well.
_PULSE_PATIENCE = timedelta(seconds=30)
#: Promises, notices that wait and silent parts stand on the board by themselves, and sooner.
_SHOWN_ALARMS = (AlarmKind.QUEUE_STUCK, AlarmKind.CHANNEL_DOWN, AlarmKind.MASS_FAILURE, AlarmKind.CRM_BEHIND)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An incident that waits for a yes."""

    incident: Incident
    #: Customers who would be told.
    customers: int
    #: Why the monitor thinks so; empty when a person wrote it.
    reasoning: str


@dataclass(frozen=True, kw_only=True)
class Live:
    """An incident that the public sees."""

    incident: Incident
    #: Its newest notice; None when it told nobody but the page.
    status: NoticeStatus | None
    tickets: int
    is_overdue: bool
    #: Its promise to speak is about to break.
    is_due_soon: bool
    #: Why its newest notice has not left yet; None when it has.
    wait: Wait | None


@dataclass(frozen=True, kw_only=True)
class Window:
    """A planned event that runs or is to come."""

    event: Maintenance
    #: How much of its time is over; 0 before the start, may exceed 100.
    percent: int


@dataclass(frozen=True, kw_only=True)
class Going:
    """A notice on its way, or just arrived."""

    notice: Notice
    status: NoticeStatus

    @property
    def settled(self) -> int:
        """Customers whose deliveries are through."""
        return self.status.people.total - self.status.people.queued


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """A monitor and how it sees."""

    record: MonitorRecord
    #: It has not seen anything for longer than two intervals.
    is_silent: bool


@dataclass(frozen=True, kw_only=True)
class Board:
    """All of it."""

    at: datetime
    drafts: tuple[Draft, ...]
    live: tuple[Live, ...]
    running: tuple[Window, ...]
    coming: tuple[Window, ...]
    #: Notices that nobody hears before somebody says yes, or before they can no longer be taken back.
    waiting: tuple[Notice, ...]
    going: tuple[Going, ...]
    watchers: tuple[Watcher, ...]
    #: What others announce, newest first.
    findings: tuple[Finding, ...]
    #: What customers' own reports amount to, where it is more than usual, and what is muted.
    reports: tuple[Standing, ...]
    #: Components that are not well, gravest first.
    troubled: tuple[Component, ...]
    components: dict[str, Component]
    is_auto_publishing: bool
    blind_since: datetime | None
    #: Parts of the system and when each was last heard of.
    pulses: dict[str, datetime]
    #: Places that the public page cannot be written to at the moment.
    behind: tuple[TargetState, ...] = ()
    #: What calls for a person and is not over.
    alarms: tuple[Alarm, ...] = ()
    #: Who types in what just now: names of people by the id of an incident, a planned event or a notice.
    editors: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def next_promise(self) -> Incident | None:
        """The incident whose next words are due first."""
        promised = [one.incident for one in self.live if one.incident.next_update_at is not None]
        return min(promised, key=lambda incident: incident.next_update_at or self.at, default=None)

    @property
    def due_soon(self) -> tuple[Live, ...]:
        """Incidents whose promise to speak is about to break."""
        return tuple(one for one in self.live if one.is_due_soon)

    @property
    def unanswered(self) -> tuple[Notice, ...]:
        """Notices that wait for somebody's yes."""
        return tuple(each for each in self.waiting if each.state is NoticeState.DRAFT)

    @property
    def silent(self) -> tuple[Watcher, ...]:
        """Monitors that see nothing."""
        return tuple(each for each in self.watchers if each.is_silent)

    @property
    def absent(self) -> tuple[str, ...]:
        """Parts of the system that were not heard of for too long."""
        return tuple(sorted(part for part, at in self.pulses.items() if self.at - at > _PULSE_PATIENCE))

    @property
    def stuck(self) -> tuple[Alarm, ...]:
        """Alarms that the board does not show in another place anyhow."""
        return tuple(each for each in self.alarms if each.concern.kind in _SHOWN_ALARMS)

    @property
    def tone(self) -> str:
        """How the whole looks."""
        if self.absent or self.blind_since or self.stuck or any(one.is_overdue for one in self.live):
            return "major"
        if (
            self.live
            or self.drafts
            or self.unanswered
            or self.silent
            or self.behind
            or any(each.percent > 100 for each in self.running)
        ):
            return "degraded"
        return "planned" if self.running else "ok"


def gather(desk: Desk, now: datetime, targets: Sequence[TargetState] = ()) -> Board:
    """Read the board; `targets` are the places that this process writes the page to."""
    store = desk.store
    with store.view():
        known = components.all_components(store)
        windows = [_window(event, now) for event in maintenance.unfinished(store)]
        watchers = tuple(Watcher(record=one, is_silent=_is_silent(one, now)) for one in monitors.all_monitors(store))
        return Board(
            at=now,
            drafts=tuple(_draft(store, incident, watchers) for incident in incidents.drafts(store)),
            live=tuple(live(store, incident, now) for incident in incidents.open_incidents(store)),
            running=tuple(each for each in windows if each.event.is_running),
            coming=tuple(each for each in windows if not each.event.is_running),
            waiting=tuple(notices.waiting(store)),
            going=tuple(_going(store, now)),
            watchers=watchers,
            # What customers report has a place of its own.
            findings=tuple(each for each in findings.open_findings(store, now) if each.source != CUSTOMERS)[
                :_FINDINGS_SHOWN
            ],
            reports=tuple(
                each for each in affected.standings(store) if each.level is not Level.NONE or each.is_muted(now)
            ),
            troubled=tuple(sorted(_troubled(known), key=lambda one: (-one.status.severity, one.position))),
            components={each.id: each for each in known if not each.is_group},
            is_auto_publishing=meta.read(store, KILL_SWITCH) != "off",
            blind_since=blind_since(desk),
            pulses=meta.pulses(store),
            behind=tuple(each for each in targets if each.failures),
            alarms=tuple(alarms.standing(store)),
            editors=presence.editors(store),
        )


def _troubled(known: list[Component]) -> list[Component]:
    return [each for each in known if not each.is_group and each.status is not Status.OPERATIONAL]


def _draft(store: Store, incident: Incident, watchers: tuple[Watcher, ...]) -> Draft:
    why = [each.record.reasoning for each in watchers if each.record.id == incident.monitor]
    return Draft(incident=incident, customers=_customers(store, incident.audience), reasoning=why[0] if why else "")


def live(store: Store, incident: Incident, now: datetime) -> Live:
    """How far the words about an incident have come."""
    newest = notices.notices(store, subject_id=incident.id, limit=1)
    return Live(
        incident=incident,
        status=come_so_far(store, newest[0]) if newest else None,
        tickets=tickets.count_linked(store, incident.id),
        is_overdue=incident.is_overdue(now),
        is_due_soon=is_due_soon(incident, now),
        wait=newest[0].wait if newest and newest[0].is_waiting else None,
    )


def will_hear(desk: Desk, incident: Incident, stage: Stage) -> int:
    """How many customers the next words reach: whom it affects, who was told, whose ticket is tied to it."""
    kind = NoticeKind.INCIDENT_RESOLVED if stage is Stage.RESOLVED else NoticeKind.INCIDENT_UPDATED
    if not routing.incident_channels(desk, incident, kind):
        return 0
    return _customers(desk.store, routing.incident_audience(desk, incident, kind))


def come_so_far(store: Store, notice: Notice) -> NoticeStatus:
    """How far a notice has come; of a very large one, how far it had come a moment ago."""
    return counted(store, ("notice", notice.id, notice.version), lambda: notices.status(store, notice.id))


def _customers(store: Store, rule: str) -> int:
    return counted(store, ("rule", rule), lambda: audience.count(store, rule))


def _window(event: Maintenance, now: datetime) -> Window:
    begun = event.started_at or event.scheduled_for
    lasts = (event.scheduled_until - begun).total_seconds()
    over = (now - begun).total_seconds() if event.is_running else 0.0
    return Window(event=event, percent=int(100 * over / lasts) if lasts > 0 else 100)


def _going(store: Store, now: datetime) -> list[Going]:
    recent = notices.notices(store, limit=_NOTICES_SHOWN)
    shown = [
        each
        for each in recent
        if not each.is_waiting
        and (each.state in (NoticeState.FANNING_OUT, NoticeState.SENDING) or now - each.created_at < _RECENT)
    ]
    return [Going(notice=each, status=come_so_far(store, each)) for each in shown]


def _is_silent(monitor: MonitorRecord, now: datetime) -> bool:
    patience = timedelta(milliseconds=2 * monitor.every_ms) + timedelta(seconds=30)
    return monitor.seen_at is None or now - monitor.seen_at > patience

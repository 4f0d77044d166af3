"""Deeds about planned events: announce, remind, start, extend, complete, cancel."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from records.components import Words
from records.desk.desk import Desk, expand_channels
from records.desk.notices import decide_audience, tell_of_maintenance
from records.desk.states import recompute
from records.errors import Conflict, Fault, Invalid, MoveRefused
from records.ids import new_id
from records.maintenance import LEAD_TIME, WINDOW_MOVES, Kind, Maintenance, MaintenanceUpdate, WindowState
from records.notices import NoticeKind
from records.people import Actor
from records.store import components, maintenance
from records.store.meta import next_number, touch_page
from records.store.people import audit
from records.zones import is_zone

#: A window longer than this is a mistyped date.
_LONGEST = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class MaintenanceEntry:
    """A planned event as somebody hands it in."""

    name: Words
    body: Words
    scheduled_for: datetime
    scheduled_until: datetime
    component_ids: tuple[str, ...]
    kind: Kind = Kind.MAINTENANCE
    time_zone: str = "UTC"
    #: Rule text, or None/`affected` for the affected components' own rules.
    audience: str | None = None
    #: None: the house's usual channels; empty: the page only.
    channels: tuple[str, ...] | None = None
    reminders: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=1))
    auto_start: bool = True
    auto_complete: bool = True
    still_works: Words = field(default_factory=dict)
    what_to_do: Words = field(default_factory=dict)
    emergency_reason: str = ""


def announce(desk: Desk, entry: MaintenanceEntry, actor: Actor, now: datetime) -> Maintenance:
    """Put a planned event on the page and tell whom it affects. Raises Invalid, NotFound."""
    _check(entry, now)
    with desk.deed():
        ids = tuple(dict.fromkeys(components.component(desk.store, name).id for name in entry.component_ids))
        heeded = warnings(desk, entry, now)
        event = Maintenance(
            id=new_id(),
            number=next_number(desk.store, "maintenance"),
            kind=entry.kind,
            name=entry.name,
            state=WindowState.SCHEDULED,
            scheduled_for=entry.scheduled_for,
            scheduled_until=entry.scheduled_until,
            time_zone=entry.time_zone,
            announced_at=now,
            started_at=None,
            completed_at=None,
            cancelled_at=None,
            reminders=tuple(sorted(entry.reminders, reverse=True)),
            reminded=(),
            auto_start=entry.auto_start,
            auto_complete=entry.auto_complete,
            audience=decide_audience(desk.store, entry.audience, ids),
            channels=expand_channels(desk, entry.channels),
            component_ids=ids,
            still_works=entry.still_works,
            what_to_do=entry.what_to_do,
            emergency_reason=entry.emergency_reason,
            updates=(),
            created_by=actor.name,
            created_at=now,
            updated_at=now,
            version=1,
        )
        maintenance.add(desk.store, event)
        _say(desk, event, entry.body, actor, now)
        audit(
            desk.store,
            actor.name,
            "maintenance.announce",
            event.id,
            now,
            ref=event.ref,
            warnings=heeded,
        )
        return _tell(desk, event.id, NoticeKind.MAINTENANCE_ANNOUNCED, actor, now)


def warnings(desk: Desk, entry: MaintenanceEntry, now: datetime) -> list[str]:
    """What an operator should think about before announcing: short notice, overlapping windows (job O2)."""
    found = []
    lead, wanted = entry.scheduled_for - now, LEAD_TIME[entry.kind]
    if lead < wanted and not entry.emergency_reason:
        hours = int(lead.total_seconds() // 3600)
        found.append(f"Customers get {hours} hours' notice; for {entry.kind} it should be {wanted.days * 24} hours.")
    ids = {components.component(desk.store, name).id for name in entry.component_ids}
    for other in maintenance.unfinished(desk.store):
        is_same_time = other.scheduled_for < entry.scheduled_until and entry.scheduled_for < other.scheduled_until
        if is_same_time and ids & set(other.component_ids):
            found.append(f"It overlaps {other.ref} on {', '.join(sorted(ids & set(other.component_ids)))}.")
    return found


def start(desk: Desk, event_id: str, actor: Actor, now: datetime, *, body: Words | None = None) -> Maintenance:
    """The window opens: its components are under maintenance from now on. Raises MoveRefused when it is open."""
    with desk.deed():
        before = maintenance.maintenance(desk.store, event_id)
        if before.is_running:
            raise MoveRefused(f"{before.ref} is {before.state} already.")
        event = _moved(desk, event_id, WindowState.IN_PROGRESS, body, actor, now, lambda e: replace(e, started_at=now))
        return _tell(desk, event.id, NoticeKind.MAINTENANCE_STARTED, actor, now)


def extend(
    desk: Desk, event_id: str, until: datetime, actor: Actor, now: datetime, *, body: Words | None = None
) -> Maintenance:
    """It takes longer: the end moves, and everybody who was told hears the new one."""
    with desk.deed():
        before = maintenance.maintenance(desk.store, event_id)
        if until <= before.scheduled_for or until <= now:
            raise Invalid(Fault(path="/scheduled_until", message="the new end is not after the start and after now"))
        if until - before.scheduled_for > _LONGEST:
            raise Invalid(Fault(path="/scheduled_until", message=f"the window would last over {_LONGEST.days} days"))
        event = _moved(desk, event_id, before.state, body, actor, now, lambda e: replace(e, scheduled_until=until))
        return _tell(desk, event.id, NoticeKind.MAINTENANCE_EXTENDED, actor, now)


def complete(desk: Desk, event_id: str, actor: Actor, now: datetime, *, body: Words | None = None) -> Maintenance:
    """It is done, early or in time: components show again what monitors and incidents say."""
    with desk.deed():
        event = _moved(desk, event_id, WindowState.COMPLETED, body, actor, now, lambda e: replace(e, completed_at=now))
        return _tell(desk, event.id, NoticeKind.MAINTENANCE_COMPLETED, actor, now)


def cancel(desk: Desk, event_id: str, actor: Actor, now: datetime, *, body: Words | None = None) -> Maintenance:
    """It will not take place; everybody who was told hears so."""
    with desk.deed():
        event = _moved(desk, event_id, WindowState.CANCELLED, body, actor, now, lambda e: replace(e, cancelled_at=now))
        return _tell(desk, event.id, NoticeKind.MAINTENANCE_CANCELLED, actor, now)


def remind(desk: Desk, event_id: str, actor: Actor, now: datetime) -> bool:
    """Send the reminder that is due, once. Several missed ones count as one. False when none is due."""
    with desk.deed():
        event = maintenance.maintenance(desk.store, event_id)
        missed = _missed(event, now)
        if not missed:
            return False
        maintenance.save(desk.store, replace(event, reminded=tuple(sorted({*event.reminded, *missed}))))
        audit(desk.store, actor.name, "maintenance.remind", event.id, now, ref=event.ref)
        _tell(desk, event.id, NoticeKind.MAINTENANCE_REMINDER, actor, now)
        return True


def _missed(event: Maintenance, now: datetime) -> list[datetime]:
    """Moments at which a reminder was due and did not go out."""
    if event.state is not WindowState.SCHEDULED or event.scheduled_for <= now:
        return []
    due = [event.scheduled_for - before for before in event.reminders]
    return [moment for moment in due if event.announced_at < moment <= now and moment not in event.reminded]


def run_windows(desk: Desk, actor: Actor, now: datetime) -> list[str]:
    """Remind of, start and complete whatever is due; returns what was done, for the log."""
    done = []
    for event in maintenance.unfinished(desk.store):
        try:
            done += _run_window(desk, event, actor, now)
        except Conflict:
            # Somebody moved it between our look and our deed; the next round sees it as it is.
            continue
    return done


def _run_window(desk: Desk, event: Maintenance, actor: Actor, now: datetime) -> list[str]:
    if event.state is WindowState.SCHEDULED:
        if event.auto_start and event.scheduled_for <= now:
            start(desk, event.id, actor, now)
            return [f"started {event.ref}"]
        is_due = bool(_missed(event, now))
        return [f"reminded of {event.ref}"] if is_due and remind(desk, event.id, actor, now) else []
    if event.auto_complete and event.scheduled_until <= now:
        complete(desk, event.id, actor, now)
        return [f"completed {event.ref}"]
    return []


def _moved(
    desk: Desk,
    event_id: str,
    state: WindowState,
    body: Words | None,
    actor: Actor,
    now: datetime,
    change: Callable[[Maintenance], Maintenance],
) -> Maintenance:
    before = maintenance.maintenance(desk.store, event_id)
    if state not in WINDOW_MOVES[before.state]:
        raise MoveRefused(f"{before.ref} is {before.state}; it cannot become {state}.")
    maintenance.save(desk.store, replace(change(before), state=state, updated_at=now))
    event = maintenance.maintenance(desk.store, before.id)
    _say(desk, event, body or {}, actor, now)
    audit(desk.store, actor.name, f"maintenance.{state}", event.id, now, ref=event.ref)
    recompute(desk.store, now)
    return event


def _say(desk: Desk, event: Maintenance, body: Words, actor: Actor, now: datetime) -> None:
    maintenance.add_update(
        desk.store,
        MaintenanceUpdate(
            id=new_id(), maintenance_id=event.id, state=event.state, body=body, created_at=now, created_by=actor.name
        ),
    )


def _tell(desk: Desk, event_id: str, kind: NoticeKind, actor: Actor, now: datetime) -> Maintenance:
    event = maintenance.maintenance(desk.store, event_id)
    touch_page(desk.store)
    tell_of_maintenance(desk, event, kind, actor.name, now)
    return event


def _check(entry: MaintenanceEntry, now: datetime) -> None:
    faults = [
        Fault(path=f"/{what}", message=f"the {what} is empty", hint="say what stops and what keeps working")
        for what, words in (("name", entry.name), ("body", entry.body))
        if not any(text.strip() for text in words.values())
    ]
    if entry.scheduled_until <= entry.scheduled_for:
        faults.append(Fault(path="/scheduled_until", message="the window ends before it starts"))
    elif entry.scheduled_until - entry.scheduled_for > _LONGEST:
        faults.append(Fault(path="/scheduled_until", message=f"the window lasts over {_LONGEST.days} days"))
    if entry.scheduled_until <= now:
        faults.append(Fault(path="/scheduled_until", message="the window is over already"))
    if not is_zone(entry.time_zone):
        faults.append(Fault(path="/time_zone", message="not a time zone", hint="write one like Europe/Bucharest"))
    faults += [
        Fault(path=f"/reminders/{index}", message="a reminder comes before the start, not after it")
        for index, before in enumerate(entry.reminders)
        if before <= timedelta()
    ]
    if faults:
        raise Invalid(faults)

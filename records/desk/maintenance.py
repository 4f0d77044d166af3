"""Deeds about planned events: announce, remind, start, extend, complete, cancel."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from records.components import Words
from records.desk import upgrades
from records.desk.desk import Desk
from records.desk.notices import tell_of_maintenance
from records.desk.routing import first_audience, first_channels, keep_choices
from records.desk.states import recompute
from records.errors import Conflict, Fault, Invalid, MoveRefused
from records.ids import new_id
from records.maintenance import LEAD_TIME, WINDOW_MOVES, AtBlock, Kind, Maintenance, MaintenanceUpdate, WindowState
from records.notices import NoticeKind
from records.people import Actor
from records.store import components, maintenance
from records.store.meta import next_number, touch_page
from records.store.people import audit
from records.zones import is_zone

#: A window longer than this is a mistyped date.
_LONGEST = timedelta(days=30)
#: How often the time at which a chain gets to a height is estimated anew.
_ESTIMATED_EVERY = timedelta(seconds=20)


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
    #: Rule text, or `affected` for the affected components' own rules; None: by the policies.
    audience: str | None = None
    #: None: by the policies, else the house's usual channels; empty: the page only.
    channels: tuple[str, ...] | None = None
    reminders: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=1))
    auto_start: bool = True
    auto_complete: bool = True
    still_works: Words = field(default_factory=dict)
    what_to_do: Words = field(default_factory=dict)
    emergency_reason: str = ""
    #: Set for an upgrade that happens at a height: it opens there, and `scheduled_for` is a first guess.
    #: Without components, it affects all that stand on the chain.
    at_block: AtBlock | None = None


def announce(desk: Desk, entry: MaintenanceEntry, actor: Actor, now: datetime) -> Maintenance:
    """Put a planned event on the page and tell whom it affects. Raises Invalid, NotFound."""
    _check(entry, now)
    with desk.deed():
        if entry.at_block is not None:
            upgrades.check(desk.store, entry.kind, entry.at_block, now)
        ids = _ids(desk, entry)
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
            audience=first_audience(desk, entry.audience, ids, NoticeKind.MAINTENANCE_ANNOUNCED),
            channels=first_channels(desk, entry.channels, NoticeKind.MAINTENANCE_ANNOUNCED),
            component_ids=ids,
            still_works=entry.still_works,
            what_to_do=entry.what_to_do,
            emergency_reason=entry.emergency_reason,
            updates=(),
            created_by=actor.name,
            created_at=now,
            updated_at=now,
            version=1,
            at_block=_estimated(desk, entry.at_block, now),
        )
        maintenance.add(desk.store, event)
        keep_choices(desk.store, event.id, audience=entry.audience, channels=entry.channels)
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


def _ids(desk: Desk, entry: MaintenanceEntry) -> tuple[str, ...]:
    """Of the components it affects: those it names, else all on the chain that it names."""
    if not entry.component_ids and entry.at_block is not None:
        return upgrades.components_of(desk.store, entry.at_block.chain)
    return tuple(dict.fromkeys(components.component(desk.store, name).id for name in entry.component_ids))


def _estimated(desk: Desk, at_block: AtBlock | None, now: datetime) -> AtBlock | None:
    if at_block is None:
        return None
    return upgrades.estimated(at_block, upgrades.estimate(desk.store, at_block.chain, at_block.height, now), now)


def warnings(desk: Desk, entry: MaintenanceEntry, now: datetime) -> list[str]:
    """What an operator should think about before announcing: short notice, overlapping windows (job O2)."""
    found = []
    lead, wanted = entry.scheduled_for - now, LEAD_TIME[entry.kind]
    if lead < wanted and not entry.emergency_reason:
        hours = int(lead.total_seconds() // 3600)
        found.append(f"Customers get {hours} hours' notice; for {entry.kind} it should be {wanted.days * 24} hours.")
    ids = set(_ids(desk, entry))
    expected = _estimated(desk, entry.at_block, now)
    if expected is not None and expected.eta is None:
        found.append("The chain's height and pace are not known here yet; until they are, your time stands.")
    elif expected is not None and expected.eta is not None:
        apart = abs(expected.eta - entry.scheduled_for)
        if apart > upgrades.WORTH_TELLING:
            found.append(
                f"By the chain's present pace it comes at {expected.eta:%Y-%m-%d %H:%M} UTC; it will be moved."
            )
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

        def begun(event: Maintenance) -> Maintenance:
            # At a height the clock did not say when it begins, so its end counts from now.
            event = event if event.at_block is None else upgrades.moved(event, now, now)
            return replace(event, started_at=now)

        event = _moved(desk, event_id, WindowState.IN_PROGRESS, body, actor, now, begun)
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


def follow_height(desk: Desk, event_id: str, actor: Actor, now: datetime) -> str:
    """Bring an upgrade's estimate up to date; move its window, and say so, when it is far from what was told.

    Returns what was done, for the log; empty for nothing.
    """
    with desk.deed():
        event = maintenance.maintenance(desk.store, event_id)
        if event.state is not WindowState.SCHEDULED or event.at_block is None:
            return ""
        found = upgrades.estimate(desk.store, event.at_block.chain, event.at_block.height, now)
        at_block = upgrades.estimated(event.at_block, found, now)
        if at_block.eta is None or not upgrades.must_move(event, at_block.eta, now):
            if found is not None:
                maintenance.note_estimate(desk.store, event.id, at_block)
            return ""
        maintenance.note_estimate(desk.store, event.id, replace(at_block, moved_at=now))
        start_at = at_block.eta.replace(second=0, microsecond=0)
        _moved(desk, event.id, event.state, None, actor, now, lambda e: upgrades.moved(e, start_at, now))
        _tell(desk, event.id, NoticeKind.MAINTENANCE_RESCHEDULED, actor, now)
        return f"moved {event.ref}"


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
        if event.auto_start and _begins(desk, event, now):
            start(desk, event.id, actor, now)
            return [f"started {event.ref}"]
        if event.at_block is not None and _is_estimate_old(event.at_block, now):
            done = follow_height(desk, event.id, actor, now)
            if done:
                return [done]
        is_due = bool(_missed(event, now))
        return [f"reminded of {event.ref}"] if is_due and remind(desk, event.id, actor, now) else []
    if event.auto_complete and event.scheduled_until <= now and upgrades.is_through(desk.store, event, now):
        complete(desk, event.id, actor, now)
        return [f"completed {event.ref}"]
    return []


def _begins(desk: Desk, event: Maintenance, now: datetime) -> bool:
    """Whether it is time; at a height by the chain, and by the clock only while nobody sees the chain."""
    where = None
    if event.at_block is not None:
        where = upgrades.estimate(desk.store, event.at_block.chain, event.at_block.height, now)
    return event.scheduled_for <= now if where is None else where.is_near


def _is_estimate_old(at_block: AtBlock, now: datetime) -> bool:
    return at_block.estimated_at is None or now - at_block.estimated_at >= _ESTIMATED_EVERY


def note_overruns(desk: Desk, actor: Actor, now: datetime) -> list[str]:
    """Windows that now last past their end, each told once per end: a person must look (overrun alarm)."""
    late = []
    with desk.deed():
        for event in maintenance.unfinished(desk.store):
            if event.is_overdue(now) and maintenance.note_overrun(desk.store, event, now):
                audit(desk.store, actor.name, "maintenance.overrun", event.id, now, ref=event.ref)
                late.append(event.ref)
        if late:
            touch_page(desk.store)
    return late


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
    tell_of_maintenance(desk, event, kind, actor, now)
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

"""Deeds about planned events: announce, start, extend, reschedule, complete, cancel."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from records.blanks import unfilled
from records.components import Words
from records.desk import upgrades
from records.desk.desk import Desk
from records.desk.notices import tell_of_maintenance
from records.desk.routing import first_audience, first_channels, keep_choices
from records.desk.states import recompute
from records.desk.translations import check_translated
from records.errors import Fault, Invalid, MoveRefused
from records.ids import new_id
from records.maintenance import (
    LEAD_TIME,
    WINDOW_MOVES,
    AtBlock,
    Kind,
    Maintenance,
    MaintenanceUpdate,
    Series,
    WindowState,
)
from records.notices import NoticeKind
from records.people import Actor
from records.recurrence import read_recurrence
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
    #: A rule such as FREQ=WEEKLY;BYDAY=TU, for a window that comes again; empty for one that does not.
    recurrence: str = ""
    #: Why it goes out although a required language is missing (R6); kept in the audit.
    untranslated_reason: str = ""


def announce(
    desk: Desk, entry: MaintenanceEntry, actor: Actor, now: datetime, *, series: Series | None = None
) -> Maintenance:
    """Put a planned event on the page and tell whom it affects. Raises Invalid, NotFound.

    `series` is that of a window that comes again, from the second time on.
    """
    _check(entry, now)
    with desk.deed():
        if entry.at_block is not None:
            upgrades.check(desk.store, entry.kind, entry.at_block, now)
        ids = _ids(desk, entry)
        heeded = warnings(desk, entry, now)
        event_id = new_id()
        event = Maintenance(
            id=event_id,
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
            series=series or _first_of_series(event_id, entry),
        )
        maintenance.add(desk.store, event)
        keep_choices(desk.store, event.id, audience=entry.audience, channels=entry.channels)
        said = {name: getattr(entry, name) for name in ("name", "body", "still_works", "what_to_do")}
        check_translated(desk, said, entry.untranslated_reason, event.id, actor, now)
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
        return tell_all(desk, event.id, NoticeKind.MAINTENANCE_ANNOUNCED, actor, now)


def _ids(desk: Desk, entry: MaintenanceEntry) -> tuple[str, ...]:
    """Of the components it affects: those it names, else all on the chain that it names."""
    if not entry.component_ids and entry.at_block is not None:
        return upgrades.components_of(desk.store, entry.at_block.chain)
    return tuple(dict.fromkeys(components.component(desk.store, name).id for name in entry.component_ids))


def _first_of_series(event_id: str, entry: MaintenanceEntry) -> Series | None:
    if not entry.recurrence:
        return None
    if entry.at_block is not None:
        raise Invalid(Fault(path="/recurrence", message="a block comes only once", hint="leave out one of the two"))
    start, end = entry.scheduled_for, entry.scheduled_until
    recurrence = read_recurrence(entry.recurrence, start, end, entry.time_zone)
    return Series(id=event_id, recurrence=recurrence, slot=start, length=end - start)


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

        event = move_on(desk, event_id, WindowState.IN_PROGRESS, body, actor, now, begun)
        return tell_all(desk, event.id, NoticeKind.MAINTENANCE_STARTED, actor, now)


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
        event = move_on(desk, event_id, before.state, body, actor, now, lambda e: replace(e, scheduled_until=until))
        return tell_all(desk, event.id, NoticeKind.MAINTENANCE_EXTENDED, actor, now)


def reschedule(
    desk: Desk,
    event_id: str,
    start_at: datetime,
    until: datetime,
    actor: Actor,
    now: datetime,
    *,
    body: Words | None = None,
) -> Maintenance:
    """It takes place at another time, which everybody who was told hears. Raises Invalid, MoveRefused."""
    with desk.deed():
        before = maintenance.maintenance(desk.store, event_id)
        if before.state is not WindowState.SCHEDULED:
            raise MoveRefused(f"{before.ref} is {before.state}; only what has not begun can be moved.")
        if before.at_block is not None:
            raise MoveRefused(f"{before.ref} opens at a block; its time follows the chain.")
        faults = _faults_of_times(start_at, until, now)
        if start_at <= now:
            faults.append(Fault(path="/scheduled_for", message="the new start is in the past"))
        if faults:
            raise Invalid(faults)
        event = move_on(
            desk,
            event_id,
            before.state,
            body,
            actor,
            now,
            lambda e: replace(e, scheduled_for=start_at, scheduled_until=until),
        )
        return tell_all(desk, event.id, NoticeKind.MAINTENANCE_RESCHEDULED, actor, now)


def complete(desk: Desk, event_id: str, actor: Actor, now: datetime, *, body: Words | None = None) -> Maintenance:
    """It is done, early or in time: components show again what monitors and incidents say."""
    with desk.deed():
        event = move_on(desk, event_id, WindowState.COMPLETED, body, actor, now, lambda e: replace(e, completed_at=now))
        return tell_all(desk, event.id, NoticeKind.MAINTENANCE_COMPLETED, actor, now)


def cancel(desk: Desk, event_id: str, actor: Actor, now: datetime, *, body: Words | None = None) -> Maintenance:
    """It will not take place; everybody who was told hears so."""
    with desk.deed():
        event = move_on(desk, event_id, WindowState.CANCELLED, body, actor, now, lambda e: replace(e, cancelled_at=now))
        return tell_all(desk, event.id, NoticeKind.MAINTENANCE_CANCELLED, actor, now)


def move_on(
    desk: Desk,
    event_id: str,
    state: WindowState,
    body: Words | None,
    actor: Actor,
    now: datetime,
    change: Callable[[Maintenance], Maintenance],
) -> Maintenance:
    """Inside a deed: the event as changed and in this state, said and on the record. Raises MoveRefused, Invalid."""
    before = maintenance.maintenance(desk.store, event_id)
    if state not in WINDOW_MOVES[before.state]:
        raise MoveRefused(f"{before.ref} is {before.state}; it cannot become {state}.")
    if left := unfilled({"body": body or {}}):
        raise Invalid(left)
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


def tell_all(desk: Desk, event_id: str, kind: NoticeKind, actor: Actor, now: datetime) -> Maintenance:
    """Inside a deed: the page and all whom it affects hear of it as it stands now."""
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
    faults += _faults_of_times(entry.scheduled_for, entry.scheduled_until, now)
    if not is_zone(entry.time_zone):
        faults.append(Fault(path="/time_zone", message="not a time zone", hint="write one like Europe/Bucharest"))
    faults += [
        Fault(path=f"/reminders/{index}", message="a reminder comes before the start, not after it")
        for index, before in enumerate(entry.reminders)
        if before <= timedelta()
    ]
    if faults:
        raise Invalid(faults)


def _faults_of_times(start_at: datetime, until: datetime, now: datetime) -> list[Fault]:
    faults = []
    if until <= start_at:
        faults.append(Fault(path="/scheduled_until", message="the window ends before it starts"))
    elif until - start_at > _LONGEST:
        faults.append(Fault(path="/scheduled_until", message=f"the window lasts over {_LONGEST.days} days"))
    if until <= now:
        faults.append(Fault(path="/scheduled_until", message="the window is over already"))
    return faults

"""What becomes of planned events because time passes: reminders, opening and closing, overruns."""

from dataclasses import replace
from datetime import datetime, timedelta

from records.desk import upgrades
from records.desk.desk import Desk
from records.desk.maintenance import complete, move_on, start, tell_all
from records.desk.states import recompute
from records.errors import Conflict
from records.maintenance import AtBlock, Maintenance, WindowState
from records.notices import NoticeKind
from records.people import Actor
from records.store import maintenance
from records.store.meta import touch_page
from records.store.people import audit

#: How often the time at which a chain gets to a height is estimated anew.
_ESTIMATED_EVERY = timedelta(seconds=20)


def remind(desk: Desk, event_id: str, actor: Actor, now: datetime) -> bool:
    """Send the reminder that is due, once. Several missed ones count as one. False when none is due."""
    with desk.deed():
        event = maintenance.maintenance(desk.store, event_id)
        missed = _missed(event, now)
        if not missed:
            return False
        maintenance.save(desk.store, replace(event, reminded=tuple(sorted({*event.reminded, *missed}))))
        audit(desk.store, actor.name, "maintenance.remind", event.id, now, ref=event.ref)
        tell_all(desk, event.id, NoticeKind.MAINTENANCE_REMINDER, actor, now)
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
            # From now on monitors are heard again.
            recompute(desk.store, now)
            touch_page(desk.store)
    return late


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
        move_on(desk, event.id, event.state, None, actor, now, lambda e: upgrades.moved(e, start_at, now))
        tell_all(desk, event.id, NoticeKind.MAINTENANCE_RESCHEDULED, actor, now)
        return f"moved {event.ref}"

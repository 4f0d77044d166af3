"""Deeds that make one incident of two, and two of one: customers hear of one trouble once (O9)."""

from dataclasses import replace
from datetime import datetime

from records import audience
from records.components import Status, Words
from records.desk import waiting
from records.desk.desk import Desk
from records.desk.incident_checks import check_version, named
from records.desk.incidents import IncidentEntry, open_incident
from records.desk.saying import say
from records.desk.states import recompute
from records.errors import Conflict, Fault, Invalid
from records.incidents import Impact, Incident, Stage, impact_of
from records.notices import NoticeState, Outcome, Reason
from records.people import Actor
from records.store import incidents, merges, notices, outbox, tickets
from records.store.meta import touch_page
from records.store.people import audit

#: One deed moves at most this many tickets.
_MOST_TICKETS = 10_000


def merge_incidents(
    desk: Desk,
    incident_id: str,
    into_id: str,
    last_words: Words,
    actor: Actor,
    now: datetime,
    *,
    version: int | None = None,
) -> Incident:
    """Let an incident, or a draft, go on under another; returns the other.

    What it affects, who was told of it, its tickets and what its monitor sees belong to the other from now on. Nobody
    is told that it is over, because it is not; `last_words` stand on its page. Raises Conflict, EditedMeanwhile.
    """
    with desk.deed():
        gone, other = incidents.incident(desk.store, incident_id), incidents.incident(desk.store, into_id)
        check_version(gone, version)
        _check(gone, other)
        waiting.withdraw(desk, gone.id, actor, now)
        _end(desk, gone, last_words, actor, now)
        merges.add(desk.store, gone.id, other.id, actor.name, now)
        _ride_along(desk, gone, other, now)
        if gone.monitor is not None:
            merges.take_over(desk.store, gone.monitor, other.id)
        incidents.save(desk.store, _widened(gone, other, now))
        for each in tickets.tickets(desk.store, tickets.Filter(incident_id=gone.id, limit=_MOST_TICKETS)):
            tickets.unlink(desk.store, each.id, gone.id, actor.name, now)
            tickets.link(desk.store, each.id, other.id, actor.name, now)
        audit(desk.store, actor.name, "incident.merge", gone.id, now, ref=gone.ref, into=other.ref)
        audit(desk.store, actor.name, "incident.merge", other.id, now, ref=other.ref, took=gone.ref)
        recompute(desk.store, now)
        touch_page(desk.store)
        desk.store.wake()
        return incidents.incident(desk.store, other.id)


def _ride_along(desk: Desk, gone: Incident, other: Incident, now: datetime) -> None:
    """Whoever hears of the other need not hear of this one, too; everybody else still does, until the other is over."""
    for notice in notices.notices(desk.store, subject_id=gone.id, states=(NoticeState.SENDING, NoticeState.DONE)):
        outbox.settle_unclaimed(
            desk.store, notice.id, Outcome.SUPERSEDED, Reason.SUPERSEDED.value, now, told_of=other.id
        )


def split_incident(desk: Desk, incident_id: str, entry: IncidentEntry, actor: Actor, now: datetime) -> Incident:
    """Let some of what an incident affects go on in an incident of its own, whose words are `entry`; returns that one.

    Its start is that of the old one unless `entry` says otherwise. Raises Invalid, Conflict.
    """
    with desk.deed():
        before = incidents.incident(desk.store, incident_id)
        if not before.is_open:
            raise Conflict(f"{before.ref} is not open; there is nothing to split.")
        moved = named(desk, entry.statuses)
        kept = {each: status for each, status in before.statuses.items() if each not in moved}
        if not moved or not kept or not set(moved) <= set(before.statuses):
            hint = "name some of what it affects, but not all"
            raise Invalid(Fault(path="/components", message=f"are no part of {before.ref}", hint=hint))
        incidents.save(desk.store, replace(before, statuses=kept, impact=_impact(before, kept), updated_at=now))
        new = open_incident(desk, replace(entry, started_at=entry.started_at or before.started_at), actor, now)
        audit(desk.store, actor.name, "incident.split", before.id, now, ref=before.ref, into=new.ref)
        touch_page(desk.store)
        return new


def _check(gone: Incident, other: Incident) -> None:
    if gone.id == other.id:
        raise Conflict(f"{gone.ref} is the same incident.")
    for one in (gone, other):
        if not (one.is_open or one.is_draft):
            raise Conflict(f"{one.ref} is not open any more; only what is open, or a draft, can be merged.")
    if other.is_draft and not gone.is_draft:
        raise Conflict(f"{other.ref} is a draft that the public does not know; publish it first.")


def _end(desk: Desk, gone: Incident, last_words: Words, actor: Actor, now: datetime) -> None:
    if gone.is_draft:
        incidents.save(desk.store, replace(gone, discarded_at=now, updated_at=now))
        return
    over = replace(gone, stage=Stage.RESOLVED, resolved_at=now, next_update_at=None, updated_at=now)
    incidents.save(desk.store, over)
    say(desk, over, last_words, actor, now)


def _widened(gone: Incident, other: Incident, now: datetime) -> Incident:
    statuses = dict(other.statuses)
    for each, status in gone.statuses.items():
        known = statuses.get(each, Status.OPERATIONAL)
        statuses[each] = max(known, status, key=lambda one: one.severity)
    return replace(
        other,
        statuses=statuses,
        impact=max(_impact(other, statuses), other.impact, gone.impact, key=list(Impact).index),
        audience=audience.union([other.audience, gone.audience]),
        started_at=min(other.started_at, gone.started_at),
        detected_at=min((at for at in (other.detected_at, gone.detected_at) if at is not None), default=None),
        updated_at=now,
    )


def _impact(incident: Incident, statuses: dict[str, Status]) -> Impact:
    """What the states amount to, unless a person called it something else."""
    is_computed = incident.impact is impact_of(list(incident.statuses.values()))
    return impact_of(list(statuses.values())) if is_computed else incident.impact

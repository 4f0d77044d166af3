"""Deeds about the past: an incident that is over was earlier or later than we said."""

from dataclasses import replace
from datetime import datetime

from records.components import TROUBLED, Status
from records.days import Correction, How
from records.desk.desk import Desk
from records.errors import Conflict, Fault, Invalid
from records.incidents import Incident
from records.people import Actor
from records.store import days, incidents
from records.store.meta import touch_page
from records.store.people import audit
from records.times import iso, iso_or_none


def correct_times(
    desk: Desk,
    incident_id: str,
    actor: Actor,
    now: datetime,
    *,
    reason: str,
    started_at: datetime | None = None,
    resolved_at: datetime | None = None,
) -> Incident:
    """Say when a public incident really began or ended; the bars and the uptime follow.

    What was recorded stays, and so does what we said: the correction is kept beside it, with who made it and why.
    Raises Invalid, and Conflict for a draft or an end of what is not over.
    """
    with desk.deed():
        before = incidents.incident(desk.store, incident_id)
        _check(before, started_at, resolved_at, reason, now)
        after = replace(
            before,
            started_at=started_at or before.started_at,
            resolved_at=resolved_at or before.resolved_at,
            updated_at=now,
        )
        if after.resolved_at is not None and after.resolved_at <= after.started_at:
            raise Invalid(Fault(path="/resolved_at", message="it would end before it begins"))
        incidents.save(desk.store, after)
        for one in _corrections(before, after):
            days.correct(desk.store, one, before.id, actor.name, now)
        audit(
            desk.store, actor.name, "incident.correct", before.id, now,
            ref=before.ref, reason=reason, started_at=iso(after.started_at), resolved_at=iso_or_none(after.resolved_at),
            was_started_at=iso(before.started_at), was_resolved_at=iso_or_none(before.resolved_at),
        )  # fmt: skip
        touch_page(desk.store)
        return incidents.incident(desk.store, before.id)


def _check(
    incident: Incident, started_at: datetime | None, resolved_at: datetime | None, reason: str, now: datetime
) -> None:
    if incident.published_at is None:
        raise Conflict(f"{incident.ref} is not public; edit the draft instead.")
    if resolved_at is not None and incident.resolved_at is None:
        raise Conflict(f"{incident.ref} is not over; resolve it instead.")
    faults = [
        Fault(path=f"/{name}", message="lies in the future")
        for name, moment in (("started_at", started_at), ("resolved_at", resolved_at))
        if moment is not None and moment > now
    ]
    if not reason.strip():
        faults.append(Fault(path="/reason", message="is empty", hint="say why; it is kept for whoever asks later"))
    if faults:
        raise Invalid(faults)


def _corrections(before: Incident, after: Incident) -> list[Correction]:
    """What was not recorded is added, what was recorded for this incident alone is taken away."""
    found = []
    if before.updates:
        found += _moved(before.updates[0].statuses, after.started_at, before.started_at)
    said = [update.statuses for update in before.updates if set(update.statuses.values()) & TROUBLED]
    if before.resolved_at is not None and after.resolved_at is not None and said:
        found += _moved(said[-1], before.resolved_at, after.resolved_at)
    return found


def _moved(statuses: dict[str, Status], earlier: datetime, later: datetime) -> list[Correction]:
    """Trouble that lasted from `earlier` too, or that did not: then the two stand the other way round."""
    if earlier == later:
        return []
    how = How.FLOOR if earlier < later else How.LIFT
    return [
        Correction(
            component_id=component_id, start=min(earlier, later), end=max(earlier, later), status=status, how=how
        )
        for component_id, status in statuses.items()
        if status in TROUBLED
    ]

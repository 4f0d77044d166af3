"""Deeds about incidents: open, publish, discard, update, resolve."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from records.components import Cause, Status, Words
from records.desk import waiting
from records.desk.desk import Desk, expand_channels
from records.desk.incident_checks import (
    check_first_stage,
    check_move,
    check_recovered,
    check_version,
    check_words,
    named,
)
from records.desk.notices import tell_of_incident, widened_audience
from records.desk.routing import first_audience, first_channels, keep_choices
from records.desk.saying import say
from records.desk.states import backdate, recompute
from records.desk.translations import check_incident
from records.errors import Conflict
from records.ids import new_id
from records.incidents import Impact, Incident, Stage, impact_of, promised
from records.notices import NoticeKind
from records.people import Actor
from records.store import choices, incidents
from records.store.choices import Choice
from records.store.meta import next_number, touch_page
from records.store.people import audit


@dataclass(frozen=True, kw_only=True)
class IncidentEntry:
    """An incident as somebody hands it in."""

    name: Words
    body: Words
    #: Component id (or public id) to the state it is in.
    statuses: dict[str, Status]
    #: None: what the states amount to.
    impact: Impact | None = None
    stage: Stage = Stage.INVESTIGATING
    cause: Cause = Cause.OPERATIONAL
    #: Rule text, or `affected` for the affected components' own rules; None: by the policies.
    audience: str | None = None
    #: None: by the policies, else the house's usual channels; empty: the page only.
    channels: tuple[str, ...] | None = None
    publish: bool = True
    #: None: by the cadence of impact and stage.
    next_update_at: datetime | None = None
    #: None: now. Earlier for what is entered later.
    started_at: datetime | None = None
    still_works: Words = field(default_factory=dict)
    funds: Words = field(default_factory=dict)
    what_to_do: Words = field(default_factory=dict)
    #: Why it goes out although a required language is missing (R6); kept in the audit.
    untranslated_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class UpdateEntry:
    """What changed about an incident, as somebody hands it in; None leaves a thing as it is."""

    stage: Stage
    body: Words
    statuses: dict[str, Status] | None = None
    impact: Impact | None = None
    name: Words | None = None
    cause: Cause | None = None
    still_works: Words | None = None
    funds: Words | None = None
    what_to_do: Words | None = None
    next_update_at: datetime | None = None
    channels: tuple[str, ...] | None = None
    #: False: this once it stands on the page only; later words go to customers again.
    tell: bool = True
    #: Version of the incident this edit was made from; None when the editor did not look.
    version: int | None = None
    #: Why it is resolved although checks do not pass (R40); kept in the audit log.
    override_reason: str = ""
    #: Why it goes out although a required language is missing (R6); kept in the audit.
    untranslated_reason: str = ""


def open_incident(
    desk: Desk,
    entry: IncidentEntry,
    actor: Actor,
    now: datetime,
    *,
    monitor: str | None = None,
    detected_at: datetime | None = None,
) -> Incident:
    """Declare something wrong; published at once or kept as a draft. Raises Invalid, NotFound."""
    check_words(entry.name, entry.body)
    check_first_stage(entry.stage)
    with desk.deed():
        statuses = named(desk, entry.statuses)
        impact = entry.impact or impact_of(list(statuses.values()))
        incident = Incident(
            id=new_id(),
            number=next_number(desk.store, "incident"),
            name=entry.name,
            impact=impact,
            stage=entry.stage,
            cause=entry.cause,
            published_at=None,
            discarded_at=None,
            started_at=entry.started_at or detected_at or now,
            detected_at=detected_at,
            declared_at=None,
            first_public_at=None,
            first_customer_notice_at=None,
            monitoring_at=now if entry.stage is Stage.MONITORING else None,
            resolved_at=now if entry.stage is Stage.RESOLVED else None,
            resolution_notice_at=None,
            # A draft promises nothing yet, unless its author does.
            next_update_at=entry.next_update_at or (promised(impact, entry.stage, now) if entry.publish else None),
            audience=first_audience(desk, entry.audience, list(statuses), NoticeKind.INCIDENT_OPENED, impact),
            channels=first_channels(desk, entry.channels, NoticeKind.INCIDENT_OPENED, impact),
            opened_by=actor.name,
            monitor=monitor,
            still_works=entry.still_works,
            funds=entry.funds,
            what_to_do=entry.what_to_do,
            statuses=statuses,
            updates=(),
            created_at=now,
            updated_at=now,
            version=1,
        )
        incidents.add(desk.store, incident)
        keep_choices(desk.store, incident.id, audience=entry.audience, channels=entry.channels)
        say(desk, incident, entry.body, actor, now)
        audit(desk.store, actor.name, "incident.open", incident.id, now, ref=incident.ref, publish=entry.publish)
        incident = incidents.incident(desk.store, incident.id)
        if entry.publish:
            check_incident(desk, incident, entry.untranslated_reason, actor, now)
            incident = _publish(desk, incident, actor, now)
        desk.store.wake()
        return incident


def publish_incident(
    desk: Desk,
    incident_id: str,
    actor: Actor,
    now: datetime,
    *,
    edit: IncidentEntry | None = None,
    version: int | None = None,
    untranslated_reason: str = "",
) -> Incident:
    """Show a draft to the public and tell whom it affects, with the operator's edits if there are any.

    `version` is that of the draft the operator saw. Raises Conflict when it is no draft any more, EditedMeanwhile,
    Invalid.
    """
    with desk.deed():
        incident = incidents.incident(desk.store, incident_id)
        check_version(incident, version)
        if not incident.is_draft:
            raise Conflict(f"{incident.ref} is not a draft any more.")
        if edit is not None:
            incident = _edit_draft(desk, incident, edit, actor, now)
        reason = untranslated_reason or (edit.untranslated_reason if edit else "")
        check_incident(desk, incident, reason, actor, now)
        incident = _publish(desk, incident, actor, now)
        audit(desk.store, actor.name, "incident.publish", incident.id, now, ref=incident.ref)
        return incident


def edit_draft(desk: Desk, incident_id: str, edit: IncidentEntry, actor: Actor, now: datetime) -> Incident:
    """Keep an operator's edits of a draft; nobody is told. Raises Conflict when it is no draft any more."""
    with desk.deed():
        incident = incidents.incident(desk.store, incident_id)
        if not incident.is_draft:
            raise Conflict(f"{incident.ref} is not a draft any more.")
        edited = _edit_draft(desk, incident, edit, actor, now)
        audit(desk.store, actor.name, "incident.edit", incident.id, now, ref=incident.ref)
        desk.store.wake()
        return edited


def discard_incident(desk: Desk, incident_id: str, actor: Actor, now: datetime, *, reason: str = "") -> Incident:
    """Say of a draft that it is not an incident. Raises Conflict when it is no draft any more."""
    with desk.deed():
        incident = incidents.incident(desk.store, incident_id)
        if not incident.is_draft:
            raise Conflict(f"{incident.ref} is not a draft any more.")
        incidents.save(desk.store, replace(incident, discarded_at=now, updated_at=now))
        audit(desk.store, actor.name, "incident.discard", incident.id, now, ref=incident.ref, reason=reason)
        desk.store.wake()
        return incidents.incident(desk.store, incident.id)


def update_incident(desk: Desk, incident_id: str, entry: UpdateEntry, actor: Actor, now: datetime) -> Incident:
    """Say what changed; tells the public and the audience once the incident is published.

    Raises MoveRefused, EditedMeanwhile, Invalid, and Conflict when it is resolved while checks still fail.
    """
    with desk.deed():
        before = incidents.incident(desk.store, incident_id)
        check_version(before, entry.version)
        check_move(desk, before, entry.stage)
        check_words(entry.name or before.name, entry.body)
        if entry.stage is Stage.RESOLVED:
            check_recovered(desk, before, entry.override_reason)
        incidents.save(desk.store, _edited(desk, before, entry, now))
        if entry.channels is not None:
            choices.take(desk.store, before.id, Choice.CHANNELS)
        incident = incidents.incident(desk.store, before.id)
        say(desk, incident, entry.body, actor, now)
        incident = incidents.incident(desk.store, before.id)
        audit(
            desk.store, actor.name, "incident.update", incident.id, now,
            ref=incident.ref, stage=entry.stage.value, override_reason=entry.override_reason,
        )  # fmt: skip
        if incident.published_at is not None:
            check_incident(desk, incident, entry.untranslated_reason, actor, now)
            kind = _kind_of(before, entry.stage)
            incident = speak(desk, incident, kind, actor, now, tell=entry.tell)
        return incident


def _kind_of(before: Incident, stage: Stage) -> NoticeKind:
    if stage is Stage.RESOLVED:
        return NoticeKind.INCIDENT_RESOLVED
    is_reopened = before.stage in (Stage.RESOLVED, Stage.POSTMORTEM) and stage is Stage.INVESTIGATING
    return NoticeKind.INCIDENT_OPENED if is_reopened else NoticeKind.INCIDENT_UPDATED


def _publish(desk: Desk, incident: Incident, actor: Actor, now: datetime) -> Incident:
    promise = incident.next_update_at or promised(incident.impact, incident.stage, now)
    incidents.save(
        desk.store,
        replace(
            incident,
            published_at=now,
            declared_at=now,
            first_public_at=now,
            next_update_at=promise,
            updated_at=now,
        ),
    )
    kind = NoticeKind.INCIDENT_RESOLVED if incident.stage is Stage.RESOLVED else NoticeKind.INCIDENT_OPENED
    if promise is not None and incident.updates:
        # What a draft said is said to the public now, and with it when we speak next.
        incidents.note_promise(desk.store, incident.updates[-1].id, promise)
    published = incidents.incident(desk.store, incident.id)
    backdate(desk.store, published, actor.name, now)
    return speak(desk, published, kind, actor, now)


def speak(
    desk: Desk, incident: Incident, kind: NoticeKind, actor: Actor, now: datetime, *, tell: bool = True
) -> Incident:
    """Inside a deed: bring the page up to date and queue the notice, and note when customers first and last heard."""
    recompute(desk.store, now)
    touch_page(desk.store)
    # The review comes weeks later: it is for the page, not for the phone at night.
    is_review = incident.stage is Stage.POSTMORTEM and kind is not NoticeKind.INCIDENT_CORRECTED
    is_quiet = is_review or not tell
    if is_quiet and kind is NoticeKind.INCIDENT_RESOLVED:
        # What still waits for a yes says that it is not over.
        waiting.withdraw(desk, incident.id, actor, now)
    notice = None if is_quiet else tell_of_incident(desk, incident, kind, actor, now)
    if notice is None or notice.is_waiting:
        return incidents.incident(desk.store, incident.id)
    heard = replace(incident, first_customer_notice_at=incident.first_customer_notice_at or now)
    if kind is NoticeKind.INCIDENT_RESOLVED:
        heard = replace(heard, resolution_notice_at=now)
    incidents.save(desk.store, heard)
    return incidents.incident(desk.store, incident.id)


def _edited(desk: Desk, before: Incident, entry: UpdateEntry, now: datetime) -> Incident:
    statuses = before.statuses if entry.statuses is None else named(desk, entry.statuses)
    impact = entry.impact or (before.impact if entry.statuses is None else impact_of(list(statuses.values())))
    is_over = entry.stage in (Stage.RESOLVED, Stage.POSTMORTEM)
    is_recovering = entry.stage is Stage.MONITORING and before.stage is not Stage.MONITORING
    return replace(
        before,
        name=entry.name or before.name,
        stage=entry.stage,
        impact=before.impact if is_over and entry.impact is None else impact,
        cause=entry.cause or before.cause,
        statuses=statuses,
        audience=widened_audience(desk.store, before, list(statuses)),
        still_works=_kept(entry.still_works, before.still_works),
        funds=_kept(entry.funds, before.funds),
        what_to_do=_kept(entry.what_to_do, before.what_to_do),
        channels=before.channels if entry.channels is None else expand_channels(desk, entry.channels),
        next_update_at=None if is_over else entry.next_update_at or promised(impact, entry.stage, now),
        monitoring_at=now if is_recovering else before.monitoring_at,
        resolved_at=(before.resolved_at or now) if is_over else None,
        updated_at=now,
    )


def _edit_draft(desk: Desk, draft: Incident, edit: IncidentEntry, actor: Actor, now: datetime) -> Incident:
    check_words(edit.name, edit.body)
    check_first_stage(edit.stage)
    statuses = named(desk, edit.statuses)
    impact = edit.impact or impact_of(list(statuses.values()))
    edited = replace(
        draft,
        name=edit.name,
        impact=impact,
        stage=edit.stage,
        cause=edit.cause,
        statuses=statuses,
        audience=first_audience(desk, edit.audience, list(statuses), NoticeKind.INCIDENT_OPENED, impact),
        channels=first_channels(desk, edit.channels, NoticeKind.INCIDENT_OPENED, impact),
        next_update_at=edit.next_update_at,
        monitoring_at=now if edit.stage is Stage.MONITORING else draft.monitoring_at,
        resolved_at=now if edit.stage is Stage.RESOLVED else None,
        started_at=edit.started_at or draft.started_at,
        still_works=edit.still_works,
        funds=edit.funds,
        what_to_do=edit.what_to_do,
        updated_at=now,
    )
    incidents.save(desk.store, edited)
    keep_choices(desk.store, draft.id, audience=edit.audience, channels=edit.channels)
    edited = incidents.incident(desk.store, draft.id)
    if not draft.updates or edit.body != draft.updates[-1].body or edit.stage is not draft.stage:
        say(desk, edited, edit.body, actor, now)
    return incidents.incident(desk.store, draft.id)


def refresh_draft(
    desk: Desk, incident: Incident, change: Callable[[Incident], Incident], body: Words, actor: Actor, now: datetime
) -> None:
    """Inside a deed: a monitor has seen more; its draft says so, and nobody is told."""
    incidents.save(desk.store, replace(change(incident), updated_at=now))
    say(desk, incidents.incident(desk.store, incident.id), body, actor, now)


def _kept(new: Words | None, old: Words) -> Words:
    return old if new is None else new

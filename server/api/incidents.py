"""Incidents: list, open, update, publish, discard, correct, merge, split."""

from records.components import Status
from records.desk import corrections, merging, rewording
from records.desk import incidents as desk_incidents
from records.desk.incidents import IncidentEntry, UpdateEntry
from records.store import incidents, lists
from server.api import cursors, shapes
from server.api.asking import Ask
from server.api.bodies import (
    Affected,
    CorrectTimes,
    CorrectUpdate,
    DiscardIncident,
    MergeIncident,
    Nothing,
    OpenIncident,
    PublishIncident,
    SplitIncident,
    UpdateIncident,
)
from server.api.queries import IncidentsQuery, NoQuery
from server.words import goes_on


def list_incidents(ask: Ask[Nothing, IncidentsQuery]) -> cursors.PageShape[shapes.IncidentShape]:
    """Incidents, newest first."""
    place = cursors.read(ask.query.cursor, str)
    found = lists.incidents_before(
        ask.desk.store, place[0] if place else lists.FIRST, which=ask.query.state, limit=ask.query.limit + 1
    )
    return cursors.page(found, ask.query.limit, shapes.incident, lambda one: [one.id])


def get_incident(ask: Ask[Nothing, NoQuery]) -> shapes.IncidentShape:
    """One incident, by id or `INC-42`."""
    return shapes.incident(incidents.incident(ask.desk.store, ask.path["id"]))


def open_incident(ask: Ask[OpenIncident, NoQuery]) -> shapes.IncidentShape:
    """Declare something wrong."""
    body = ask.body
    entry = IncidentEntry(
        name=body.name,
        body=body.body,
        statuses=_statuses(body.components),
        impact=body.impact,
        stage=body.status,
        cause=body.cause,
        audience=body.audience,
        channels=None if body.channels is None else tuple(body.channels),
        publish=body.publish,
        next_update_at=body.next_update_at,
        started_at=body.started_at,
        still_works=body.still_works,
        funds=body.funds,
        what_to_do=body.what_to_do,
        untranslated_reason=body.untranslated_reason,
    )
    return shapes.incident(desk_incidents.open_incident(ask.desk, entry, ask.actor, ask.now))


def update_incident(ask: Ask[UpdateIncident, NoQuery]) -> shapes.IncidentShape:
    """Say what changed."""
    body = ask.body
    before = incidents.incident(ask.desk.store, ask.path["id"])
    entry = UpdateEntry(
        stage=body.status or before.stage,
        body=body.body,
        statuses=None if body.components is None else _statuses(body.components),
        impact=body.impact,
        name=body.name,
        cause=body.cause,
        still_works=body.still_works,
        funds=body.funds,
        what_to_do=body.what_to_do,
        next_update_at=body.next_update_at,
        channels=None if body.channels is None else tuple(body.channels),
        version=body.version,
        override_reason=body.override_reason,
        untranslated_reason=body.untranslated_reason,
    )
    return shapes.incident(desk_incidents.update_incident(ask.desk, before.id, entry, ask.actor, ask.now))


def correct_update(ask: Ask[CorrectUpdate, NoQuery]) -> shapes.IncidentShape:
    """Put the words of an update right, and tell those who read the wrong ones."""
    before, body = incidents.incident(ask.desk.store, ask.path["id"]), ask.body
    corrected = rewording.correct_words(
        ask.desk, before.id, ask.path["update_id"], body.body, ask.actor, ask.now,
        version=body.version, tell=body.tell, untranslated_reason=body.untranslated_reason,
    )  # fmt: skip
    return shapes.incident(corrected)


def correct_times(ask: Ask[CorrectTimes, NoQuery]) -> shapes.IncidentShape:
    """Say when it really began or ended; bars and uptime follow, and nobody is written to."""
    before, body = incidents.incident(ask.desk.store, ask.path["id"]), ask.body
    corrected = corrections.correct_times(
        ask.desk,
        before.id,
        ask.actor,
        ask.now,
        reason=body.reason,
        started_at=body.started_at,
        resolved_at=body.resolved_at,
    )
    return shapes.incident(corrected)


def merge_incident(ask: Ask[MergeIncident, NoQuery]) -> shapes.IncidentShape:
    """Let it go on under another; returns the other."""
    gone = incidents.incident(ask.desk.store, ask.path["id"])
    other = incidents.incident(ask.desk.store, ask.body.into)
    words = goes_on(other.ref)
    return shapes.incident(
        merging.merge_incidents(ask.desk, gone.id, other.id, words, ask.actor, ask.now, version=ask.body.version)
    )


def split_incident(ask: Ask[SplitIncident, NoQuery]) -> shapes.IncidentShape:
    """Let part of it go on in an incident of its own; returns that one."""
    before, body = incidents.incident(ask.desk.store, ask.path["id"]), ask.body
    entry = IncidentEntry(
        name=body.name,
        body=body.body,
        statuses=_statuses(body.components),
        cause=before.cause,
        channels=None if body.channels is None else tuple(body.channels),
    )
    return shapes.incident(merging.split_incident(ask.desk, before.id, entry, ask.actor, ask.now))


def _statuses(components: list[Affected]) -> dict[str, Status]:
    return {each.id: each.status for each in components}


def publish_incident(ask: Ask[PublishIncident, NoQuery]) -> shapes.IncidentShape:
    """Show a draft to the public and tell whom it affects."""
    reason = ask.body.untranslated_reason
    return shapes.incident(
        desk_incidents.publish_incident(ask.desk, ask.path["id"], ask.actor, ask.now, untranslated_reason=reason)
    )


def discard_incident(ask: Ask[DiscardIncident, NoQuery]) -> shapes.IncidentShape:
    """Say of a draft that it is not an incident."""
    return shapes.incident(
        desk_incidents.discard_incident(ask.desk, ask.path["id"], ask.actor, ask.now, reason=ask.body.reason)
    )

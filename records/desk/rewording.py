"""A deed about words: what we said was wrong, and those who read it hear what is right (R76)."""

from dataclasses import replace
from datetime import datetime

from records.components import Words
from records.desk.desk import Desk
from records.desk.incident_checks import check_version, check_words
from records.desk.incidents import speak
from records.desk.saying import say
from records.desk.translations import check_translated
from records.errors import Conflict, Fault, Invalid, NotFound
from records.incidents import Incident, IncidentUpdate
from records.notices import NoticeKind
from records.people import Actor
from records.store import incidents
from records.store.meta import touch_page
from records.store.people import audit


def correct_words(
    desk: Desk,
    incident_id: str,
    update_id: str,
    body: Words,
    actor: Actor,
    now: datetime,
    *,
    version: int | None = None,
    tell: bool = True,
    untranslated_reason: str = "",
) -> Incident:
    """Put the words of an update right. The wrong ones stay in the history, marked; who was told hears the right ones.

    Raises NotFound, Invalid, EditedMeanwhile, and Conflict for a draft and for words that were corrected already.
    """
    with desk.deed():
        incident = incidents.incident(desk.store, incident_id)
        check_version(incident, version)
        wrong = _update(incident, update_id)
        _check(incident, wrong, body)
        check_translated(desk, {"body": body}, untranslated_reason, incident.id, actor, now)
        incidents.save(desk.store, replace(incident, updated_at=now))
        say(desk, incident, body, actor, now, corrects=wrong.id)
        touch_page(desk.store)
        audit(desk.store, actor.name, "incident.reword", incident.id, now, ref=incident.ref, update=wrong.id)
        corrected = incidents.incident(desk.store, incident.id)
        return speak(desk, corrected, NoticeKind.INCIDENT_CORRECTED, actor, now, tell=tell)


def _update(incident: Incident, update_id: str) -> IncidentUpdate:
    for update in incident.updates:
        if update.id == update_id:
            return update
    raise NotFound(f"{incident.ref} has no update {update_id}.")


def _check(incident: Incident, wrong: IncidentUpdate, body: Words) -> None:
    if incident.published_at is None:
        raise Conflict(f"{incident.ref} is not public; edit the draft instead.")
    if wrong.id in incident.corrected:
        raise Conflict("These words were corrected already; correct the newer ones.")
    check_words(incident.name, body)
    if body == wrong.body:
        raise Invalid(Fault(path="/body", message="says the same as before", hint="write what is right"))

"""Words agreed on beforehand, put into a form: what was typed elsewhere in it stays."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from records.blanks import fill
from records.components import TROUBLED, Component, Words, in_language
from records.errors import Fault, Invalid
from server.config.sections.phrases import IncidentPhrase, MaintenancePhrase
from server.console.incident_form import IncidentForm
from server.console.maintenance_form import MaintenanceForm
from server.console.timewords import parse_past
from templates.moments import and_list, clock

_Phrase = TypeVar("_Phrase", IncidentPhrase, MaintenancePhrase)
#: Key of the phrase and what its button says.
Offer = tuple[str, str]


def offers(phrases: Sequence[IncidentPhrase] | Sequence[MaintenancePhrase]) -> list[Offer]:
    """What there is to choose from."""
    return [(each.key, each.label or in_language(each.name, "en") or each.key) for each in phrases]


def chosen(phrases: Iterable[_Phrase], key: str) -> _Phrase:
    """The phrase with this key. Raises Invalid."""
    found = next((each for each in phrases if each.key == key), None)
    if found is None:
        raise Invalid(Fault(path="use", message=f"there are no words “{key[:40]}” in the settings"))
    return found


def into_incident(
    form: IncidentForm, phrase: IncidentPhrase, known: Iterable[Component], now: datetime, zone: str
) -> IncidentForm:
    """The form with the phrase's words in every language that it has.

    `{services}` and `{since}` are filled in from what the form says; other blanks stay for whoever types.
    """
    statuses = {**form.statuses, **dict.fromkeys(phrase.components, phrase.status)}
    services = [each for each in known if statuses.get(each.id) in TROUBLED]
    since = _began(form.started, now, zone)

    def over(old: Words, new: Words) -> Words:
        return _over(old, new, services, since)

    return replace(
        form,
        name=over(form.name, phrase.name),
        body=over(form.body, phrase.body),
        still_works=over(form.still_works, phrase.still_works),
        funds=over(form.funds, phrase.funds),
        what_to_do=over(form.what_to_do, phrase.what_to_do),
        next_update=phrase.next_update or form.next_update,
        statuses=statuses,
    )


def into_event(form: MaintenanceForm, phrase: MaintenancePhrase, known: Iterable[Component]) -> MaintenanceForm:
    """The same for a planned event, which has no `{since}`: its times stand in every notice anyhow."""
    component_ids = tuple(dict.fromkeys([*form.component_ids, *phrase.components]))
    services = [each for each in known if each.id in component_ids]

    def over(old: Words, new: Words) -> Words:
        return _over(old, new, services, None)

    return replace(
        form,
        kind=phrase.kind,
        name=over(form.name, phrase.name),
        body=over(form.body, phrase.body),
        still_works=over(form.still_works, phrase.still_works),
        what_to_do=over(form.what_to_do, phrase.what_to_do),
        component_ids=component_ids,
    )


def _began(typed: str, now: datetime, zone: str) -> datetime:
    try:
        return parse_past(typed, now, zone) if typed else now
    except Invalid:
        # What is wrong with it is said at its field once the form is sent.
        return now


def _over(old: Words, new: Words, services: Sequence[Component], since: datetime | None) -> Words:
    # All languages or none: half old and half new would say two things at once.
    if not new:
        return old
    return {language: fill(text, _known(language, services, since)) for language, text in new.items()}


def _known(language: str, services: Sequence[Component], since: datetime | None) -> dict[str, str]:
    return {
        "services": and_list([in_language(each.name, language) for each in services], language) if services else "",
        "since": clock(since, language) if since else "",
    }

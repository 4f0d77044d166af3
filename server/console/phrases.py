"""Words agreed on beforehand, put into a form: what was typed elsewhere in it stays."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from records.components import Words, in_language
from records.errors import Fault, Invalid
from server.config.sections.phrases import IncidentPhrase, MaintenancePhrase
from server.console.incident_form import IncidentForm
from server.console.maintenance_form import MaintenanceForm

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


def into_incident(form: IncidentForm, phrase: IncidentPhrase) -> IncidentForm:
    """The form with the phrase's words in every language that it has."""
    return replace(
        form,
        name=_over(form.name, phrase.name),
        body=_over(form.body, phrase.body),
        still_works=_over(form.still_works, phrase.still_works),
        funds=_over(form.funds, phrase.funds),
        what_to_do=_over(form.what_to_do, phrase.what_to_do),
        next_update=phrase.next_update or form.next_update,
        statuses={**form.statuses, **dict.fromkeys(phrase.components, phrase.status)},
    )


def into_event(form: MaintenanceForm, phrase: MaintenancePhrase) -> MaintenanceForm:
    """The same for a planned event."""
    return replace(
        form,
        kind=phrase.kind,
        name=_over(form.name, phrase.name),
        body=_over(form.body, phrase.body),
        still_works=_over(form.still_works, phrase.still_works),
        what_to_do=_over(form.what_to_do, phrase.what_to_do),
        component_ids=tuple(dict.fromkeys([*form.component_ids, *phrase.components])),
    )


def _over(old: Words, new: Words) -> Words:
    # All languages or none: half old and half new would say two things at once.
    return dict(new) if new else old

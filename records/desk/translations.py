"""Words that go out whole: without blanks, and in every language that the house promised (R6)."""

from collections.abc import Mapping
from datetime import datetime

from records.blanks import unfilled
from records.components import Words
from records.desk.desk import Desk
from records.errors import Fault, Invalid
from records.incidents import Incident
from records.people import Actor
from records.store.people import audit


def check_translated(
    desk: Desk, words: Mapping[str, Words], reason: str, subject_id: str, by: Actor, now: datetime
) -> None:
    """Inside a deed that a person does: raises Invalid when a blank is left, or when a required language is missing
    and nobody says why.

    `words` are those that are said, by field; what is not said in any language is not missing. A reason is kept.
    """
    if by.is_automatic:
        return
    if left := unfilled(dict(words)):
        raise Invalid(left)
    missing = {name: found for name, said in words.items() if (found := _missing(desk, said))}
    if not missing:
        return
    languages = sorted({language for found in missing.values() for language in found})
    if not reason.strip():
        message = f"not written in {', '.join(languages)}: {', '.join(missing)}"
        hint = "write it, or say why it goes out without"
        raise Invalid(Fault(path="/untranslated_reason", message=message, hint=hint))
    audit(desk.store, by.name, "words.untranslated", subject_id, now, languages=languages, reason=reason.strip())


def check_incident(desk: Desk, incident: Incident, reason: str, by: Actor, now: datetime) -> None:
    """The same for all that customers read of an incident now."""
    said = {
        "name": incident.name,
        "body": incident.updates[-1].body if incident.updates else {},
        "still_works": incident.still_works,
        "funds": incident.funds,
        "what_to_do": incident.what_to_do,
    }
    check_translated(desk, said, reason, incident.id, by, now)


def _missing(desk: Desk, words: Words) -> list[str]:
    if not any(text.strip() for text in words.values()):
        return []
    return [each for each in desk.required_languages if not words.get(each, "").strip()]

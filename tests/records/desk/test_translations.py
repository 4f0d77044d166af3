"""Words that go out before they are written in every language that the house promised."""

from dataclasses import replace

import pytest

from records.desk.incidents import UpdateEntry, open_incident, publish_incident, update_incident
from records.desk.judgement import take_verdict
from records.desk.maintenance import announce
from records.desk.rewording import correct_words
from records.errors import Invalid
from records.incidents import Stage
from records.store import incidents
from records.store.people import audit_entries
from tests.cast import ANA, NOW, a_verdict, a_window, acme, an_incident, describe

BOTH = {"en": "Withdrawals wait.", "fr": "Les retraits attendent."}
ENGLISH = {"en": "Withdrawals wait."}


@pytest.fixture
def desk(store):
    return replace(acme(store, auto_publish=True, watched=True), required_languages=("en", "fr"))


def _refused(deed, *args, **more):
    with pytest.raises(Invalid, match="not written in fr") as refused:
        deed(*args, **more)
    assert [fault.path for fault in refused.value.faults] == ["/untranslated_reason"]


def test_nothing_goes_out_without_a_required_language_unless_somebody_says_why(store, desk):
    _refused(open_incident, desk, an_incident(name=BOTH, body=ENGLISH), ANA, NOW)
    assert incidents.open_incidents(store) == [], "nothing of it is done"
    entry = an_incident(name=BOTH, body=ENGLISH, untranslated_reason="the translator sleeps")
    incident = open_incident(desk, entry, ANA, NOW)
    [kept] = [each for each in audit_entries(store, subject=incident.id) if each.deed == "words.untranslated"]
    assert (kept.actor, kept.detail) == (ANA.name, {"languages": ["fr"], "reason": "the translator sleeps"})
    later = UpdateEntry(stage=Stage.IDENTIFIED, body=ENGLISH, name=BOTH)
    _refused(update_incident, desk, incident.id, later, ANA, NOW)
    update_incident(desk, incident.id, replace(later, body=BOTH), ANA, NOW)
    _refused(correct_words, desk, incident.id, incident.updates[0].id, {"en": "Right."}, ANA, NOW)
    correct_words(desk, incident.id, incident.updates[0].id, {"en": "Right."}, ANA, NOW, untranslated_reason="urgent")


def test_a_draft_may_be_half_written_until_it_is_published(desk):
    draft = open_incident(desk, an_incident(name=ENGLISH, body=BOTH, publish=False), ANA, NOW)
    _refused(publish_incident, desk, draft.id, ANA, NOW)
    publish_incident(desk, draft.id, ANA, NOW, untranslated_reason="urgent")


def test_planned_work_needs_them_too(desk):
    _refused(announce, desk, a_window(name=BOTH, body=ENGLISH), ANA, NOW)
    announce(desk, a_window(name=BOTH, body=BOTH), ANA, NOW)


def test_what_is_not_said_at_all_is_not_missing(desk):
    open_incident(desk, an_incident(name=BOTH, body=BOTH, funds={"fr": "", "en": " "}), ANA, NOW)


def test_what_monitors_say_waits_for_nobody(desk):
    assert take_verdict(desk, a_verdict(), describe, NOW) is not None

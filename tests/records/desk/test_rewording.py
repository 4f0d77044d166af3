"""What we said was wrong, and is put right."""

import pytest

from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.rewording import correct_words
from records.errors import Conflict, EditedMeanwhile, Invalid, NotFound
from records.incidents import Stage
from records.notices import Lane, NoticeKind
from records.store import incidents, notices
from records.store.people import audit_entries
from records.times import iso
from tests.cast import ANA, BEN, HOUR, MINUTE, NOW, acme, an_incident, fan_out, the_notice, told

BTC = ["ada", "carmen", "dmitri", "fay"]
RIGHT = {"en": "Only withdrawals wait; deposits are fine."}


@pytest.fixture
def desk(store):
    return acme(store)


@pytest.fixture
def incident(store, desk):
    found = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    return found


def test_the_right_words_stand_beside_the_wrong_ones_and_go_to_those_who_were_told(store, desk, incident):
    put_customers(desk, [CustomerEntry(external_id="late", tags=("holds:BTC",))], ANA, NOW)
    wrong = incident.updates[0]
    after = correct_words(desk, incident.id, wrong.id, RIGHT, BEN, NOW + MINUTE)
    assert [update.body for update in after.updates] == [an_incident().body, RIGHT]
    assert (after.updates[-1].corrects, after.updates[-1].stage) == (wrong.id, incident.stage)
    assert after.corrected == {wrong.id}
    assert (after.stage, after.next_update_at) == (incident.stage, incident.next_update_at)
    notice = the_notice(store, incident.id)
    assert (notice.kind, notice.lane) == (NoticeKind.INCIDENT_CORRECTED, Lane.URGENT)
    assert (notice.facts["body"], notice.facts["corrects_at"]) == (RIGHT, iso(NOW))
    fan_out(store)
    assert told(store, incident.id) == [BTC, BTC], "who came later never read the wrong words"
    assert [each.deed for each in audit_entries(store, limit=1)] == ["incident.reword"]


def test_a_correction_can_be_corrected_but_nothing_twice(desk, incident):
    wrong = incident.updates[0].id
    after = correct_words(desk, incident.id, wrong, RIGHT, ANA, NOW + MINUTE)
    with pytest.raises(Conflict, match="corrected already"):
        correct_words(desk, incident.id, wrong, {"en": "Something else."}, ANA, NOW + MINUTE)
    again = correct_words(desk, incident.id, after.updates[-1].id, {"en": "All wait."}, ANA, NOW + 2 * MINUTE)
    assert again.corrected == {wrong, after.updates[-1].id}


def test_a_correction_after_the_end_is_told_too(store, desk, incident):
    over = update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}), ANA, NOW + HOUR)
    correct_words(desk, incident.id, over.updates[-1].id, {"en": "Over since noon."}, ANA, NOW + 2 * HOUR)
    after = incidents.incident(store, incident.id)
    assert (after.stage, after.resolved_at, after.next_update_at) == (Stage.RESOLVED, NOW + HOUR, None)
    assert the_notice(store, incident.id).kind is NoticeKind.INCIDENT_CORRECTED


def test_a_correction_may_stand_on_the_page_only(store, desk, incident):
    correct_words(desk, incident.id, incident.updates[0].id, RIGHT, ANA, NOW + MINUTE, tell=False)
    assert len(notices.notices(store, subject_id=incident.id)) == 1


def test_what_makes_no_sense_is_refused(desk, incident):
    wrong = incident.updates[0]
    with pytest.raises(Invalid, match="says the same"):
        correct_words(desk, incident.id, wrong.id, wrong.body, ANA, NOW)
    with pytest.raises(Invalid, match="body is empty"):
        correct_words(desk, incident.id, wrong.id, {"en": " "}, ANA, NOW)
    with pytest.raises(NotFound, match="INC-1 has no update nothing"):
        correct_words(desk, incident.id, "nothing", RIGHT, ANA, NOW)
    with pytest.raises(EditedMeanwhile):
        correct_words(desk, incident.id, wrong.id, RIGHT, ANA, NOW, version=incident.version - 1)
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    with pytest.raises(Conflict, match="edit the draft"):
        correct_words(desk, draft.id, draft.updates[0].id, RIGHT, ANA, NOW)

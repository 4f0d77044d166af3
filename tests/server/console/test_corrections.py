"""Put words right from the console."""

from datetime import timedelta

import pytest

from records.desk.incidents import open_incident
from records.notices import NoticeKind
from records.store import incidents, notices
from tests.server.console.conftest import NOW
from tests.server.console.test_incidents import BEN, entry


def _opened(context):
    incident = open_incident(context.desk, entry(), BEN, NOW)
    return incident, f"/console/incidents/{incident.id}/updates/{incident.updates[0].id}/correct"


def test_wrong_words_are_put_right_and_told(ana, context):
    incident, path = _opened(context)
    assert f'href="{path}"' in ana.get(f"/console/incidents/{incident.id}").text
    assert "It is slow." in ana.get(path).text
    done = ana.post(path, data={"version": incident.version, "body.en": "It is very slow.", "do": "tell"})
    assert "Corrected." in done.text
    assert "Corrected later." in done.text
    after = incidents.incident(context.desk.store, incident.id)
    assert after.updates[-1].body == {"en": "It is very slow."}
    assert notices.notices(context.desk.store, subject_id=incident.id)[0].kind is NoticeKind.INCIDENT_CORRECTED


def test_nothing_typed_is_lost_when_somebody_was_faster(ana, context):
    incident, path = _opened(context)
    late = ana.post(path, data={"version": incident.version - 1, "body.en": "My <words>", "do": "tell"})
    assert late.status_code == 409
    assert "My &lt;words&gt;" in late.text
    same = ana.post(path, data={"version": incident.version, "body.en": "It is slow.", "do": "tell"})
    assert same.status_code == 422
    assert "says the same as before" in same.text


def test_a_correction_can_stand_on_the_page_only(ana, context):
    incident, path = _opened(context)
    ana.post(path, data={"version": incident.version, "body.en": "It is very slow.", "do": "quietly"})
    assert len(notices.notices(context.desk.store, subject_id=incident.id)) == 1
    assert len(incidents.incident(context.desk.store, incident.id).updates) == 2


def test_an_update_that_is_not_there_is_not_found(ana, context):
    incident, _ = _opened(context)
    assert ana.get(f"/console/incidents/{incident.id}/updates/nothing/correct").status_code == 404


def test_times_are_corrected_as_people_type_them(ana, context):
    incident, _ = _opened(context)
    page = ana.get(f"/console/incidents/{incident.id}").text
    assert "It really began or ended at another time" in page
    assert 'name="resolved_at"' not in page
    data = {"started_at": "50 min ago", "reason": "the first ticket"}
    assert "Bars and uptime follow" in ana.post(f"/console/incidents/{incident.id}/times", data=data).text
    assert incidents.incident(context.desk.store, incident.id).started_at == NOW - timedelta(minutes=50)


@pytest.mark.parametrize(
    ("typed", "field", "status"),
    [
        ({"started_at": "midnight", "reason": "<why>"}, "started_at", 422),
        ({"reason": "<why>"}, "started_at", 422),
        ({"started_at": "50 min ago", "reason": " "}, "reason", 422),
        ({"resolved_at": "5 min ago", "reason": "<why>"}, None, 409),
    ],
)
def test_times_that_cannot_be_are_refused_at_their_field_and_nothing_typed_is_lost(ana, context, typed, field, status):
    incident, _ = _opened(context)
    refused = ana.post(f"/console/incidents/{incident.id}/times", data=typed)
    assert refused.status_code == status
    if field:
        assert f'id="fault-{field}"' in refused.text
    if typed["reason"].strip():
        assert "&lt;why&gt;" in refused.text
    assert incidents.incident(context.desk.store, incident.id) == incident


def test_who_only_reads_corrects_no_times(vi, context):
    incident, _ = _opened(context)
    assert "It really began" not in vi.get(f"/console/incidents/{incident.id}").text
    data = {"started_at": "50 min ago", "reason": "why"}
    assert vi.post(f"/console/incidents/{incident.id}/times", data=data).status_code == 403

"""Sending oneself a test from where one writes: the form of an incident or window, and the page of a notice."""

import json
from datetime import timedelta

import pytest

from notifier.compose import preview
from records.desk import people as deeds
from records.desk.incidents import IncidentEntry, open_incident
from records.desk.maintenance import MaintenanceEntry, announce
from records.people import COMMAND_LINE
from records.store import incidents, maintenance, notices, people
from server.wiring import house_of
from tests.server.console.conftest import NOW
from tests.server.console.test_incidents import WORDS


@pytest.fixture(autouse=True)
def ana_has_an_address(context):
    user = people.user(context.desk.store, "ana")
    assert user is not None
    deeds.change_email(context.desk, user.id, "ana@acme.example", COMMAND_LINE, NOW)


def queued(context):
    return context.desk.store.rows("SELECT * FROM trials ORDER BY language")


def test_from_the_form_of_an_incident_before_anything_is_kept(ana, context):
    page = ana.post("/console/incidents", data={**WORDS, "do": "test", "test": ["fr"]})
    assert page.status_code == 200
    assert "On its way to ana@acme.example, marked as a test: French. Nobody else gets it." in page.text
    [row] = queued(context)
    assert (row["language"], row["address"]) == ("fr", "ana@acme.example")
    assert "Retraits Bitcoin retardés" in row["forms"]
    assert incidents.open_incidents(context.desk.store) == []
    assert context.desk.store.rows("SELECT * FROM notices") == []
    # What was typed stays, and so does the preview.
    assert "Retraits Bitcoin retardés" in page.text
    assert "What goes out" in page.text


def test_from_the_form_of_a_window(ana, context):
    words = {
        "name.en": "Node upgrade",
        "body.en": "We upgrade.",
        "components": ["btc-deposits"],
        "when": "tomorrow 02:00 utc 2h",
        "kind": "maintenance",
        "channels": ["email"],
        "do": "test",
        "test": ["en", "fr"],
    }
    page = ana.post("/console/maintenances", data=words)
    assert "marked as a test: English, French" in page.text
    assert [row["language"] for row in queued(context)] == ["en", "fr"]
    assert context.desk.store.rows("SELECT * FROM maintenances") == []


def test_none_chosen_none_known_and_none_allowed_are_said(ana, vi, sign_in, context):
    assert "No language is chosen" in ana.post("/console/incidents", data={**WORDS, "do": "test"}).text
    ada = sign_in("ada").post("/console/incidents", data={**WORDS, "do": "test", "test": ["en"]})
    assert "No e-mail address is known of ada" in ada.text
    assert vi.post("/console/incidents", data={**WORDS, "do": "test", "test": ["en"]}).status_code == 403
    assert queued(context) == []


def test_from_the_page_of_a_notice_in_the_very_words_that_went_out(ana, vi, context):
    entry = IncidentEntry(name={"en": "Slow"}, body={"en": "It is slow."}, statuses={})
    incident = open_incident(context.desk, entry, COMMAND_LINE, NOW)
    [notice] = notices.notices(context.desk.store, subject_id=incident.id)
    shown = preview(context.desk.store, notice, house_of(context.settings), ["en"])
    page = ana.post(f"/console/notices/{notice.id}/test", data={"test": "en"})
    assert "On its way to ana@acme.example" in page.text
    [row] = queued(context)

    assert json.loads(row["forms"]) == shown.messages["en"].forms
    assert vi.post(f"/console/notices/{notice.id}/test", data={"test": "en"}).status_code == 403
    assert "Send me a test" not in vi.get(f"/console/notices/{notice.id}").text
    assert "In the app" in ana.get(f"/console/notices/{notice.id}").text


def test_an_address_is_given_in_the_list_of_people(sign_in, context):
    ada = sign_in("ada")
    sam = people.user(context.desk.store, "sam")
    assert sam is not None
    assert (
        "Tests of notices go there" in ada.post(f"/console/people/{sam.id}/email", data={"email": "sam@x.example"}).text
    )
    assert 'value="sam@x.example"' in ada.get("/console/people").text
    refused = ada.post(f"/console/people/{sam.id}/email", data={"email": "sam"})
    assert (refused.status_code, "not an e-mail address" in refused.text) == (422, True)
    added = ada.post("/console/people", data={"name": "ben", "role": "ops", "email": "nowhere"})
    assert (added.status_code, 'value="nowhere"' in added.text) == (422, True)


def test_from_the_form_of_an_update_which_is_not_posted_by_it(ana, context):
    entry = IncidentEntry(name={"en": "Slow"}, body={"en": "It is slow."}, statuses={})
    incident = open_incident(context.desk, entry, COMMAND_LINE, NOW)
    typed = {"stage": "identified", "body.en": "We found the fault.", "version": str(incident.version)}
    previewed = ana.post(f"/console/incidents/{incident.id}/updates", data={**typed, "do": "preview"}).text
    assert f'form="post-update" formaction="/console/incidents/{incident.id}/updates">Send me a test' in previewed
    page = ana.post(f"/console/incidents/{incident.id}/updates", data={**typed, "do": "test", "test": "en"})
    assert "marked as a test: English" in page.text
    assert "We found the fault." in queued(context)[0]["forms"]
    assert len(incidents.incident(context.desk.store, incident.id).updates) == 1


def test_from_the_page_of_a_window_which_goes_on_as_it_was(ana, context):
    entry = MaintenanceEntry(
        name={"en": "Node upgrade"},
        body={"en": "We upgrade."},
        scheduled_for=NOW + timedelta(days=3),
        scheduled_until=NOW + timedelta(days=3, hours=2),
        component_ids=("btc-deposits",),
    )
    event = announce(context.desk, entry, COMMAND_LINE, NOW)
    address = f"/console/maintenances/{event.id}/cancel"
    typed = {"body.en": "Not this week.", "version": str(event.version)}
    previewed = ana.post(address, data={**typed, "do": "preview"}).text
    assert f'form="run-event" formaction="{address}">Send me a test' in previewed
    page = ana.post(address, data={**typed, "do": "test", "test": "fr"})
    assert "marked as a test: French" in page.text
    assert "Not this week." in queued(context)[0]["forms"]
    assert maintenance.maintenance(context.desk.store, event.id) == event

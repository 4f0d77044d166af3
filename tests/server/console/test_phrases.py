"""Words agreed on beforehand: offered in the forms, put in by one press, and all that was typed elsewhere stays."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.people import COMMAND_LINE
from records.store import incidents
from server import csrf
from server.config.sections.phrases import IncidentPhrase, MaintenancePhrase, Phrases
from server.console.routes import ROUTES
from tests.server.console.conftest import NOW

PHRASES = Phrases(
    funds=({"en": "Your balances are correct.", "fr": "Vos soldes sont exacts."},),
    incident=(
        IncidentPhrase(
            key="late",
            name={"en": "Withdrawals are delayed", "fr": "Les retraits sont retardés"},
            body={"en": "They wait longer than usual.", "fr": "Ils attendent plus longtemps."},
            next_update="in 20 min",
            components=("btc-withdrawals",),
            status=Status.PARTIAL_OUTAGE,
        ),
    ),
    update=(
        IncidentPhrase(key="found", label="Cause found", body={"en": "We know why.", "fr": "La cause est connue."}),
    ),
    maintenance=(
        MaintenancePhrase(
            key="app", name={"en": "App update"}, body={"en": "The app cannot be used."}, components=("website",)
        ),
    ),
)


@pytest.fixture
def context(context):
    return replace(context, settings=context.settings.model_copy(update={"phrases": PHRASES}))


@pytest.fixture
def app(context):
    made = Starlette(routes=ROUTES, middleware=csrf.MIDDLEWARE)
    made.state.context = context
    return made


def field(text, name):
    """What stands in a field of the form."""
    found = re.findall(rf'name="{re.escape(name)}"[^>]* value="([^"]*)"', text)
    found += re.findall(rf'<textarea name="{re.escape(name)}"[^>]*>([^<]*)</textarea>', text)
    return found[0]


def test_one_press_fills_every_language_and_keeps_what_was_typed_elsewhere(ana, context):
    typed = {
        "what_to_do.en": "Please wait.",
        "name.en": "Something",
        "state.cards": "major_outage",
        "audience": "holds:BTC",
    }
    text = ana.post("/console/incidents", data={**typed, "use": "late"}).text
    assert field(text, "name.en") == "Withdrawals are delayed"
    assert field(text, "name.fr") == "Les retraits sont retardés"
    assert field(text, "body.fr") == "Ils attendent plus longtemps."
    assert field(text, "what_to_do.en") == "Please wait."
    assert field(text, "next_update") == "in 20 min"
    assert field(text, "audience") == "holds:BTC"
    chosen = re.findall(r'<option value="(\w+)" selected>', text)
    assert {"partial_outage", "major_outage"} <= set(chosen)
    assert incidents.drafts(context.desk.store) == []
    assert incidents.open_incidents(context.desk.store) == []


def test_an_address_opens_the_form_with_the_words_in_it(ana):
    assert field(ana.get("/console/incidents/new?use=late").text, "name.fr") == "Les retraits sont retardés"
    text = ana.get("/console/maintenances/new?use=app").text
    assert field(text, "name.en") == "App update"
    assert re.search(r'value="website" data-ask checked', text)


def test_an_update_takes_agreed_words_and_posts_nothing_yet(ana, context):
    entry = IncidentEntry(name={"en": "Slow"}, body={"en": "Slow."}, statuses={"btc-withdrawals": Status.DEGRADED})
    incident = open_incident(context.desk, entry, COMMAND_LINE, NOW)
    page = f"/console/incidents/{incident.id}"
    assert ">Cause found</button>" in ana.get(page).text
    text = ana.post(f"{page}/updates", data={"version": incident.version, "stage": "identified", "use": "found"}).text
    assert field(text, "body.fr") == "La cause est connue."
    assert 'value="identified" checked' in text
    assert len(incidents.incident(context.desk.store, incident.id).updates) == 1


def test_announcing_keeps_the_typed_time(ana):
    text = ana.post("/console/maintenances", data={"when": "tomorrow 22:00 for 2h", "zone": "UTC", "use": "app"}).text
    assert field(text, "when") == "tomorrow 22:00 for 2h"
    assert field(text, "name.en") == "App update"


@pytest.mark.parametrize("address", ["/console/incidents", "/console/maintenances"])
def test_words_that_are_no_longer_in_the_settings_are_said_and_nothing_is_lost(ana, address):
    answer = ana.post(address, data={"name.en": "Cards are declined", "use": "gone"})
    assert answer.status_code == 422
    assert "there are no words “gone” in the settings" in answer.text
    assert "Cards are declined" in answer.text


def test_lines_on_money_are_offered_in_their_language(ana):
    text = ana.get("/console/incidents/new").text
    assert '<datalist id="funds-fr"><option value="Vos soldes sont exacts."></option></datalist>' in text
    assert re.search(r'name="funds.fr"[^>]* list="funds-fr"', text)


def test_the_board_offers_planned_events_to_whoever_may_announce_them(ana, vi):
    assert 'href="/console/maintenances/new?use=app"' in ana.get("/console").text
    assert "use=app" not in vi.get("/console").text


BLANK = IncidentPhrase(
    key="blank",
    name={"en": "{services} are delayed", "fr": "Retards : {services}"},
    body={"en": "Since {since}, {what} waits."},
)
ENTRY = IncidentEntry(name={"en": "Cards are slow"}, body={"en": "They are."}, statuses={"cards": Status.DEGRADED})


@pytest.fixture
def blank(context, app):
    phrases = PHRASES.model_copy(update={"incident": (BLANK,), "update": (BLANK,)})
    changed = replace(context, settings=context.settings.model_copy(update={"phrases": phrases}))
    app.state.context = changed
    return changed


def test_blanks_that_the_form_knows_are_filled_in_each_language(ana, blank):
    chosen = {"state.btc-withdrawals": "partial_outage", "state.cards": "degraded_performance"}
    text = ana.post("/console/incidents", data={"use": "blank", **chosen}).text
    assert field(text, "name.en") == "Bitcoin withdrawals and Cards &lt;&amp; payments&gt; are delayed"
    assert field(text, "name.fr") == "Retards : Retraits Bitcoin et Cards &lt;&amp; payments&gt;"
    assert field(text, "body.en") == "Since 13:05 UTC, {what} waits."
    typed = ana.post("/console/incidents", data={"use": "blank", "started": "20 min ago", **chosen}).text
    assert field(typed, "body.en") == "Since 12:45 UTC, {what} waits."


def test_a_blank_that_nobody_filled_in_is_said_at_its_field_and_nothing_is_lost(ana, blank):
    words = {"name.en": "{services} are delayed", "body.en": "Since noon, {what} waits.", "funds.en": "Fine."}
    answer = ana.post("/console/incidents", data={**words, "do": "publish", "channels": "email"})
    assert answer.status_code == 422
    assert "{services} is still to be filled in (en)" in answer.text
    assert "{what} is still to be filled in (en)" in answer.text
    assert [field(answer.text, name) for name in words] == list(words.values())
    assert incidents.open_incidents(blank.desk.store) == []
    # A draft may have them.
    ana.post("/console/incidents", data={**words, "do": "save"})
    assert len(incidents.drafts(blank.desk.store)) == 1


def test_an_update_says_since_when_the_incident_began(ana, blank):
    incident = open_incident(blank.desk, ENTRY, COMMAND_LINE, NOW - timedelta(minutes=30))
    text = ana.post(f"/console/incidents/{incident.id}/updates", data={"use": "blank"}).text
    assert field(text, "body.en") == "Since 12:35 UTC, {what} waits."
    typed = {"body.en": "Since {since}.", "stage": "identified", "version": incident.version}
    refused = ana.post(f"/console/incidents/{incident.id}/updates", data=typed)
    assert refused.status_code == 422
    assert "{since} is still to be filled in" in refused.text
    assert field(refused.text, "body.en") == "Since {since}."

"""Declare, edit, publish, discard, update and resolve from the console."""

import re
from datetime import timedelta
from typing import Any

from records.components import Status
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.incidents import Impact, Stage
from records.people import MONITOR, Actor, Role
from records.store import components, incidents, notices
from tests.server.console.conftest import NOW

WORDS = {
    "name.en": "Bitcoin withdrawals are delayed",
    "name.fr": "Retraits Bitcoin retardés",
    "body.en": "Withdrawals wait <longer> than usual.",
    "body.fr": "Les retraits attendent plus longtemps.",
    "state.btc-withdrawals": "degraded_performance",
    "audience": "affected",
    "channels": ["email", "inapp"],
}
BEN = Actor(name="user:ben", role=Role.OPS)


def entry(**changes: Any) -> IncidentEntry:
    given: dict[str, Any] = {
        "name": {"en": "Slow"},
        "body": {"en": "It is slow."},
        "statuses": {"btc-withdrawals": Status.DEGRADED},
    }
    return IncidentEntry(**given | changes)


def test_declaring_publishes_and_tells_those_affected(ana, context):
    page = ana.post("/console/incidents", data={**WORDS, "do": "publish"})
    assert page.status_code == 200
    assert "Published." in page.text
    [incident] = incidents.open_incidents(context.desk.store)
    assert incident.name["fr"] == "Retraits Bitcoin retardés"
    assert incident.impact is Impact.MINOR
    assert incident.opened_by == "user:ana"
    assert incident.channels == ("email", "inapp")
    [notice] = notices.notices(context.desk.store, subject_id=incident.id)
    assert notice.audience_rule.startswith("network:bitcoin or holds:BTC or told:")


def test_what_operators_type_is_shown_as_text_and_never_as_markup(ana, context):
    page = ana.post("/console/incidents", data={**WORDS, "do": "publish"})
    assert "&lt;longer&gt;" in page.text
    assert "<longer>" not in page.text


def test_a_draft_is_kept_and_nobody_is_told(ana, context):
    page = ana.post("/console/incidents", data={**WORDS, "do": "save"})
    assert "Nobody has been told." in page.text
    assert "Draft by ana" in page.text
    [draft] = incidents.drafts(context.desk.store)
    assert notices.notices(context.desk.store, subject_id=draft.id) == []


def test_a_preview_shows_the_words_and_keeps_nothing(ana, context):
    page = ana.post("/console/incidents", data={**WORDS, "do": "preview"})
    assert "What goes out" in page.text
    assert "Retraits Bitcoin retardés" in page.text
    # What is missing in every language is said once.
    assert page.text.count("nothing is said about what still works") == 1
    assert "(EN, FR)" in page.text
    assert incidents.drafts(context.desk.store) == incidents.open_incidents(context.desk.store) == []
    assert notices.notices(context.desk.store) == []
    # The number that people say aloud was not used up either.
    assert open_incident(context.desk, entry(), BEN, NOW).number == 1


def test_a_missing_text_is_said_at_its_field_and_what_was_typed_stays(ana, context):
    page = ana.post("/console/incidents", data={**WORDS, "body.en": "", "body.fr": "", "do": "publish"})
    assert page.status_code == 422
    assert 'id="fault-body"' in page.text
    assert "the body is empty" in page.text
    assert "Retraits Bitcoin retardés" in page.text
    assert incidents.open_incidents(context.desk.store) == []


def test_a_rule_that_cannot_be_read_is_said_at_the_audience(ana):
    page = ana.post("/console/incidents", data={**WORDS, "audience": "holds:BTC and", "do": "publish"})
    assert page.status_code == 422
    assert 'id="fault-audience"' in page.text
    assert 'aria-describedby="fault-audience"' in page.text


def test_a_promise_in_words_is_kept_as_a_time(ana, context):
    ana.post("/console/incidents", data={**WORDS, "next_update": "in 20 min", "started": "14:30", "do": "publish"})
    [incident] = incidents.open_incidents(context.desk.store)
    assert incident.next_update_at == NOW + timedelta(minutes=20)
    assert incident.started_at == NOW - timedelta(minutes=35)  # 14:30 in Bucharest


def test_a_promise_that_is_not_clear_is_said_at_its_field(ana):
    page = ana.post("/console/incidents", data={**WORDS, "next_update": "soonish", "do": "publish"})
    assert page.status_code == 422
    assert 'id="fault-next_update"' in page.text


def test_no_channel_means_the_page_only(ana, context):
    ana.post("/console/incidents", data={**WORDS, "channels": [], "do": "publish"})
    [incident] = incidents.open_incidents(context.desk.store)
    assert incident.channels == ()
    assert notices.notices(context.desk.store) == []


def test_while_typing_the_console_says_whom_it_reaches(ana):
    found = ana.get(
        "/console/incidents/check.json",
        params={"audience": "affected", "state.btc-withdrawals": "partial_outage", "state.cards": ""},
    ).json()
    assert {name: found[name] for name in ("fault", "customers", "rule", "impact", "warnings")} == {
        "fault": "",
        "customers": 1,
        "rule": "network:bitcoin or holds:BTC",
        "impact": "major",
        "warnings": [],
    }
    assert "is not a tag" in ana.get("/console/incidents/check.json", params={"audience": "BTC"}).json()["fault"]


def test_a_draft_from_monitors_is_published_with_one_press(ana, context):
    draft = open_incident(context.desk, entry(publish=False), MONITOR, NOW, monitor="chain:bitcoin")
    board = ana.get("/console").text
    assert "Draft from monitors" in board
    page = ana.post(f"/console/incidents/{draft.id}/publish", data={"as_is": "1", "version": draft.version})
    assert "Published." in page.text
    assert incidents.incident(context.desk.store, draft.id).is_open


def test_a_draft_that_changed_meanwhile_is_not_published_unseen(ana, context):
    draft = open_incident(context.desk, entry(publish=False), MONITOR, NOW, monitor="chain:bitcoin")
    update_incident(context.desk, draft.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Worse."}), BEN, NOW)
    page = ana.post(f"/console/incidents/{draft.id}/publish", data={"as_is": "1", "version": draft.version})
    assert page.status_code == 409
    assert "changed by somebody else" in page.text
    assert incidents.incident(context.desk.store, draft.id).is_draft


def test_an_edited_draft_can_be_put_down_and_picked_up(ana, context):
    draft = open_incident(context.desk, entry(publish=False), MONITOR, NOW, monitor="chain:bitcoin")
    form = ana.get(f"/console/incidents/{draft.id}/edit").text
    assert "It is slow." in form
    ana.post(
        f"/console/incidents/{draft.id}/publish",
        data={**WORDS, "audience": "holds:ETH", "version": draft.version, "do": "save"},
    )
    kept = incidents.incident(context.desk.store, draft.id)
    assert kept.is_draft
    assert (kept.name["en"], kept.audience) == ("Bitcoin withdrawals are delayed", "holds:ETH")


def test_editing_a_draft_shows_what_the_other_person_wrote_first(ana, context):
    draft = open_incident(context.desk, entry(publish=False), MONITOR, NOW, monitor="chain:bitcoin")
    update_incident(context.desk, draft.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Ben knows."}), BEN, NOW)
    page = ana.post(f"/console/incidents/{draft.id}/publish", data={**WORDS, "version": draft.version, "do": "publish"})
    assert page.status_code == 409
    assert "Ben knows." in page.text
    assert "Withdrawals wait &lt;longer&gt;" in page.text
    assert incidents.incident(context.desk.store, draft.id).is_draft


def test_a_draft_can_be_called_no_incident(ana, context):
    draft = open_incident(context.desk, entry(publish=False), MONITOR, NOW, monitor="chain:bitcoin")
    page = ana.post(f"/console/incidents/{draft.id}/discard", data={"reason": "a deploy"})
    assert "Noted as not an incident." in page.text
    assert incidents.incident(context.desk.store, draft.id).discarded_at == NOW
    assert ana.post(f"/console/incidents/{draft.id}/discard").status_code == 409


def test_an_update_is_posted_and_states_stay_as_chosen(ana, context):
    incident = open_incident(context.desk, entry(), BEN, NOW)
    page = ana.post(
        f"/console/incidents/{incident.id}/updates",
        data={
            "stage": "identified",
            "body.en": "We know why.",
            "state.btc-withdrawals": "partial_outage",
            "funds.en": "Your balances are correct.",
            "version": incident.version,
            "cause": "third_party",
        },
    )
    assert "Posted." in page.text
    changed = incidents.incident(context.desk.store, incident.id)
    assert (changed.stage, changed.impact) == (Stage.IDENTIFIED, Impact.MAJOR)
    assert changed.funds == {"en": "Your balances are correct."}
    assert components.component(context.desk.store, "btc-withdrawals").status is Status.PARTIAL_OUTAGE


def test_two_who_edit_see_each_others_words_before_they_overwrite(ana, context):
    incident = open_incident(context.desk, entry(), BEN, NOW)
    update_incident(context.desk, incident.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Ben knows."}), BEN, NOW)
    page = ana.post(
        f"/console/incidents/{incident.id}/updates",
        data={"stage": "identified", "body.en": "Ana thinks.", "version": incident.version},
    )
    assert page.status_code == 409
    assert page.text.index("Ben knows.") < page.text.index("Ana thinks.")
    current = incidents.incident(context.desk.store, incident.id)
    assert f'name="version" value="{current.version}"' in page.text
    assert len(current.updates) == 2


def test_resolving_while_monitors_see_trouble_says_so_and_asks_for_a_reason(ana, context):
    incident = open_incident(context.desk, entry(), BEN, NOW)
    components.set_signal(context.desk.store, "btc-withdrawals", "chain:bitcoin", Status.MAJOR_OUTAGE, NOW)
    data = {"stage": "resolved", "body.en": "It is over.", "version": incident.version}
    page = ana.post(f"/console/incidents/{incident.id}/updates", data=data)
    assert page.status_code == 409
    assert "monitors still see trouble at btc-withdrawals" in page.text
    assert 'name="override_reason"' in page.text
    page = ana.post(f"/console/incidents/{incident.id}/updates", data={**data, "override_reason": "The node is blind."})
    assert page.status_code == 200
    assert incidents.incident(context.desk.store, incident.id).stage is Stage.RESOLVED


def test_a_move_that_is_not_in_the_table_is_refused_in_words(ana, context):
    incident = open_incident(context.desk, entry(), BEN, NOW)
    page = ana.post(f"/console/incidents/{incident.id}/updates", data={"stage": "postmortem", "body.en": "Why it was."})
    assert page.status_code == 409
    assert "is investigating; from there it can become" in page.text


def test_a_stage_that_is_not_on_offer_changes_nothing(ana, context):
    incident = open_incident(context.desk, entry(), BEN, NOW)
    page = ana.post(f"/console/incidents/{incident.id}/updates", data={"stage": "gone", "body.en": "x"})
    assert page.status_code == 422
    assert "is not on offer" in page.text


def test_an_overdue_promise_stands_out_on_the_board(ana, context, clock):
    open_incident(context.desk, entry(), BEN, NOW)
    clock.forward(minutes=20)
    board = ana.get("/console").text
    assert re.search(r"overdue by 5 minutes", board)
    assert 'class="strip num" data-tone="major"' in board


def test_the_kill_switch_is_pulled_and_let_go(ana, context):
    assert "Monitors only open drafts." in ana.post("/console/auto-publish", data={"to": "off"}).text
    assert "Allow it again" in ana.get("/console").text
    assert "Automatic publishing is on" in ana.post("/console/auto-publish", data={"to": "on"}).text


def test_the_page_of_an_incident_answers_to_its_number(ana, context):
    incident = open_incident(context.desk, entry(), BEN, NOW)
    page = ana.get("/console/incidents/INC-1")
    assert str(page.url).endswith(incident.id)
    assert ana.get("/console/incidents/INC-99").status_code == 404


def test_the_list_names_drafts_and_what_was_discarded(ana, context):
    open_incident(context.desk, entry(publish=False), BEN, NOW)
    open_incident(context.desk, entry(), BEN, NOW)
    page = ana.get("/console/incidents").text
    assert "INC-1" in page
    assert "<b>draft</b>" in page
    assert "Investigating" in page


def test_the_board_fragment_holds_its_three_parts(ana):
    fragment = ana.get("/console/board").text
    assert re.findall(r'data-live="(\w+)"', fragment) == ["strip", "left", "right"]
    assert "<html" not in fragment


def test_a_promise_that_is_about_to_break_is_said_on_the_board(ana, context, clock):
    entry = IncidentEntry(
        name={"en": "Slow"},
        body={"en": "Slow."},
        statuses={"cards": Status.DEGRADED},
        next_update_at=clock() + timedelta(minutes=10),
    )
    incident = open_incident(context.desk, entry, BEN, clock())
    assert "speak now" not in ana.get("/console").text
    clock.forward(minutes=8)
    text = ana.get("/console").text
    assert f"{incident.ref}: speak now, or the promise breaks" in text
    clock.forward(minutes=3)
    assert "speak now" not in ana.get("/console").text
    assert "overdue by" in ana.get("/console").text


def test_an_update_is_previewed_as_it_would_leave_and_nothing_is_posted(ana, context):
    incident = open_incident(context.desk, entry(), BEN, NOW)
    typed = {"stage": "identified", "body.en": "We know why.", "next_update": "in 45 min", "version": incident.version}
    text = ana.post(f"/console/incidents/{incident.id}/updates", data={**typed, "do": "preview"}).text
    assert "What goes out" in text
    assert text.count("We know why.") >= 3
    assert 'value="in 45 min"' in text
    assert "13:50 UTC" in text
    assert incidents.incident(context.desk.store, incident.id) == incident

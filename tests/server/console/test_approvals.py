"""Notices that wait, on the board and on their own page."""

from dataclasses import replace
from datetime import timedelta

import pytest

from records.desk.approvals import run_waits
from records.notices import Decision, NoticeState
from records.people import CLOCK, MAY, Right, Role
from records.store import fanout, incidents, notices, people
from server.config import parse_settings
from server.wiring import desk_on
from tests.server.console.conftest import _HASHED, _SETTINGS, NOW
from tests.server.console.test_incidents import WORDS

GRAVE = WORDS | {"state.btc-withdrawals": "major_outage"}
ADDRESS = "/console/notices/{}/{}"


@pytest.fixture
def strict(app, context):
    """Whatever reaches anybody needs a second person; Eve may approve."""
    app.state.context = replace(context, desk=replace(context.desk, second_person_above=0))
    people.add_user(context.desk.store, "eve", Role.APPROVER, _HASHED, NOW)
    return app.state.context


def the_notice(context):
    return notices.notices(context.desk.store)[0]


def test_a_notice_to_many_waits_on_the_board_with_its_words(ana, strict):
    page = ana.post("/console/incidents", data={**GRAVE, "do": "publish"})
    assert "customers hear it once a second person has said yes" in page.text
    assert "First words waits for a second person: 1 customer" in page.text
    assert "1 notice waits for a yes" in page.text
    assert "Withdrawals wait &lt;longer&gt; than usual." in page.text
    # Ana may not approve at all.
    assert ">Approve</button>" not in page.text
    assert incidents.open_incidents(strict.desk.store)[0].published_at == NOW
    assert fanout.unfinished_fanouts(strict.desk.store) == []


def test_the_preview_says_that_it_will_wait(ana, strict):
    page = ana.post("/console/incidents", data={**GRAVE, "do": "preview"})
    assert "It waits for a second person: 1 customer." in page.text
    assert notices.notices(strict.desk.store) == []


def test_a_second_person_reads_the_very_words_and_says_yes(ana, sign_in, strict):
    ana.post("/console/incidents", data={**GRAVE, "do": "publish"})
    notice, eve = the_notice(strict), sign_in("eve")
    page = eve.get(f"/console/notices/{notice.id}")
    assert "Words as they would leave" in page.text
    assert "Retraits Bitcoin retardés" in page.text
    assert ">Approve</button>" in page.text
    read = notices.texts(strict.desk.store, notice.id, 1, "fr")["body_text"].sha256
    done = eve.post(ADDRESS.format(notice.id, "approve"))
    assert "Approved. Customers are being told." in done.text
    assert [each.id for each in fanout.unfinished_fanouts(strict.desk.store)] == [notice.id]
    assert notices.texts(strict.desk.store, notice.id, 1, "fr")["body_text"].sha256 == read
    late = eve.post(ADDRESS.format(notice.id, "approve"))
    assert (late.status_code, "does not wait" in late.text) == (409, True)


def test_its_author_is_offered_only_the_glass(sign_in, strict):
    ada = sign_in("ada")
    page = ada.post("/console/incidents", data={**GRAVE, "do": "publish"})
    assert "You wrote it: somebody else has to say yes." in page.text
    assert ">Approve</button>" not in page.text
    notice = the_notice(strict)
    refused = ada.post(ADDRESS.format(notice.id, "approve"))
    assert (refused.status_code, "a second person has to say yes" in refused.text) == (403, True)
    assert "Break the glass and send" in ada.get(f"/console/notices/{notice.id}").text
    ada.post(ADDRESS.format(notice.id, "approve"), data={"break_glass": "Funds at risk"})
    assert the_notice(strict).has_left
    entry = people.audit_entries(strict.desk.store, subject=notice.id)[0]
    assert (entry.actor, entry.detail["break_glass"]) == ("user:ada", "Funds at risk")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("deed", "right"), [("approve", Right.APPROVE), ("decline", Right.OPERATE)])
def test_each_role_answers_as_the_matrix_says(ana, sign_in, strict, role, deed, right):
    ana.post("/console/incidents", data={**GRAVE, "do": "publish"})
    people.add_user(strict.desk.store, "kim", role, _HASHED, NOW)
    answer = sign_in("kim").post(ADDRESS.format(the_notice(strict).id, deed))
    assert answer.status_code == (200 if right in MAY[role] else 403)
    assert the_notice(strict).is_waiting != (right in MAY[role])


def test_what_was_declined_is_gone_from_the_board_and_says_so_on_its_page(ana, strict):
    ana.post("/console/incidents", data={**GRAVE, "do": "publish"})
    notice = the_notice(strict)
    page = ana.post(ADDRESS.format(notice.id, "decline"))
    assert "Declined. Nobody hears it." in page.text
    assert "waits for a second person" not in page.text
    assert "Declined: nobody heard it." in ana.get(f"/console/notices/{notice.id}").text
    assert "declined: nobody heard it" in ana.get(f"/console/incidents/{notice.subject_id}").text


# --- taking back ---


def test_what_is_not_urgent_can_be_taken_back_for_ten_seconds(ana, context, clock):
    page = ana.post("/console/incidents", data={**WORDS, "do": "publish"})
    assert "until then you can take it back" in page.text
    assert "can still be taken back: 1 customer" in page.text
    assert ">Take back</button>" in page.text
    notice = the_notice(context)
    clock.forward(seconds=9)
    assert run_waits(context.desk, CLOCK, context.now()) == []
    ana.post(ADDRESS.format(notice.id, "decline"))
    clock.forward(seconds=9)
    assert run_waits(context.desk, CLOCK, context.now()) == []
    gone = the_notice(context)
    assert (gone.state, gone.wait.decision) == (NoticeState.CANCELLED, Decision.DECLINED)
    assert fanout.unfinished_fanouts(context.desk.store) == []


def test_what_nobody_takes_back_leaves(ana, context, clock):
    ana.post("/console/incidents", data={**WORDS, "do": "publish"})
    clock.forward(seconds=10)
    run_waits(context.desk, CLOCK, context.now())
    assert [each.id for each in fanout.unfinished_fanouts(context.desk.store)] == [the_notice(context).id]


def test_urgent_words_leave_at_once(ana, context):
    page = ana.post("/console/incidents", data={**GRAVE, "do": "publish"})
    assert "those it affects are being told" in page.text
    assert len(fanout.unfinished_fanouts(context.desk.store)) == 1


def test_without_a_hold_everything_leaves_at_once(ana, app, context, tmp_path):
    settings = parse_settings((_SETTINGS + "access: {approvals: {hold: 0s}}\n").encode(), {}, tmp_path)
    app.state.context = replace(context, settings=settings, desk=desk_on(context.desk.store, settings))
    ana.post("/console/incidents", data={**WORDS, "do": "publish"})
    assert len(fanout.unfinished_fanouts(context.desk.store)) == 1


def test_an_announcement_is_held_too(ana, context):
    words = {
        "name.en": "App update",
        "body.en": "We update the app.",
        "when": "2026-11-28T02:00Z/PT2H",
        "zone": "UTC",
        "components": ["website"],
        "channels": ["email"],
    }
    page = ana.post("/console/maintenances", data=words)
    assert "Announced. The page shows it; customers hear it in a few seconds" in page.text
    held = the_notice(context)
    assert (held.wait.until, held.channels) == (NOW + timedelta(seconds=10), ("email",))


# --- what the policies fill in ---

_POLICIES = "policies: [{on: [incident.opened], channels: [inapp], audience: everyone, approval: auto}]\n"


@pytest.fixture
def routed(app, context, tmp_path):
    """A policy: the app only, to everyone."""
    settings = parse_settings((_SETTINGS + _POLICIES).encode(), {}, tmp_path)
    app.state.context = replace(context, settings=settings, desk=desk_on(context.desk.store, settings))
    return app.state.context


def test_the_form_starts_with_what_the_policy_says(ana, routed):
    text = ana.get("/console/incidents/new").text
    assert 'value="inapp" checked' in text
    assert 'value="email" checked' not in text
    assert 'value="everyone"' in text


def test_what_stays_as_the_policy_has_it_is_left_to_the_policies(ana, routed):
    ana.post("/console/incidents", data={**GRAVE, "audience": "everyone", "channels": ["inapp"], "do": "publish"})
    [incident] = incidents.open_incidents(routed.desk.store)
    assert (the_notice(routed).channels, incident.audience) == (("inapp",), "everyone")
    update = {"name.en": "Late", "body.en": "Found.", "stage": "identified", "state.btc-withdrawals": "major_outage"}
    ana.post(f"/console/incidents/{incident.id}/updates", data=update)
    # No policy is about updates: the house's usual way.
    assert the_notice(routed).channels == ("email", "inapp")


def test_what_a_person_ticks_is_what_happens_from_then_on(ana, routed):
    ana.post("/console/incidents", data={**GRAVE, "channels": ["email"], "do": "publish"})
    [incident] = incidents.open_incidents(routed.desk.store)
    assert the_notice(routed).channels == ("email",)
    assert "everyone" not in incident.audience

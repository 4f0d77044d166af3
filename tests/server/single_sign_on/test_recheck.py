"""Whoever is signed in stays so only while the provider says yes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from records.people import Role
from records.store import people
from tests.oidc import Visitor
from tests.server.house import settings_with
from tests.server.single_sign_on.conftest import ROLES


def deeds(context):
    return [each.deed for each in people.audit_entries(context.desk.store)]


def test_whoever_left_the_group_is_out_at_the_next_look(browser, come_in, context, clock, idp):
    come_in()
    assert browser.get("/console").status_code == 200
    idp.put("ana", groups=["finance"])
    # Until then we have the provider's word of before.
    assert browser.get("/console").status_code == 200
    clock.forward(minutes=11)
    out = browser.get("/console")
    assert (out.status_code, out.headers["location"]) == (303, "/console/sign-in?next=%2Fconsole")
    assert "in no group any more" in browser.get("/console/sign-in").text
    assert "user.sign_out" in deeds(context)
    assert come_in().status_code == 403


def test_what_they_had_typed_when_they_lost_access_is_shown_to_them(browser, come_in, clock, idp):
    come_in()
    idp.put("ana", groups=["finance"])
    clock.forward(minutes=11)
    kept = browser.post("/console/incidents", data={"name.en": "Cards are declined", "do": "publish"})
    assert (kept.status_code, "nothing that you typed is lost" in kept.text) == (401, True)


def test_another_group_is_another_role_from_the_next_look_on(browser, come_in, context, clock, idp):
    come_in()
    assert browser.get("/console/incidents/new").status_code == 200
    idp.put("ana", groups=["everybody"], email="ana@new.example")
    clock.forward(minutes=11)
    assert browser.get("/console/incidents/new").status_code == 403
    ana = people.user(context.desk.store, "ana")
    assert ana is not None
    assert (ana.role, ana.email) == (Role.VIEWER, "ana@new.example")


def test_an_account_that_is_gone_has_to_be_confirmed_and_is_not(browser, come_in, clock, idp):
    come_in()
    idp.drop("ana")
    clock.forward(minutes=11)
    # A page goes by the provider at once; a script is told to sign in.
    assert browser.get("/console").headers["location"] == "/console/sign-in/start?next=%2Fconsole"
    polled = browser.get("/console", headers={"sec-fetch-mode": "cors"})
    assert polled.headers["location"] == "/console/sign-in?next=%2Fconsole"


@pytest.mark.parametrize("oidc_changes", [{"client_id": "forewarn-no-refresh"}])
def test_where_there_is_no_refresh_token_the_browser_goes_by_the_provider_without_being_asked_anything(
    browser, come_in, clock
):
    visitor = Visitor("ana")
    come_in(visitor)
    assert visitor.asked == 1
    clock.forward(minutes=11)
    again = browser.get("/console/incidents")
    assert again.headers["location"] == "/console/sign-in/start?next=%2Fconsole%2Fincidents"
    back = visitor.go(browser.get(again.headers["location"]).headers["location"])
    assert browser.get(back).headers["location"] == "/console/incidents"
    assert visitor.asked == 1
    assert browser.get("/console/incidents").status_code == 200


def test_many_looks_go_well_one_after_the_other(browser, come_in, clock):
    come_in()
    for _ in range(4):
        clock.forward(minutes=11)
        assert browser.get("/console").status_code == 200


def test_of_many_requests_at_once_one_asks_and_nobody_is_thrown_out(browser, come_in, clock):
    come_in()
    clock.forward(minutes=11)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: browser.get("/console/incidents").status_code, range(8)))
    assert answers == [200] * 8
    clock.forward(minutes=11)
    assert browser.get("/console").status_code == 200


@pytest.mark.parametrize("oidc_changes", [{"unreachable": "30m"}])
def test_while_the_provider_is_away_people_go_on_for_a_while_and_no_longer(browser, come_in, clock, idp):
    come_in()
    idp.stop()
    try:
        for minutes in (11, 20):
            clock.forward(minutes=minutes)
            assert browser.get("/console").status_code == 200
        clock.forward(minutes=10)
        assert browser.get("/console").status_code == 303
        # What it offers is known for an hour; after that even the first step needs it.
        clock.forward(minutes=60)
        away = browser.get("/console/sign-in/start")
        assert (away.status_code, "forewarn user break-glass" in away.text) == (503, True)
    finally:
        idp.start()


def test_a_provider_that_comes_back_with_new_keys_is_believed_again(browser, come_in, clock, idp):
    come_in()
    idp.stop()
    idp.start()
    idp.put("ana", groups=list(ROLES))
    clock.forward(seconds=11)
    assert come_in().status_code == 303
    assert browser.get("/console").status_code == 200


@pytest.mark.parametrize("oidc_changes", [{"session": "30m", "recheck": "24h"}])
def test_a_session_lasts_no_longer_than_the_settings_say(browser, come_in, clock):
    come_in()
    clock.forward(minutes=29)
    assert browser.get("/console").status_code == 200
    clock.forward(minutes=2)
    assert browser.get("/console").status_code == 303


def test_a_session_from_when_single_sign_on_was_there_is_over_without_it(browser, come_in, context, app):
    come_in()
    app.state.context = replace(context, settings=settings_with())
    assert browser.get("/console").status_code == 303
    assert "is shut now" in browser.get("/console/sign-in").text

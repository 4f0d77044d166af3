"""Coming in by the accounts of the house, at a real provider."""

from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from records.desk.arrivals import break_glass, expect_single_sign_on
from records.people import COMMAND_LINE, Role, Way
from records.store import logins, people
from server.auth import COOKIE
from server.console.sign_in import new_pace
from tests.oidc import Visitor
from tests.server.single_sign_on.conftest import BACK, HERE, PASSWORD


def deeds(context):
    return [(each.actor, each.deed) for each in people.audit_entries(context.desk.store)]


def user(context, name):
    found = people.user(context.desk.store, name)
    assert found is not None
    return found


def test_the_first_sign_in_makes_a_login_and_leads_to_where_one_wanted_to_go(browser, come_in, context):
    asked = browser.get("/console/incidents?before=x")
    assert asked.headers["location"] == "/console/sign-in?next=%2Fconsole%2Fincidents%3Fbefore%3Dx"
    assert "Sign in with single sign-on" in browser.get(asked.headers["location"]).text
    done = come_in(wanted="/console/incidents?before=x")
    assert (done.status_code, done.headers["location"]) == (303, "/console/incidents?before=x")
    ana = user(context, "ana")
    assert (ana.role, ana.email, ana.way, ana.subject) == (Role.OPS, "ana@acme.example", Way.SINGLE_SIGN_ON, "ana")
    assert "ana, ops" in browser.get("/console").text
    assert ("user:ana", "sign_in") in deeds(context)
    assert ("single_sign_on", "user.add") in deeds(context)


@pytest.mark.parametrize(
    "oidc_changes",
    [
        {"client_id": "forewarn-es"},
        {"client_id": "forewarn-public", "client_secret": None},
        {"client_id": "forewarn-no-refresh"},
    ],
)
def test_either_signature_and_every_usual_way_to_prove_who_we_are_will_do(come_in):
    assert come_in().status_code == 303


def test_the_way_there_carries_pkce_a_nonce_and_a_state_that_is_never_the_same(browser):
    first, second = (
        parse_qs(urlsplit(browser.get("/console/sign-in/start").headers["location"]).query) for _ in range(2)
    )
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]
    assert (first["code_challenge_method"], first["response_type"]) == (["S256"], ["code"])
    assert first["redirect_uri"] == [BACK]


def test_cookies_come_along_from_elsewhere_only_as_far_as_the_way_back_needs(browser, come_in):
    begun = browser.get("/console/sign-in/start")
    done = come_in()
    for answer in (begun, done):
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie


def test_over_https_every_cookie_is_bound_to_the_host(app):
    browser = TestClient(app, base_url="https://testserver", follow_redirects=False)
    cookie = browser.get("/console/sign-in/start").headers["set-cookie"]
    assert cookie.startswith("__Host-forewarn_sign_in=")
    assert "Secure" in cookie


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/console", "//evil.example", "/\\evil.example", "/console/sign-out"]
)
def test_nobody_is_led_elsewhere_afterwards(come_in, wanted):
    assert come_in(wanted=wanted).headers["location"] == "/console"


def test_the_role_is_that_of_the_first_line_that_fits_and_follows_the_groups(come_in, context, idp):
    idp.put("ana", groups=["everybody", "wallet-support", "wallet-oncall"])
    come_in()
    assert user(context, "ana").role is Role.OPS
    idp.put("ana", groups=["everybody", "wallet-support"])
    come_in()
    assert user(context, "ana").role is Role.SUPPORT
    assert ("single_sign_on", "user.role") in deeds(context)
    # Without an address from there, the one we know stays.
    assert user(context, "ana").email is None or "@" in user(context, "ana").email


@pytest.mark.parametrize("groups", [["finance"], [], "wallet", None])
def test_whoever_is_in_none_of_the_groups_is_told_so_and_stays_out(come_in, context, idp, groups):
    idp.put("eve", **({} if groups is None else {"groups": groups}))
    refused = come_in("eve")
    assert refused.status_code == 403
    assert "Your account eve is in no group that may come in here" in refused.text
    assert people.user(context.desk.store, "eve") is None
    assert ("user:eve", "sign_in.refused") in deeds(context)
    assert COOKIE not in refused.cookies


@pytest.mark.parametrize("oidc_changes", [{"create_users": False}])
def test_where_logins_are_not_made_by_themselves_an_admin_adds_them_before(come_in, context, idp, clock):
    refused = come_in()
    assert (refused.status_code, "Ask an admin to add you" in refused.text) == (403, True)
    ana = people.add_user(context.desk.store, "ana", Role.VIEWER, "", clock())
    expect_single_sign_on(context.desk, ana.id, COMMAND_LINE, clock())
    assert come_in().status_code == 303
    assert user(context, "ana").subject == "ana"
    # Now it is hers: another account that comes to be called so gets nothing.
    idp.put("other", preferred_username="ana", groups=["wallet-oncall"])
    assert come_in("other").status_code == 403


def test_a_login_with_a_password_is_not_taken_over_by_a_name_at_the_provider(come_in, context, idp):
    idp.put("mallory", preferred_username="ada", groups=["wallet-oncall"])
    refused = come_in("mallory")
    assert refused.status_code == 403
    assert "not connected with your account" in refused.text
    assert user(context, "ada").way is Way.PASSWORD


def test_a_disabled_login_stays_out_whatever_the_provider_says(come_in, context, clock):
    come_in()
    logins.set_disabled(context.desk.store, user(context, "ana").id, clock())
    refused = come_in()
    assert (refused.status_code, "was disabled here" in refused.text) == (403, True)


def test_whoever_comes_by_single_sign_on_has_no_password_here(come_in, browser):
    come_in()
    for password in ("", PASSWORD):
        answer = browser.post("/console/sign-in", data={"name": "ana", "password": password})
        assert answer.status_code == 401


def test_the_provider_says_no_and_we_say_so_in_plain_words(browser, come_in, context):
    begun = browser.get("/console/sign-in/start").headers["location"]
    state = parse_qs(urlsplit(begun).query)["state"][0]
    refused = browser.get("/console/sign-in/return", params={"state": state, "error": "access_denied"})
    assert (refused.status_code, "said no (access_denied)" in refused.text) == (403, True)
    state = parse_qs(urlsplit(browser.get("/console/sign-in/start").headers["location"]).query)["state"][0]
    shown = browser.get("/console/sign-in/return", params={"state": state, "error": "<b>call 555</b>"}).text
    assert "555" not in shown


def test_signing_out_leads_on_to_the_provider_and_back(browser, come_in, context, idp):
    visitor = Visitor("ana")
    come_in(visitor)
    secret = browser.cookies[COOKIE]
    page = browser.post("/console/sign-out")
    onward = page.headers["refresh"].removeprefix("0; url=")
    assert onward.startswith(f"{idp.issuer}/session/end?")
    query = parse_qs(urlsplit(onward).query)
    assert query["post_logout_redirect_uri"] == [f"{HERE}/console/sign-in"]
    assert query["client_id"] == ["forewarn"]
    assert query["id_token_hint"][0].count(".") == 2
    assert people.session(context.desk.store, secret, context.now()) is None
    assert ("user:ana", "sign_out") in deeds(context)


def test_what_the_provider_gave_us_cannot_be_read_from_the_database(browser, come_in, store):
    come_in()
    [row] = store.rows("SELECT * FROM sessions")
    assert row["sealed"] is not None
    assert "eyJ" not in str(row)
    assert browser.cookies[COOKIE] not in str(row)


@pytest.mark.parametrize("access_changes", [{"passwords": False}])
def test_passwords_can_be_off_and_a_link_of_the_server_leads_in_all_the_same(browser, context, clock):
    assert 'type="password"' not in browser.get("/console/sign-in").text
    refused = browser.post("/console/sign-in", data={"name": "ada", "password": PASSWORD})
    assert (refused.status_code, "Passwords are off here" in refused.text) == (403, True)
    # One that was opened before they were turned off is over as well.
    browser.cookies.set(COOKIE, people.open_session(context.desk.store, user(context, "ada").id, clock()))
    assert browser.get("/console").status_code == 303
    assert "is shut now" in browser.get("/console/sign-in").text
    browser.cookies.clear()
    link = break_glass(context.desk, "ada", "the provider is down", COMMAND_LINE, clock())
    assert "Come in as ada" in browser.get(f"/console/break-glass/{link}").text
    assert browser.get("/console").status_code == 303
    # It is for coming in; while passwords are off nobody chooses one.
    assert browser.get(f"/console/password/{link}").status_code == 403
    assert browser.post(f"/console/password/{link}", data={"password": PASSWORD, "again": PASSWORD}).status_code == 403
    assert browser.post(f"/console/break-glass/{link}").status_code == 303
    assert browser.get("/console").status_code == 200
    assert browser.post(f"/console/break-glass/{link}").status_code == 404
    assert ("cli", "user.break_glass") in deeds(context)


def test_a_link_that_breaks_the_glass_is_over_after_a_quarter_of_an_hour(browser, context, clock):
    link = break_glass(context.desk, "ada", "the provider is down", COMMAND_LINE, clock())
    # It is for coming in, not for choosing a password.
    assert browser.get(f"/console/password/{link}").status_code == 404
    clock.forward(minutes=15)
    assert browser.get(f"/console/break-glass/{link}").status_code == 404
    assert browser.post(f"/console/break-glass/{link}").status_code == 404


@pytest.mark.parametrize("access_changes", [{"oidc": None}])
def test_without_single_sign_on_its_addresses_say_so(browser):
    for path in ("/console/sign-in/start", "/console/sign-in/return?code=x&state=y"):
        answer = browser.get(path)
        assert (answer.status_code, "not set up here" in answer.text) == (404, True)


def test_one_address_cannot_begin_without_end(browser, app):
    app.state.sign_in_pace = new_pace(lambda: 0.0)
    answers = [browser.get("/console/sign-in/start").status_code for _ in range(45)]
    assert answers[:40] == [303] * 40
    assert answers[40:] == [429] * 5

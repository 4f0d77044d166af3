"""Signing in and out, and who may do what."""

import pytest
from starlette.testclient import TestClient

from records.desk.incidents import IncidentEntry, open_incident
from records.people import COMMAND_LINE
from server.auth import COOKIE
from server.console.routes import ROUTES
from server.console.sign_in import local
from tests.server.console.conftest import NOW, PASSWORD

OURS = {"origin": "http://testserver"}


@pytest.fixture
def nobody(app):
    return TestClient(app, headers=OURS, follow_redirects=False)


def test_the_right_password_opens_the_page_that_was_asked_for(nobody):
    asked = nobody.get("/console/support?words=btc")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/console/sign-in?next=%2Fconsole%2Fsupport%3Fwords%3Dbtc"
    assert 'value="/console/support?words=btc"' in nobody.get(asked.headers["location"]).text
    data = {"name": "sam", "password": PASSWORD, "next": "/console/support?words=btc"}
    signed_in = nobody.post("/console/sign-in", data=data)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/console/support?words=btc")
    cookie = signed_in.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert nobody.get("/console/support").status_code == 200


def test_over_https_the_cookie_is_bound_to_the_host(app):
    client = TestClient(app, base_url="https://testserver", headers=OURS, follow_redirects=False)
    signed_in = client.post("/console/sign-in", data={"name": "ana", "password": PASSWORD})
    cookie = signed_in.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in cookie
    assert "Path=/;" in cookie
    assert client.get("/console").status_code == 200


def test_over_https_a_cookie_without_the_binding_counts_for_nothing(app, ana):
    secret = ana.cookies[COOKIE]
    client = TestClient(app, base_url="https://testserver", follow_redirects=False)
    client.cookies.set(COOKIE, secret)
    assert client.get("/console").status_code == 303


@pytest.mark.parametrize("name", ["ana", "nobody-of-that-name"])
def test_a_wrong_password_reads_the_same_whoever_it_was(nobody, name):
    refused = nobody.post("/console/sign-in", data={"name": name, "password": "wrong"})
    assert refused.status_code == 401
    assert "Name and password do not belong together." in refused.text
    assert f'value="{name}"' in refused.text
    assert "set-cookie" not in refused.headers


def test_an_empty_form_is_refused_without_work(nobody):
    assert nobody.post("/console/sign-in").status_code == 401


def test_after_five_wrong_passwords_the_name_must_wait_a_minute(nobody, clock):
    for _ in range(5):
        nobody.post("/console/sign-in", data={"name": "ana", "password": "wrong"})
    locked = nobody.post("/console/sign-in", data={"name": "ana", "password": PASSWORD})
    assert locked.status_code == 429
    assert "Wait one minute" in locked.text
    clock.forward(seconds=61)
    assert nobody.post("/console/sign-in", data={"name": "ana", "password": PASSWORD}).status_code == 303


def test_signing_out_ends_the_session_itself(app, ana):
    secret = ana.cookies[COOKIE]
    assert "Sign in" in ana.post("/console/sign-out").text
    thief = TestClient(app, follow_redirects=False)
    thief.cookies.set(COOKIE, secret)
    assert thief.get("/console").status_code == 303


def test_a_deed_after_the_session_ended_leads_to_the_board_and_not_to_the_deed(nobody):
    refused = nobody.post("/console/auto-publish", data={"to": "off"})
    assert refused.headers["location"] == "/console/sign-in?next=%2Fconsole"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/console",
        "//evil.example/console",
        "/\\evil.example",
        "/console\\@evil.example",
        "javascript:alert(1)",
        "/consoles",
        "/",
        "",
        "//[",
        "/console/sign-out",
        "/console/\nLocation: https://evil.example",
    ],
)
def test_after_signing_in_nobody_is_led_elsewhere(address):
    assert local(address) == "/console"


def test_after_signing_in_the_console_own_pages_are_reached():
    for address in ("/console", "/console/incidents/INC-7", "/console?incident=x&done=posted"):
        assert local(address) == address


def test_every_page_but_the_sign_in_asks_who_is_there(app):
    client = TestClient(app, headers=OURS, follow_redirects=False)
    open_to_all = (
        "/console/sign-in", "/console/sign-in/start", "/console/sign-in/return", "/console/sign-out",
        "/console/static/{name}", "/console/password/{link}", "/console/break-glass/{link}",
    )  # fmt: skip
    # Asked for by a script, which follows nobody to a form.
    for_scripts = ("/console/stream",)
    for route in ROUTES:
        if route.path in open_to_all:  # type: ignore[attr-defined]  # all of them are Route
            continue
        path = route.path.replace("{id}", "x").replace("{ref:path}", "x")  # type: ignore[attr-defined]
        method = "GET" if "GET" in route.methods else "POST"  # type: ignore[attr-defined]
        response = client.request(method, path)
        if path in for_scripts:
            assert response.status_code == 401
            continue
        assert (path, response.status_code) == (path, 303)
        assert response.headers["location"].startswith("/console/sign-in")


#: What whoever only reads, and whoever answers tickets, may not do.
FOR_OPERATORS = [
    ("GET", "/console/incidents/new"),
    ("POST", "/console/incidents"),
    ("GET", "/console/incidents/check.json"),
    ("POST", "/console/incidents/{id}/updates"),
    ("POST", "/console/incidents/{id}/publish"),
    ("POST", "/console/incidents/{id}/discard"),
    ("GET", "/console/maintenances/new"),
    ("POST", "/console/maintenances"),
    ("POST", "/console/maintenances/{id}/start"),
    ("POST", "/console/maintenances/{id}/cancel"),
    ("POST", "/console/notices/{id}/stop"),
    ("POST", "/console/auto-publish"),
]


@pytest.mark.parametrize("who", ["vi", "sam"])
def test_deeds_need_the_right_to_operate(sign_in, context, who):
    entry = IncidentEntry(name={"en": "Slow"}, body={"en": "It is slow."}, statuses={}, publish=False)
    draft = open_incident(context.desk, entry, COMMAND_LINE, NOW)
    client = sign_in(who)
    for method, path in FOR_OPERATORS:
        refused = client.request(method, path.format(id=draft.id))
        assert (path, refused.status_code) == (path, 403)
        assert "may not do this" in refused.text


def test_whoever_only_reads_sees_the_board_without_buttons_for_deeds(vi):
    page = vi.get("/console").text
    for word in ("Declare", "Announce", "Stop all automatic publishing", "/console/support", "/console/audit"):
        assert word not in page


def test_customers_and_tickets_need_their_own_rights(vi, ana, sam):
    for path in ("/console/customers", "/console/customers/c-btc", "/console/support", "/console/audit"):
        assert vi.get(path).status_code == 403
    assert sam.get("/console/audit").status_code == 403
    assert ana.get("/console/customers").status_code == 200


def test_the_address_cannot_make_the_console_say_other_words(ana):
    for done in ("hacked", "linked.1", "linked.<b>.2.3", "stopped.²", "posted.1"):
        assert 'class="done"' not in ana.get("/console", params={"done": done}).text
    assert "1,234 deliveries" in ana.get("/console", params={"done": "stopped.1234"}).text


def test_files_carry_their_hash_and_are_kept_for_good(app):
    client = TestClient(app)
    page = client.get("/console/sign-in").text
    for name in ("console.css", "console.mjs"):
        [address] = [part for part in page.split('"') if part.startswith(f"/console/static/{name}?")]
        found = client.get(address)
        assert found.status_code == 200
        assert "immutable" in found.headers["cache-control"]
    assert client.get("/console/static/console.py").status_code == 404

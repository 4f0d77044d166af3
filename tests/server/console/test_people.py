"""People, roles and tokens in the console; what a session that is over says, and that nothing typed is lost."""

import re

import pytest
from starlette.testclient import TestClient

from records.people import MAY, Right, Role, SessionEnd
from records.store import incidents, logins, people, tokens
from server.auth import COOKIE
from server.console import vocabulary
from tests.server.console.conftest import PASSWORD

OURS = {"origin": "http://testserver"}


@pytest.fixture
def ada(sign_in):
    return sign_in("ada")


@pytest.fixture
def nobody(app):
    return TestClient(app, headers=OURS, follow_redirects=False)


def id_of(context, name):
    user = people.user(context.desk.store, name)
    assert user is not None
    return user.id


def link_in(answer):
    [found] = re.findall(r"http://testserver(/console/password/[\w-]+)", answer.text)
    return found


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/console/people"),
        ("POST", "/console/people"),
        ("POST", "/console/people/{}/role"),
        ("POST", "/console/people/{}/disable"),
        ("POST", "/console/people/{}/enable"),
        ("POST", "/console/people/{}/reset"),
        ("POST", "/console/people/{}/sign-out"),
        ("GET", "/console/tokens"),
        ("POST", "/console/tokens"),
        ("POST", "/console/tokens/{}/revoke"),
    ],
)
def test_only_admins_decide_who_comes_in(context, sign_in, role, method, address):
    people.add_user(context.desk.store, "one", role, "hash", context.now())
    before = people.audit_entries(context.desk.store)
    answer = sign_in("one").request(method, address.format(id_of(context, "vi")))
    if Right.ADMINISTER in MAY[role]:
        assert answer.status_code != 403
    else:
        assert answer.status_code == 403
        assert people.audit_entries(context.desk.store) == before


def test_the_matrix_on_the_page_is_the_matrix_of_the_code(ada):
    text = ada.get("/console/people").text
    for right in Right:
        [row] = re.findall(
            rf"<tr><th scope=\"row\">[^<]* <code class=\"soft\">{right.value}</code></th>(.*?)</tr>", text
        )
        shown = re.findall(r"<td>(yes|–)</td>", row)
        assert shown == ["yes" if right in MAY[role] else "–" for role in Role]
        assert right in vocabulary.RIGHT_WORDS
    assert set(vocabulary.SESSION_END_WORDS) == set(SessionEnd)


def test_somebody_is_added_and_chooses_a_password_that_nobody_else_knows(ada, nobody, context):
    added = ada.post("/console/people", data={"name": "ben", "role": "ops"})
    assert added.status_code == 200
    link = link_in(added)
    assert link not in ada.get("/console/people").text
    assert 'value="ben"' in nobody.get(link).text
    assert nobody.get(link).status_code == 200
    differ = nobody.post(link, data={"password": "five words are even better", "again": "five words"})
    assert (differ.status_code, "The two differ" in differ.text) == (422, True)
    short = nobody.post(link, data={"password": "short", "again": "short"})
    assert (short.status_code, "use 10 characters or more" in short.text) == (422, True)
    fits = {"password": "five words are even better", "again": "five words are even better"}
    assert nobody.post(link, data=fits).headers["location"] == "/console/sign-in?done=chosen"
    assert nobody.get(link).status_code == 404
    assert nobody.post(link, data=fits).status_code == 404
    signed_in = nobody.post("/console/sign-in", data={"name": "ben", "password": fits["password"]})
    assert signed_in.status_code == 303
    assert nobody.get("/console").status_code == 200


def test_a_name_that_is_taken_is_said_at_the_field(ada):
    answer = ada.post("/console/people", data={"name": "ana", "role": "ops"})
    assert answer.status_code == 409
    assert "There is a user ana already." in answer.text
    assert ada.post("/console/people", data={"name": "x", "role": "king"}).status_code == 422


def test_a_role_is_changed_and_somebody_let_in_again(ada, ana, context):
    ana_id = id_of(context, "ana")
    assert "It counts from their next click" in ada.post(f"/console/people/{ana_id}/role", data={"role": "viewer"}).text
    assert ana.get("/console/incidents/new").status_code == 403
    assert "sessions ended at once" in ada.post(f"/console/people/{ana_id}/disable").text
    assert "Let in again" in ada.get("/console/people").text
    assert "with the password they had" in ada.post(f"/console/people/{ana_id}/enable").text
    assert "Nothing changed" in ada.post(f"/console/people/{ana_id}/enable").text


def test_an_admin_cannot_lock_themselves_out(ada, context):
    own = id_of(context, "ada")
    assert ada.post(f"/console/people/{own}/disable").status_code == 403
    assert ada.post(f"/console/people/{own}/role", data={"role": "viewer"}).status_code == 403
    assert ada.get("/console/people").status_code == 200


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        ("disable", "Your login was disabled"),
        ("sign-out", "An admin signed you out everywhere"),
        ("reset", "Your password was set anew"),
    ],
)
def test_a_session_that_an_admin_ended_says_so_when_signing_in(ada, ana, context, deed, says):
    ada.post(f"/console/people/{id_of(context, 'ana')}/{deed}")
    assert says in ana.get("/console").text


def test_what_was_typed_into_an_ended_session_is_kept_and_can_be_sent_again(ada, ana, app, context):
    words = {"name.en": "Cards are <declined>", "body.en": "Some payments fail.\nWe look into it.", "do": "publish"}
    ada.post(f"/console/people/{id_of(context, 'ana')}/sign-out")
    kept = ana.post("/console/incidents", data=words)
    assert kept.status_code == 401
    assert "nothing that you typed is lost" in kept.text
    assert 'action="/console/incidents"' in kept.text
    assert "Cards are &lt;declined&gt;" in kept.text
    assert incidents.open_incidents(context.desk.store) == []
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', kept.text))
    assert set(again) == set(words)
    ana.post("/console/sign-in", data={"name": "ana", "password": PASSWORD})
    assert "Published." in ana.post("/console/incidents", data=words).text


def test_what_a_disabled_person_typed_is_shown_for_a_colleague(ada, ana, context):
    ada.post(f"/console/people/{id_of(context, 'ana')}/disable")
    kept = ana.post("/console/incidents", data={"name.en": "Cards are declined", "do": "publish"})
    assert (kept.status_code, "hand it to a colleague" in kept.text) == (401, True)
    assert "Send it again" not in kept.text


def test_a_stranger_gets_nothing_back_of_what_they_sent(nobody):
    nobody.cookies.set(COOKIE, "made up")
    answer = nobody.post("/console/incidents", data={"name.en": "Hello there"})
    assert answer.status_code == 303


def test_a_token_is_shown_once_and_ends_when_revoked(ada, context):
    made = ada.post("/console/tokens", data={"label": "grafana", "role": "viewer", "days": "30"})
    [secret] = re.findall(r"fw_[\w-]{40,}", made.text)
    assert secret not in ada.get("/console/tokens").text
    actor = people.token_actor(context.desk.store, secret, context.now())
    assert actor is not None
    assert actor.role is Role.VIEWER
    [kept] = tokens.tokens(context.desk.store)
    assert kept.created_by == "user:ada"
    assert "Revoked." in ada.post(f"/console/tokens/{kept.id}/revoke").text
    assert people.token_actor(context.desk.store, secret, context.now()) is None
    assert [each.deed for each in people.audit_entries(context.desk.store, limit=2)] == ["token.revoke", "token.create"]


@pytest.mark.parametrize("days", ["soon", "0", "99999"])
def test_a_time_that_no_token_can_hold_is_said_at_the_field(ada, context, days):
    answer = ada.post("/console/tokens", data={"label": "deploy", "role": "ops", "days": days})
    assert answer.status_code == 422
    assert 'id="fault-days"' in answer.text
    assert 'value="deploy"' in answer.text
    assert tokens.tokens(context.desk.store) == []


def test_the_list_says_who_is_in_and_whose_link_is_open(ada, ana, context):
    ana.get("/console")
    ada.post("/console/people", data={"name": "ben", "role": "support"})
    found = {each.user.name: each for each in logins.logins(context.desk.store, context.now())}
    assert (found["ana"].sessions, found["ben"].sessions) == (1, 0)
    assert found["ben"].link_until is not None
    assert "link open until" in ada.get("/console/people").text

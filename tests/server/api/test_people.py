"""People and tokens over the API: for admins' programs, and what is secret of them told once."""

import pytest
from starlette.testclient import TestClient

from records.store import logins, people

ANA = {"name": "ana", "role": "ops", "email": "ana@acme.example"}


def link_of(answer):
    return answer.json()["password_link"].removeprefix("/console/password/")


def test_somebody_is_added_shown_and_listed(admin, store, clock):
    added = admin.post("/api/v1/users", json=ANA)
    assert added.status_code == 201
    assert logins.link_user(store, link_of(added), clock()) is not None
    user = added.json()["user"]
    assert (user["name"], user["role"], user["way"], user["email"]) == ("ana", "ops", "password", "ana@acme.example")
    for key in (user["id"], "ana"):
        assert admin.get(f"/api/v1/users/{key}").json() == user
    assert admin.get("/api/v1/users").json() == {"items": [user], "next_cursor": None}
    assert admin.post("/api/v1/users", json=ANA).status_code == 409
    assert admin.get("/api/v1/users/nobody").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (ANA | {"email": "ana"}, "/email"),
        (ANA | {"email": "a@x.example\r\nBcc: b@x.example"}, "/email"),
        (ANA | {"role": "king"}, "/role"),
        (ANA | {"name": ""}, "/name"),
        (ANA | {"name": "x" * 81}, "/name"),
        (ANA | {"name": "a\nb"}, "/name"),
        (ANA | {"password": "mine"}, "/password"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(admin, body, pointer):
    refused = admin.post("/api/v1/users", json=body)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


def test_everything_that_admins_do_about_somebody(admin, store, clock):
    ana = admin.post("/api/v1/users", json=ANA).json()["user"]["id"]
    session = people.open_session(store, ana, clock())
    assert admin.post(f"/api/v1/users/{ana}/role", json={"role": "viewer"}).json()["role"] == "viewer"
    assert admin.post(f"/api/v1/users/{ana}/email", json={"email": None}).json()["email"] is None
    assert admin.post(f"/api/v1/users/{ana}/sign-out").json()["sessions"] == 0
    assert people.session(store, session, clock()) is None
    session = people.open_session(store, ana, clock())
    assert admin.post(f"/api/v1/users/{ana}/disable").json()["disabled_at"] is not None
    assert people.session(store, session, clock()) is None
    assert admin.post(f"/api/v1/users/{ana}/reset-password").status_code == 409
    assert admin.post(f"/api/v1/users/{ana}/enable").json()["disabled_at"] is None
    reset = admin.post(f"/api/v1/users/{ana}/reset-password")
    assert logins.link_user(store, link_of(reset), clock()) is not None
    assert admin.post(f"/api/v1/users/{ana}/single-sign-on").json()["way"] == "single_sign_on"
    assert logins.link_user(store, link_of(reset), clock()) is None
    assert admin.post(f"/api/v1/users/{ana}/reset-password").status_code == 409
    done = [each.deed for each in people.audit_entries(store, subject="user:ana")]
    assert done == [
        "user.single_sign_on", "user.reset_password", "user.enable", "user.disable", "user.sign_out", "user.email",
        "user.role", "user.add",
    ]  # fmt: skip
    # Whose address changed is kept for good, which address it is not.
    assert "acme.example" not in str([each.detail for each in people.audit_entries(store)])


def test_whoever_comes_by_single_sign_on_gets_no_link(admin):
    added = admin.post("/api/v1/users", json=ANA | {"single_sign_on": True}).json()
    assert (added["password_link"], added["user"]["way"]) == (None, "single_sign_on")


def test_a_token_is_told_once_listed_without_it_and_revoked(admin, app, store):
    made = admin.post("/api/v1/tokens", json={"label": "deploy", "role": "ops", "days": 30})
    assert made.status_code == 201
    secret, token = made.json()["secret"], made.json()["token"]
    assert secret not in admin.get("/api/v1/tokens").text
    assert secret not in str(store.rows("SELECT * FROM tokens")) + str(store.rows("SELECT * FROM audit"))
    client = TestClient(app, headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/incidents").status_code == 200
    assert admin.get(f"/api/v1/tokens/{token['id']}").json()["used_at"] is not None
    revoked = admin.post(f"/api/v1/tokens/{token['id']}/revoke").json()
    assert (revoked["holds"], revoked["revoked_at"] is not None) == (False, True)
    assert client.get("/api/v1/incidents").status_code == 401


def test_a_token_that_ended_opens_nothing(admin, app, clock):
    secret = admin.post("/api/v1/tokens", json={"label": "trial", "role": "ops", "days": 1}).json()["secret"]
    client = TestClient(app, headers={"Authorization": f"Bearer {secret}"})
    clock.forward(hours=23)
    assert client.get("/api/v1/incidents").status_code == 200
    clock.forward(hours=1)
    assert client.get("/api/v1/incidents").status_code == 401


def test_a_narrow_token_does_no_more_than_it_was_made_for(admin, app):
    body = {"label": "helpdesk", "role": "support", "rights": ["read", "tickets"]}
    made = admin.post("/api/v1/tokens", json=body).json()
    assert made["token"]["rights"] == ["read", "tickets"]
    client = TestClient(app, headers={"Authorization": f"Bearer {made['secret']}"})
    assert client.get("/api/v1/incidents").status_code == 200
    refused = client.get("/api/v1/customers/c-1", params={"reason": "a test"})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:forewarn:problem:not-allowed")
    assert "narrower" in refused.json()["detail"]


@pytest.mark.parametrize("rights", [[], ["administer"], ["read", "approve"], ["fly"]])
def test_a_token_is_never_wider_than_its_role(admin, rights):
    refused = admin.post("/api/v1/tokens", json={"label": "x", "role": "support", "rights": rights})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith("/rights")


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [("/api/v1/users", ANA, "password_link"), ("/api/v1/tokens", {"label": "x", "role": "ops"}, "secret")],
)
def test_a_repeated_request_does_nothing_twice_and_the_secret_is_kept_nowhere(admin, store, path, body, key):
    first = admin.post(path, json=body, headers={"Idempotency-Key": "k-1"}).json()
    second = admin.post(path, json=body, headers={"Idempotency-Key": "k-1"})
    assert (second.status_code, second.json()) == (201, first | {key: None})
    assert first[key].rpartition("/")[2] not in str(store.rows("SELECT * FROM idempotency"))
    assert len(admin.get(path).json()["items"]) == (1 if path.endswith("users") else 2)

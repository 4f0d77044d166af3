"""Notices that wait for a yes, over the API."""

from dataclasses import replace

import pytest

from records.people import MAY, Right, Role
from tests.server.telling import carry, fan_out

INCIDENT = {
    "name": "Ethereum withdrawals are delayed",
    "body": "Withdrawals are queued.",
    "components": [{"id": "eth-withdrawals", "status": "partial_outage"}],
    "channels": ["inapp"],
}


@pytest.fixture(autouse=True)
def strict(app, context):
    """A second person is asked for more than one customer."""
    app.state.context = replace(context, desk=replace(context.desk, second_person_above=1))


def opened_by(client, admin):
    """An incident of two customers; its notice."""
    for name in ("c-1", "c-2"):
        admin.put(f"/api/v1/customers/{name}", json={"tags": ["holds:ETH"]})
    assert client.post("/api/v1/incidents", json=INCIDENT).status_code == 201
    return admin.get("/api/v1/notices").json()["items"][0]


def test_a_notice_to_more_than_the_number_waits_and_says_why(ops, admin, store, clock):
    notice = opened_by(ops, admin)
    assert notice["state"] == "draft"
    assert notice["wait"] == {
        "reason": "a_second_person", "asked_by": "token:ops", "customers": 2, "since": "2026-11-22T13:05:00.000Z",
        "until": None, "decision": None, "decided_at": None, "decided_by": None,
    }  # fmt: skip
    fan_out(store, clock())
    assert carry(store, "inapp", clock()) == 0
    assert admin.get("/api/v1/notices?state=draft").json()["items"][0]["id"] == notice["id"]


def test_the_yes_of_another_sends_it(ops, admin, store, clock):
    notice = opened_by(ops, admin)
    clock.forward(minutes=3)
    approved = admin.post(f"/api/v1/notices/{notice['id']}/approve").json()
    assert (approved["state"], approved["wait"]["decided_by"]) == ("fanning_out", "token:admin")
    fan_out(store, clock())
    assert carry(store, "inapp", clock()) == 2
    again = admin.post(f"/api/v1/notices/{notice['id']}/approve")
    assert (again.status_code, again.json()["type"]) == (409, "urn:forewarn:problem:conflict")


def test_its_author_is_refused_but_for_an_emergency_with_a_reason(client_as, admin):
    author = client_as(Role.APPROVER)
    path = f"/api/v1/notices/{opened_by(author, admin)['id']}/approve"
    refused = author.post(path)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:forewarn:problem:not-yours")
    assert "2 customers" in refused.json()["detail"]
    assert author.post(path, json={"break_glass": ""}).status_code in (403, 422)
    done = author.post(path, json={"break_glass": "Funds at risk, nobody answers"})
    assert done.json()["state"] == "fanning_out"
    entry = admin.get("/api/v1/audit", params={"subject": done.json()["id"]}).json()["items"][0]
    assert (entry["deed"], entry["actor"]) == ("notice.approved", "token:approver")
    assert entry["detail"]["break_glass"] == "Funds at risk, nobody answers"


@pytest.mark.parametrize("role", Role)
def test_each_role_approves_as_the_matrix_says(ops, client_as, admin, role):
    answer = (ops if role is Role.OPS else client_as(role)).post(
        f"/api/v1/notices/{opened_by(ops, admin)['id']}/approve"
    )
    assert answer.status_code == (200 if Right.APPROVE in MAY[role] else 403)


def test_a_notice_that_waits_is_declined_by_stopping_it(ops, admin, store, clock):
    notice = opened_by(ops, admin)
    declined = admin.post(f"/api/v1/notices/{notice['id']}/cancel").json()
    assert (declined["state"], declined["wait"]["decision"]) == ("cancelled", "declined")
    fan_out(store, clock())
    assert carry(store, "inapp", clock()) == 0
    assert admin.post(f"/api/v1/notices/{notice['id']}/approve").status_code == 409


def test_the_code_of_a_notice_that_nobody_got_is_not_ours_yet(ops, admin, anybody):
    notice = opened_by(ops, admin)
    path = f"/verify/{notice['verify_code']}"
    assert "This is not ours." in anybody.get(path).text
    admin.post(f"/api/v1/notices/{notice['id']}/approve")
    assert "Yes, this notice is from us." in anybody.get(path).text


def test_a_small_notice_does_not_wait(ops, admin):
    admin.put("/api/v1/customers/c-1", json={"tags": ["holds:ETH"]})
    ops.post("/api/v1/incidents", json=INCIDENT)
    notice = admin.get("/api/v1/notices").json()["items"][0]
    assert (notice["state"], notice["wait"]) == ("fanning_out", None)

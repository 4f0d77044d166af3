"""Held words let go at once, over the API."""

from dataclasses import replace

import pytest

from records.people import MAY, Right, Role
from tests.server.telling import carry, fan_out

MILD = {
    "name": "Ethereum withdrawals are slow",
    "body": "Withdrawals take longer.",
    "components": [{"id": "eth-withdrawals", "status": "degraded_performance"}],
    "channels": ["inapp"],
}


def newest(client):
    return client.get("/api/v1/notices").json()["items"][0]


@pytest.fixture
def held(ops, admin, store, clock):
    """A notice of an update, held for company, about an incident that people heard of; and where it is sent from."""
    admin.put("/api/v1/customers/c-1", json={"tags": ["holds:ETH"]})
    incident = ops.post("/api/v1/incidents", json=MILD).json()
    fan_out(store, clock())
    carry(store, "inapp", clock())
    ops.post(f"/api/v1/incidents/{incident['id']}/updates", json={"body": "We found why."})
    return newest(ops)


def address(notice):
    return f"/api/v1/notices/{notice['id']}/send-now"


def test_one_that_is_held_leaves_at_once_and_once(ops, admin, store, clock, held):
    assert (held["state"], held["wait"]["reason"], held["wait"]["until"]) == (
        "held", "company", "2026-11-22T13:10:00.000Z",
    )  # fmt: skip
    done = ops.post(address(held))
    assert (done.status_code, done.json()["state"]) == (200, "fanning_out")
    assert (done.json()["wait"]["decision"], done.json()["wait"]["decided_by"]) == ("approved", "token:ops")
    fan_out(store, clock())
    assert carry(store, "inapp", clock()) == 1
    again = admin.post(address(held))
    assert (again.status_code, again.json()["wait"]["decided_by"]) == (200, "token:ops")
    fan_out(store, clock())
    assert carry(store, "inapp", clock()) == 0
    entries = admin.get("/api/v1/audit", params={"subject": held["id"]}).json()["items"]
    (approved,) = [each for each in entries if each["deed"] == "notice.approved"]
    assert (approved["actor"], approved["detail"]["at_once"]) == ("token:ops", True)


def test_one_that_was_put_away_names_what_took_its_place(ops, held):
    ops.post(f"/api/v1/incidents/{held['subject_id']}/updates", json={"body": "We mend it."})
    newer = newest(ops)
    assert newer["superseded_by"] is None
    older = ops.get(f"/api/v1/notices/{held['id']}").json()
    assert (older["wait"]["decision"], older["superseded_by"]) == ("superseded", newer["id"])
    refused = ops.post(address(held))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:forewarn:problem:conflict")
    assert newer["id"] in refused.json()["detail"]


@pytest.mark.parametrize("role", [role for role in Role if Right.OPERATE in MAY[role]])
def test_the_yes_of_a_second_person_cannot_be_gone_round(app, context, ops, admin, client_as, store, clock, role):
    app.state.context = replace(context, desk=replace(context.desk, second_person_above=0))
    admin.put("/api/v1/customers/c-1", json={"tags": ["holds:ETH"]})
    ops.post("/api/v1/incidents", json=MILD)
    notice = newest(ops)
    refused = client_as(role).post(address(notice))
    assert (refused.status_code, "waits for a second person's yes" in refused.json()["detail"]) == (409, True)
    assert newest(ops)["state"] == "draft"
    fan_out(store, clock())
    assert carry(store, "inapp", clock()) == 0

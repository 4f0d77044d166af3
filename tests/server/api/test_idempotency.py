"""A repeated request does nothing twice."""

from concurrent.futures import ThreadPoolExecutor

from records.people import Role
from records.store import lists

INCIDENT = {"name": "Trouble", "body": "Words.", "components": [{"id": "website", "status": "major_outage"}]}
KEY = {"Idempotency-Key": "7d9c1a0e"}


def test_the_same_request_gets_the_first_answer_again(ops, store, clock):
    first = ops.post("/api/v1/incidents", json=INCIDENT, headers=KEY)
    clock.forward(minutes=3)
    # The order of keys and the spaces in the body are no part of the request.
    second = ops.post("/api/v1/incidents", json=dict(reversed(INCIDENT.items())), headers=KEY)
    assert (second.status_code, second.json()) == (201, first.json())
    assert len(lists.incidents_before(store, lists.FIRST, limit=9)) == 1
    assert len(lists.notices_before(store, lists.FIRST, limit=9)) == 1


def test_another_request_with_the_same_key_is_refused(ops):
    ops.post("/api/v1/incidents", json=INCIDENT, headers=KEY)
    for path, body in (("/api/v1/incidents", INCIDENT | {"name": "Other"}), ("/api/v1/audience:preview", {})):
        assert ops.post(path, json=body, headers=KEY).status_code == 409


def test_a_key_belongs_to_whoever_used_it(ops, client_as, store):
    ops.post("/api/v1/incidents", json=INCIDENT, headers=KEY)
    assert client_as(Role.APPROVER).post("/api/v1/incidents", json=INCIDENT, headers=KEY).status_code == 201
    assert len(lists.incidents_before(store, lists.FIRST, limit=9)) == 2


def test_a_refused_request_uses_no_key_up(ops):
    assert ops.post("/api/v1/incidents", json=INCIDENT | {"name": ""}, headers=KEY).status_code == 422
    assert ops.post("/api/v1/incidents", json=INCIDENT, headers=KEY).status_code == 201


def test_a_key_that_cannot_be_kept_is_refused(ops):
    for key in ("", "k" * 201, "caf\u00e9".encode("latin-1")):
        assert ops.post("/api/v1/incidents", json=INCIDENT, headers={"Idempotency-Key": key}).status_code == 422


def test_twins_at_the_same_moment_are_one_deed(ops, store):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: ops.post("/api/v1/incidents", json=INCIDENT, headers=KEY), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(lists.incidents_before(store, lists.FIRST, limit=9)) == 1


def test_every_post_honours_it(ops):
    ticket = {"external_id": "4711", "system": "freshdesk", "requester": "c-1", "subject": "Where is my withdrawal?",
              "created_at": "2026-11-22T13:00:00Z"}  # fmt: skip
    first = ops.post("/api/v1/tickets", json=ticket, headers=KEY)
    assert ops.post("/api/v1/tickets", json=ticket, headers=KEY).json() == first.json()

"""Tickets over the API."""

import pytest

INCIDENT = {"name": "Trouble", "body": "Words.", "components": [{"id": "website", "status": "major_outage"}]}


def ticket(number, **changes):
    return {
        "external_id": str(number),
        "system": "freshdesk",
        "requester": "c-1",
        "channel": "email",
        "kind": "request",
        "topic": "withdrawals",
        "subject": f"Where is my withdrawal {number}?",
        "text": "I wait since noon.",
        "created_at": "2026-11-22T12:00:00Z",
    } | changes


def test_a_ticket_is_kept_and_brought_up_to_date(admin):
    admin.put("/api/v1/customers/c-1", json={"email": "ana@example.org"})
    made = admin.post("/api/v1/tickets", json=ticket(1, requester="ana@example.org"))
    assert made.status_code == 201
    assert (made.json()["requester"], made.json()["known_customer"]) == ("c-1", True)
    assert "ana@example.org" not in made.text
    again = admin.post("/api/v1/tickets", json=ticket(1, resolved_at="2026-11-22T13:00:00Z")).json()
    assert (again["id"], again["resolved_at"]) == (made.json()["id"], "2026-11-22T13:00:00.000Z")
    answered = admin.post("/api/v1/tickets", json=ticket(1, first_response_at="2026-11-22T12:07:00Z")).json()
    assert answered["first_response_at"] == "2026-11-22T12:07:00.000Z"


def test_tickets_are_tied_to_an_incident_and_untied(admin):
    admin.put("/api/v1/customers/c-1", json={})
    incident = admin.post("/api/v1/incidents", json=INCIDENT).json()["id"]
    ids = [admin.post("/api/v1/tickets", json=ticket(number)).json()["id"] for number in range(3)]
    linked = admin.post("/api/v1/tickets:link", json={"incident_id": "INC-1", "ticket_ids": ids[:2]}).json()
    assert linked == {"incident_id": incident, "linked": 2, "already": 0, "known_customers": 1}
    rest = admin.post(f"/api/v1/incidents/{incident}/tickets", json={"words": "WITHDRAWAL"}).json()
    assert (rest["linked"], rest["already"]) == (1, 0)
    assert len(admin.get(f"/api/v1/incidents/{incident}/tickets").json()["items"]) == 3
    untied = admin.delete(f"/api/v1/incidents/{incident}/tickets/{ids[0]}").json()
    assert untied == {"incident_id": incident, "ticket_id": ids[0], "unlinked": True}
    assert admin.delete(f"/api/v1/incidents/{incident}/tickets/{ids[0]}").json()["unlinked"] is False
    assert [each["id"] for each in admin.get("/api/v1/tickets?unlinked=true").json()["items"]] == [ids[0]]


def test_tying_needs_to_say_which(admin):
    admin.post("/api/v1/incidents", json=INCIDENT)
    assert admin.post("/api/v1/incidents/INC-1/tickets", json={}).status_code == 422
    assert admin.post("/api/v1/tickets:link", json={"ticket_ids": ["1"]}).status_code == 422
    assert admin.post("/api/v1/incidents/INC-2/tickets", json={"ticket_ids": ["1"]}).status_code == 404


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_cursor_walks_tickets_of_one_moment_once_each(admin, limit):
    for number in range(9):
        created = "2026-11-22T12:00:00Z" if number < 7 else "2026-11-22T12:30:00Z"
        admin.post("/api/v1/tickets", json=ticket(number, created_at=created))
    walked, cursor = [], None
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/api/v1/tickets", params=query).json()
        walked += [each["external_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(walked) == 9
    assert set(walked[:2]) == {"7", "8"}
    assert set(walked) == {str(number) for number in range(9)}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"subject": " "}, "/subject"),
        ({"channel": "pigeon"}, "/channel"),
        ({"created_at": "2026-11-22"}, "/created_at"),
        ({"resolved_at": "2026-11-22T11:00:00Z"}, "/resolved_at"),
        ({"first_response_at": "2026-11-22T11:00:00Z"}, "/first_response_at"),
        ({"subject": "a\r\nb"}, "/subject"),
    ],
)
def test_a_fault_is_told_with_its_place(admin, change, pointer):
    answer = admin.post("/api/v1/tickets", json=ticket(1) | change)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_tickets_of_a_customer_are_found_and_the_look_is_audited(admin):
    admin.put("/api/v1/customers/c-1", json={})
    admin.post("/api/v1/tickets", json=ticket(1))
    admin.post("/api/v1/tickets", json=ticket(2, requester="c-2"))
    found = admin.get("/api/v1/tickets?customer=c-1&topic=withdrawals&since=2026-11-22T00:00:00Z").json()["items"]
    assert [each["external_id"] for each in found] == ["1"]
    assert admin.get("/api/v1/audit?subject=customer:c-1").json()["items"][0]["deed"] == "ticket.list"

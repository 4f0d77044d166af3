"""Who may do what: one test for every cell of role and right."""

import pytest

from records.people import MAY, Right, Role

#: A representative request for each right, and what it answers to whoever may.
REQUESTS = {
    Right.READ: ("GET", "/api/v1/incidents", None, 200),
    Right.OPERATE: ("POST", "/api/v1/audience:preview", {"audience": "everyone"}, 200),
    Right.APPROVE: ("POST", "/api/v1/notices/none/approve", {}, 404),
    Right.READ_CUSTOMERS: ("GET", "/api/v1/customers/c-1?reason=a+test", None, 200),
    Right.WRITE_CUSTOMERS: ("PUT", "/api/v1/customers/c-2", {"tags": ["holds:BTC"]}, 200),
    Right.TICKETS: ("POST", "/api/v1/tickets:link", {"incident_id": "INC-9", "topic": "x"}, 404),
    Right.AUDIT: ("GET", "/api/v1/audit", None, 200),
    Right.ADMINISTER: ("GET", "/api/v1/users", None, 200),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("right", REQUESTS)
def test_a_role_may_do_what_the_matrix_says(admin, client_as, role, right):
    admin.put("/api/v1/customers/c-1", json={"email": "ana@example.org"})
    method, path, body, status = REQUESTS[right]
    answer = client_as(role).request(method, path, json=body)
    if right in MAY[role]:
        assert answer.status_code == status
    else:
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:forewarn:problem:not-allowed")


@pytest.mark.parametrize("role", [role for role in Role if Right.READ_CUSTOMERS in MAY[role]])
def test_contact_data_are_shown_only_to_roles_that_may_see_them(admin, client_as, role):
    admin.put("/api/v1/customers/c-1", json={"email": "ana@example.org"})
    customer = client_as(role).get("/api/v1/customers/c-1", params={"reason": "ticket 4711"})
    assert ("ana@example.org" in customer.text) == (Right.READ_CONTACTS in MAY[role])


def test_the_one_right_without_a_request_shows_more_in_the_answer_to_another():
    assert set(Right) - set(REQUESTS) == {Right.READ_CONTACTS}


@pytest.mark.parametrize("token", [None, "Bearer", "Bearer wrong", "Basic YTpi", "Bearer fw_" + "x" * 43])
def test_nobody_gets_in_without_a_valid_token(anybody, token):
    headers = {"Authorization": token} if token else {}
    for method, path, body, _ in REQUESTS.values():
        answer = anybody.request(method, path, json=body, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="forewarn"'


def test_a_body_is_not_even_read_before_the_right_is_known(client_as):
    answer = client_as(Role.VIEWER).post("/api/v1/incidents", content=b"{", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 403

"""Addresses that get nothing more, over the API: listed, added, lifted; each with its reason in the audit."""

import pytest

from records.people import Role
from records.store import customers

URL = "/api/v1/suppressions"
ADD = {"external_id": "c-1", "kind": "bounced", "reason": "list of the mail provider"}


def walked(client, address, *, limit):
    """Every entry of a list, page by page."""
    seen, cursor = [], None
    while True:
        page = client.get(address, params={"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


@pytest.fixture
def house(admin):
    for number in range(1, 4):
        body = {"email": f"c{number}@mail.example", "tags": []}
        assert admin.put(f"/api/v1/customers/c-{number}", json=body).status_code == 200
    return admin


def test_one_is_added_listed_and_lifted(house, store):
    made = house.post(URL, json=ADD)
    assert made.status_code == 201
    assert made.json() == {"external_id": "c-1", "channel": "email", "kind": "bounced", "said": "", "since": None}
    assert [each["external_id"] for each in house.get(URL).json()["items"]] == ["c-1"]
    assert "mail.example" not in house.get(URL).text
    lifted = house.post(f"{URL}:lift", json={"external_id": "c-1", "reason": "asked by phone"})
    assert (lifted.status_code, lifted.json()) == (200, {"external_id": "c-1", "channel": "email"})
    assert house.get(URL).json()["items"] == []
    kept = customers.contact(store, customers.customer(store, "c-1").id, "email")
    assert kept is not None
    assert kept.blocked is None
    audited = house.get("/api/v1/audit", params={"subject": "customer:c-1"}).json()["items"]
    assert [(each["deed"], each["detail"].get("reason")) for each in audited[:2]] == [
        ("customer.lift", "asked by phone"),
        ("customer.block", "list of the mail provider"),
    ]


def test_twice_is_once_and_what_was_known_stays(house):
    house.post(URL, json=ADD | {"kind": "complained"})
    assert house.post(URL, json=ADD).json()["kind"] == "complained"
    assert len(house.get(URL).json()["items"]) == 1


def test_the_list_comes_page_by_page(house):
    for number in range(1, 4):
        house.post(URL, json=ADD | {"external_id": f"c-{number}"})
    assert [each["external_id"] for each in walked(house, URL, limit=1)] == ["c-1", "c-2", "c-3"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (ADD | {"external_id": "nobody"}, 404),
        (ADD | {"kind": "optout"}, 422),
        (ADD | {"reason": ""}, 422),
        ({"external_id": "c-1"}, 422),
    ],
)
def test_what_cannot_be_is_refused(house, body, status):
    assert house.post(URL, json=body).status_code == status


def test_a_customer_without_an_address_has_none_to_stop(house):
    house.put("/api/v1/customers/c-9", json={"tags": []})
    assert house.post(URL, json=ADD | {"external_id": "c-9"}).status_code == 409
    assert house.post(f"{URL}:lift", json={"external_id": "c-9", "reason": "asked"}).status_code == 409


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT, Role.OPS, Role.APPROVER, Role.COMPLIANCE])
def test_only_those_who_may_write_customers_may_stop_and_lift(house, client_as, role):
    asker = client_as(role)
    may_read, may_write = role in (Role.SUPPORT, Role.OPS, Role.COMPLIANCE), role is Role.OPS
    assert (asker.get(URL).status_code == 200) is may_read
    assert (asker.post(URL, json=ADD).status_code == 201) is may_write
    lift = {"external_id": "c-1", "reason": "asked"}
    assert (asker.post(f"{URL}:lift", json=lift).status_code == 200) is may_write

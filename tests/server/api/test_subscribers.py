"""Subscribers over the API: listed without addresses, added with a basis or asked, ended."""

from datetime import timedelta

import pytest

from records.people import Role
from records.store import letters, subscribers

URL = "/api/v1/subscribers"
GWEN = {"email": "Gwen@mail.example", "components": ["website"], "language": "fr"}


def test_somebody_added_is_asked_first(admin, context, clock):
    made = admin.post(URL, json=GWEN)
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["components"], made.json()["language"]) == ("pending", ["website"], "fr")
    assert "mail.example" not in made.text
    (letter,) = letters.claim(context.desk.store, clock(), lease=timedelta(minutes=1))
    assert letter.address == "gwen@mail.example"


def test_with_a_basis_they_are_confirmed_at_once(admin, context, clock):
    made = admin.post(URL, json={**GWEN, "confirmed": "asked by telephone"}).json()
    assert (made["state"], made["basis"], made["confirmed_at"]) == ("confirmed", "import", made["created_at"])
    assert letters.claim(context.desk.store, clock(), lease=timedelta(minutes=1)) == []
    audited = admin.get("/api/v1/audit", params={"subject": f"subscriber:{made['id']}"}).json()["items"]
    assert [each["deed"] for each in audited] == ["subscriber.confirm", "subscriber.ask"]
    assert audited[0]["detail"] == {"basis": "asked by telephone"}


def test_who_follows_already_stays_as_they_are(admin):
    first = admin.post(URL, json=GWEN).json()
    assert admin.post(URL, json={**GWEN, "components": [], "confirmed": "a list"}).json() == first


def test_all_faults_are_told_and_nothing_is_kept(admin, context):
    answer = admin.post(URL, json={"email": "a@b@c", "language": "french!", "components": "website"})
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/email", "/language", "/components"}
    unknown = admin.post(URL, json={**GWEN, "components": ["website", "nothing"]})
    assert [fault["pointer"] for fault in unknown.json()["errors"]] == ["/components/1"]
    assert context.desk.store.rows("SELECT * FROM subscribers") == []


def test_the_list_comes_page_by_page(admin):
    made = [admin.post(URL, json={"email": f"s{n}@mail.example"}).json()["id"] for n in range(5)]
    seen, cursor = [], None
    while True:
        page = admin.get(URL, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made
    assert admin.get(URL, params={"state": "confirmed"}).json()["items"] == []


def test_ending_one_erases_the_address_and_may_be_repeated(admin, context):
    made = admin.post(URL, json=GWEN).json()
    for _ in range(2):
        assert admin.delete(f"{URL}/{made['id']}").json()["state"] == "unsubscribed"
    assert subscribers.contact(context.desk.store, int(made["id"])) is None
    for nobody in ("1", "x", "9" * 30, "-1"):
        assert admin.delete(f"{URL}/{nobody}").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER])
def test_others_have_no_business_there(client_as, role):
    client = client_as(role)
    assert client.get(URL).status_code == client.post(URL, json=GWEN).status_code == 403

"""Each look at customers' rows in the console leaves a line in the audit log, and so does signing in and out."""

import pytest
from starlette.testclient import TestClient

from records.store import people
from server.console.sign_in import new_pace
from tests.server.console.conftest import PASSWORD


@pytest.mark.parametrize(
    "address",
    [
        "/console/support",
        "/console/customers?q=btc@example.org",
        "/console/customers/c-btc?reason=ticket+88121",
        "/console/blocked",
        "/console/subscribers",
        "/console/subscribers?q=x@example.org",
    ],
)
def test_a_look_at_customers_leaves_a_line(sign_in, context, tickets, address):
    ada = sign_in("ada")
    assert tickets != []
    for _ in range(2):
        before = people.audit_entries(context.desk.store)[0].id
        assert ada.get(address).status_code == 200
        newest = [each for each in people.audit_entries(context.desk.store, limit=5) if each.id > before]
        assert newest != []
        assert {each.actor for each in newest} == {"user:ada"}


def test_coming_failing_and_going_are_kept(app, context):
    browser = TestClient(app, headers={"origin": "http://testserver"}, follow_redirects=False)
    browser.post("/console/sign-in", data={"name": "ana", "password": "wrong"})
    browser.post("/console/sign-in", data={"name": "ana", "password": PASSWORD})
    browser.post("/console/sign-out")
    kept = [each.deed for each in people.audit_entries(context.desk.store, subject="user:ana")]
    assert kept == ["sign_out", "sign_in", "sign_in.failed"]


def test_one_address_gets_forty_tries_whatever_the_names(app):
    browser = TestClient(app, headers={"origin": "http://testserver"}, follow_redirects=False)
    app.state.sign_in_pace = new_pace(lambda: 0.0)
    answers = [browser.post("/console/sign-in", data={"name": ""}) for _ in range(45)]
    assert [each.status_code for each in answers[:40]] == [401] * 40
    assert [each.status_code for each in answers[40:]] == [429] * 5
    assert "Wait" in answers[-1].text

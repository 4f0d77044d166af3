"""Is this notice ours?"""

import json
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from records.people import Role
from records.store import notices
from server import verify as module
from server.pace import Pace
from server.verify import code_of
from tests.server.telling import carry, fan_out

INCIDENT = {
    "name": {"en": "Ethereum withdrawals <are> delayed", "fr": "Retraits Ethereum retardés"},
    "body": "Withdrawals are queued.",
    "components": [{"id": "eth-withdrawals", "status": "partial_outage"}],
}


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch):
    """Each test asks as somebody new."""
    monkeypatch.setattr(module, "_PACE", Pace(burst=10, every_seconds=6.0))


@pytest.fixture
def code(ops):
    ops.post("/api/v1/incidents", json=INCIDENT)
    return ops.get("/api/v1/notices").json()["items"][0]["verify_code"]


def test_a_code_of_ours_is_told_with_title_time_and_channels(anybody, code):
    answer = anybody.get(f"/verify/{code}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "Yes, this notice is from us." in answer.text
    assert "Ethereum withdrawals &lt;are&gt; delayed" in answer.text
    assert 'datetime="2026-11-22T13:05:00Z"' in answer.text
    assert "e-mail, our app and our public accounts" in answer.text
    assert "/incidents/" in answer.text


def test_a_code_is_read_however_it_was_typed(anybody, code):
    for typed in (code.lower(), code.replace("-", ""), f"  {code.replace('-', ' – ')} "):
        assert "Yes, this notice is from us." in anybody.get("/verify", params={"code": typed}).text


def test_any_other_code_is_clearly_not_ours(anybody, code):
    for other in ("7Q4KM-W9RTA", "nonsense", "<script>", "%00", "x" * 3_000):
        text = anybody.get("/verify", params={"code": other}).text
        assert "This is not ours." in text
        assert "nonsense" not in text
        assert "<script>" not in text.replace('<script type="module"', "")


def test_without_a_code_there_is_the_form(anybody):
    text = anybody.get("/verify").text
    assert 'name="code"' in text
    assert "not ours" not in text


def test_a_notice_that_went_out_is_told_in_its_own_words(anybody, ops, code, store, clock):
    ops.put("/api/v1/customers/c-1", json={"language": "fr", "tags": ["holds:ETH"]})
    ops.post("/api/v1/incidents/INC-1/updates", json={"body": "Still at it."})
    fan_out(store, clock())
    carry(store, "inapp", clock())
    newest = ops.get("/api/v1/notices").json()["items"][0]["verify_code"]
    answer = anybody.get(f"/verify/{newest}", headers={"Accept-Language": "fr"})
    assert "subject in fr: incident_updated" in answer.text


def test_programs_may_ask_for_json(anybody, code):
    answer = anybody.get(f"/verify/{code}", headers={"Accept": "application/json"}).json()
    assert answer == anybody.get(f"/verify/{code}.json").json()
    signed = json.loads(answer["signed"])
    assert answer | {"path": "", "signed": "", "signature": {}} == {
        "ours": True,
        "code": code,
        "title": "Ethereum withdrawals <are> delayed",
        "at": "2026-11-22T13:05:00.000Z",
        "channels": ["email", "inapp", "social"],
        "languages": ["en"],
        "path": "",
        "text": {"en": "Withdrawals are queued."},
        "signed": "",
        "signature": {},
    }
    assert signed["page"] == f"https://status.acme.example{answer['path']}"
    assert signed["title"]["fr"] == "Retraits Ethereum retardés"


def test_an_unknown_code_is_answered_in_the_same_shape(anybody, code):
    known = anybody.get(f"/verify/{code}.json")
    for other in ("7Q4KM-W9RTA", "nonsense", "%3Cscript%3E"):
        answer = anybody.get(f"/verify/{other}.json")
        assert answer.status_code == known.status_code == 200
        assert answer.json().keys() == known.json().keys()
        assert not any(answer.json().values())
        assert {*answer.headers} == {*known.headers}


def test_the_page_shows_the_words_and_who_signed_them(anybody, code):
    key = anybody.get(f"/verify/{code}.json").json()["signature"]["key"]
    text = anybody.get(f"/verify/{code}", headers={"Accept-Language": "fr"}).text
    assert "<p>Withdrawals are queued.</p>" in text
    assert key in text


def test_a_notice_that_waits_for_a_yes_is_not_ours_yet(anybody, client_as, context):
    careful = replace(context, desk=replace(context.desk, second_person_above=0))
    anybody.app.state.context = careful
    client_as(Role.OPS).put("/api/v1/customers/c-1", json={"tags": ["holds:ETH"]})
    client_as(Role.OPS).post("/api/v1/incidents", json=INCIDENT)
    (waits,) = notices.waiting(context.desk.store)
    assert anybody.get(f"/verify/{waits.verify_code}.json").json()["ours"] is False


def test_nothing_on_the_way_keeps_the_answer(anybody, code):
    for path in ("/verify", f"/verify/{code}"):
        headers = anybody.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in headers


def test_codes_cannot_be_tried_out_at_speed(app):
    with TestClient(app, client=("192.0.2.1", 1)) as hasty, TestClient(app, client=("192.0.2.2", 1)) as patient:
        answers = [hasty.get("/verify/7Q4KM-W9RTA").status_code for _ in range(12)]
        assert answers == [200] * 10 + [429] * 2
        assert patient.get("/verify/7Q4KM-W9RTA").status_code == 200
        assert hasty.get("/verify/7Q4KM-W9RTA.json").status_code == 429
        assert hasty.get("/verify").status_code == 200


@pytest.mark.parametrize(("typed", "shown"), [("7q4kmw9rta", "7Q4KM-W9RTA"), ("7Q4KM", ""), ("call +40 21 555", "")])
def test_a_code_is_shown_as_we_write_it(typed, shown):
    assert code_of(typed) == shown

"""A notice's words to somebody who works here, over the API and in a terminal."""

import pytest

from records.desk import people as deeds
from records.people import COMMAND_LINE, Role
from records.store import people
from tests.server.conftest import NOW

INCIDENT = {"name": {"en": "Trouble", "fr": "Panne"}, "body": {"en": "Words.", "fr": "Des mots."},
            "components": [{"id": "website", "status": "major_outage"}], "publish": True}  # fmt: skip


@pytest.fixture
def notice(ops, store, context):
    deeds.add(context.desk, "ana", Role.OPS, COMMAND_LINE, NOW, email="ana@acme.example")
    ops.post("/api/v1/incidents", json=INCIDENT)
    return ops.get("/api/v1/notices").json()["items"][0]["id"]


def test_the_words_are_queued_for_whom_it_names(ops, store, notice):
    done = ops.post(f"/api/v1/notices/{notice}/test", json={"to": "ana", "languages": ["fr"]})
    assert (done.status_code, done.json()) == (200, {"notice_id": notice, "to": "ana", "languages": ["fr"]})
    assert "acme.example" not in done.text
    [row] = store.rows("SELECT * FROM trials")
    assert "Panne" in row["forms"]
    entry = people.audit_entries(store, subject=notice)[0]
    assert (entry.actor, entry.deed) == ("token:ops", "notice.test")


def test_all_languages_of_the_page_unless_it_says_which(ops, store, notice):
    assert ops.post(f"/api/v1/notices/{notice}/test", json={"to": "ana"}).json()["languages"] == ["en", "fr", "ro"]
    assert len(store.rows("SELECT * FROM trials")) == 3


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"to": "eve"}, 404),
        ({"to": "ana@acme.example"}, 404),
        ({"to": "ana", "languages": ["klingon"]}, 422),
        ({"to": "ana", "languages": []}, 422),
    ],
)
def test_nobody_else_can_be_written_to(ops, store, notice, body, status):
    assert ops.post(f"/api/v1/notices/{notice}/test", json=body).status_code == status
    assert store.rows("SELECT * FROM trials") == []


def test_stopping_a_notice_is_kept_whoever_does_it(ops, store, notice):
    assert ops.post(f"/api/v1/notices/{notice}/cancel").status_code == 200
    [entry] = [each for each in people.audit_entries(store, subject=notice) if each.deed == "notice.cancel"]
    assert (entry.actor, entry.detail) == ("token:ops", {"stopped": 1})  # the post

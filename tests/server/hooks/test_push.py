"""A job says how it is."""

import pytest

from records.reports import Report, ReportedState
from records.store import people, reports
from server.hooks import push as module
from server.pace import Pace
from tests.server.conftest import NOW


@pytest.fixture(autouse=True)
def known(context, store, monkeypatch):
    monkeypatch.setattr(module, "_PACE", Pace(burst=9, every_seconds=60.0))
    reports.put_reporters(store, {"sweeper": people.hashed("a-secret-token")})


def test_a_report_is_noted(anybody, store):
    sent = {"status": "degraded", "message": "12 wait\nfor a\u200b signature", "value": 12, "host": "left alone"}
    assert anybody.post("/hooks/push/a-secret-token", json=sent).status_code == 204
    kept = reports.last_report(store, "sweeper")
    assert kept == Report(at=NOW, state=ReportedState.DEGRADED, message="12 wait for a signature", value=12.0)


def test_a_state_alone_is_enough_and_long_words_are_cut(anybody, store):
    assert anybody.post("/hooks/push/a-secret-token", json={"status": "up"}).status_code == 204
    assert reports.last_report(store, "sweeper") == Report(at=NOW, state=ReportedState.UP)
    anybody.post("/hooks/push/a-secret-token", json={"status": "up", "message": "long " * 100})
    kept = reports.last_report(store, "sweeper")
    assert kept is not None
    assert len(kept.message) == 200


def test_a_token_nobody_knows_is_answered_alike(anybody, store):
    right = anybody.post("/hooks/push/a-secret-token", json={"status": "up"})
    wrong = anybody.post("/hooks/push/another", json={"status": "down"})
    assert (wrong.status_code, wrong.content, dict(wrong.headers)) == (204, b"", dict(right.headers))
    kept = reports.last_report(store, "sweeper")
    assert kept is not None
    assert kept.state is ReportedState.UP


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, 422),
        ({"status": "fine"}, 422),
        ({"status": "up", "value": "12"}, 422),
        ({"status": "up", "value": True}, 422),
        ({"status": "up", "value": 1e300}, 422),
        ({"status": "up", "message": 7}, 422),
        ([], 422),
    ],
)
@pytest.mark.parametrize("token", ["a-secret-token", "another"])
def test_what_cannot_be_read_is_refused_whatever_the_token(anybody, store, sent, code, token):
    assert anybody.post(f"/hooks/push/{token}", json=sent).status_code == code
    assert reports.last_report(store, "sweeper") is None


def test_bodies_that_are_no_small_json_are_refused(anybody):
    headers = {"Content-Type": "application/json"}
    answers = [
        anybody.post("/hooks/push/a-secret-token", content=b"{", headers=headers),
        anybody.post("/hooks/push/a-secret-token", content=b'{"status": NaN}', headers=headers),
        anybody.post("/hooks/push/a-secret-token", content=b" " * 20_000, headers=headers),
        anybody.post("/hooks/push/a-secret-token", data={"status": "up"}),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 413, 415]

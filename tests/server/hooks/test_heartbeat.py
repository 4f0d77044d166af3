"""A job says that it has run."""

import pytest
from starlette.testclient import TestClient

from records.store import monitors, people
from server.hooks import heartbeat as module
from server.pace import Pace
from tests.server.conftest import NOW


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch):
    """Each test asks as somebody new."""
    monkeypatch.setattr(module, "_PACE", Pace(burst=5, every_seconds=60.0))


@pytest.fixture
def known(store):
    monitors.put_heartbeat(store, "card-settlement", people.hashed("a-secret-token"))


def test_a_beat_is_noted(anybody, store, known):
    assert anybody.post("/hooks/heartbeat/a-secret-token").status_code == 204
    assert monitors.last_beat(store, "card-settlement") == NOW


def test_a_token_nobody_knows_is_answered_alike(anybody, store, known):
    right = anybody.post("/hooks/heartbeat/a-secret-token", content=b"done")
    for token in ("another", "%00", "x" * 3_000):
        wrong = anybody.post(f"/hooks/heartbeat/{token}")
        assert (wrong.status_code, wrong.content, dict(wrong.headers)) == (204, b"", dict(right.headers))


def test_looking_is_no_beat(anybody, store, known):
    assert anybody.get("/hooks/heartbeat/a-secret-token").status_code == 405
    assert monitors.last_beat(store, "card-settlement") is None


def test_tokens_cannot_be_tried_out_at_speed(app):
    with TestClient(app, client=("192.0.2.1", 1)) as hasty:
        answers = [hasty.post(f"/hooks/heartbeat/{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [204] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "60"

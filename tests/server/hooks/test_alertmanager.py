"""An Alertmanager says what fires."""

from typing import Any

import pytest

from records.store import people, reports
from server.hooks import alertmanager as module
from server.pace import Pace
from tests.server.conftest import NOW, Clock

FINGERPRINT = "d3c7a1f20b4e9685"


@pytest.fixture(autouse=True)
def known(context, store, monkeypatch):
    monkeypatch.setattr(module, "_PACE", Pace(burst=9, every_seconds=60.0))
    reports.put_listeners(store, {"payments": people.hashed("a-secret-token")})


def notification(*alerts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One group, in the shape of the documentation."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="PaymentsFailing"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "forewarn",
        "groupLabels": {"alertname": "PaymentsFailing"},
        "commonLabels": {"service": "payments"},
        "commonAnnotations": {},
        "externalURL": "http://alerts.internal:9093",
        "alerts": list(alerts),
        **changes,
    }


def alert(status: str = "firing", **changes: Any) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "PaymentsFailing", "service": "payments", "severity": "critical"},
        "annotations": {"summary": "Payments fail on pay-7.internal"},
        "startsAt": "2026-11-22T13:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.internal:9090/graph",
        "fingerprint": FINGERPRINT,
        **changes,
    }


def firing(store) -> list[tuple[str, str]]:
    told = reports.alerts_for(store, "payments")
    assert told is not None
    return [(each.fingerprint, each.since.isoformat(timespec="seconds")) for each in told.firing]


def post(anybody, sent: object, token: str = "a-secret-token"):
    return anybody.post(f"/hooks/alertmanager/{token}", json=sent)


def test_an_alert_is_noted_once_however_often_it_is_repeated_and_goes_when_resolved(anybody, store, clock: Clock):
    for _ in range(3):
        assert post(anybody, notification(alert())).status_code == 204
        clock.forward(minutes=5)
    assert firing(store) == [(FINGERPRINT, "2026-11-22T13:00:00+00:00")]
    ended = alert("resolved", endsAt="2026-11-22T13:20:00Z")
    assert post(anybody, notification(ended, status="resolved")).status_code == 204
    assert firing(store) == []


def test_a_group_may_hold_what_fires_beside_what_is_over(anybody, store):
    post(anybody, notification(alert(), alert(fingerprint="b" * 16)))
    post(anybody, notification(alert("resolved"), alert(fingerprint="b" * 16)))
    assert [fingerprint for fingerprint, _ in firing(store)] == ["b" * 16]


def test_an_alert_without_a_fingerprint_is_known_by_its_labels(anybody, store):
    post(anybody, notification(alert(fingerprint=""), alert(fingerprint="", labels={"service": "card"})))
    assert len(firing(store)) == 2
    post(anybody, notification(alert("resolved", fingerprint="")))
    assert len(firing(store)) == 1


def test_a_beginning_in_the_future_or_never_is_now(anybody, store):
    post(anybody, notification(alert(startsAt="2099-01-01T00:00:00Z"), alert(startsAt=None, fingerprint="b")))
    assert {since for _, since in firing(store)} == {NOW.isoformat()}


def test_a_token_nobody_listens_to_is_answered_alike(anybody, store):
    right, wrong = post(anybody, notification()), post(anybody, notification(alert()), "another")
    assert (wrong.status_code, wrong.content, dict(wrong.headers)) == (204, b"", dict(right.headers))
    assert firing(store) == []


@pytest.mark.parametrize(
    "sent",
    [
        {},
        [],
        notification(version="3"),
        notification(alerts={}),
        notification(alert(status="pending")),
        notification(alert(labels={"service": 7})),
        notification(alert(startsAt="yesterday")),
        notification(alert(startsAt="2026-11-22T13:00:00")),
    ],
)
def test_what_is_no_notification_is_refused_whole(anybody, store, sent):
    assert post(anybody, sent).status_code == 422
    assert reports.alerts_for(store, "payments") is None

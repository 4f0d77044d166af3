"""The plate in the wallet's app: the newest words of what is not over."""

import pytest

from records.components import Status
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce, cancel
from records.incidents import Stage
from records.notices import NoticeKind, Outcome
from records.store import inapp, ledger
from tests.cast import ANA, HOUR, MINUTE, NOW, a_window, acme, an_incident, deliver, fan_out, number_of


@pytest.fixture
def desk(store):
    return acme(store)


def _plate(store, ref="ada"):
    return [(one.notice.subject_id, one.notice.kind) for one in inapp.active(store, number_of(store, ref))]


def _send(store, now=NOW):
    fan_out(store, now)
    deliver(store, now)


def _say(desk, incident, stage, now):
    update_incident(desk, incident.id, UpdateEntry(stage=stage, body={"en": "News."}), ANA, now)
    _send(desk.store, now)


def test_a_plate_shows_what_was_offered_and_only_to_whom_it_was(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    assert _plate(store) == []
    _send(store)
    assert _plate(store) == [(incident.id, NoticeKind.INCIDENT_OPENED)]
    assert _plate(store, "gus") == []
    (offered,) = inapp.active(store, number_of(store, "fay"))
    assert (offered.offered_at, offered.language, offered.seen_at) == (NOW, "fr", None)


def test_newer_words_take_the_place_of_older_ones(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    _send(store)
    _say(desk, incident, Stage.IDENTIFIED, NOW + MINUTE)
    assert _plate(store) == [(incident.id, NoticeKind.INCIDENT_UPDATED)]


def test_what_is_over_leaves_the_plate(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    window = announce(desk, a_window(), ANA, NOW)
    _send(store)
    assert sorted(_plate(store)) == sorted(
        [(incident.id, NoticeKind.INCIDENT_OPENED), (window.id, NoticeKind.MAINTENANCE_ANNOUNCED)]
    )
    _say(desk, incident, Stage.RESOLVED, NOW + MINUTE)
    cancel(desk, window.id, ANA, NOW + MINUTE)
    _send(store, NOW + MINUTE)
    assert _plate(store) == []


def test_what_was_dismissed_stays_away_until_there_are_newer_words(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    _send(store)
    (offered,) = inapp.active(store, number_of(store, "ada"))
    ledger.note_seen(store, number_of(store, "ada"), offered.notice.id, Outcome.DISMISSED, NOW + MINUTE)
    assert _plate(store) == []
    assert len(_plate(store, "carmen")) == 1
    _say(desk, incident, Stage.IDENTIFIED, NOW + HOUR)
    assert _plate(store) == [(incident.id, NoticeKind.INCIDENT_UPDATED)]
    (newest,) = inapp.active(store, number_of(store, "ada"))
    ledger.note_seen(store, number_of(store, "ada"), newest.notice.id, Outcome.DISMISSED, NOW + HOUR)
    assert _plate(store) == [], "dismissing the newest words does not bring the older ones back"


def test_a_plate_knows_when_it_was_seen(store, desk):
    open_incident(desk, an_incident(), ANA, NOW)
    _send(store)
    (offered,) = inapp.active(store, number_of(store, "ada"))
    ledger.note_seen(store, number_of(store, "ada"), offered.notice.id, Outcome.DISPLAYED, NOW + MINUTE)
    (offered,) = inapp.active(store, number_of(store, "ada"))
    assert offered.seen_at == NOW + MINUTE


def test_the_gravest_stands_first(store, desk):
    grave = open_incident(desk, an_incident(), ANA, NOW)
    minor = open_incident(desk, an_incident(statuses={"website": Status.DEGRADED}), ANA, NOW)
    window = announce(desk, a_window(), ANA, NOW)
    _send(store)
    assert [subject for subject, _ in _plate(store)] == [grave.id, minor.id, window.id]

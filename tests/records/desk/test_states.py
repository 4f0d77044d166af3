"""What the public sees of a component, from what monitors, people and windows say."""

import pytest

from records.components import Status
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.judgement import take_verdict
from records.desk.maintenance import announce, complete, start
from records.desk.states import effective
from records.incidents import Stage
from records.maintenance import Kind
from records.store import components, days
from tests.cast import ANA, HOUR, MINUTE, NOW, a_verdict, a_window, acme, an_incident, clear, describe

OK, MAINT, UNKNOWN, DEGRADED, PARTIAL, MAJOR = Status

#: Rows: what monitors say (None: nobody watches). Columns: what open incidents say.
_OUTSIDE = {
    None: [OK, OK, UNKNOWN, DEGRADED, PARTIAL, MAJOR],
    OK: [OK, OK, UNKNOWN, DEGRADED, PARTIAL, MAJOR],
    UNKNOWN: [UNKNOWN, UNKNOWN, UNKNOWN, DEGRADED, PARTIAL, MAJOR],
    DEGRADED: [DEGRADED, DEGRADED, DEGRADED, DEGRADED, PARTIAL, MAJOR],
    PARTIAL: [PARTIAL, PARTIAL, PARTIAL, PARTIAL, PARTIAL, MAJOR],
    MAJOR: [MAJOR] * 6,
}
_SAID = [[], [OK], [UNKNOWN], [DEGRADED], [PARTIAL, OK], [DEGRADED, MAJOR]]


@pytest.mark.parametrize("signal", list(_OUTSIDE))
def test_outside_a_window_the_gravest_voice_counts(signal):
    assert [effective(signal, said, is_in_window=False) for said in _SAID] == _OUTSIDE[signal]


@pytest.mark.parametrize("signal", list(_OUTSIDE))
def test_in_a_window_no_monitor_is_heard_but_an_outage_that_people_declared_is(signal):
    expected = [MAINT, MAINT, MAINT, DEGRADED, PARTIAL, MAJOR]
    assert [effective(signal, said, is_in_window=True) for said in _SAID] == expected


def test_the_order_of_the_states_is_their_severity():
    assert [status.severity for status in Status] == [0, 1, 2, 3, 4, 5]
    assert [status.value for status in Status] == [
        "operational",
        "under_maintenance",
        "unknown",
        "degraded_performance",
        "partial_outage",
        "major_outage",
    ]
    assert UNKNOWN.public_api_value == "operational"


def _status(store):
    return components.component(store, "btc-deposits").status


def _running(desk, **changes):
    window = announce(desk, a_window(**changes), ANA, NOW)
    return start(desk, window.id, ANA, NOW)


def test_a_monitor_does_not_override_a_running_window_and_counts_again_after_it(store):
    desk = acme(store, watched=True)
    window = _running(desk)
    assert _status(store) is MAINT
    take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + MINUTE)
    assert _status(store) is MAINT
    complete(desk, window.id, ANA, NOW + HOUR)
    assert _status(store) is MAJOR
    take_verdict(desk, clear(at=NOW + HOUR), describe, NOW + HOUR)
    assert _status(store) is OK


def test_an_outage_that_people_declare_shows_through_a_window(store):
    desk = acme(store)
    window = _running(desk)
    incident = open_incident(desk, an_incident(statuses={"btc-deposits": PARTIAL}), ANA, NOW + MINUTE)
    assert _status(store) is PARTIAL
    update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}), ANA, NOW + HOUR)
    assert _status(store) is MAINT
    complete(desk, window.id, ANA, NOW + HOUR)
    assert _status(store) is OK


def test_a_promotion_degrades_nothing(store):
    desk = acme(store)
    _running(desk, kind=Kind.PROMOTION)
    assert _status(store) is OK


def test_each_change_is_kept_in_the_history(store):
    desk = acme(store)
    incident = open_incident(desk, an_incident(statuses={"btc-deposits": PARTIAL}), ANA, NOW)
    update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}), ANA, NOW + HOUR)
    since_noon = days.changes_since(store, NOW - HOUR)
    assert [(at - NOW, status) for at, status in since_noon["btc-deposits"][1:]] == [
        (MINUTE * 0, PARTIAL),
        (HOUR, OK),
    ]
    assert [status for _, status in since_noon["website"]] == [OK]
    assert [status for _, status in days.changes_since(store, NOW + MINUTE)["btc-deposits"]] == [PARTIAL, OK]

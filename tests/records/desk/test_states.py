"""What the public sees of a component, from what monitors, people and windows say."""

import pytest

from records.components import TROUBLED, Status
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.judgement import take_verdict
from records.desk.maintenance import announce, complete, extend, start
from records.desk.states import Cover, covers, effective
from records.desk.windows import note_overruns
from records.incidents import Stage
from records.maintenance import Kind
from records.people import CLOCK
from records.store import components, days, incidents
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
    assert [effective(signal, said, Cover.NONE) for said in _SAID] == _OUTSIDE[signal]


@pytest.mark.parametrize("signal", list(_OUTSIDE))
def test_in_a_window_no_monitor_is_heard_but_an_outage_that_people_declared_is(signal):
    expected = [MAINT, MAINT, MAINT, DEGRADED, PARTIAL, MAJOR]
    assert [effective(signal, said, Cover.PLANNED) for said in _SAID] == expected


@pytest.mark.parametrize("signal", list(_OUTSIDE))
def test_a_window_that_takes_longer_than_announced_hides_no_trouble(signal):
    expected = [each if each in TROUBLED else MAINT for each in _OUTSIDE[signal]]
    assert [effective(signal, said, Cover.OVERRUN) for said in _SAID] == expected


def test_of_two_windows_over_a_component_the_one_in_time_counts(store):
    desk = acme(store)
    late = _running(desk, scheduled_for=NOW + MINUTE, scheduled_until=NOW + HOUR, auto_complete=False)
    assert covers([late], NOW + HOUR)["btc-deposits"] is Cover.PLANNED
    assert covers([late], NOW + 2 * HOUR)["btc-deposits"] is Cover.OVERRUN
    other = _running(desk, scheduled_for=NOW + MINUTE, scheduled_until=NOW + 5 * HOUR)
    for windows in ([late, other], [other, late]):
        assert covers(windows, NOW + 2 * HOUR)["btc-deposits"] is Cover.PLANNED


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


def test_past_its_announced_end_a_window_that_still_runs_shows_what_monitors_see(store):
    desk = acme(store, watched=True)
    window = _running(desk, scheduled_for=NOW + MINUTE, scheduled_until=NOW + HOUR, auto_complete=False)
    take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + MINUTE)
    assert _status(store) is MAINT
    note_overruns(desk, CLOCK, NOW + HOUR + MINUTE)
    assert _status(store) is MAJOR
    # With a new end it is announced again, and counts again.
    extend(desk, window.id, NOW + 3 * HOUR, ANA, NOW + HOUR + 2 * MINUTE)
    assert _status(store) is MAINT


def test_a_monitor_speaks_to_nobody_by_itself_while_planned_work_runs(store):
    desk = acme(store, watched=True, auto_publish=True)
    window = _running(desk, scheduled_for=NOW + MINUTE, scheduled_until=NOW + HOUR, auto_complete=False)
    draft = take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + 2 * MINUTE)
    assert draft is not None
    assert draft.is_draft
    take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + 3 * MINUTE)
    assert incidents.open_incidents(store) == []
    assert _status(store) is MAINT
    complete(desk, window.id, ANA, NOW + 30 * MINUTE)
    # It is over and still broken: now it is news.
    take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + 31 * MINUTE)
    assert [each.id for each in incidents.open_incidents(store)] == [draft.id]


def test_what_still_fails_when_a_window_overruns_is_published_too_and_what_recovered_is_not(store):
    desk = acme(store, watched=True, auto_publish=True)
    _running(desk, scheduled_for=NOW + MINUTE, scheduled_until=NOW + HOUR, auto_complete=False)
    take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + 2 * MINUTE)
    note_overruns(desk, CLOCK, NOW + 2 * HOUR)
    take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + 2 * HOUR)
    assert len(incidents.open_incidents(store)) == 1


def test_a_draft_that_waits_for_a_person_for_another_reason_still_waits_after_a_window(store):
    desk = acme(store, watched=True)
    window = _running(desk)
    take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + 2 * MINUTE)
    complete(desk, window.id, ANA, NOW + 30 * MINUTE)
    take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW + 31 * MINUTE)
    assert incidents.open_incidents(store) == []
    assert len(incidents.drafts(store)) == 1


def test_a_window_never_hides_an_incident_that_was_open_before_it(store):
    desk = acme(store, watched=True, auto_publish=True)
    incident = take_verdict(desk, a_verdict(deposits=MAJOR), describe, NOW)
    assert incident is not None
    _running(desk, scheduled_for=NOW + MINUTE, scheduled_until=NOW + HOUR)
    assert _status(store) is MAJOR
    assert [each.id for each in incidents.open_incidents(store)] == [incident.id]

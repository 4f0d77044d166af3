"""What we promised, and whether we kept it."""

from datetime import timedelta

import pytest

from records.desk.incidents import UpdateEntry, open_incident, publish_incident, update_incident
from records.desk.maintenance import announce
from records.incidents import Stage
from records.promises import Kept, intervals_of, is_due_soon, lead_of, promises_of
from records.store import incidents
from tests.cast import ANA, DAY, HOUR, MINUTE, NOW, a_window, acme, an_incident

BODY = {"en": "We know more."}


@pytest.fixture
def desk(store):
    return acme(store)


def _say(desk, incident, at, stage=Stage.INVESTIGATING, **changes):
    return update_incident(desk, incident.id, UpdateEntry(stage=stage, body=BODY, **changes), ANA, at)


def test_a_promise_is_kept_late_broken_or_still_open(desk):
    incident = open_incident(desk, an_incident(next_update_at=NOW + 10 * MINUTE), ANA, NOW)
    _say(desk, incident, NOW + 10 * MINUTE, next_update_at=NOW + 20 * MINUTE)
    incident = _say(desk, incident, NOW + 27 * MINUTE, next_update_at=NOW + 40 * MINUTE)
    kept, late, last = promises_of(incident, NOW + 30 * MINUTE)
    assert (kept.state, kept.late_by) == (Kept.KEPT, timedelta())
    assert (late.state, late.late_by, late.spoke_at) == (Kept.LATE, 7 * MINUTE, NOW + 27 * MINUTE)
    assert (last.state, last.spoke_at) == (Kept.OPEN, None)
    assert promises_of(incident, NOW + 41 * MINUTE)[-1].state is Kept.BROKEN


def test_the_end_keeps_the_last_promise_and_makes_none(desk):
    incident = open_incident(desk, an_incident(next_update_at=NOW + 10 * MINUTE), ANA, NOW)
    over = _say(desk, incident, NOW + 5 * MINUTE, Stage.RESOLVED)
    assert [promise.state for promise in promises_of(over, NOW + DAY)] == [Kept.KEPT]


def test_a_draft_promises_from_the_moment_it_is_public(store, desk):
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    assert promises_of(draft, NOW + DAY) == ()
    publish_incident(desk, draft.id, ANA, NOW + HOUR)
    public = incidents.incident(store, draft.id)
    [promise] = promises_of(public, NOW + HOUR)
    assert (promise.made_at, promise.due_at) == (NOW + HOUR, public.next_update_at)
    assert promise.state is Kept.OPEN


def test_every_step_has_its_length(desk):
    incident = open_incident(desk, an_incident(started_at=NOW - HOUR), ANA, NOW, detected_at=NOW - MINUTE)
    _say(desk, incident, NOW + HOUR, Stage.MONITORING)
    over = _say(desk, incident, NOW + 2 * HOUR, Stage.RESOLVED)
    took = intervals_of(over)
    assert (took.started_to_public, took.detected_to_public) == (HOUR, MINUTE)
    assert (took.public_to_notice, took.lasted, took.fixed_to_all_clear) == (timedelta(), 3 * HOUR, HOUR)
    assert intervals_of(open_incident(desk, an_incident(publish=False), ANA, NOW)).lasted is None


def test_the_lead_of_planned_work_is_measured_against_the_rule_of_its_kind(desk):
    assert lead_of(announce(desk, a_window(), ANA, NOW)).is_kept
    soon = a_window(scheduled_for=NOW + HOUR, scheduled_until=NOW + 2 * HOUR, emergency_reason="a leaking key")
    short = lead_of(announce(desk, soon, ANA, NOW))
    assert (short.is_kept, short.lead, short.wanted, short.reason) == (False, HOUR, 3 * DAY, "a leaking key")


def test_a_promise_is_about_to_break_from_four_fifths_of_its_time_until_it_is_overdue(store, desk):
    incident = open_incident(desk, an_incident(next_update_at=NOW + 10 * MINUTE), ANA, NOW)
    for minutes, expected in ((0, False), (7, False), (8, True), (10, True), (11, False)):
        assert is_due_soon(incident, NOW + minutes * MINUTE) is expected
    spoken = _say(desk, incident, NOW + 9 * MINUTE, next_update_at=NOW + 29 * MINUTE)
    assert not is_due_soon(spoken, NOW + 24 * MINUTE)
    assert is_due_soon(spoken, NOW + 25 * MINUTE)
    over = _say(desk, spoken, NOW + 26 * MINUTE, Stage.RESOLVED)
    assert not is_due_soon(over, NOW + 28 * MINUTE)

"""What is said in quick succession reaches people once; what has its hour, or is grave, waits for nobody."""

from records.components import Status
from records.desk.approvals import decline_notice, run_waits
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce, extend, start
from records.desk.windows import remind
from records.incidents import Stage
from records.notices import Decision, Lane, NoticeKind, NoticeState, WaitsFor
from records.people import CLOCK, MONITOR
from records.store import ledger, notices
from tests.cast import ANA, HOUR, MINUTE, NOW, SECOND, a_window, acme, an_incident, deliver, fan_out, the_notice, told


def test_updates_that_follow_each_other_are_said_once(store):
    desk = acme(store, updates_wait=5 * MINUTE)
    incident = open_incident(desk, mild(), ANA, NOW)
    assert the_notice(store, incident.id).state is NoticeState.FANNING_OUT
    fan_out(store)
    deliver(store)
    for minute in range(1, 6):
        known(desk, incident, NOW + minute * MINUTE)
    held = the_notice(store, incident.id)
    assert held.wait is not None
    # What people wait for does not wait longer with each new version.
    assert (held.state, held.wait.reason, held.wait.until) == (NoticeState.HELD, WaitsFor.COMPANY, NOW + 6 * MINUTE)
    assert run_waits(desk, CLOCK, NOW + 6 * MINUTE - SECOND) == []
    assert run_waits(desk, CLOCK, NOW + 6 * MINUTE) == [f"approved {held.id}"]
    fan_out(store, NOW + 6 * MINUTE)
    deliver(store, NOW + 6 * MINUTE)
    assert len(told(store, incident.id)) == 2
    decisions = [each.wait and each.wait.decision for each in notices.notices(store, subject_id=incident.id)]
    assert decisions == [Decision.APPROVED, *[Decision.SUPERSEDED] * 4, None]
    assert ledger.verify(store).faults == ()
    known(desk, incident, NOW + HOUR)
    again = the_notice(store, incident.id).wait
    assert again is not None
    assert again.until == NOW + HOUR + 5 * MINUTE


def mild(**changes):
    return an_incident(statuses={"btc-withdrawals": Status.DEGRADED}, **changes)


def known(desk, incident, now, **changes):
    entry = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": f"We know since {now:%H:%M}."}, **changes)
    return update_incident(desk, incident.id, entry, ANA, now)


def test_graver_words_take_the_held_ones_with_them_at_once(store):
    desk = acme(store, updates_wait=5 * MINUTE)
    incident = open_incident(desk, mild(), ANA, NOW)
    fan_out(store)
    known(desk, incident, NOW + MINUTE)
    known(desk, incident, NOW + 2 * MINUTE, statuses={"btc-withdrawals": Status.MAJOR_OUTAGE})
    grave, held, _ = notices.notices(store, subject_id=incident.id)
    assert (grave.state, grave.lane) == (NoticeState.FANNING_OUT, Lane.URGENT)
    assert (held.state, held.wait and held.wait.decision) == (NoticeState.CANCELLED, Decision.SUPERSEDED)


def test_the_end_waits_for_nobody_and_takes_held_words_with_it(store):
    desk = acme(store, updates_wait=5 * MINUTE)
    incident = open_incident(desk, mild(), ANA, NOW)
    fan_out(store)
    deliver(store)
    known(desk, incident, NOW + MINUTE)
    end = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
    update_incident(desk, incident.id, end, ANA, NOW + 2 * MINUTE)
    ended, held, _ = notices.notices(store, subject_id=incident.id)
    assert (ended.kind, ended.state) == (NoticeKind.INCIDENT_RESOLVED, NoticeState.FANNING_OUT)
    assert held.wait is not None
    assert held.wait.decision is Decision.SUPERSEDED
    assert run_waits(desk, CLOCK, NOW + HOUR) == []


def test_first_words_wait_for_nobody_even_when_they_are_an_update(store):
    desk = acme(store, updates_wait=5 * MINUTE)
    incident = open_incident(desk, mild(channels=()), ANA, NOW)
    known(desk, incident, NOW + MINUTE, channels=("email", "inapp"))
    assert the_notice(store, incident.id).state is NoticeState.FANNING_OUT


def test_held_words_can_be_taken_back_like_any(store):
    desk = acme(store, updates_wait=5 * MINUTE)
    incident = open_incident(desk, mild(), ANA, NOW)
    fan_out(store)
    known(desk, incident, NOW + MINUTE)
    held = the_notice(store, incident.id)
    decline_notice(desk, held.id, ANA, NOW + 2 * MINUTE)
    assert run_waits(desk, CLOCK, NOW + HOUR) == []
    # What was taken back was not said: a monitor's next words about it need a yes.
    halted_again = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "It halted again."})
    update_incident(desk, incident.id, halted_again, MONITOR, NOW + HOUR)
    wait = the_notice(store, incident.id).wait
    assert wait is not None
    assert wait.reason is WaitsFor.A_YES


def test_a_reminder_and_a_start_keep_their_hour_and_a_new_time_waits(store):
    desk = acme(store, updates_wait=5 * MINUTE)
    window = announce(desk, a_window(), ANA, NOW)
    fan_out(store)
    extend(desk, window.id, window.scheduled_until + HOUR, ANA, NOW + MINUTE)
    held = the_notice(store, window.id)
    assert (held.kind, held.state) == (NoticeKind.MAINTENANCE_EXTENDED, NoticeState.HELD)
    run_waits(desk, CLOCK, NOW + 6 * MINUTE)
    remind(desk, window.id, CLOCK, window.scheduled_for - HOUR)
    assert the_notice(store, window.id).state is NoticeState.FANNING_OUT
    start(desk, window.id, CLOCK, window.scheduled_for)
    assert the_notice(store, window.id).state is NoticeState.FANNING_OUT

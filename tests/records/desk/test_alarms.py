"""What calls for a person is found, said once, and said to be over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from records.alarms import AlarmKind, Patience, Phase
from records.crm import EVENTS
from records.desk.alarms import Lookout
from records.desk.incidents import open_incident
from records.incidents import Stage
from records.notices import NoticeKind, Outcome
from records.policies import Policy
from records.store import alarms, crm, meta, throttles
from records.throttles import Limits, Slowing, Why
from tests.cast import ANA, HOUR, MINUTE, NOW, acme, an_incident
from tests.notifier.cast import a_notice, queue
from tests.server.telling import carry, fan_out

SECOND = timedelta(seconds=1)
TO = ("mail:ops@acme.example", "webhook:pager")


@pytest.fixture
def desk(store):
    return acme(store)


def kinds(lookout, now):
    return [one.kind for one in lookout.look(now)]


def queued(desk, now=NOW):
    queue(desk.store, a_notice(created_at=now), now)
    fan_out(desk.store, now)


def test_nothing_is_wrong_where_nothing_is_wrong(desk):
    assert Lookout(desk, Patience()).look(NOW) == []


def test_a_queue_that_does_not_move_is_found_and_one_that_moves_is_not(desk):
    lookout = Lookout(desk, Patience())
    queued(desk)
    assert lookout.look(NOW) == []
    assert lookout.look(NOW + 4 * MINUTE) == []
    (found,) = lookout.look(NOW + 5 * MINUTE)
    assert (found.kind, found.subject, found.since) == (AlarmKind.QUEUE_STUCK, "email", NOW)
    carry(desk.store, "email", NOW + 5 * MINUTE, Outcome.FAILED)
    assert lookout.look(NOW + 5 * MINUTE) == []
    queue(desk.store, a_notice(id="notice000002", verify_code="other"), NOW + 5 * MINUTE)
    fan_out(desk.store, NOW + 5 * MINUTE)
    assert lookout.look(NOW + 6 * MINUTE) == []
    assert lookout.look(NOW + 10 * MINUTE) == []
    assert kinds(lookout, NOW + 11 * MINUTE) == [AlarmKind.QUEUE_STUCK]


def test_what_waits_for_tomorrow_is_not_stuck(desk):
    lookout = Lookout(desk, Patience())
    queued(desk)
    desk.store.run("UPDATE deliveries SET due_at = due_at + 86400000")
    assert [lookout.look(NOW + minutes * MINUTE) for minutes in (0, 5, 10)] == [[], [], []]


def test_a_channel_that_is_left_alone_is_named_with_the_reason_and_its_queue_is_no_second_alarm(desk):
    lookout = Lookout(desk, Patience())
    queued(desk)
    lookout.look(NOW)
    at = NOW + 6 * MINUTE
    alarms.report_troubles(desk.store, "one", {"email": (NOW, "configuration at login: 535")}, at)
    (found,) = lookout.look(at)
    assert (found.kind, found.subject) == (AlarmKind.CHANNEL_DOWN, "email")
    assert "535" in found.said
    alarms.report_troubles(desk.store, "one", {}, at)
    assert kinds(lookout, at) == [AlarmKind.QUEUE_STUCK]


def test_what_a_dead_notifier_said_does_not_count(desk):
    alarms.report_troubles(desk.store, "one", {"email": (NOW - HOUR, "away")}, NOW - MINUTE)
    assert Lookout(desk, Patience()).look(NOW) == []


def test_a_notice_that_waits_for_a_yes_too_long_is_found(store):
    desk = acme(store, second_person_above=0)
    open_incident(desk, an_incident(), ANA, NOW)
    lookout = Lookout(desk, Patience())
    assert AlarmKind.NOTICE_WAITS not in kinds(lookout, NOW + 14 * MINUTE)
    (found,) = [one for one in lookout.look(NOW + 15 * MINUTE) if one.kind is AlarmKind.NOTICE_WAITS]
    assert (found.kind, found.since) == (AlarmKind.NOTICE_WAITS, NOW)
    assert "INC-1" in found.said


def test_a_promise_is_reminded_of_before_it_breaks_and_again_when_it_has(desk):
    open_incident(desk, replace(an_incident(), next_update_at=NOW + HOUR), ANA, NOW)
    carry_all(desk)
    lookout = Lookout(desk, Patience())
    assert lookout.look(NOW + 47 * MINUTE) == []
    assert kinds(lookout, NOW + 48 * MINUTE) == [AlarmKind.PROMISE_DUE]
    assert kinds(lookout, NOW + HOUR + SECOND) == [AlarmKind.PROMISE_BROKEN]


def carry_all(desk):
    fan_out(desk.store, NOW)
    for channel in ("email", "inapp", "social:acme"):
        carry(desk.store, channel, NOW)


def test_a_part_that_went_silent_is_missed_for_a_day(desk):
    meta.beat(desk.store, "monitors", "one", NOW)
    lookout = Lookout(desk, Patience())
    assert kinds(lookout, NOW + 59 * SECOND) == []
    assert kinds(lookout, NOW + MINUTE) == [AlarmKind.PART_SILENT]
    assert kinds(lookout, NOW + 25 * HOUR) == []


def test_a_crm_that_takes_nothing_is_found(desk):
    crm.follow(desk.store, EVENTS)
    queued(desk)
    batch = crm.next_batch(desk.store, NOW, limit=100)
    assert batch is not None
    crm.put_off(desk.store, batch, NOW + MINUTE, "503", NOW)
    lookout = Lookout(desk, Patience(queue=HOUR))
    assert kinds(lookout, NOW + 14 * MINUTE) == []
    assert kinds(lookout, NOW + 15 * MINUTE) == [AlarmKind.CRM_BEHIND]


def test_each_receiver_hears_of_an_alarm_once_and_once_that_it_is_over(desk):
    meta.beat(desk.store, "monitors", "one", NOW)
    lookout = Lookout(desk, Patience())
    at = NOW + 2 * MINUTE
    (raised,) = alarms.keep(desk.store, lookout.look(at), TO, at)
    assert alarms.keep(desk.store, lookout.look(at), TO, at) == []
    calls = alarms.due_calls(desk.store, at)
    assert [(one.receiver, one.phase) for one in calls] == [(each, Phase.RAISED) for each in TO]
    for call in calls:
        alarms.settle(desk.store, call)
    meta.beat(desk.store, "monitors", "one", at)
    (over,) = alarms.keep(desk.store, lookout.look(at), TO, at)
    assert (over.id, over.ended_at) == (raised.id, at)
    assert alarms.standing(desk.store) == []
    assert [one.phase for one in alarms.due_calls(desk.store, at)] == [Phase.OVER] * 2
    assert len({one.key for one in calls} | {one.key for one in alarms.due_calls(desk.store, at)}) == 2


def test_whoever_was_not_told_of_it_need_not_hear_that_it_is_over(desk):
    meta.beat(desk.store, "monitors", "one", NOW)
    lookout = Lookout(desk, Patience())
    at = NOW + 2 * MINUTE
    alarms.keep(desk.store, lookout.look(at), TO, at)
    told, tried = alarms.due_calls(desk.store, at)
    alarms.put_off(desk.store, tried, at + MINUTE)
    meta.beat(desk.store, "monitors", "one", at)
    alarms.keep(desk.store, lookout.look(at), TO, at)
    assert [(one.receiver, one.phase) for one in alarms.due_calls(desk.store, at + MINUTE)] == [
        (tried.receiver, Phase.RAISED)
    ]
    assert told.receiver != tried.receiver


def test_an_alarm_that_comes_again_is_a_new_one(desk):
    meta.beat(desk.store, "monitors", "one", NOW)
    lookout = Lookout(desk, Patience())
    at = NOW + 2 * MINUTE
    alarms.keep(desk.store, lookout.look(at), TO, at)
    alarms.keep(desk.store, [], TO, at)
    alarms.keep(desk.store, lookout.look(at), TO, at)
    assert len(alarms.newest(desk.store)) == 2
    alarms.forget(desk.store, at + timedelta(days=91))
    assert len(alarms.newest(desk.store)) == 1


def test_policies_that_want_a_yes_make_no_alarm_of_what_left_at_once(store):
    auto = Policy(
        kinds=frozenset(NoticeKind), impacts=frozenset(), audience="affected", channels=("email",), needs_yes=False
    )
    desk = acme(store, policies=(auto,))
    open_incident(desk, replace(an_incident(), stage=Stage.IDENTIFIED), ANA, NOW)
    carry_all(desk)
    assert AlarmKind.NOTICE_WAITS not in kinds(Lookout(desk, Patience()), NOW + HOUR)


def test_an_operator_that_refuses_us_time_and_again_calls_for_a_person(desk):
    told = Slowing(channel="email", operator="google", why=Why.REFUSED, wait=HOUR / 2, said="550 5.7.1 blocked")
    with desk.store.tx():
        throttles.slow(desk.store, Limits(bucket="email"), told, NOW)
    found = {each.subject: each.said for each in Lookout(desk, Patience()).look(NOW + MINUTE)}
    assert found["email/google"] == "google refuses us on email: 550 5.7.1 blocked"
    throttles.lift(desk.store, "email", "google")
    assert "email/google" not in {each.subject for each in Lookout(desk, Patience()).look(NOW + MINUTE)}

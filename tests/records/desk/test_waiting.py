"""Who has to say yes before customers are told: nobody, a person, or a second person."""

from datetime import timedelta

import pytest

from records.components import Status
from records.desk.approvals import approve_notice, decline_notice, run_waits
from records.desk.desk import Desk
from records.desk.incidents import UpdateEntry, open_incident, publish_incident, update_incident
from records.desk.judgement import take_verdict
from records.desk.maintenance import announce, cancel
from records.desk.notices import cancel_notice
from records.desk.windows import run_windows
from records.errors import Conflict, NotYours
from records.incidents import Stage
from records.notices import Decision, NoticeKind, NoticeState, WaitsFor
from records.people import CLOCK, MONITOR, Actor, Role
from records.policies import Policy
from records.store import incidents, notices
from records.store.engine import Store
from records.store.people import audit_entries
from tests.cast import (
    ANA,
    BEN,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    a_verdict,
    a_window,
    acme,
    an_incident,
    clear,
    describe,
    fan_out,
    the_notice,
    told,
)

EVE = Actor(name="user:eve", role=Role.APPROVER)
FRED = Actor(name="user:fred", role=Role.APPROVER)
READ_FIRST = Policy(kinds=frozenset(NoticeKind), channels=("email", "inapp"), needs_yes=True)
AT_ONCE = Policy(kinds=frozenset(NoticeKind), channels=("email", "inapp"))


def reading_first(store: Store, *policies: Policy) -> Desk:
    """Monitors may publish by themselves, and the policies say what then leaves by itself."""
    return acme(store, auto_publish=True, watched=True, policies=policies or (READ_FIRST,), confirm_recovery=MINUTE)


def halted(desk: Desk, now=NOW, **changes):
    incident = take_verdict(desk, a_verdict(at=now, **changes), describe, now)
    assert incident is not None
    return incident


# --- what a person says ---


def test_what_a_person_says_leaves_at_once_whatever_the_policy_says_of_monitors(store):
    desk = acme(store, policies=(READ_FIRST,))
    incident = open_incident(desk, an_incident(), ANA, NOW)
    notice = the_notice(store, incident.id)
    assert (notice.state, notice.wait) == (NoticeState.FANNING_OUT, None)
    assert incident.first_customer_notice_at == NOW


def test_a_draft_of_a_monitor_that_a_person_publishes_leaves_at_once(store):
    desk = acme(store, watched=True, policies=(READ_FIRST,))
    draft = halted(desk)
    publish_incident(desk, draft.id, ANA, NOW)
    assert the_notice(store, draft.id).state is NoticeState.FANNING_OUT


@pytest.mark.parametrize(("above", "state"), [(3, NoticeState.DRAFT), (4, NoticeState.FANNING_OUT)])
def test_a_second_person_is_asked_above_the_number_and_not_at_it(store, above, state):
    # Four customers hold BTC.
    desk = acme(store, second_person_above=above)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    assert the_notice(store, incident.id).state is state
    assert (incident.first_customer_notice_at is None) == (state is NoticeState.DRAFT)
    assert incident.published_at == NOW


def test_a_notice_for_a_second_person_is_sent_by_the_yes_of_another(store):
    desk = acme(store, second_person_above=3)
    incident = open_incident(desk, an_incident(), EVE, NOW)
    waiting = the_notice(store, incident.id)
    assert waiting.wait is not None
    assert (waiting.wait.reason, waiting.wait.asked_by) == (WaitsFor.A_SECOND_PERSON, EVE.name)
    assert waiting.wait.customers == 4
    fan_out(store)
    assert told(store, incident.id) == []
    approved = approve_notice(desk, waiting.id, FRED, NOW + MINUTE)
    assert approved.state is NoticeState.FANNING_OUT
    fan_out(store, NOW + MINUTE)
    assert told(store, incident.id) == [["ada", "carmen", "dmitri", "fay"]]
    heard = incidents.incident(store, incident.id)
    assert (heard.first_customer_notice_at, heard.version) == (NOW + MINUTE, incident.version)
    entry = audit_entries(store, subject=waiting.id)[0]
    assert (entry.deed, entry.actor) == ("notice.approved", FRED.name)
    assert (entry.detail["customers"], entry.detail["waited_for"]) == (4, "a_second_person")


def test_its_author_cannot_be_the_second_person_but_may_break_the_glass(store):
    desk = acme(store, second_person_above=3)
    waiting = the_notice(store, open_incident(desk, an_incident(), EVE, NOW).id)
    for reason in ("", "   "):
        with pytest.raises(NotYours, match="4 customers: a second person"):
            approve_notice(desk, waiting.id, EVE, NOW, break_glass=reason)
    assert the_notice(store, waiting.subject_id).state is NoticeState.DRAFT
    approve_notice(desk, waiting.id, EVE, NOW, break_glass="nobody else is awake, funds at risk")
    assert the_notice(store, waiting.subject_id).state is NoticeState.FANNING_OUT
    entry = audit_entries(store, subject=waiting.id)[0]
    assert entry.detail["break_glass"] == "nobody else is awake, funds at risk"


def test_a_kind_that_a_policy_keeps_for_two_waits_however_few_it_reaches(store):
    two = Policy(
        kinds=frozenset({NoticeKind.MAINTENANCE_CANCELLED}), channels=("email",), needs_yes=True, needs_second=True
    )
    desk = acme(store, policies=(two,))
    window = announce(desk, a_window(), EVE, NOW)
    assert the_notice(store, window.id).wait is None
    fan_out(store)
    cancel(desk, window.id, EVE, NOW + MINUTE)
    waiting = the_notice(store, window.id)
    assert waiting.kind is NoticeKind.MAINTENANCE_CANCELLED
    assert waiting.wait is not None
    assert waiting.wait.reason is WaitsFor.A_SECOND_PERSON
    with pytest.raises(NotYours, match="a second person"):
        approve_notice(desk, waiting.id, EVE, NOW + MINUTE)
    approve_notice(desk, waiting.id, FRED, NOW + MINUTE)
    assert the_notice(store, window.id).state is NoticeState.FANNING_OUT


@pytest.mark.parametrize("role", Role)
def test_only_those_with_the_right_say_yes(store, role):
    desk = acme(store, second_person_above=3)
    waiting = the_notice(store, open_incident(desk, an_incident(), ANA, NOW).id)
    somebody = Actor(name="user:kim", role=role)
    if role in (Role.APPROVER, Role.ADMIN):
        assert approve_notice(desk, waiting.id, somebody, NOW).state is NoticeState.FANNING_OUT
        return
    with pytest.raises(NotYours, match="right"):
        approve_notice(desk, waiting.id, somebody, NOW, break_glass="please")


def test_a_notice_is_approved_once(store):
    desk = acme(store, second_person_above=3)
    waiting = the_notice(store, open_incident(desk, an_incident(), ANA, NOW).id)
    approve_notice(desk, waiting.id, EVE, NOW)
    with pytest.raises(Conflict, match="is fanning out; it does not wait"):
        approve_notice(desk, waiting.id, FRED, NOW)
    with pytest.raises(Conflict, match="does not wait"):
        decline_notice(desk, waiting.id, FRED, NOW)


def test_nobody_hears_what_was_declined(store):
    desk = acme(store, second_person_above=3)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    declined = decline_notice(desk, the_notice(store, incident.id).id, EVE, NOW, reason="wrong chain")
    assert declined.state is NoticeState.CANCELLED
    assert declined.wait is not None
    assert (declined.wait.decision, declined.wait.decided_by) == (Decision.DECLINED, EVE.name)
    assert not declined.has_left
    assert notices.status(store, declined.id).complete
    assert audit_entries(store, subject=declined.id)[0].detail["reason"] == "wrong chain"
    with pytest.raises(Conflict, match="is cancelled"):
        approve_notice(desk, declined.id, FRED, NOW)


def test_stopping_a_notice_that_waits_is_a_no(store):
    desk = acme(store, second_person_above=3)
    waiting = the_notice(store, open_incident(desk, an_incident(), ANA, NOW).id)
    assert cancel_notice(desk, waiting.id, ANA.name, NOW) == 0
    stopped = notices.notice(store, waiting.id)
    assert stopped.wait is not None
    assert (stopped.state, stopped.wait.decision) == (NoticeState.CANCELLED, Decision.DECLINED)


# --- what comes after ---


def test_newer_words_take_the_place_of_those_that_wait_and_are_the_first(store):
    desk = acme(store, second_person_above=3)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    first = the_notice(store, incident.id)
    update_incident(desk, incident.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Found."}), BEN, NOW + MINUTE)
    second = the_notice(store, incident.id)
    assert (second.kind, second.state) == (NoticeKind.INCIDENT_OPENED, NoticeState.DRAFT)
    assert second.facts["body"] == {"en": "Found."}
    old = notices.notice(store, first.id)
    assert old.wait is not None
    assert (old.state, old.wait.decision, old.wait.decided_by) == (
        NoticeState.CANCELLED, Decision.SUPERSEDED, BEN.name,
    )  # fmt: skip
    # Ben wrote the newer words, so Ana may say yes if she has the right; here Eve does.
    approve_notice(desk, second.id, EVE, NOW + MINUTE)
    fan_out(store, NOW + MINUTE)
    assert told(store, incident.id) == [["ada", "carmen", "dmitri", "fay"]]


def test_the_end_of_what_nobody_heard_of_is_told_to_nobody(store):
    desk = acme(store, second_person_above=3)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}), ANA, NOW + MINUTE)
    assert [each.state for each in notices.notices(store, subject_id=incident.id)] == [NoticeState.CANCELLED]
    assert incidents.incident(store, incident.id).resolution_notice_at is None


def test_a_quiet_end_puts_away_what_waits(store):
    desk = acme(store, second_person_above=3)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    end = UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}, tell=False)
    update_incident(desk, incident.id, end, ANA, NOW + MINUTE)
    assert the_notice(store, incident.id).state is NoticeState.CANCELLED


def test_words_under_way_are_settled_by_newer_ones_only_once_those_leave(store):
    desk = acme(store)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    first = the_notice(store, incident.id)
    strict = acme_again(desk, second_person_above=3)
    update_incident(strict, incident.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Found."}), ANA, NOW + MINUTE)
    assert notices.status(store, first.id).people.queued == 4
    second = the_notice(store, incident.id)
    assert (second.kind, second.state) == (NoticeKind.INCIDENT_UPDATED, NoticeState.DRAFT)
    approve_notice(strict, second.id, EVE, NOW + MINUTE)
    assert notices.status(store, first.id).people.queued == 0


def acme_again(desk: Desk, **changes) -> Desk:
    """The same desk after a change of the settings."""
    return Desk(store=desk.store, social_accounts=desk.social_accounts, **changes)


# --- what monitors and the clock say ---


def test_what_a_monitor_says_stands_on_the_page_and_waits_for_a_yes_where_the_policy_wants_one(store):
    desk = reading_first(store)
    incident = halted(desk)
    assert incident.published_at == NOW
    waiting = the_notice(store, incident.id)
    assert waiting.wait is not None
    assert (waiting.state, waiting.wait.reason) == (NoticeState.DRAFT, WaitsFor.A_YES)
    assert waiting.wait.customers == 4
    approve_notice(desk, waiting.id, EVE, NOW)
    fan_out(store)
    assert told(store, incident.id) == [["ada", "carmen", "dmitri", "fay"]]


@pytest.mark.parametrize("policies", [(), (AT_ONCE,)], ids=["no policy", "a policy that says auto"])
def test_without_such_a_policy_what_a_monitor_says_leaves(store, policies):
    desk = acme(store, auto_publish=True, watched=True, policies=policies)
    assert the_notice(store, halted(desk).id).state is NoticeState.FANNING_OUT


def test_a_number_for_second_persons_does_not_hold_back_monitors(store):
    desk = acme(store, auto_publish=True, watched=True, second_person_above=0)
    assert the_notice(store, halted(desk).id).state is NoticeState.FANNING_OUT


def test_an_operator_who_writes_while_the_words_of_a_monitor_wait_has_said_yes(store):
    desk = reading_first(store)
    incident = halted(desk)
    body = {"en": "The network stands still; we wait."}
    update_incident(desk, incident.id, UpdateEntry(stage=Stage.IDENTIFIED, body=body), ANA, NOW + MINUTE)
    notice = the_notice(store, incident.id)
    assert (notice.kind, notice.state) == (NoticeKind.INCIDENT_OPENED, NoticeState.FANNING_OUT)


def test_while_nobody_said_yes_what_the_monitor_says_next_waits_as_well(store):
    only_openings = Policy(kinds=frozenset({NoticeKind.INCIDENT_OPENED}), channels=("inapp",), needs_yes=True)
    desk = reading_first(store, only_openings)
    incident = halted(desk)
    decline_notice(desk, the_notice(store, incident.id).id, EVE, NOW)
    later = NOW + MINUTE
    worse = a_verdict(at=later, withdrawals=Status.PARTIAL_OUTAGE)
    take_verdict(desk, worse, describe, later)
    notice = the_notice(store, incident.id)
    assert (notice.created_at, notice.state) == (later, NoticeState.DRAFT)


def test_a_trouble_that_passes_before_anybody_said_yes_is_told_to_nobody(store):
    desk = reading_first(store)
    incident = halted(desk)
    for minutes in (1, 3):
        take_verdict(desk, clear(at=NOW + minutes * MINUTE), describe, NOW + minutes * MINUTE)
    assert incidents.incident(store, incident.id).stage is Stage.RESOLVED
    assert {each.state for each in notices.notices(store, subject_id=incident.id)} == {NoticeState.CANCELLED}
    fan_out(store)
    assert told(store, incident.id) == []


def test_the_clock_does_not_remind_of_what_no_second_person_agreed_to(store):
    desk = acme(store, second_person_above=3)
    event = announce(desk, a_window(), ANA, NOW)
    decline_notice(desk, the_notice(store, event.id).id, EVE, NOW)
    due = event.scheduled_for - HOUR + SECOND
    assert run_windows(desk, CLOCK, due) == [f"reminded of {event.ref}"]
    reminder = the_notice(store, event.id)
    assert reminder.wait is not None
    assert (reminder.kind, reminder.state) == (NoticeKind.MAINTENANCE_ANNOUNCED, NoticeState.DRAFT)
    assert (reminder.wait.reason, reminder.wait.asked_by) == (WaitsFor.A_SECOND_PERSON, ANA.name)
    cancel(desk, event.id, ANA, due + MINUTE)
    assert the_notice(store, event.id).state is NoticeState.CANCELLED


def test_what_a_person_agreed_to_is_reminded_of_without_asking_again(store):
    desk = acme(store, second_person_above=3)
    event = announce(desk, a_window(), ANA, NOW)
    approve_notice(desk, the_notice(store, event.id).id, EVE, NOW)
    run_windows(desk, CLOCK, event.scheduled_for - HOUR + SECOND)
    reminder = the_notice(store, event.id)
    assert (reminder.kind, reminder.state) == (NoticeKind.MAINTENANCE_REMINDER, NoticeState.FANNING_OUT)


# --- time ---


def test_what_nobody_answers_in_time_is_put_away(store):
    desk = acme(store, second_person_above=3)
    event = announce(desk, a_window(), ANA, NOW)
    notice = the_notice(store, event.id)
    assert run_waits(desk, CLOCK, event.scheduled_for - SECOND) == []
    with pytest.raises(Conflict, match="too late"):
        approve_notice(desk, notice.id, EVE, event.scheduled_for)
    assert run_waits(desk, CLOCK, event.scheduled_for) == [f"expired {notice.id}"]
    assert run_waits(desk, CLOCK, event.scheduled_for + DAY) == []
    expired = notices.notice(store, notice.id)
    assert expired.wait is not None
    assert (expired.state, expired.wait.decision) == (NoticeState.CANCELLED, Decision.EXPIRED)


def test_a_notice_can_be_taken_back_while_it_is_held(store):
    desk = acme(store, hold=timedelta(seconds=10))
    event = announce(desk, a_window(), ANA, NOW)
    held = the_notice(store, event.id)
    assert held.state is NoticeState.HELD
    fan_out(store)
    assert cancel_notice(desk, held.id, ANA.name, NOW + 5 * SECOND) == 0
    assert run_waits(desk, CLOCK, NOW + 10 * SECOND) == []
    fan_out(store)
    assert told(store, event.id) == []
    assert store.rows("SELECT * FROM deliveries") == store.rows("SELECT * FROM ledger") == []


def test_a_notice_that_was_held_long_enough_leaves_by_itself(store):
    desk = acme(store, hold=timedelta(seconds=10))
    incident = open_incident(desk, an_incident(statuses={"btc-withdrawals": Status.DEGRADED}), ANA, NOW)
    held = the_notice(store, incident.id)
    assert run_waits(desk, CLOCK, NOW + 9 * SECOND) == []
    assert run_waits(desk, CLOCK, NOW + 10 * SECOND) == [f"approved {held.id}"]
    assert the_notice(store, incident.id).has_left
    assert incidents.incident(store, incident.id).first_customer_notice_at == NOW + 10 * SECOND
    fan_out(store, NOW + 10 * SECOND)
    assert told(store, incident.id) == [["ada", "carmen", "dmitri", "fay"]]


def test_urgent_words_and_those_of_monitors_are_never_held(store):
    desk = acme(store, auto_publish=True, watched=True, hold=timedelta(seconds=10))
    urgent = open_incident(desk, an_incident(), ANA, NOW)
    assert the_notice(store, urgent.id).state is NoticeState.FANNING_OUT
    assert the_notice(store, halted(desk).id).state is NoticeState.FANNING_OUT


def test_the_clock_is_not_kept_from_speaking_by_words_that_were_only_held(store):
    desk = acme(store, hold=timedelta(seconds=10))
    event = announce(desk, a_window(scheduled_for=NOW + SECOND, scheduled_until=NOW + HOUR), ANA, NOW)
    run_windows(desk, CLOCK, NOW + 2 * SECOND)
    started = the_notice(store, event.id)
    assert (started.kind, started.state) == (NoticeKind.MAINTENANCE_STARTED, NoticeState.FANNING_OUT)


def test_only_the_monitor_and_the_clock_act_by_themselves():
    assert [actor.is_automatic for actor in (MONITOR, CLOCK, ANA)] == [True, True, False]

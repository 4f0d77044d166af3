"""Mail to those who follow the page waits for the end of the quiet hours that they chose, by the clock at home."""

from datetime import UTC, timedelta

import pytest

from records.components import Status
from records.desk import subscribers as deeds
from records.desk.incidents import open_incident, update_incident
from records.desk.maintenance import announce
from records.errors import Conflict, Invalid, NotFound
from records.notices import Because, Category, NoticeKind, Outcome, Reason
from records.people import VISITOR
from records.policies import Policy
from records.quiet import QuietRule
from records.store import joining, ledger, notices, subscribers
from records.subscribers import SubscriberKind
from tests.cast import ANA, HOUR, MINUTE, NOW, a_window, acme, an_incident, deliver, fan_out, the_notice
from tests.followers import EVERYTHING, follow
from tests.records.store.test_subscriber_fanout import RESOLVED

CHANNEL = "subscriber:email"
#: A quarter of an hour into somebody's night, wherever the clock of the tests stands.
NIGHT = f"{NOW - timedelta(minutes=15):%H:%M}-{NOW + 8 * HOUR:%H:%M}"
MORNING = (NOW + 8 * HOUR).replace(second=0, microsecond=0)
MILD = {"statuses": {"btc-withdrawals": Status.DEGRADED}}


def sleeper(desk, hours=NIGHT, zone="UTC"):
    kept = follow(desk, EVERYTHING)
    return deeds.rest(desk, kept.id, hours, zone, VISITOR, NOW - HOUR)


def mailed(store, now):
    fan_out(store, now)
    return [one.address for one in deliver(store, now, channels=(CHANNEL,))]


def test_what_can_wait_goes_when_the_night_is_over_and_says_so(store):
    desk = acme(store)
    kept = sleeper(desk)
    opened = open_incident(desk, an_incident(**MILD), ANA, NOW)
    assert mailed(store, NOW) == []
    rest = notices.status(store, the_notice(store, opened.id).id).resting
    assert rest is not None
    assert (rest.count, rest.first_at) == (1, MORNING)
    assert mailed(store, MORNING - MINUTE) == []
    assert mailed(store, MORNING) == [EVERYTHING]
    (row,) = ledger.of_customer(store, kept.id)
    assert (row.outcome, row.reason) == (Outcome.ACCEPTED, Because.QUIET_HOURS.value)
    assert notices.status(store, the_notice(store, opened.id).id).resting is None


def test_the_clock_is_that_of_the_zone_they_chose(store):
    desk = acme(store)
    local = NOW.astimezone(UTC) + 10 * HOUR
    sleeper(desk, f"{local - HOUR:%H:%M}-{local + HOUR:%H:%M}", "Australia/Brisbane")
    open_incident(desk, an_incident(**MILD), ANA, NOW)
    assert mailed(store, NOW) == []
    assert mailed(store, NOW + HOUR) == [EVERYTHING]


def test_grave_words_wait_for_nobody(store):
    desk = acme(store)
    sleeper(desk)
    open_incident(desk, an_incident(), ANA, NOW)
    assert mailed(store, NOW) == [EVERYTHING]


def test_by_day_and_without_quiet_hours_nothing_waits(store):
    desk = acme(store)
    kept = sleeper(desk, f"{NOW + HOUR:%H:%M}-{NOW + 2 * HOUR:%H:%M}")
    open_incident(desk, an_incident(**MILD), ANA, NOW)
    assert mailed(store, NOW) == [EVERYTHING]
    deeds.rest(desk, kept.id, None, None, VISITOR, NOW)
    by_night = NOW + 90 * MINUTE
    open_incident(desk, an_incident(**MILD), ANA, by_night)
    assert mailed(store, by_night) == [EVERYTHING]


def test_what_must_be_said_in_time_does_not_wait_until_it_is_too_late(store):
    desk = acme(store)
    kept = sleeper(desk)
    # Two hours more than the lead time: by the morning it would be less.
    soon = NOW + 74 * HOUR
    announce(desk, a_window(scheduled_for=soon, scheduled_until=soon + HOUR), ANA, NOW)
    assert mailed(store, NOW) == [EVERYTHING]
    (row,) = ledger.of_customer(store, kept.id)
    assert (row.outcome, row.reason) == (Outcome.ACCEPTED, Because.TOO_LATE_AFTER.value)


def test_what_is_far_enough_ahead_waits(store):
    desk = acme(store)
    sleeper(desk)
    announce(desk, a_window(), ANA, NOW)
    assert mailed(store, NOW) == []
    assert mailed(store, MORNING) == [EVERYTHING]


def test_what_may_be_declined_and_would_come_too_late_is_not_sent_and_says_why(store):
    optional = Policy(
        kinds=frozenset({NoticeKind.MAINTENANCE_ANNOUNCED}), channels=("email",), category=Category.OPTIONAL_SERVICE
    )
    desk = acme(store, policies=(optional,))
    kept = sleeper(desk)
    soon = NOW + 74 * HOUR
    announced = announce(desk, a_window(scheduled_for=soon, scheduled_until=soon + HOUR), ANA, NOW)
    assert mailed(store, NOW) == mailed(store, MORNING) == []
    (row,) = ledger.of_customer(store, kept.id)
    assert (row.outcome, row.reason) == (Outcome.SUPPRESSED, Reason.QUIET_HOURS.value)
    status = notices.status(store, the_notice(store, announced.id).id)
    assert (status.subscribers[CHANNEL].suppressed, status.subscribers[CHANNEL].total) == (1, 1)


def test_the_end_finds_asleep_whoever_was_told_the_beginning_and_waits_too(store):
    desk = acme(store)
    sleeper(desk, f"{NOW + HOUR:%H:%M}-{NOW + 8 * HOUR:%H:%M}")
    opened = open_incident(desk, an_incident(**MILD), ANA, NOW)
    assert mailed(store, NOW) == [EVERYTHING]
    update_incident(desk, opened.id, RESOLVED, ANA, NOW + 2 * HOUR)
    assert mailed(store, NOW + 2 * HOUR) == []
    assert mailed(store, NOW + 8 * HOUR) == [EVERYTHING]


def test_whoever_confirms_at_night_hears_of_what_is_current_in_the_morning(store):
    desk = acme(store)
    open_incident(desk, an_incident(**MILD), ANA, NOW - 2 * HOUR)
    fan_out(store, NOW - 2 * HOUR)
    kept = follow(desk, EVERYTHING, now=NOW - HOUR)
    deeds.rest(desk, kept.id, NIGHT, "UTC", VISITOR, NOW - HOUR)
    while joining.take_in(store, NOW, quiet=QuietRule()):
        pass
    assert deliver(store, NOW, channels=(CHANNEL,)) == []
    assert [one.address for one in deliver(store, MORNING, channels=(CHANNEL,))] == [EVERYTHING]
    (row,) = ledger.of_customer(store, kept.id)
    assert row.reason == "joined_late, quiet_hours"


def test_whoever_leaves_at_night_hears_nothing_in_the_morning(store):
    desk = acme(store)
    kept = sleeper(desk)
    open_incident(desk, an_incident(**MILD), ANA, NOW)
    assert mailed(store, NOW) == []
    deeds.unsubscribe(desk, kept.id, VISITOR, NOW + HOUR)
    assert mailed(store, MORNING) == []
    assert [row.reason for row in ledger.of_customer(store, kept.id)] == [Reason.OPTOUT.value]


@pytest.mark.parametrize(
    ("hours", "zone"), [("22:00", "UTC"), ("22:00-22:00", "UTC"), (NIGHT, None), (NIGHT, "Mars/Olympus"), ("-", "UTC")]
)
def test_what_is_no_night_or_no_zone_is_refused(store, hours, zone):
    desk = acme(store)
    kept = follow(desk, EVERYTHING)
    with pytest.raises(Invalid):
        deeds.rest(desk, kept.id, hours, zone, VISITOR, NOW)
    assert subscribers.subscriber(store, kept.id).quiet_hours is None


def test_only_those_who_are_there_and_read_mail_have_nights(store):
    desk = acme(store)
    room = follow(desk, "https://hooks.example/x", kind=SubscriberKind.SLACK)
    gone = follow(desk, EVERYTHING)
    deeds.unsubscribe(desk, gone.id, VISITOR, NOW)
    for one in (room, gone):
        with pytest.raises(Conflict):
            deeds.rest(desk, one.id, NIGHT, "UTC", VISITOR, NOW)
    with pytest.raises(NotFound):
        deeds.rest(desk, 1, NIGHT, "UTC", VISITOR, NOW)

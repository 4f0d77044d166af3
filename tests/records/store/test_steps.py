"""The clock is set back by hours: nothing that was to be done soon is done hours later."""

from datetime import timedelta

import pytest

from records.desk.incidents import open_incident
from records.desk.subscribers import ask
from records.people import COMMAND_LINE, VISITOR, Role
from records.store import leases, letters, outbox, people, throttles
from records.store.steps import follow_the_clock
from records.throttles import Limits, Slowing, Why
from records.times import to_ms
from tests.cast import MINUTE, NOW, acme, an_incident, fan_out, put_off
from tests.followers import entry

HOURS = timedelta(hours=3)
LEASE = MINUTE


def test_what_was_queued_claimed_or_put_off_before_the_step_is_done_as_soon_as_without_it(store):
    follow_the_clock(store, to_ms(NOW))
    desk = acme(store)
    open_incident(desk, an_incident(), COMMAND_LINE, NOW)
    fan_out(store)
    deferred, held, *_ = outbox.claim(store, "inapp", NOW, lease=LEASE)
    outbox.mark(store, [put_off(deferred, NOW + 5 * MINUTE)], NOW)
    back = NOW - HOURS
    assert outbox.claim(store, "inapp", back + 2 * MINUTE, lease=LEASE) == []

    assert follow_the_clock(store, to_ms(back)) == HOURS
    assert follow_the_clock(store, to_ms(back) + 1) == timedelta(0)
    assert outbox.claim(store, "inapp", back + timedelta(seconds=59), lease=LEASE) == []
    again = outbox.claim(store, "inapp", back + MINUTE, lease=LEASE)
    assert held.customer_id in {one.customer_id for one in again}
    late = outbox.claim(store, "inapp", back + 5 * MINUTE, lease=LEASE)
    assert deferred.customer_id in {one.customer_id for one in late}


def test_what_nobody_had_claimed_is_due_at_once(store):
    follow_the_clock(store, to_ms(NOW))
    open_incident(acme(store), an_incident(), COMMAND_LINE, NOW)
    fan_out(store)
    follow_the_clock(store, to_ms(NOW - HOURS))
    assert outbox.claim(store, "inapp", NOW - HOURS, lease=LEASE)


def test_an_hour_of_the_customers_day_stays_that_hour(store):
    follow_the_clock(store, to_ms(NOW))
    open_incident(acme(store), an_incident(), COMMAND_LINE, NOW)
    fan_out(store)
    store.run(
        "UPDATE deliveries SET due_at = :morning, state = 'deferred', because = 'mandatory, quiet_hours'",
        morning=to_ms(NOW + HOURS),
    )
    follow_the_clock(store, to_ms(NOW - HOURS))
    assert outbox.next_due(store, "email") == NOW + HOURS


def test_a_dead_holders_lease_ends_when_it_would_have(store):
    now = store.now_ms()
    follow_the_clock(store, now + 3_600_000)
    leases.take(store, "clock", "dead", 10_000)
    store.run("UPDATE leases SET until = until + 3600000")
    assert leases.take(store, "clock", "next", 10_000) is None
    follow_the_clock(store, now)
    found = store.row("SELECT until FROM leases")
    assert found is not None
    assert found["until"] <= now + 11_000


def test_letters_to_subscribers_wait_no_longer_either(store):
    desk = acme(store)
    follow_the_clock(store, to_ms(NOW))
    ask(desk, entry("fay@example.org"), VISITOR, NOW)
    follow_the_clock(store, to_ms(NOW - HOURS))
    assert letters.claim(store, NOW - HOURS + MINUTE, lease=LEASE)


def test_a_far_side_that_asked_for_a_pause_is_left_alone_no_longer(store):
    follow_the_clock(store, to_ms(NOW))
    limits = Limits(bucket="email")
    slowing = Slowing(channel="email", operator="google", why=Why.BUSY, observed_per_second=20.0, said="421")
    with store.tx():
        until = throttles.slow(store, limits, slowing, NOW).held_until
    assert until > NOW
    follow_the_clock(store, to_ms(NOW - HOURS))
    (kept,) = throttles.all_throttles(store, NOW - HOURS)
    assert (kept.held_until, kept.slowed_at <= NOW - HOURS) == (until - HOURS, True)


_PUT_OFF = {
    "receivers": "INSERT INTO receivers VALUES (7, 1, 0, :due_at, 0, 1, NULL, '')",
    "alarm_calls": "INSERT INTO alarm_calls VALUES ('a', 'raised', 'mail', :due_at, 1)",
    "crm": "INSERT INTO crm VALUES (1, '', '', 0, 0, 0, 1, :due_at, NULL, '', 0, 0, 0, 0)",
    "trials": "INSERT INTO trials SELECT 't', id, 'a@b.example', 'n', 'en', '{}', 0, :due_at, 0, 1 FROM users",
}


@pytest.mark.parametrize("table", _PUT_OFF)
def test_whatever_else_is_put_off_waits_no_longer(store, table):
    people.add_user(store, "ana", Role.OPS, "no hash", NOW)
    follow_the_clock(store, to_ms(NOW))
    store.run(_PUT_OFF[table], due_at=to_ms(NOW + MINUTE))
    follow_the_clock(store, to_ms(NOW - HOURS))
    assert store.rows(f"SELECT due_at FROM {table}") == [{"due_at": to_ms(NOW - HOURS + MINUTE)}]


def test_clocks_that_differ_a_little_move_nothing(store):
    follow_the_clock(store, to_ms(NOW))
    assert follow_the_clock(store, to_ms(NOW) - 4_000) == timedelta(0)
    assert follow_the_clock(store, to_ms(NOW) - 4_900) == timedelta(0)
    assert follow_the_clock(store, to_ms(NOW) - 5_100) == timedelta(milliseconds=5_100)

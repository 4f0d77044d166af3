"""Mail that was queued before its address was blocked does not leave after it."""

from dataclasses import replace

import pytest

from records.desk import subscribers as following
from records.desk.customers import put_customers
from records.desk.incidents import open_incident
from records.desk.maintenance import announce
from records.maintenance import Kind
from records.notices import Outcome
from records.people import COMMAND_LINE
from records.quiet import QuietRule
from records.store import customers, joining, ledger, notices, outbox
from records.store.notices import Counts
from records.subscribers import SubscriberEntry
from tests.cast import (
    ANA,
    CUSTOMERS,
    HOUR,
    MINUTE,
    NOW,
    a_window,
    acme,
    an_incident,
    deliver,
    done,
    fan_out,
    number_of,
    the_notice,
)


@pytest.fixture
def desk(store):
    return acme(store)


def claim(store, channel="email", limit=500):
    return outbox.claim(store, channel, NOW, lease=MINUTE, limit=limit)


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_mail_to_an_address_blocked_meanwhile_is_settled_when_its_turn_comes(store, desk, reason):
    incident = open_incident(desk, an_incident(audience="everyone", channels=("email",)), ANA, NOW)
    fan_out(store)
    customers.block_contact(store, number_of(store, "ada"), "email", reason)
    assert {each.address for each in claim(store)} == {
        f"{who}@mail.example" for who in ("bruno", "dmitri", "elif", "gus")
    }
    entry = ledger.of_customer(store, number_of(store, "ada"))[0]
    assert (entry.outcome, entry.reason, entry.attempts) == (Outcome.SUPPRESSED, reason, 0)
    status = notices.status(store, the_notice(store, incident.id).id)
    assert status.people == Counts(queued=4, suppressed=3)
    assert status.sums_match


def test_an_address_that_was_erased_meanwhile_has_nothing_to_go_to(store, desk):
    open_incident(desk, an_incident(channels=("email",), audience="customer:ada"), ANA, NOW)
    fan_out(store)
    store.run("DELETE FROM contacts WHERE customer_id = :id", id=number_of(store, "ada"))
    assert claim(store) == []
    assert ledger.of_customer(store, number_of(store, "ada"))[0].reason == "no_address"


def declines(desk, *channels):
    entry = replace(
        next(each for each in CUSTOMERS if each.external_id == "ada"), channels=dict.fromkeys(channels, False)
    )
    put_customers(desk, [entry], COMMAND_LINE, NOW)


def test_mail_declined_while_it_waited_is_not_sent_where_it_may_be_declined(store, desk):
    promotion = a_window(kind=Kind.PROMOTION, component_ids=(), audience="customer:ada", channels=("email",))
    notice = the_notice(store, announce(desk, promotion, ANA, NOW).id)
    fan_out(store)
    declines(desk, "email")
    assert claim(store) == []
    entry = ledger.of_customer(store, number_of(store, "ada"))[0]
    assert (entry.outcome, entry.reason) == (Outcome.SUPPRESSED, "optout")
    while joining.take_in(store, NOW, quiet=QuietRule()):
        pass
    assert claim(store) == []
    assert notices.status(store, notice.id).complete


@pytest.mark.parametrize(
    ("channels", "declined", "goes"),
    [
        (("email",), ("email",), True),
        (("email", "inapp"), ("email",), False),
        (("email", "inapp"), ("email", "inapp"), True),
    ],
)
def test_what_must_be_said_goes_though_it_was_declined_unless_the_app_carries_it(store, desk, channels, declined, goes):
    incident = open_incident(desk, an_incident(audience="customer:ada", channels=channels), ANA, NOW)
    fan_out(store)
    declines(desk, *declined)
    assert [each.address for each in claim(store)] == (["ada@mail.example"] if goes else [])
    assert notices.status(store, the_notice(store, incident.id).id).sums_match


def test_behind_many_blocked_ones_the_others_are_found_at_once(store, desk):
    open_incident(desk, an_incident(audience="everyone", channels=("email",)), ANA, NOW)
    fan_out(store)
    queued = [row["customer_id"] for row in store.rows("SELECT customer_id FROM deliveries ORDER BY customer_id")]
    for number in queued[:-1]:
        customers.block_contact(store, number, "email", "bounced")
    assert [each.customer_id for each in claim(store, limit=1)] == queued[-1:]


def test_what_came_back_while_it_was_put_off_is_not_tried_again(store, desk):
    open_incident(desk, an_incident(channels=("email",), audience="customer:ada"), ANA, NOW)
    fan_out(store)
    (delivery,) = claim(store)
    outbox.mark(store, [outbox.Mark(delivery=delivery, outcome=None, due_at=NOW + HOUR)], NOW)
    customers.block_contact(store, number_of(store, "ada"), "email", "bounced")
    assert deliver(store, NOW + HOUR, channels=("email",)) == []
    assert ledger.verify(store).faults == ()


def test_the_app_needs_no_address(store, desk):
    open_incident(desk, an_incident(channels=("inapp",)), ANA, NOW)
    fan_out(store)
    assert [each.address for each in claim(store, "inapp")] == [None] * 4


def test_a_subscriber_who_was_quarantined_while_mail_was_under_way_gets_no_second_try(store, desk):
    entry = SubscriberEntry(address="eve@mail.example", language="en")
    following.take_in(desk, entry, ANA, NOW - HOUR, basis="they agreed")
    incident = open_incident(desk, an_incident(channels=("inapp",)), ANA, NOW)
    fan_out(store)
    (delivery,) = claim(store, "subscriber:email")
    following.quarantine(desk, delivery.customer_id, "complained", ANA, NOW)
    again = outbox.claim(store, "subscriber:email", NOW + HOUR, lease=MINUTE)
    assert again == []
    assert outbox.mark(store, [done(delivery)], NOW + HOUR) == 0
    status = notices.status(store, the_notice(store, incident.id).id)
    assert status.subscribers == {"subscriber:email": Counts(suppressed=1)}
    (row,) = [each for each in ledger.of_notice(store, status.id) if each.customer_id == delivery.customer_id]
    assert row.reason == "complained"

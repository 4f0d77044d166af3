"""Addresses that nothing more goes to: listed without them, and lifted with a reason."""

import pytest

from records.bounces import Bounce, Verdict
from records.desk.blocks import lift_block, list_blocked
from records.desk.bounces import take_in
from records.desk.incidents import open_incident
from records.errors import Conflict, Invalid, NotFound
from records.store import blocks, customers, people
from tests.cast import ANA, HOUR, NOW, acme, an_incident, deliver, fan_out, number_of, the_notice


@pytest.fixture
def desk(store):
    made = acme(store)
    incident = open_incident(made, an_incident(), ANA, NOW)
    fan_out(store)
    deliver(store)
    notice = the_notice(store, incident.id)
    complained = Bounce(delivery=f"{notice.id}.1.{number_of(store, 'ada')}", verdict=Verdict.COMPLAINED, status="abuse")
    take_in(store, complained, NOW + HOUR)
    return made


def test_the_list_says_who_and_why_and_since_when_and_that_somebody_read_it(store, desk):
    found = {each.external_id: each for each in list_blocked(desk, ANA, NOW)}
    assert found.keys() == {"ada", "fay"}
    ada, fay = found["ada"], found["fay"]
    assert (ada.channel, ada.reason, ada.said, ada.since) == ("email", "complained", "abuse", NOW + HOUR)
    assert (fay.reason, fay.said, fay.since) == ("bounced", "", None)
    assert blocks.counts(store) == {"bounced": 1, "complained": 1}
    entry = people.audit_entries(store, subject="blocked", limit=1)[0]
    assert (entry.actor, entry.deed, entry.detail) == ("user:ana", "customer.list", {"rows": 2})


def test_it_comes_in_pages(desk):
    first = list_blocked(desk, ANA, NOW, limit=1)
    second = list_blocked(desk, ANA, NOW, after=first[0].customer_id, limit=1)
    assert {each.external_id for each in (*first, *second)} == {"ada", "fay"}
    assert list_blocked(desk, ANA, NOW, after=second[0].customer_id) == []


def test_one_is_lifted_once_with_a_reason_that_is_kept(store, desk):
    with pytest.raises(Invalid):
        lift_block(desk, "ada", ANA, NOW, reason=" ")
    lift_block(desk, "ada", ANA, NOW, reason="she asked for it by phone")
    found = customers.contact(store, number_of(store, "ada"), "email")
    assert found is not None
    assert found.blocked is None
    entry = people.audit_entries(store, subject="customer:ada", limit=1)[0]
    assert (entry.deed, entry.detail) == ("customer.lift", {"reason": "she asked for it by phone"})
    with pytest.raises(Conflict):
        lift_block(desk, "ada", ANA, NOW, reason="again")
    with pytest.raises(NotFound):
        lift_block(desk, "nobody", ANA, NOW, reason="who")

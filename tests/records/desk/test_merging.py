"""Two incidents become one, and one becomes two."""

import pytest

from records.components import Status
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.judgement import take_verdict
from records.desk.merging import merge_incidents, split_incident
from records.desk.tickets import link_tickets, record_ticket
from records.errors import Conflict, EditedMeanwhile, Invalid
from records.incidents import Impact, Stage
from records.store import components, incidents, notices, tickets
from records.store.tickets import Filter
from records.tickets import TicketChannel, TicketEntry, TicketKind
from tests.cast import (
    ANA,
    BEN,
    HOUR,
    MINUTE,
    NOW,
    a_verdict,
    acme,
    an_incident,
    clear,
    deliver,
    describe,
    fan_out,
    told,
)

ON = {"en": "This goes on as another incident."}
BTC = ["ada", "carmen", "dmitri", "fay"]


@pytest.fixture
def desk(store):
    return acme(store)


def _two(store, desk):
    withdrawals = open_incident(desk, an_incident(started_at=NOW - HOUR), ANA, NOW)
    sign_in = an_incident(name={"en": "The site is slow"}, statuses={"website": Status.DEGRADED}, audience="holds:ETH")
    site = open_incident(desk, sign_in, ANA, NOW)
    fan_out(store)
    return withdrawals, site


def test_what_was_two_goes_on_as_one(store, desk):
    gone, other = _two(store, desk)
    merged = merge_incidents(desk, gone.id, other.id, ON, BEN, NOW + MINUTE, version=gone.version)
    assert merged.statuses == {"website": Status.DEGRADED, "btc-withdrawals": Status.PARTIAL_OUTAGE}
    assert (merged.impact, merged.started_at) == (Impact.MAJOR, NOW - HOUR)
    ended = incidents.incident(store, gone.id)
    assert (ended.merged_into, ended.stage, ended.next_update_at) == (other.id, Stage.RESOLVED, None)
    assert ended.updates[-1].body == ON
    assert [each.id for each in incidents.open_incidents(store)] == [other.id]
    assert components.component(store, "btc-withdrawals").status is Status.PARTIAL_OUTAGE
    assert len(notices.notices(store, subject_id=gone.id)) == 1, "nobody is told that it is over, because it is not"


def test_who_heard_of_either_hears_of_the_one_until_its_end(store, desk):
    gone, other = _two(store, desk)
    merge_incidents(desk, gone.id, other.id, ON, BEN, NOW + MINUTE)
    put_customers(desk, [CustomerEntry(external_id="late", tags=("holds:BTC",))], ANA, NOW + MINUTE)
    update_incident(desk, other.id, UpdateEntry(stage=Stage.IDENTIFIED, body=ON), ANA, NOW + 2 * MINUTE)
    update_incident(desk, other.id, UpdateEntry(stage=Stage.RESOLVED, body=ON), ANA, NOW + 3 * MINUTE)
    fan_out(store)
    first, update, end = told(store, other.id)
    assert set(BTC) - set(first), "not all of them had heard of this one before"
    assert set(update) == {*BTC, *first, "late"}
    assert set(end) == set(update)


def test_tickets_move_along(store, desk):
    gone, other = _two(store, desk)
    ticket = record_ticket(
        desk,
        TicketEntry(
            external_id="1", system="desk", requester="ada", channel=TicketChannel.EMAIL, kind=TicketKind.REQUEST,
            topic="withdrawal", subject="Where is it?", text="", created_at=NOW, resolved_at=None,
        ),
        ANA,
        NOW,
    )  # fmt: skip
    link_tickets(desk, gone.id, Filter(ids=(ticket.id,)), ANA, NOW)
    merge_incidents(desk, gone.id, other.id, ON, BEN, NOW + MINUTE)
    assert (tickets.count_linked(store, gone.id), tickets.count_linked(store, other.id)) == (0, 1)


def test_a_monitor_opens_nothing_new_while_its_trouble_is_spoken_of_elsewhere(store, desk):
    drafted = take_verdict(desk, a_verdict(), describe, NOW)
    assert drafted is not None
    other = open_incident(desk, an_incident(statuses={"website": Status.DEGRADED}), ANA, NOW)
    merge_incidents(desk, drafted.id, other.id, ON, ANA, NOW + MINUTE)
    assert incidents.incident(store, drafted.id).discarded_at is not None
    assert take_verdict(desk, a_verdict(at=NOW + 2 * MINUTE), describe, NOW + 2 * MINUTE) is None
    assert incidents.drafts(store) == []
    update_incident(
        desk, other.id, UpdateEntry(stage=Stage.RESOLVED, body=ON, override_reason="seen"), ANA, NOW + 3 * MINUTE
    )
    again = take_verdict(desk, a_verdict(at=NOW + 4 * MINUTE), describe, NOW + 4 * MINUTE)
    assert again is not None, "when that is over, what is still broken is an incident of its own"
    take_verdict(desk, clear(at=NOW + 5 * MINUTE), describe, NOW + 5 * MINUTE)
    assert incidents.drafts(store) == []


def test_what_a_monitor_sees_get_worse_joins_the_incident_that_took_it_over(store, desk):
    drafted = take_verdict(desk, a_verdict(), describe, NOW)
    assert drafted is not None
    other = open_incident(desk, an_incident(statuses={"website": Status.DEGRADED}), ANA, NOW)
    merge_incidents(desk, drafted.id, other.id, ON, ANA, NOW + MINUTE)
    worse = a_verdict(withdrawals=Status.MAJOR_OUTAGE, at=NOW + 2 * MINUTE)
    take_verdict(desk, worse, describe, NOW + 2 * MINUTE)
    said = incidents.incident(store, other.id).statuses
    assert said["btc-withdrawals"] is Status.MAJOR_OUTAGE
    assert said["btc-deposits"] is Status.DEGRADED
    assert [each.id for each in incidents.open_incidents(store)] == [other.id]
    assert incidents.drafts(store) == []


def test_what_went_on_under_one_that_goes_on_itself_follows(store, desk):
    first, second = _two(store, desk)
    third = open_incident(desk, an_incident(statuses={"website": Status.PARTIAL_OUTAGE}), ANA, NOW)
    merge_incidents(desk, first.id, second.id, ON, ANA, NOW + MINUTE)
    merge_incidents(desk, second.id, third.id, ON, ANA, NOW + 2 * MINUTE)
    assert incidents.incident(store, first.id).merged_into == third.id


def test_what_cannot_be_merged_is_said(desk):
    one = open_incident(desk, an_incident(), ANA, NOW)
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    over = open_incident(desk, an_incident(), ANA, NOW)
    update_incident(desk, over.id, UpdateEntry(stage=Stage.RESOLVED, body=ON), ANA, NOW)
    with pytest.raises(Conflict, match="same incident"):
        merge_incidents(desk, one.id, one.id, ON, ANA, NOW)
    with pytest.raises(Conflict, match="publish it first"):
        merge_incidents(desk, one.id, draft.id, ON, ANA, NOW)
    with pytest.raises(Conflict, match="not open any more"):
        merge_incidents(desk, one.id, over.id, ON, ANA, NOW)
    with pytest.raises(EditedMeanwhile):
        merge_incidents(desk, draft.id, one.id, ON, ANA, NOW, version=draft.version + 1)
    merge_incidents(desk, draft.id, one.id, ON, ANA, NOW)
    other = open_incident(desk, an_incident(), ANA, NOW)
    merge_incidents(desk, other.id, one.id, ON, ANA, NOW)
    with pytest.raises(Conflict, match=f"{other.ref} goes on as {one.ref}"):
        update_incident(desk, other.id, UpdateEntry(stage=Stage.INVESTIGATING, body=ON), ANA, NOW)


def test_what_was_one_goes_on_as_two(store, desk):
    both = {"btc-withdrawals": Status.PARTIAL_OUTAGE, "website": Status.DEGRADED}
    before = open_incident(desk, an_incident(statuses=both, started_at=NOW - HOUR), ANA, NOW)
    site = an_incident(name={"en": "The site is slow"}, statuses={"website": Status.DEGRADED})
    new = split_incident(desk, before.id, site, ANA, NOW + MINUTE)
    assert (new.statuses, new.started_at, new.impact) == ({"website": Status.DEGRADED}, NOW - HOUR, Impact.MINOR)
    after = incidents.incident(store, before.id)
    assert (after.statuses, after.impact) == ({"btc-withdrawals": Status.PARTIAL_OUTAGE}, Impact.MAJOR)
    for wrong in ({"btc-withdrawals": Status.DEGRADED}, {"btc-deposits": Status.DEGRADED}, {}):
        with pytest.raises(Invalid, match="no part of"):
            split_incident(desk, before.id, an_incident(statuses=wrong), ANA, NOW + MINUTE)


def test_whoever_hears_of_the_one_need_not_hear_of_the_other_too(store, desk):
    slow = {"statuses": {"website": Status.DEGRADED}, "channels": ("inapp",)}
    gone = open_incident(desk, an_incident(audience="holds:BTC or holds:ETH", **slow), ANA, NOW)
    other = open_incident(desk, an_incident(audience="holds:BTC", **slow), ANA, NOW)
    fan_out(store)
    merge_incidents(desk, gone.id, other.id, ON, BEN, NOW + MINUTE)
    status = notices.status(store, notices.notices(store, subject_id=gone.id)[0].id)
    # Those who hold BTC hear of the other; two who hold ETH alone hear of this one.
    assert (status.people.queued, status.people.suppressed, status.sums_match) == (2, 4, True)


def test_what_still_waits_of_a_part_does_not_leave_after_the_end_of_the_whole(store, desk):
    slow = {"statuses": {"website": Status.DEGRADED}, "channels": ("inapp",)}
    gone = open_incident(desk, an_incident(audience="holds:ETH", **slow), ANA, NOW)
    other = open_incident(desk, an_incident(audience="holds:BTC", **slow), ANA, NOW)
    fan_out(store)
    merge_incidents(desk, gone.id, other.id, ON, BEN, NOW + MINUTE)
    end = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
    update_incident(desk, other.id, end, ANA, NOW + HOUR)
    assert deliver(store, NOW + HOUR) == []
    fan_out(store, NOW + HOUR)
    assert deliver(store, NOW + HOUR) == [], "nobody had heard of the beginning"

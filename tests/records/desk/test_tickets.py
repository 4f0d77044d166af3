"""Tickets: kept once, tied and untied, and whom that makes hear of an incident."""

from dataclasses import replace

import pytest

from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import open_incident
from records.desk.tickets import link_tickets, record_ticket, unlink_ticket
from records.errors import Invalid, NotFound
from records.store import audience, tickets
from records.store.people import audit_entries
from records.store.tickets import Filter
from records.tickets import FirstResponse, TicketChannel, TicketEntry, TicketKind
from tests.cast import ANA, HOUR, MINUTE, NOW, SAM, acme, an_incident, number_of

TICKET = TicketEntry(
    external_id="T-1",
    system="freshdesk",
    requester="ada",
    channel=TicketChannel.EMAIL,
    kind=TicketKind.REQUEST,
    topic="withdrawal",
    subject="Where is my Bitcoin?",
    text="It left 100% of an hour ago_",
    created_at=NOW,
    resolved_at=None,
)


@pytest.fixture
def desk(store):
    return acme(store)


def _record(desk, **changes):
    return record_ticket(desk, replace(TICKET, **changes), SAM, NOW)


def test_a_ticket_is_kept_once_and_brought_up_to_date(store, desk):
    first = _record(desk)
    again = _record(desk, subject="Still waiting", resolved_at=NOW + HOUR)
    assert again.id == first.id
    assert (again.subject, again.resolved_at, again.requester_ref) == ("Still waiting", NOW + HOUR, "ada")
    assert again.customer_id == number_of(store, "ada")
    other = _record(desk, system="zendesk")
    assert other.id != first.id
    assert tickets.ticket(store, first.id) == again
    with pytest.raises(NotFound, match="Several helpdesks have a ticket T-1"):
        tickets.ticket(store, "T-1")


def test_when_a_person_first_handled_it_stays_known(desk):
    assert _record(desk).first_response_at is None
    assert _record(desk, first_response_at=NOW + MINUTE).first_response_at == NOW + MINUTE
    assert _record(desk, subject="Still waiting").first_response_at == NOW + MINUTE
    assert _record(desk, first_response_at=NOW + HOUR).first_response_at == NOW + HOUR


def _answered(desk, minutes, ago=HOUR):
    for index, taken in enumerate(minutes):
        came = NOW - ago
        answered_at = None if taken is None else came + taken * MINUTE
        _record(desk, external_id=f"{ago}-{index}", created_at=came, first_response_at=answered_at)


def test_how_soon_people_are_heard_is_the_median_of_the_last_day(store, desk):
    _answered(desk, [500] * 30, ago=30 * HOUR)
    _answered(desk, [None] * 20)
    _answered(desk, [1, 2, 3, 4, 5, 6, 7, 8, 9, 59], ago=2 * HOUR)
    assert tickets.first_response(store, NOW) == FirstResponse(median=6 * MINUTE, tickets=10, window=24 * HOUR)


def test_with_few_in_a_day_it_is_that_of_the_week_and_with_few_in_a_week_nothing(store, desk):
    _answered(desk, [10] * 9)
    _answered(desk, [1] * 30, ago=8 * 24 * HOUR)
    assert tickets.first_response(store, NOW) is None
    _answered(desk, [20, 30, 40], ago=3 * 24 * HOUR)
    assert tickets.first_response(store, NOW) == FirstResponse(median=10 * MINUTE, tickets=12, window=7 * 24 * HOUR)


def test_an_answer_of_tomorrow_is_not_counted(store, desk):
    _answered(desk, [10] * 9 + [600])
    assert tickets.first_response(store, NOW) is None


@pytest.mark.parametrize(
    ("requester", "ref"),
    [
        ("ada", "ada"),
        ("ADA@mail.example", "ada"),
        ("stranger@mail.example", None),
        ("c-unknown", "c-unknown"),
        ("", None),
    ],
)
def test_who_wrote_is_found_by_reference_or_address_and_a_strangers_address_is_not_kept(store, desk, requester, ref):
    ticket = _record(desk, requester=requester)
    assert ticket.requester_ref == ref
    assert (ticket.customer_id is not None) == (ref == "ada")
    assert "stranger" not in str(store.rows("SELECT * FROM tickets"))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"external_id": " "}, "/external_id"),
        ({"system": ""}, "/system"),
        ({"subject": ""}, "/subject"),
        ({"resolved_at": NOW - HOUR}, "/resolved_at"),
        ({"first_response_at": NOW - HOUR}, "/first_response_at"),
        ({"text": "a\x00b"}, "/text"),
        ({"subject": "a\x00b"}, "/subject"),
    ],
)
def test_a_broken_ticket_is_refused(desk, changes, path):
    with pytest.raises(Invalid) as refused:
        _record(desk, **changes)
    assert [fault.path for fault in refused.value.faults] == [path]


def test_tying_makes_the_writer_hear_of_the_incident_and_untying_ends_it(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    ids = [_record(desk, external_id=f"T-{ref}", requester=ref).id for ref in ("gus", "bruno", "bruno", "nobody")]
    tied = link_tickets(desk, incident.ref, Filter(ids=ids), SAM, NOW)
    assert (tied.linked, tied.already, tied.known_customers) == (3, 0, 2)
    again = link_tickets(desk, incident.id, Filter(ids=ids), SAM, NOW)
    assert (again.linked, again.already) == (0, 3)
    assert tickets.count_linked(store, incident.id) == 3
    assert tickets.ticket(store, ids[0]).incident_ids == (incident.id,)
    assert audience.count(store, f"linked:{incident.id}") == 2
    assert unlink_ticket(desk, incident.ref, "T-gus", SAM, NOW + MINUTE)
    assert not unlink_ticket(desk, incident.ref, "T-gus", SAM, NOW + MINUTE)
    assert audience.count(store, f"linked:{incident.id}") == 1
    (row,) = store.rows("SELECT unlinked_by FROM ticket_links WHERE unlinked_at IS NOT NULL")
    assert row == {"unlinked_by": "user:sam"}
    assert [entry.deed for entry in audit_entries(store, subject=ids[0])] == [
        "ticket.unlink",
        "ticket.link",
        "ticket.record",
    ]
    assert link_tickets(desk, incident.id, Filter(ids=[ids[0]]), SAM, NOW + HOUR).linked == 1


def test_whoever_turns_out_to_have_written_a_tied_ticket_hears_from_then_on(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    ticket = _record(desk, requester="zoe")
    assert link_tickets(desk, incident.id, Filter(ids=[ticket.id]), SAM, NOW).known_customers == 0
    put_customers(desk, [CustomerEntry(external_id="zoe")], ANA, NOW)
    _record(desk, requester="zoe")
    assert audience.matches(store, f"linked:{incident.id}", number_of(store, "zoe"))


def test_tying_to_what_does_not_exist_is_refused(desk):
    ticket = _record(desk)
    with pytest.raises(NotFound):
        link_tickets(desk, "INC-9", Filter(ids=[ticket.id]), SAM, NOW)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    with pytest.raises(NotFound):
        unlink_ticket(desk, incident.id, "T-9", SAM, NOW)


def test_tickets_are_found_by_what_they_say_are_about_and_belong_to(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    first = _record(desk)
    second = _record(
        desk, external_id="T-2", requester="gus", topic="login", subject="Cannot log in", text="100 of them",
        created_at=NOW + HOUR,
    )  # fmt: skip
    link_tickets(desk, incident.id, Filter(ids=["T-2"]), SAM, NOW)

    def found(**wanted):
        return [each.external_id for each in tickets.tickets(store, Filter(**wanted))]

    assert found() == ["T-2", "T-1"]
    assert found(limit=1) == ["T-2"]
    assert found(ids=[first.id, "T-2"]) == ["T-2", "T-1"]
    assert found(ids=["T-9"]) == []
    assert found(words="BITCOIN") == ["T-1"]
    assert found(words="100% of") == ["T-1"]
    assert found(words="ago_") == ["T-1"]
    assert found(words="_") == ["T-1"]
    assert found(words="\\") == []
    assert found(topic="login") == ["T-2"]
    assert found(since=NOW + MINUTE) == ["T-2"]
    assert found(until=NOW + MINUTE) == ["T-1"]
    assert found(incident_id=incident.id) == ["T-2"]
    assert found(only_unlinked=True) == ["T-1"]
    assert found(customer_id=second.customer_id) == ["T-2"]

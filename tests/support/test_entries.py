from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import Invalid
from records.tickets import TicketChannel, TicketKind
from support.entries import CUSTOMER_KEYS, TICKET_COLUMNS, customer_entry, ticket_entry

TICKET = {
    "external_id": "4711",
    "system": "freshdesk",
    "requester": "ana",
    "subject": "Where is my money?",
    "created_at": "2026-11-22T13:05:00+02:00",
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def faults_of(entry, values) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        entry(values)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_tags_are_a_list_or_words():
    assert customer_entry({"external_id": "c", "tags": "a:b  c:d"}).tags == ("a:b", "c:d")
    assert customer_entry({"external_id": "c", "tags": ["a:b", "c:d"]}).tags == ("a:b", "c:d")


def test_a_reference_may_be_a_number():
    assert customer_entry({"external_id": 20417}).external_id == "20417"


def test_channels_are_switched_by_true_and_false_only():
    assert customer_entry({"external_id": "c", "channels": {"email": False}}).channels == {"email": False}
    assert "/channels" in faults_of(customer_entry, {"external_id": "c", "channels": {"email": "no"}})


def test_every_fault_of_a_customer_is_told_together():
    faults = faults_of(customer_entry, {"email": 7.5, "language": ["en"], "tags": 3})
    assert set(faults) == {"/external_id", "/email", "/language", "/tags"}


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_no_database_keeps_is_refused(text):
    assert "/region" in faults_of(customer_entry, {"external_id": "c", "region": text})
    assert "/tags" in faults_of(customer_entry, {"external_id": "c", "tags": [f"holds:{text}"]})


def test_a_ticket_is_a_request_from_elsewhere_unless_it_says_otherwise():
    entry = ticket_entry(TICKET)
    assert (entry.channel, entry.kind) == (TicketChannel.OTHER, TicketKind.REQUEST)
    assert entry.created_at == datetime(2026, 11, 22, 11, 5, tzinfo=UTC)
    assert entry.resolved_at is None


def test_every_fault_of_a_ticket_is_told_together():
    faults = faults_of(
        ticket_entry, {"channel": "fax", "kind": "praise", "created_at": "yesterday", "resolved_at": "2026-11-22T13:05"}
    )
    assert set(faults) == {
        "/external_id", "/system", "/subject", "/channel", "/kind", "/created_at", "/resolved_at",
    }  # fmt: skip
    assert faults["/resolved_at"] == "a time without a zone"


def test_a_ticket_without_its_time_or_resolved_before_it_came_is_refused():
    assert faults_of(ticket_entry, {**TICKET, "created_at": None}) == {"/created_at": "missing"}
    assert "/resolved_at" in faults_of(ticket_entry, {**TICKET, "resolved_at": "2020-01-01T00:00:00Z"})


def test_a_ticket_says_when_a_person_first_handled_it_and_not_before_it_came():
    assert ticket_entry(TICKET).first_response_at is None
    handled = ticket_entry({**TICKET, "first_response_at": "2026-11-22T13:12:00+02:00"})
    assert handled.first_response_at == datetime(2026, 11, 22, 11, 12, tzinfo=UTC)
    early = {**TICKET, "first_response_at": "2020-01-01T00:00:00Z"}
    assert faults_of(ticket_entry, early) == {"/first_response_at": "handled before it was created"}


def test_names_are_bounded():
    assert "/subject" in faults_of(ticket_entry, {**TICKET, "subject": "x" * 501})


@given(st.dictionaries(st.sampled_from(CUSTOMER_KEYS), anything))
def test_whatever_stands_in_a_record_it_is_a_customer_or_refused(values):
    try:
        entry = customer_entry({key: value for key, value in values.items() if value is not None})
    except Invalid:
        return
    assert isinstance(entry.external_id, str)
    assert all(isinstance(tag, str) for tag in entry.tags)


@given(st.dictionaries(st.sampled_from(TICKET_COLUMNS), anything))
def test_whatever_stands_in_a_record_it_is_a_ticket_or_refused(values):
    try:
        entry = ticket_entry({**TICKET, **{key: value for key, value in values.items() if value is not None}})
    except Invalid:
        return
    assert entry.created_at.tzinfo is UTC

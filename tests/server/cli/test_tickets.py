import pytest

from records.store import tickets
from tests.server.cli.conftest import CUSTOMERS

TICKETS = """external_id,system,requester,channel,kind,topic,subject,text,created_at,resolved_at
4711,freshdesk,ana,email,request,withdrawal,"Where is my ""money""?","Two
lines",2026-11-22T13:05:00Z,
4712,freshdesk,bob@example.org,chat,complaint,card,Card refused,,2026-11-22T14:05:00+02:00,2026-11-22T13:00:00Z
4713,freshdesk,nobody,fax,request,withdrawal,x,,2026-11-22T13:05,
"""


@pytest.fixture
def known(program):
    program.write("customers.csv", CUSTOMERS)
    program.says("customers", "import", "customers.csv")
    program.write("tickets.csv", TICKETS)
    said = program.says("tickets", "import", "tickets.csv")
    assert "line 5: created_at: a time without a zone" in said
    assert "channel: not one we know" in said
    assert "2 of 3 records taken in" in said
    program.says("incident", "open", "--name", "Withdrawals delayed", "--body", "We look.")
    return program


def test_tickets_find_their_customers_by_reference_and_by_address(known, kept):
    first, second = tickets.ticket(kept, "4711"), tickets.ticket(kept, "4712")
    assert first.requester_ref == "ana"
    assert first.subject == 'Where is my "money"?'
    assert first.text == "Two\nlines"
    assert second.requester_ref == "bob"
    assert second.resolved_at is not None


def test_tickets_are_linked_by_number_once(known, kept):
    assert "1 tickets linked to INC-1, 0 were before; 1 known" in known.says(
        "tickets", "link", "--incident", "INC-1", "4711"
    )
    document = known.json("tickets", "link", "--incident", "INC-1", "--ticket", "4711", "--ticket", "4712")
    assert (document["linked"], document["already"], document["known_customers"]) == (1, 1, 1)
    assert len(tickets.ticket(kept, "4711").incident_ids) == 1


def test_tickets_are_linked_by_what_they_say_after_their_count_was_shown(known, kept):
    by_words = ("tickets", "link", "--incident", "INC-1", "--words", "MONEY", "--since", "2026-11-22T13:00Z")
    assert "1 tickets fit; none was linked" in known.says(*by_words, "--dry-run")
    assert tickets.ticket(kept, "4711").incident_ids == ()
    assert "1 tickets linked" in known.says(*by_words)
    assert "4711" not in known.says("tickets", "list", "--unlinked")
    assert [one["external_id"] for one in known.json("tickets", "list", "--topic", "card")] == ["4712"]
    assert [one["external_id"] for one in known.json("tickets", "list", "--customer", "ana")] == ["4711"]


def test_linking_needs_to_be_told_which(known):
    assert "Name tickets" in known.refusal("tickets", "link", "--incident", "INC-1", status=2)


def test_a_ticket_is_unlinked_again(known, kept):
    known.says("tickets", "link", "--incident", "INC-1", "4711")
    assert "not linked to INC-1 any more" in known.says("tickets", "unlink", "4711", "--incident", "INC-1")
    assert tickets.ticket(kept, "4711").incident_ids == ()
    assert "It was not linked." in known.says("tickets", "unlink", "4711", "--incident", "INC-1")

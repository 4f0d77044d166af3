"""Tickets are tied to incidents, and a customer's record is looked up with a reason."""

from datetime import timedelta
from typing import Any

import pytest

from notifier.compose import frozen
from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.notices import LedgerEntry, Outcome
from records.people import Actor, Role
from records.store import customers, ledger, notices, people, surges
from records.store import tickets as store_of_tickets
from server.wiring import house_of
from tests.server.console.conftest import NOW
from tests.server.telling import carry, fan_out

BEN = Actor(name="user:ben", role=Role.OPS)


@pytest.fixture
def incident(context):
    entry = IncidentEntry(
        name={"en": "Bitcoin withdrawals are delayed", "fr": "Retraits retardés"},
        body={"en": "They wait."},
        statuses={"btc-withdrawals": Status.DEGRADED},
    )
    return open_incident(context.desk, entry, BEN, NOW - timedelta(minutes=30))


def linked(context, incident):
    return store_of_tickets.count_linked(context.desk.store, incident.id)


def test_the_queue_is_narrowed_by_words_topic_and_time(sam, tickets):
    assert "<b>3</b> tickets fit" in sam.get("/console/support").text
    assert "<b>2</b> tickets fit" in sam.get("/console/support", params={"topic": "withdrawal"}).text
    assert "<b>1</b> ticket fits" in sam.get("/console/support", params={"words": "stuck"}).text
    assert "<b>1</b> ticket fits" in sam.get("/console/support", params={"since": "5 min ago"}).text
    page = sam.get("/console/support", params={"since": "some time ago"})
    assert page.status_code == 422
    assert 'id="fault-since"' in page.text


def test_ticked_tickets_are_linked_and_leave_the_queue(sam, context, incident, tickets):
    data = {"incident": incident.id, "ticket": tickets[:2], "do": "ticked"}
    page = sam.post("/console/support/link", data=data)
    assert "Linked 2; 0 were linked before. 1 of their senders are customers we can tell." in page.text
    assert linked(context, incident) == 2
    assert "<b>1</b> ticket fits" in sam.get("/console/support").text
    assert "linked to INC-1" in sam.get("/console/support", params={"with_linked": "1"}).text


def test_all_that_were_counted_are_linked_and_none_that_came_later(sam, context, incident, tickets, clock):
    clock.forward(minutes=-5)  # the ticket of 13:01 is not there yet when it is counted
    page = sam.get("/console/support", params={"topic": "withdrawal"}).text
    asked_at = page.split('name="asked_at" value="')[1].split('"')[0]
    clock.forward(minutes=5)
    data = {"incident": incident.id, "topic": "withdrawal", "asked_at": asked_at, "do": "all"}
    assert "Linked 1;" in sam.post("/console/support/link", data=data).text
    assert linked(context, incident) == 1


def test_linking_says_what_is_missing(sam, incident, tickets):
    page = sam.post("/console/support/link", data={"ticket": tickets[:1], "do": "ticked"})
    assert page.status_code == 422
    assert "choose the incident" in page.text
    page = sam.post("/console/support/link", data={"incident": incident.id, "do": "ticked"})
    assert page.status_code == 422
    assert "tick at least one ticket" in page.text
    page = sam.post("/console/support/link", data={"incident": incident.id, "do": "all", "asked_at": "x"})
    assert page.status_code == 422


def test_a_link_is_undone_on_the_page_of_the_incident(sam, context, incident, tickets):
    sam.post("/console/support/link", data={"incident": incident.id, "ticket": tickets, "do": "ticked"})
    page = sam.post(f"/console/incidents/{incident.id}/unlink", data={"ticket": tickets[0]})
    assert "Unlinked." in page.text
    assert linked(context, incident) == 2
    page = sam.post(f"/console/incidents/{incident.id}/unlink", data={"ticket": tickets[0]})
    assert "it was so already" in page.text


def test_the_page_of_an_incident_leads_to_the_tickets_since_it_began(sam, incident, tickets):
    page = sam.get(f"/console/incidents/{incident.id}").text
    assert "Find tickets to link" in page
    assert f'name="incident" value="{incident.id}"' in page
    found = sam.get("/console/support", params={"incident": incident.id, "since": "2026-11-22T12:35:00Z"})
    assert "<b>3</b> tickets fit" in found.text
    assert f'value="{incident.id}" selected' in found.text


@pytest.mark.parametrize("words", ["c-btc", "btc@example.org", "BTC@example.org", "88121"])
def test_a_customer_is_found_by_reference_address_or_ticket(sam, tickets, words):
    page = sam.get("/console/customers", params={"q": words, "reason": "ticket 88121"})
    assert str(page.url).endswith("/console/customers/c-btc")
    assert "<h1>c-btc</h1>" in page.text


def test_a_search_that_finds_several_lists_them_and_none_says_so(sam):
    page = sam.get("/console/customers", params={"q": "c-", "reason": "ticket"}).text
    assert all(ref in page for ref in ("c-btc", "c-eth", "c-none"))
    assert "Nobody has this reference" in sam.get("/console/customers", params={"q": "zzz"}).text


def test_a_record_opens_only_with_a_reason_which_is_kept(sam, context):
    page = sam.get("/console/customers/c-btc")
    assert "Why do you look" in page.text
    assert 'value="support ticket"' in page.text
    assert "holds:BTC" not in page.text
    assert people.audit_entries(context.desk.store, subject="customer:c-btc") == []
    page = sam.get("/console/customers/c-btc", params={"reason": "phone call, ü"})
    assert str(page.url).endswith("/console/customers/c-btc")
    assert "holds:BTC" in page.text
    [look] = people.audit_entries(context.desk.store, subject="customer:c-btc")
    assert (look.actor, look.deed, look.detail) == ("user:sam", "customer.look", {"reason": "phone call, ü"})
    sam.get("/console/customers/c-eth")
    [look] = people.audit_entries(context.desk.store, subject="customer:c-eth")
    assert look.detail == {"reason": "phone call, ü"}


def test_a_search_is_audited_without_the_words_that_may_be_an_address(sam, context):
    sam.get("/console/customers", params={"q": "btc@example.org"})
    [entry] = people.audit_entries(context.desk.store, subject="customers")[:1]
    assert (entry.deed, entry.detail) == ("customer.search", {"found": 1})


def test_contact_data_are_for_those_who_may_see_them(sam, ana):
    reason = {"reason": "ticket 88121"}
    assert "btc@example.org" in sam.get("/console/customers/c-btc", params=reason).text
    page = ana.get("/console/customers/c-btc", params=reason).text
    assert "btc@example.org" not in page
    assert "Your role does not see contact data." in page


def test_a_customer_nobody_has_is_not_found(sam):
    page = sam.get("/console/customers/c-99", params={"reason": "x"})
    assert page.status_code == 404
    assert "There is no customer c-99." in page.text


def test_the_record_tells_what_they_were_told_and_leads_to_the_words(sam, context, incident, tickets):
    store = context.desk.store
    [notice] = notices.notices(store, subject_id=incident.id)
    message = frozen(store, notice, "fr", house_of(context.settings))
    told: dict[str, Any] = {
        "customer_id": customers.customer(store, "c-btc").id,
        "notice_id": notice.id,
        "version": 1,
        "language": "fr",
    }
    ledger.note(
        store,
        [
            LedgerEntry(**told, at=NOW, channel="email", outcome=Outcome.FAILED, reason="550 no such box", sha256="",
                        attempts=3),
            LedgerEntry(**told, at=NOW, channel="inapp", outcome=Outcome.ACCEPTED, reason="", sha256=message.sha256,
                        attempts=1),
        ],
    )  # fmt: skip
    page = sam.get("/console/customers/c-btc", params={"reason": "ticket"}).text
    assert "E-mail not sent: failed: 550 no such box" in page
    assert "In app sent" in page
    assert "My BTC is stuck since lunch" in page
    address = f"/console/notices/{notice.id}?version=1"
    assert f"{address}#fr" in page
    words = sam.get(address).text
    assert 'id="fr"' in words
    assert "Retraits retardés" in words


def test_a_version_that_never_was_has_no_words(sam, incident, context):
    [notice] = notices.notices(context.desk.store, subject_id=incident.id)
    assert "No words are frozen yet" in sam.get(f"/console/notices/{notice.id}?version=7").text
    assert sam.get(f"/console/notices/{notice.id}?version=x").status_code == 404
    assert sam.get("/console/notices/nothing").status_code == 404


def test_a_notice_is_stopped(ana, incident, context):
    [notice] = notices.notices(context.desk.store, subject_id=incident.id)
    assert "Stopped." in ana.post(f"/console/notices/{notice.id}/stop").text
    assert notices.notice(context.desk.store, notice.id).state.value == "cancelled"


def test_a_surge_is_declared_until_a_time_as_people_type_it_and_ended(sam, context):
    data = {"surge_until": "in 2 hours", "surge_words.fr": "Le chat est le plus rapide.", "do": "say"}
    page = sam.post("/console/support/surge", data=data)
    assert "Said. The page shows it until then." in page.text
    surge = surges.surge(context.desk.store, NOW)
    assert surge is not None
    assert (surge.until, surge.words) == (NOW + timedelta(hours=2), {"fr": "Le chat est le plus rapide."})
    assert surge.declared_by == "user:sam"
    assert "The page says that answers take longer, until" in page.text
    assert "does not say it any more" in sam.post("/console/support/surge", data={"do": "end"}).text
    assert surges.surge(context.desk.store, NOW) is None
    assert "Nothing changed" in sam.post("/console/support/surge", data={"do": "end"}).text


def test_a_surge_without_a_clear_end_is_refused_at_its_field_and_keeps_what_was_typed(sam, context):
    page = sam.post("/console/support/surge", data={"surge_until": "soon", "surge_words.en": "Chat!", "do": "say"})
    assert page.status_code == 422
    assert 'id="fault-surge_until"' in page.text
    assert "Chat!</textarea>" in page.text
    assert surges.surge(context.desk.store, NOW) is None


def test_only_who_handles_tickets_may_declare_a_surge(vi):
    assert vi.post("/console/support/surge", data={"surge_until": "in 2 hours", "do": "say"}).status_code == 403


def test_who_asks_hears_whether_a_customer_is_in_an_audience_and_why(ana, vi, context):
    seen = ana.get("/console/customers", params={"rule": "holds:BTC and not region:FR"}).text
    assert 'name="rule" value="holds:BTC and not region:FR"' in seen
    found = ana.get(
        "/console/customers", params={"q": "c-btc", "reason": "asked", "rule": "holds:BTC and not region:FR"}
    )
    assert found.url.path == "/console/customers/c-btc"
    assert "<b>Yes</b>, by holds:BTC." in found.text

    def asked(ref, rule):
        return ana.get(f"/console/customers/{ref}", params={"rule": rule}).text

    assert "<b>No.</b> The rule asks for more than holds:BTC" in asked("c-btc", "holds:BTC and not holds:BTC")
    assert "<b>No.</b> None of their tags is asked for." in asked("c-eth", "holds:BTC")
    assert "<b>Yes</b>." in asked("c-none", "everyone")
    assert "at character" in asked("c-eth", "holds:BTC and")
    assert vi.get("/console/customers/c-btc", params={"rule": "everyone"}).status_code == 403
    looks = [each for each in people.audit_entries(context.desk.store) if each.deed == "customer.look"]
    assert len(looks) == 5, "each of them is a look, kept with its reason"


def test_a_record_says_by_which_tags_each_notice_was_for_them(ana, context, incident):
    fan_out(context.desk.store, NOW)
    carry(context.desk.store, "email", NOW)
    record = ana.get("/console/customers/c-btc", params={"reason": "asked"}).text
    assert "version 1 · by holds:BTC</span>" in record

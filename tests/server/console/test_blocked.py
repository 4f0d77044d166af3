"""Blocked addresses in the console: by reference, never the address."""

from records.customers import CustomerEntry
from records.desk.customers import put_customer
from records.people import COMMAND_LINE
from records.store import customers
from tests.server.console.conftest import NOW


def block(context, ref):
    put_customer(context.desk, CustomerEntry(external_id=ref, email="ana@mail.example"), COMMAND_LINE, NOW)
    customers.block_contact(context.desk.store, customers.customer(context.desk.store, ref).id, "email", "bounced")


def blocked(context, ref):
    store = context.desk.store
    found = customers.contact(store, customers.customer(store, ref).id, "email")
    assert found is not None
    return found.blocked


def test_they_are_listed_by_reference_without_addresses(sam, context):
    assert "None." in sam.get("/console/blocked").text
    block(context, "c-<7>")
    page = sam.get("/console/blocked").text
    assert "1 bounced" in page
    assert "c-&lt;7&gt;" in page
    assert "mail.example" not in page
    assert "Send again" not in page
    assert sam.get("/console/blocked", params={"after": "9" * 18}).status_code == 200
    assert sam.get("/console/blocked", params={"after": "nonsense"}).status_code == 200


def test_whoever_may_change_records_lifts_with_a_reason(ana, sam, vi, context):
    block(context, "c-7")
    assert sam.post("/console/blocked/lift", data={"ref": "c-7", "reason": "x"}).status_code == 403
    assert vi.get("/console/blocked").status_code == 403
    assert ana.post("/console/blocked/lift", data={"ref": "c-7", "reason": ""}).status_code == 422
    assert blocked(context, "c-7") == "bounced"
    assert "It goes on" in ana.post("/console/blocked/lift", data={"ref": "c-7", "reason": "asked by phone"}).text
    assert blocked(context, "c-7") is None


def test_more_than_a_page_leads_on(ana, context):
    for number in range(101):
        block(context, f"c-{number:03}")
    first = ana.get("/console/blocked").text
    more = first.partition('<a href="/console/blocked?after=')[2].partition('"')[0]
    assert first.count("Send again") == 100
    assert ana.get("/console/blocked", params={"after": more}).text.count("Send again") == 1

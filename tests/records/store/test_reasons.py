"""Why each customer is in an audience: frozen with it, whatever becomes of their tags afterwards."""

import hashlib
from dataclasses import replace

import pytest

from records.audience import parse_kept, reasons
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import open_incident
from records.people import COMMAND_LINE
from records.store import audience, customers, fanout, notices
from tests.cast import ANA, MINUTE, NOW, SECOND, acme, an_incident, fan_out, number_of, the_notice

PEOPLE = {
    "both": ("holds:BTC", "region:US-NY", "pending:eth-withdrawal"),
    "coin": ("holds:BTC",),
    "late": ("pending:btc-withdrawal", "pending:eth-withdrawal"),
    "none": (),
}


@pytest.fixture
def desk(store):
    return acme(store)


@pytest.fixture
def told(store, desk):
    """Opens an incident for a rule; who is in its audience, and why."""
    entries = [CustomerEntry(external_id=name, tags=tags) for name, tags in PEOPLE.items()]
    put_customers(desk, entries, COMMAND_LINE, NOW - MINUTE)

    def open_for(rule):
        notice = the_notice(store, open_incident(desk, an_incident(audience=rule), ANA, NOW).id)
        fan_out(store)
        found = store.rows("SELECT customer_id FROM audience_members WHERE notice_id = :id", id=notice.id)
        names = {customers.customer_by_number(store, row["customer_id"]).external_id for row in found}
        return notice, {name: why(store, notice, name) for name in names & PEOPLE.keys()}

    return open_for


def why(store, notice, name):
    return audience.why(store, notice, number_of(store, name), ())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("everyone", {name: ["everyone"] for name in PEOPLE}),
        ("holds:BTC", {"both": ["holds:BTC"], "coin": ["holds:BTC"]}),
        ("holds:BTC and region:US-NY", {"both": ["holds:BTC", "region:US-NY"]}),
        (
            "holds:BTC or pending:*",
            {
                "both": ["holds:BTC", "pending:eth-withdrawal"],
                "coin": ["holds:BTC"],
                "late": ["pending:btc-withdrawal", "pending:eth-withdrawal"],
            },
        ),
        ("holds:BTC and not region:US-NY", {"coin": ["holds:BTC"]}),
        ("customer:none or region:US-NY", {"none": ["customer:none"], "both": ["region:US-NY"]}),
        ("not holds:BTC and not pending:*", {"none": []}),
        ("not pending:* or not holds:BTC", {"coin": [], "late": [], "none": []}),
    ],
)
def test_each_customer_has_what_the_rule_asked_for_and_found(told, rule, expected):
    assert told(rule)[1] == expected


def test_an_earlier_notice_or_a_ticket_is_a_reason_too(store, told):
    first, _ = told("holds:BTC")
    _, found = told(f"told:{first.subject_id} or linked:{first.subject_id}")
    assert found == {"both": [f"told:{first.subject_id}"], "coin": [f"told:{first.subject_id}"]}


def test_tags_that_change_afterwards_change_no_reason(store, desk, told):
    notice, found = told("holds:BTC or region:US-NY")
    put_customers(desk, [CustomerEntry(external_id="both", tags=("holds:DOT",))], COMMAND_LINE, NOW + SECOND)
    assert reasons(parse_kept(notice.audience_rule), ("holds:DOT",)) == []
    assert why(store, notice, "both") == found["both"] == ["holds:BTC", "region:US-NY"]


def test_a_notice_of_an_older_version_says_what_todays_tags_say(store, told):
    """Nothing was kept then, and nothing is made up."""
    notice, _ = told("holds:BTC")
    older = replace(notice, version=notice.version + 1)
    store.run(
        "INSERT INTO audience_members (notice_id, customer_id, version) VALUES (:id, :customer, :version)",
        id=notice.id,
        customer=number_of(store, "both"),
        version=older.version,
    )
    assert audience.why(store, older, number_of(store, "both"), ("holds:BTC", "holds:DOT")) == ["holds:BTC"]
    assert audience.why(store, older, number_of(store, "both"), ()) == []


@pytest.mark.parametrize("other", ["holds:X", "customer:c"])
def test_hundreds_of_parts_in_a_rule_are_no_trouble(told, other):
    rule = " or ".join([*(f"{other}{number}" for number in range(220)), "holds:BTC", "region:US-*"])
    assert told(rule)[1] == {"both": ["holds:BTC", "region:US-NY"], "coin": ["holds:BTC"]}


def test_the_rule_itself_is_kept_with_its_hash_and_time(store, desk):
    incident = open_incident(desk, an_incident(audience="holds:BTC or region:*"), ANA, NOW)
    notice = the_notice(store, incident.id)
    while fanout.fan_out_chunk(store, notice, NOW + SECOND):
        pass
    frozen = notices.status(store, notice.id).frozen
    assert frozen is not None
    assert frozen.rule_sha256 == hashlib.sha256(notice.audience_rule.encode()).hexdigest()
    assert frozen.at == NOW

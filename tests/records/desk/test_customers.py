"""Customer records: kept as handed in, looked up under audit."""

import pytest

from records.audience import parse, reasons
from records.customers import Contact, CustomerEntry
from records.desk.customers import check_customer, is_email, look_up, put_customer, put_customers
from records.desk.incidents import open_incident
from records.errors import Invalid, NotFound
from records.people import COMMAND_LINE, MAY, Actor, Right, Role
from records.store import customers
from records.store.people import audit_entries
from tests.cast import ANA, CUSTOMERS, MINUTE, NOW, SAM, acme, an_incident, deliver, fan_out, number_of

ZOE = CustomerEntry(
    external_id="zoe",
    email="Zoe@Mail.example",
    language="fr",
    time_zone="Europe/Bucharest",
    region="US-NY",
    tags=("holds:BTC", "holds:BTC", "pending:bitcoin"),
)


@pytest.fixture
def desk(store):
    return acme(store)


def _put(desk, now=NOW, **entry):
    return put_customer(desk, CustomerEntry(external_id="zoe", **entry), ANA, now)


def test_a_new_customer_carries_given_and_derived_tags(store, desk):
    assert put_customer(desk, ZOE, ANA, NOW)
    zoe = customers.customer(store, "zoe")
    assert zoe.tags == ("holds:BTC", "language:fr", "pending:bitcoin", "region:US-NY")
    assert (zoe.language, zoe.time_zone, zoe.region) == ("fr", "Europe/Bucharest", "US-NY")
    assert (zoe.created_at, zoe.updated_at) == (NOW, NOW)
    assert customers.contacts(store, zoe.id) == [
        Contact(customer_id=zoe.id, channel="email", address="zoe@mail.example", wanted=True, blocked=None)
    ]
    assert customers.customer_by_number(store, zoe.id) == zoe


def test_the_same_again_changes_nothing_and_is_not_audited(store, desk):
    put_customer(desk, ZOE, ANA, NOW)
    before = len(audit_entries(store))
    assert not put_customer(desk, ZOE, ANA, NOW + MINUTE)
    assert customers.customer(store, "zoe").updated_at == NOW
    assert len(audit_entries(store)) == before


def test_what_is_handed_in_replaces_what_was_but_an_address_stays_until_there_is_another(store, desk):
    put_customer(desk, ZOE, ANA, NOW)
    assert _put(desk, NOW + MINUTE, tags=("holds:ETH",))
    zoe = customers.customer(store, "zoe")
    assert zoe.tags == ("holds:ETH", "language:en")
    assert (zoe.time_zone, zoe.region, zoe.created_at, zoe.updated_at) == (None, None, NOW, NOW + MINUTE)
    contact = customers.contact(store, zoe.id, "email")
    assert contact is not None
    assert contact.address == "zoe@mail.example"


def test_a_new_address_lifts_the_block_that_the_old_one_earned(store, desk):
    put_customer(desk, ZOE, ANA, NOW)
    number = number_of(store, "zoe")
    customers.block_contact(store, number, "email", "bounced")
    assert not put_customer(desk, ZOE, ANA, NOW)
    blocked = customers.contact(store, number, "email")
    assert blocked is not None
    assert blocked.blocked == "bounced"
    _put(desk, email="zoe@new.example", language="fr")
    fresh = customers.contact(store, number, "email")
    assert fresh is not None
    assert (fresh.address, fresh.blocked) == ("zoe@new.example", None)


def test_choices_of_channels_are_kept_until_they_are_changed(store, desk):
    put_customer(desk, ZOE, ANA, NOW)
    number = number_of(store, "zoe")

    def wanted():
        return {contact.channel: contact.wanted for contact in customers.contacts(store, number)}

    assert _put(desk, channels={"email": False, "inapp": False})
    assert wanted() == {"email": False, "inapp": False}
    assert not _put(desk)
    assert wanted() == {"email": False, "inapp": False}
    assert _put(desk, channels={"inapp": True})
    assert wanted() == {"email": False, "inapp": True}
    assert _put(desk, email="zoe@new.example")
    assert wanted() == {"email": False, "inapp": True}, "a new address is no new consent"


def test_a_bundle_is_kept_whole_or_not_at_all(store, desk):
    assert put_customers(desk, list(CUSTOMERS), COMMAND_LINE, NOW) == 0
    entries = [CustomerEntry(external_id=f"n-{number}", tags=("holds:BTC",)) for number in range(300)]
    assert put_customers(desk, entries, COMMAND_LINE, NOW) == 300
    assert customers.count(store) == 307
    broken = CustomerEntry(external_id="n-301", language=5)  # type: ignore[arg-type] # what a careless caller may hand in
    with pytest.raises(Exception, match=r".+"):
        put_customers(desk, [CustomerEntry(external_id="n-300"), broken, CustomerEntry(external_id=None)], ANA, NOW)  # type: ignore[arg-type]
    assert customers.count(store) == 307


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"external_id": ""}, "/external_id"),
        ({"external_id": "a b"}, "/external_id"),
        ({"external_id": "x" * 201}, "/external_id"),
        ({"external_id": "a\x00"}, "/external_id"),
        ({"email": "nobody"}, "/email"),
        ({"email": "a@b\r\nBcc: everyone@mail.example"}, "/email"),
        ({"language": "French"}, "/language"),
        ({"time_zone": "Europe/Atlantis"}, "/time_zone"),
        ({"region": "New York"}, "/region"),
        ({"tags": ("holds:BTC", "holds")}, "/tags/1"),
        ({"tags": ("holds:\x00",)}, "/tags/0"),
        ({"channels": {"fax": True}}, "/channels/fax"),
    ],
)
def test_a_broken_entry_is_refused_with_its_place(store, desk, changes, path):
    with pytest.raises(Invalid) as refused:
        put_customer(desk, CustomerEntry(**{"external_id": "zoe", **changes}), ANA, NOW)
    assert [fault.path for fault in refused.value.faults] == [path]
    assert customers.count(store) == len(CUSTOMERS)


def test_all_faults_are_reported_together():
    with pytest.raises(Invalid) as refused:
        check_customer(CustomerEntry(external_id="", email="x", language="?", tags=("a",)))
    assert [fault.path for fault in refused.value.faults] == ["/external_id", "/email", "/language", "/tags/0"]


@pytest.mark.parametrize("address", ["a@b", "ana.pop+w@mail.example", "ană@bücher.example"])
def test_one_address_can_stand_in_a_header(address):
    assert is_email(address)


@pytest.mark.parametrize(
    "address", ["", "a", "@b", "a@", "a b@c", "a@b,c@d", "<a@b>", "a@b>", "a@b\n", "a@b..c", "a@b@c", "a@[1]"]
)
def test_what_could_harm_a_header_is_no_address(address):
    assert not is_email(address)


def test_a_look_is_kept_with_its_reason_and_shows_what_was_told(store, desk):
    open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    deliver(store)
    record = look_up(desk, "ada", SAM, NOW + MINUTE, reason="ticket T-1")
    assert record.customer.external_id == "ada"
    assert [contact.address for contact in record.contacts] == ["ada@mail.example"]
    assert [(entry.channel, entry.outcome) for entry in record.ledger] == [("email", "accepted"), ("inapp", "accepted")]
    (entry,) = audit_entries(store, subject="customer:ada")
    assert (entry.actor, entry.deed, entry.detail) == ("user:sam", "customer.look", {"reason": "ticket T-1"})


@pytest.mark.parametrize("role", list(Role))
def test_contact_data_are_shown_only_to_roles_that_may_see_them(desk, role):
    actor = Actor(name="user:eve", role=role)
    record = look_up(desk, "ada", actor, NOW, reason="a test")
    assert bool(record.contacts) == actor.may(Right.READ_CONTACTS)


def test_who_may_do_what_is_a_table():
    rights = list(Right)
    table = {role.value: "".join("x" if right in MAY[role] else "." for right in rights) for role in Role}
    assert [right.value for right in rights] == [
        "read",
        "operate",
        "approve",
        "read_customers",
        "write_customers",
        "read_contacts",
        "tickets",
        "audit",
        "administer",
    ]
    assert table == {
        "viewer": "x........",
        "support": "x..x.xx..",
        "ops": "xx.xx.x..",
        "approver": "xxx......",
        "compliance": "x..x.x.x.",
        "admin": "xxxxxxxxx",
    }


def test_a_look_for_nobody_is_refused(desk):
    with pytest.raises(NotFound, match="There is no customer nobody"):
        look_up(desk, "nobody", SAM, NOW, reason="a test")
    with pytest.raises(NotFound):
        customers.customer_by_number(desk.store, 1)


def test_customers_are_found_by_the_start_of_a_reference_an_address_or_a_ticket(store, desk):
    put_customers(desk, [CustomerEntry(external_id=ref) for ref in ("Ada", "adam", "ad%", "ad_")], ANA, NOW)

    def found(words):
        return [each.external_id for each in customers.search(store, words)]

    assert found("ad") == ["ad%", "ad_", "ada", "adam"]
    assert found("ad%") == ["ad%"]
    assert found("ada") == ["ada", "adam"]
    assert found("GUS@mail.example") == ["gus"]
    assert found("nobody") == []
    assert len(customers.search(store, "", limit=2)) == 2
    by_address = customers.by_address(store, "Gus@Mail.example")
    assert by_address is not None
    assert by_address.external_id == "gus"
    put_customers(desk, [CustomerEntry(external_id="twin", email="gus@mail.example")], ANA, NOW)
    assert customers.by_address(store, "gus@mail.example") is None


def test_languages_come_by_how_many_speak_them(store, desk):
    assert customers.languages(store) == ["en", "fr", "ro"]


def test_a_customer_is_told_why_by_what_they_hold(store, desk):
    fay = customers.customer(store, "fay")
    assert reasons(parse("network:bitcoin or holds:BTC"), fay.tags) == ["holds:BTC", "network:bitcoin"]

"""Bounces and complaints on the ledger, in any order."""

from dataclasses import replace

import pytest

from records.bounces import Bounce, Taken, Verdict
from records.customers import CustomerEntry
from records.desk.bounces import take_in
from records.desk.customers import put_customer
from records.desk.incidents import open_incident
from records.store import customers, ledger, notices, unreached
from tests.cast import ANA, HOUR, NOW, acme, an_incident, deliver, fan_out, number_of, the_notice
from tests.server.telling import settle, take


@pytest.fixture
def notice(store):
    desk = acme(store)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    return the_notice(store, incident.id)


@pytest.fixture
def ada(store, notice):
    return number_of(store, "ada")


def about(notice, number, verdict=Verdict.GONE, **changes):
    status = "abuse" if verdict is Verdict.COMPLAINED else "5.1.1"
    return Bounce(delivery=f"{notice.id}.{notice.version}.{number}", verdict=verdict, status=status, **changes)


def outcomes(store, number):
    return sorted(each.outcome.value for each in ledger.of_customer(store, number) if each.channel == "email")


def blocked(store, number):
    found = customers.contact(store, number, "email")
    assert found is not None
    return found.blocked


def test_a_mail_that_came_back_is_on_the_ledger_and_its_address_gets_nothing_more(store, notice, ada):
    deliver(store)
    assert take_in(store, about(notice, ada), NOW + HOUR) is Taken.BLOCKED
    assert outcomes(store, ada) == ["accepted", "bounced"]
    assert blocked(store, ada) == "bounced"
    (row,) = (each for each in ledger.of_customer(store, ada) if each.outcome.value == "bounced")
    assert (row.reason, row.at, row.sha256) == ("5.1.1", NOW + HOUR, "ab" * 32)
    assert ledger.verify(store).faults == ()


def test_a_complaint_says_so(store, notice, ada):
    deliver(store)
    assert take_in(store, about(notice, ada, Verdict.COMPLAINED), NOW) is Taken.BLOCKED
    assert (outcomes(store, ada), blocked(store, ada)) == (["accepted", "complained"], "complained")


def test_a_report_that_overtakes_our_own_note_leaves_the_same_records(store, notice, ada):
    in_hand = take(store, "email", NOW)
    assert take_in(store, about(notice, ada), NOW) is Taken.BLOCKED
    settle(store, in_hand, NOW)
    assert outcomes(store, ada) == ["accepted", "bounced"]
    assert notices.status(store, notice.id).sums_match


def test_repeats_change_nothing_and_do_not_undo_what_a_person_lifted(store, notice, ada):
    deliver(store)
    take_in(store, about(notice, ada), NOW)
    customers.unblock_contact(store, ada, "email")
    assert take_in(store, about(notice, ada), NOW + HOUR) is Taken.KNOWN
    assert (outcomes(store, ada), blocked(store, ada)) == (["accepted", "bounced"], None)


@pytest.mark.parametrize("verdict", [Verdict.UNDELIVERED, Verdict.DELAYED])
def test_what_says_nothing_about_the_address_leaves_it_alone(store, notice, ada, verdict):
    deliver(store)
    assert take_in(store, about(notice, ada, verdict), NOW) is Taken.NOTED
    assert take_in(store, about(notice, ada, verdict), NOW + HOUR) is Taken.KNOWN
    assert blocked(store, ada) is None
    assert outcomes(store, ada) == (["accepted", "bounced"] if verdict is Verdict.UNDELIVERED else ["accepted"])


def test_an_address_given_meanwhile_is_not_blamed_for_the_old_one(store, notice, ada):
    deliver(store)
    put_customer(acme(store), CustomerEntry(external_id="ada", email="ada@new.example", language="en"), ANA, NOW + HOUR)
    late = about(notice, ada, recipient="ada@mail.example")
    assert take_in(store, late, NOW + 2 * HOUR) is Taken.NOTED
    assert (outcomes(store, ada), blocked(store, ada)) == (["accepted", "bounced"], None)


@pytest.mark.parametrize(
    "delivery", ["", "letter", "letter.1.2", "notice000001.1.5", "a.b.c", "n.99999999.1", f"n.1.{'9' * 40}", "1.1.1.1"]
)
def test_a_delivery_that_is_not_there_changes_nothing(store, notice, delivery):
    assert take_in(store, Bounce(delivery=delivery, verdict=Verdict.GONE, status="5.1.1"), NOW) in (
        Taken.NOT_FOUND,
        Taken.KNOWN,
    )


def test_whom_the_app_reached_is_reached_though_the_mail_came_back(store, notice, ada):
    deliver(store)
    take_in(store, about(notice, ada), NOW)
    status = notices.status(store, notice.id)
    assert (status.bounced, status.not_reached) == (0, 0)
    assert unreached.not_reached(store, notice.id, 1) == []


def test_a_customer_with_mail_alone_that_came_back_is_not_reached(store):
    desk = acme(store)
    incident = open_incident(desk, replace(an_incident(), channels=("email",)), ANA, NOW)
    fan_out(store)
    notice, ada = the_notice(store, incident.id), number_of(store, "ada")
    assert not unreached.not_reached(store, notice.id, 1) or ada not in [
        each.customer_id for each in unreached.not_reached(store, notice.id, 1)
    ], "hers still waits"
    deliver(store)
    before = notices.status(store, notice.id)
    take_in(store, about(notice, ada), NOW)
    status = notices.status(store, notice.id)
    assert (before.bounced, status.bounced) == (0, 1)
    assert status.not_reached == before.not_reached + 1
    assert status.sums_match
    found = unreached.not_reached(store, notice.id, 1)
    assert len(found) == status.not_reached
    assert [each.why for each in found if each.external_id == "ada"] == [("email: accepted", "email: bounced (5.1.1)")]
    assert unreached.not_reached(store, notice.id, 1, after=found[-1].customer_id) == []

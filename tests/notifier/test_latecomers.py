"""The courier at work while customers come, move and sleep: real mail, the ledger, and nothing polled for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.channels.contract import Channel
from notifier.channels.email import Email
from notifier.channels.inapp import InApp
from records.components import Status
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import open_incident
from records.notices import NoticeState
from records.people import COMMAND_LINE
from records.quiet import QuietHours, QuietRule
from records.store import customers, ledger, notices
from records.store.notices import Counts
from records.times import now_utc
from tests.cast import ANA, acme, an_incident, number_of, the_notice
from tests.mail import MailServer
from tests.notifier.cast import HOUSE
from tests.notifier.test_courier import SECRET, relay_to, running, until

BOTH = ("email", "inapp")
NEWCOMER = CustomerEntry(external_id="hana", email="hana@mail.example", tags=("holds:BTC",))


@pytest.fixture
def server():
    with MailServer() as running_server:
        yield running_server


def is_done(store, incident):
    return notices.notice(store, the_notice(store, incident.id).id).state is NoticeState.DONE


def mailed(server):
    return sorted(server.recipients())


async def test_whoever_comes_while_it_runs_is_mailed_and_counted(store, server):
    desk = acme(store)
    incident = open_incident(desk, an_incident(channels=BOTH), ANA, now_utc())
    channels = {"email": Email(relay_to(server), HOUSE, secret=SECRET), "inapp": InApp()}
    async with running(store, channels):
        await until(lambda: is_done(store, incident))
        put_customers(desk, [NEWCOMER], COMMAND_LINE, now_utc())
        await until(lambda: notices.notice(store, the_notice(store, incident.id).id).audience_count == 5)
        await until(lambda: is_done(store, incident))
    assert mailed(server) == ["ada@mail.example", "hana@mail.example"]
    status = notices.status(store, the_notice(store, incident.id).id)
    assert (status.people, status.complete) == (Counts(sent=5), True)
    told = {(row.channel, row.reason) for row in ledger.of_customer(store, number_of(store, "hana"))}
    assert told == {("email", "joined_late"), ("inapp", "joined_late")}
    assert ledger.verify(store).faults == ()


async def test_nothing_leaves_for_an_address_that_was_blocked_while_mail_waited(store, server):
    desk = acme(store)
    put_customers(desk, [NEWCOMER], COMMAND_LINE, now_utc() - timedelta(minutes=1))
    incident = open_incident(desk, an_incident(channels=BOTH), ANA, now_utc())
    channels: dict[str, Channel] = {"inapp": InApp()}
    async with running(store, channels):
        await until(lambda: notices.status(store, the_notice(store, incident.id).id).channels["inapp"].sent == 5)
    customers.block_contact(store, number_of(store, "hana"), "email", "bounced")
    channels = {"email": Email(relay_to(server), HOUSE, secret=SECRET), "inapp": InApp()}
    async with running(store, channels):
        await until(lambda: is_done(store, incident))
    assert "hana@mail.example" not in mailed(server)
    reasons = {(row.channel, row.reason) for row in ledger.of_customer(store, number_of(store, "hana"))}
    assert ("email", "bounced") in reasons


async def test_mail_refused_for_its_address_is_sent_to_the_corrected_one(store, server):
    desk = acme(store)
    put_customers(desk, [NEWCOMER], COMMAND_LINE, now_utc() - timedelta(minutes=1))
    server.manners.refuse = lambda address: "550 5.1.1 no such user" if address.startswith("hana@") else None
    incident = open_incident(desk, an_incident(channels=BOTH), ANA, now_utc())
    channels = {"email": Email(relay_to(server), HOUSE, secret=SECRET), "inapp": InApp()}
    async with running(store, channels):
        await until(lambda: is_done(store, incident))
        put_customers(desk, [replace(NEWCOMER, email="hana.k@mail.example")], COMMAND_LINE, now_utc())
        await until(lambda: "hana.k@mail.example" in mailed(server))
        await until(lambda: is_done(store, incident))
    status = notices.status(store, the_notice(store, incident.id).id)
    assert (status.channels["email"].sent, status.channels["email"].failed, status.complete) == (2, 0, True)
    assert ledger.verify(store).faults == ()


async def test_mail_that_can_wait_is_not_sent_at_night(store, server):
    desk, now = acme(store), now_utc()
    # It is night for the next hour, wherever this test runs and at whatever time.
    night = QuietHours(begin=(now - timedelta(hours=1)).time(), end=(now + timedelta(hours=1)).time())
    incident = open_incident(desk, an_incident(channels=BOTH, statuses={"btc-withdrawals": Status.DEGRADED}), ANA, now)
    channels = {"email": Email(relay_to(server), HOUSE, secret=SECRET), "inapp": InApp()}
    async with running(store, channels, quiet=QuietRule(hours=night)):
        await until(lambda: notices.status(store, the_notice(store, incident.id).id).channels["inapp"].sent == 4)
        graver = open_incident(desk, an_incident(channels=BOTH), ANA, now_utc())
        await until(lambda: is_done(store, graver))
    assert mailed(server) == ["ada@mail.example"]
    status = notices.status(store, the_notice(store, incident.id).id)
    assert status.channels["email"] == Counts(queued=1, suppressed=3)
    assert status.sums_match

"""Who follows the page hears what stands on it: a component, its group, everything; once, and accounted for."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from records.components import Status
from records.customers import CustomerEntry
from records.desk import subscribers as deeds
from records.desk.customers import put_customers
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce, cancel, complete, start
from records.desk.notices import cancel_notice
from records.incidents import Stage
from records.notices import Outcome, Reason
from records.people import COMMAND_LINE, VISITOR
from records.store import fanout, ledger, notices, outbox
from records.store.notices import Counts
from records.store.subscribers import by_address
from records.subscribers import SubscriberKind
from tests.cast import (
    ANA,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    a_window,
    acme,
    an_incident,
    deliver,
    done,
    fan_out,
    the_notice,
)
from tests.followers import EVERYTHING, GROUP, OTHER, ROW, entry, follow, followers

CHANNEL = "subscriber:email"
RESOLVED = UpdateEntry(
    stage=Stage.RESOLVED, body={"en": "All is well again."}, statuses={"btc-withdrawals": Status.OPERATIONAL}
)
ALL_CHANNELS = ("email", "inapp", "social:acme", CHANNEL)


def mailed(store, now=NOW):
    """Fan out and send; to whom mail for subscribers went."""
    fan_out(store, now)
    return sorted(one.address for one in deliver(store, now, channels=ALL_CHANNELS) if one.channel == CHANNEL)


def test_a_subscriber_of_a_group_receives_maintenance_and_incident_mail(store):
    desk = acme(store)
    followers(desk)
    announced = announce(desk, a_window(component_ids=("btc-deposits",)), ANA, NOW)
    assert mailed(store) == [EVERYTHING, GROUP]
    start(desk, announced.id, ANA, NOW + 4 * DAY)
    assert mailed(store, NOW + 4 * DAY) == [EVERYTHING, GROUP]
    complete(desk, announced.id, ANA, NOW + 4 * DAY + HOUR)
    assert mailed(store, NOW + 4 * DAY + HOUR) == [EVERYTHING, GROUP]
    later = NOW + 5 * DAY
    opened = open_incident(desk, an_incident(), ANA, later)
    assert mailed(store, later) == [EVERYTHING, GROUP, ROW]
    update_incident(desk, opened.id, RESOLVED, ANA, later + HOUR)
    assert mailed(store, later + HOUR) == [EVERYTHING, GROUP, ROW]


def test_trouble_with_a_whole_group_reaches_who_follows_a_part_of_it(store):
    desk = acme(store)
    followers(desk)
    open_incident(desk, an_incident(statuses={"bitcoin": Status.MAJOR_OUTAGE}), ANA, NOW)
    assert mailed(store) == [EVERYTHING, GROUP, ROW]


def test_what_names_no_component_reaches_who_follows_everything(store):
    desk = acme(store)
    followers(desk)
    announce(desk, a_window(component_ids=()), ANA, NOW)
    assert mailed(store) == [EVERYTHING]


def test_who_heard_of_it_hears_how_it_ends_also_when_it_concerns_other_things_by_then(store):
    desk = acme(store)
    followers(desk)
    both = {"btc-withdrawals": Status.DEGRADED, "eth-withdrawals": Status.DEGRADED}
    opened = open_incident(desk, an_incident(statuses=both), ANA, NOW)
    assert mailed(store) == [EVERYTHING, GROUP, ROW, OTHER]
    found = deeds.change(desk, _number(store, OTHER), ("website",), "en", VISITOR, NOW)
    assert found.components == ("website",)
    update_incident(desk, opened.id, RESOLVED, ANA, NOW + HOUR)
    assert mailed(store, NOW + HOUR) == [EVERYTHING, GROUP, ROW, OTHER]


def test_who_comes_while_it_lasts_hears_the_end_of_it(store):
    desk = acme(store)
    opened = open_incident(desk, an_incident(), ANA, NOW)
    assert mailed(store) == []
    follow(desk, EVERYTHING, now=NOW + MINUTE)
    update_incident(desk, opened.id, RESOLVED, ANA, NOW + HOUR)
    assert mailed(store, NOW + HOUR) == [EVERYTHING]


def test_only_confirmed_subscribers_hear(store):
    desk = acme(store)
    deeds.ask(desk, entry("pending@mail.example"), VISITOR, NOW - DAY)
    paused = follow(desk, "paused@mail.example")
    deeds.quarantine(desk, paused.id, "bounced", VISITOR, NOW - HOUR)
    gone = follow(desk, "gone@mail.example")
    deeds.unsubscribe(desk, gone.id, VISITOR, NOW - HOUR)
    follow(desk, EVERYTHING)
    open_incident(desk, an_incident(), ANA, NOW)
    assert mailed(store) == [EVERYTHING]


def test_who_confirms_after_the_decision_does_not_hear_that_one(store):
    desk = acme(store)
    open_incident(desk, an_incident(), ANA, NOW)
    follow(desk, EVERYTHING, now=NOW + SECOND)
    assert mailed(store, NOW + MINUTE) == []


def test_what_is_for_the_page_only_reaches_no_subscriber(store):
    desk = acme(store)
    followers(desk)
    open_incident(desk, an_incident(channels=()), ANA, NOW)
    assert mailed(store) == []


def test_what_customers_hear_in_the_app_subscribers_hear_by_mail(store):
    desk = acme(store)
    followers(desk)
    open_incident(desk, an_incident(channels=("inapp",)), ANA, NOW)
    assert mailed(store) == [EVERYTHING, GROUP, ROW]


def test_subscribers_are_counted_beside_the_audience(store):
    desk = acme(store)
    followers(desk)
    opened = open_incident(desk, an_incident(), ANA, NOW)
    notice = the_notice(store, opened.id)
    alone = notices.status(store, notice.id)
    assert alone.subscribers == {}
    fan_out(store)
    status = notices.status(store, notice.id)
    assert status.audience == status.people.total == 4
    assert status.channels.keys() == {"email", "inapp", "social:acme"}
    assert status.subscribers == {CHANNEL: Counts(queued=3)}
    assert status.sums_match
    assert not status.complete
    deliver(store, channels=("email", "inapp", "social:acme"))
    assert not notices.status(store, notice.id).complete
    deliver(store, channels=ALL_CHANNELS)
    status = notices.status(store, notice.id)
    assert status.subscribers == {CHANNEL: Counts(sent=3)}
    assert status.complete
    assert ledger.verify(store).faults == ()


def test_the_ledger_finds_a_subscriber_who_is_not_accounted_for(store):
    desk = acme(store)
    followers(desk)
    opened = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    notice = the_notice(store, opened.id)
    store.run("DELETE FROM deliveries WHERE channel = :channel AND customer_id = :id", channel=CHANNEL,
              id=_number(store, ROW))  # fmt: skip
    assert ledger.verify(store).faults == (f"notice {notice.id}, {CHANNEL}: for 3, accounted for 2",)
    assert not notices.status(store, notice.id).sums_match


def test_a_customer_who_follows_the_page_too_is_mailed_once(store):
    desk = acme(store)
    twice = follow(desk, "ada@mail.example")
    opened = open_incident(desk, an_incident(), ANA, NOW)
    assert mailed(store) == []
    rows = ledger.of_customer(store, twice.id)
    assert [(row.channel, row.outcome, row.reason) for row in rows] == [
        (CHANNEL, Outcome.SUPPRESSED, Reason.DUPLICATE_ADDRESS.value)
    ]
    assert notices.status(store, the_notice(store, opened.id).id).subscribers == {CHANNEL: Counts(suppressed=1)}


@pytest.mark.parametrize("address", ["dmitri@mail.example", "bruno@mail.example"])
def test_a_customer_who_gets_no_mail_about_it_gets_it_as_a_subscriber(store, address):
    """dmitri declined mail and reads the app; bruno holds no Bitcoin, so it does not concern him as a customer."""
    desk = acme(store)
    follow(desk, address)
    open_incident(desk, an_incident(), ANA, NOW)
    assert mailed(store) == [address]


def test_the_app_alone_makes_no_address_a_duplicate(store):
    desk = acme(store)
    follow(desk, "ada@mail.example")
    open_incident(desk, an_incident(channels=("inapp",)), ANA, NOW)
    assert mailed(store) == ["ada@mail.example"]


def test_newer_words_take_the_place_of_what_still_waits(store):
    desk = acme(store)
    follow(desk, EVERYTHING)
    opened = open_incident(desk, an_incident(channels=("inapp",)), ANA, NOW)
    fan_out(store)
    first = the_notice(store, opened.id)
    update_incident(
        desk, opened.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "We know why."}), ANA, NOW + MINUTE
    )
    assert notices.status(store, first.id).subscribers == {CHANNEL: Counts(suppressed=1)}
    assert mailed(store, NOW + MINUTE) == [EVERYTHING]
    assert ledger.verify(store).faults == ()


def test_who_leaves_is_not_sent_what_waits_for_them(store):
    desk = acme(store)
    found = followers(desk)
    opened = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    deeds.unsubscribe(desk, found[GROUP].id, VISITOR, NOW)
    assert mailed(store) == [EVERYTHING, ROW]
    assert notices.status(store, the_notice(store, opened.id).id).subscribers == {CHANNEL: Counts(sent=2, suppressed=1)}
    assert ledger.of_customer(store, found[GROUP].id)[0].reason == Reason.OPTOUT.value
    assert ledger.verify(store).faults == ()


def test_a_cancelled_notice_reaches_no_more_subscribers(store):
    desk = acme(store)
    followers(desk)
    opened = open_incident(desk, an_incident(), ANA, NOW)
    cancel_notice(desk, the_notice(store, opened.id).id, "user:ana", NOW)
    assert mailed(store) == []
    assert ledger.verify(store).faults == ()


def test_a_fan_out_that_is_stopped_anywhere_goes_on_and_queues_everybody_once(store):
    desk = acme(store)
    addresses = [f"s{number}@mail.example" for number in range(7)]
    for address in addresses:
        follow(desk, address)
    opened = open_incident(desk, an_incident(), ANA, NOW)
    notice = the_notice(store, opened.id)
    chunks = 0
    while fanout.fan_out_chunk(store, notice, NOW, chunk=2):
        chunks += 1
    assert chunks >= 7
    assert not fanout.fan_out_chunk(store, notice, NOW, chunk=2)
    assert mailed(store) == addresses


def test_a_window_that_is_cancelled_is_told_to_those_who_heard_of_it(store):
    desk = acme(store)
    followers(desk)
    announced = announce(desk, a_window(), ANA, NOW)
    assert mailed(store) == [EVERYTHING, GROUP, ROW]
    cancel(desk, announced.id, ANA, NOW + HOUR)
    assert mailed(store, NOW + HOUR) == [EVERYTHING, GROUP, ROW]


def test_a_subscriber_is_written_to_in_their_language_at_their_address(store):
    desk = acme(store)
    found = follow(desk, "Chantal@Mail.Example", language="fr")
    open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    (claimed,) = outbox.claim(store, CHANNEL, NOW, lease=MINUTE)
    assert (claimed.customer_id, claimed.language, claimed.address) == (found.id, "fr", "chantal@mail.example")
    notices.keep_texts(store, claimed.notice_id, 1, [], NOW)
    assert outbox.mark(store, [done(claimed)], NOW) == 1


def test_a_customer_added_later_with_the_same_address_does_not_count_for_this_notice(store):
    desk = acme(store)
    follow(desk, "late@mail.example")
    open_incident(desk, an_incident(), ANA, NOW)
    late = CustomerEntry(external_id="late", email="late@mail.example", tags=("holds:BTC",))
    put_customers(desk, [late], COMMAND_LINE, NOW + SECOND)
    assert mailed(store, NOW + SECOND) == ["late@mail.example"]


def _number(store, address):
    found = by_address(store, SubscriberKind.EMAIL, address)
    assert found is not None
    return found.id


def test_two_notifiers_at_once_queue_everybody_once(store):
    desk = acme(store)
    addresses = sorted(f"s{number}@mail.example" for number in range(30))
    for address in addresses:
        follow(desk, address)
    opened = open_incident(desk, an_incident(), ANA, NOW)
    notice = the_notice(store, opened.id)

    def work(_):
        while fanout.fan_out_chunk(store, notice, NOW, chunk=4):
            pass

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, range(3)))
    assert mailed(store) == addresses
    assert notices.status(store, notice.id).subscribers == {CHANNEL: Counts(sent=30)}
    assert ledger.verify(store).faults == ()

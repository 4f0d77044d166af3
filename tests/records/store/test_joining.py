"""Whoever comes into an audience while a notice is current hears it once, and the account stays exact."""

from dataclasses import replace
from datetime import timedelta

import pytest

from records.components import Status
from records.customers import CustomerEntry
from records.desk import subscribers as following
from records.desk.approvals import run_waits
from records.desk.blocks import lift_block
from records.desk.customers import put_customers
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce
from records.desk.notices import cancel_notice
from records.desk.tickets import link_tickets, record_ticket, unlink_ticket
from records.digest import DigestRule
from records.incidents import Impact, Stage
from records.maintenance import Kind
from records.notices import NoticeState, Outcome
from records.people import CLOCK, COMMAND_LINE
from records.quiet import QuietRule, read_hours
from records.store import customers, joining, latecomers, ledger, notices, outbox
from records.store.notices import Counts
from records.store.tickets import Filter
from records.subscribers import SubscriberEntry
from records.tickets import TicketChannel, TicketEntry, TicketKind
from tests.cast import (
    ANA,
    CUSTOMERS,
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
    number_of,
    the_notice,
    told,
)

LATER = NOW + MINUTE
BOTH = ("email", "inapp")
NEWCOMER = CustomerEntry(external_id="hana", email="hana@mail.example", tags=("holds:BTC",))
QUIET = QuietRule()


def take_in(store, now=LATER, quiet=QUIET):
    while joining.take_in(store, now, quiet=quiet):
        pass


def put(desk, *entries, now=LATER):
    put_customers(desk, list(entries), COMMAND_LINE, now)


def known(ref, **changes):
    return replace(next(each for each in CUSTOMERS if each.external_id == ref), **changes)


def what_became(store, notice, ref):
    """By channel, in the order in which it became so."""
    number = number_of(store, ref)
    found = [row for row in ledger.of_notice(store, notice.id) if row.customer_id == number]
    said: dict[str, list[tuple[str, str]]] = {}
    for row in sorted(found, key=lambda row: (row.at, row.outcome)):
        said.setdefault(row.channel, []).append((row.outcome.value, row.reason))
    queued = store.rows(
        "SELECT channel FROM deliveries WHERE notice_id = :id AND customer_id = :number", id=notice.id, number=number
    )
    for row in queued:
        said.setdefault(row["channel"], []).append(("queued", ""))
    return said


def is_exact(store, notice):
    status = notices.status(store, notice.id)
    assert status.sums_match, status
    assert [each for each in ledger.verify(store).faults if "words" not in each] == []
    return status


@pytest.fixture
def desk(store):
    found = acme(store)
    take_in(store)
    return found


@pytest.fixture
def incident(desk):
    return open_incident(desk, an_incident(channels=BOTH), ANA, NOW)


@pytest.fixture
def current(store, incident):
    fan_out(store)
    deliver(store)
    return the_notice(store, incident.id)


def test_whoever_is_imported_while_an_outage_lasts_hears_of_it_once_on_each_channel(store, desk, current):
    assert current.state is NoticeState.FANNING_OUT or current.audience_count == 4
    put(desk, NEWCOMER)
    take_in(store)
    assert what_became(store, current, "hana") == {"email": [("queued", "")], "inapp": [("queued", "")]}
    assert is_exact(store, current).audience == 5
    assert notices.notice(store, current.id).state is NoticeState.SENDING
    deliver(store, LATER)
    put(desk, replace(NEWCOMER, tags=("holds:BTC", "holds:ETH")))
    take_in(store)
    late = ("accepted", "joined_late")
    assert what_became(store, current, "hana") == {"email": [late], "inapp": [late]}
    assert is_exact(store, current).complete
    assert store.rows("SELECT at, reason FROM late_members") == [
        {"at": int(LATER.timestamp() * 1000), "reason": "holds:BTC"}
    ]


def test_a_customer_who_comes_to_hold_the_asset_hears_of_it(store, desk, current):
    put(desk, known("gus", tags=("product:card", "holds:BTC")))
    take_in(store)
    assert [each.customer_id for each in deliver(store, LATER)] == [number_of(store, "gus")] * 2
    assert told(store, current.subject_id)[-1] == ["ada", "carmen", "dmitri", "fay", "gus"]


def test_who_is_not_concerned_or_heard_already_hears_nothing(store, desk, current):
    put(desk, CustomerEntry(external_id="ivo", tags=("holds:DOT",)), known("ada", language="fr"))
    take_in(store)
    assert deliver(store, LATER) == []
    assert is_exact(store, current).audience == 4


def test_an_address_that_is_added_gets_what_is_current(store, desk, current):
    assert what_became(store, current, "carmen")["email"] == [("suppressed", "no_address")]
    put(desk, known("carmen", email="carmen@mail.example"))
    take_in(store)
    status = is_exact(store, current)
    assert status.channels["email"] == Counts(sent=1, queued=1, suppressed=2)
    deliver(store, LATER)
    assert what_became(store, current, "carmen")["email"] == [
        ("suppressed", "no_address"),
        ("accepted", "joined_late"),
        ("requeued", "no_address"),
    ]
    assert is_exact(store, current).channels["email"] == Counts(sent=2, suppressed=2)
    put(desk, known("carmen", email="carmen.new@mail.example"))
    take_in(store)
    assert deliver(store, LATER) == []


def test_a_block_that_is_lifted_lets_what_is_current_through(store, desk, current):
    lift_block(desk, "fay", ANA, LATER, reason="she called")
    take_in(store)
    assert [each.channel for each in deliver(store, LATER)] == ["email"]
    assert is_exact(store, current).channels["email"] == Counts(sent=2, suppressed=2)


def a_ticket(desk, **changes):
    entry = TicketEntry(
        external_id="T-1",
        system="freshdesk",
        requester="gus",
        channel=TicketChannel.EMAIL,
        kind=TicketKind.REQUEST,
        topic="withdrawal",
        subject="Where is my Bitcoin?",
        text="It left an hour ago.",
        created_at=NOW,
        resolved_at=None,
    )
    return record_ticket(desk, replace(entry, **changes), ANA, LATER)


def test_whose_ticket_is_tied_to_an_incident_gets_what_is_current_once(store, desk, current):
    ticket = a_ticket(desk)
    a_ticket(desk, external_id="T-2", requester="ada")
    both = Filter(ids=(ticket.id, "T-2"))
    link_tickets(desk, current.subject_id, both, ANA, LATER)
    take_in(store)
    # ada heard it already.
    assert [each.customer_id for each in deliver(store, LATER)] == [number_of(store, "gus")] * 2
    assert is_exact(store, current).audience == 5
    link_tickets(desk, current.subject_id, both, ANA, LATER)
    unlink_ticket(desk, current.subject_id, ticket.id, ANA, LATER)
    link_tickets(desk, current.subject_id, both, ANA, LATER)
    take_in(store)
    assert deliver(store, LATER) == []


def test_whoever_is_found_to_have_written_a_tied_ticket_gets_what_is_current(store, desk, current):
    ticket = a_ticket(desk, requester="hana")
    link_tickets(desk, current.subject_id, Filter(ids=(ticket.id,)), ANA, LATER)
    take_in(store)
    assert deliver(store, LATER) == []
    put(desk, replace(NEWCOMER, tags=()))
    a_ticket(desk, requester="hana")
    take_in(store)
    assert [each.customer_id for each in deliver(store, LATER)] == [number_of(store, "hana")] * 2


def test_a_ticket_tied_to_what_is_over_brings_no_old_words(store, desk, incident, current):
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
    update_incident(desk, incident.id, over, ANA, LATER)
    fan_out(store, LATER)
    deliver(store, LATER)
    link_tickets(desk, incident.id, Filter(ids=(a_ticket(desk).id,)), ANA, LATER)
    take_in(store)
    assert deliver(store, LATER) == []


def test_a_channel_that_is_wanted_again_carries_what_is_current(store, desk, current):
    put(desk, known("dmitri", channels={"email": True}))
    take_in(store)
    assert [each.channel for each in deliver(store, LATER)] == ["email"]


def test_the_app_carries_what_mail_should_have_once_its_address_is_blocked(store, desk, current):
    put(
        desk, CustomerEntry(external_id="jan", email="jan@mail.example", tags=("holds:BTC",), channels={"inapp": False})
    )
    take_in(store)
    assert what_became(store, current, "jan")["inapp"] == [("suppressed", "optout")]
    customers.block_contact(store, number_of(store, "jan"), "email", "bounced")
    deliver(store, LATER)
    assert what_became(store, current, "jan")["email"] == [("suppressed", "bounced")]
    take_in(store)
    deliver(store, LATER)
    assert set(what_became(store, current, "jan")["inapp"]) == {
        ("suppressed", "optout"),
        ("requeued", "optout"),
        ("accepted", "joined_late, mandatory"),
    }
    status = is_exact(store, current)
    assert status.people == Counts(sent=5)
    assert status.complete


def test_even_of_what_is_over_somebody_whom_nothing_reached_hears_in_the_app(store, desk, incident):
    put(
        desk,
        CustomerEntry(external_id="jan", email="jan@mail.example", tags=("holds:BTC",), channels={"inapp": False}),
        now=NOW,
    )
    take_in(store, NOW)
    store.run("UPDATE customers SET created_at = 0")
    fan_out(store)
    deliver(store)
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
    update_incident(desk, incident.id, over, ANA, LATER)
    fan_out(store, LATER)
    end = the_notice(store, incident.id)
    customers.block_contact(store, number_of(store, "jan"), "email", "bounced")
    put(desk, NEWCOMER)
    deliver(store, LATER)
    take_in(store)
    deliver(store, LATER)
    assert set(what_became(store, end, "jan")["inapp"]) == {
        ("suppressed", "optout"),
        ("requeued", "optout"),
        ("accepted", "mandatory"),
    }
    assert "hana" not in told(store, incident.id)[-1]
    assert is_exact(store, end).people == Counts(sent=5)


def test_nobody_joins_what_is_over_stopped_or_of_no_use_any_more(store, desk, incident):
    fan_out(store)
    deliver(store)
    window = announce(desk, a_window(channels=BOTH), ANA, NOW)
    fan_out(store)
    stopped = the_notice(store, window.id)
    cancel_notice(desk, stopped.id, "user:ana", LATER)
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
    update_incident(desk, incident.id, over, ANA, LATER)
    fan_out(store, LATER)
    put(desk, NEWCOMER)
    take_in(store)
    assert not latecomers.is_anybody_there(store)
    assert {each.customer_id for each in deliver(store, LATER)}.isdisjoint({number_of(store, "hana")})
    again = announce(desk, a_window(channels=BOTH), ANA, LATER)
    fan_out(store, LATER)
    put(desk, replace(NEWCOMER, external_id="ines"), now=LATER + SECOND)
    take_in(store, again.scheduled_for)
    assert "ines" not in told(store, again.id)[-1]


def test_a_newcomer_hears_the_newest_words_and_not_those_before(store, desk, incident, current):
    entry = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "We know why."})
    update_incident(desk, incident.id, entry, ANA, LATER)
    fan_out(store, LATER)
    deliver(store, LATER)
    put(desk, NEWCOMER, now=LATER + SECOND)
    take_in(store, LATER + SECOND)
    assert [sorted(each) for each in told(store, incident.id)][-1][-1] == "hana"
    assert "hana" not in told(store, incident.id)[0]


def test_while_customers_are_being_counted_latecomers_wait_their_turn(store, desk, incident):
    put(desk, NEWCOMER)
    assert not joining.take_in(store, LATER, quiet=QUIET)
    assert latecomers.is_anybody_there(store)
    fan_out(store, LATER)
    take_in(store)
    assert is_exact(store, the_notice(store, incident.id)).audience == 5


def test_what_may_be_declined_is_not_pressed_on_a_newcomer(store, desk):
    promotion = a_window(kind=Kind.PROMOTION, component_ids=(), audience="holds:BTC", channels=BOTH)
    notice = the_notice(store, announce(desk, promotion, ANA, NOW).id)
    fan_out(store)
    deliver(store)
    put(desk, replace(NEWCOMER, channels={"email": False, "inapp": False}))
    take_in(store)
    assert what_became(store, notice, "hana") == {each: [("suppressed", "optout")] for each in BOTH}
    assert is_exact(store, notice).complete


def test_many_who_come_are_looked_at_in_bundles(store, desk, current):
    put(desk, *(replace(NEWCOMER, external_id=f"x-{n}", email=f"x{n}@mail.example") for n in range(30)))
    looks = 0
    while joining.take_in(store, LATER, quiet=QUIET, most=7):
        looks += 1
    assert looks == 5
    assert is_exact(store, current).audience == 34
    assert len(deliver(store, LATER)) == 60


def test_a_newcomer_is_left_to_sleep_where_the_words_can_wait(store, desk):
    incident = open_incident(desk, an_incident(statuses={"website": Status.DEGRADED}, channels=BOTH), ANA, NOW)
    fan_out(store)
    deliver(store)
    put(desk, replace(NEWCOMER, time_zone="Asia/Tokyo"))
    take_in(store, quiet=QuietRule(hours=read_hours("22:00-07:00")))
    sent = deliver(store, LATER)
    assert [each.channel for each in sent] == ["inapp"]
    morning = NOW.replace(hour=22)
    assert [(each.channel, each.because) for each in outbox.claim(store, "email", morning, lease=MINUTE)] == [
        ("email", "joined_late, quiet_hours")
    ]
    assert is_exact(store, the_notice(store, incident.id)).people.queued == 0


def test_a_newcomer_is_mailed_what_others_were_told_together(store):
    desk = acme(store, digest=DigestRule(enough=1, name={"en": "Several services have trouble"}))
    take_in(store)
    found = [open_incident(desk, an_incident(channels=BOTH, impact=Impact.MINOR), ANA, NOW) for _ in range(4)]
    run_waits(desk, CLOCK, LATER)
    fan_out(store, LATER)
    deliver(store, LATER)
    put(desk, NEWCOMER)
    take_in(store)
    sent = [(each.channel, notices.notice(store, each.notice_id).subject_kind) for each in deliver(store, LATER)]
    # What left by itself, and what was told together; the app shows each thing by itself.
    assert sorted(sent) == [("email", "digest"), ("email", "incident"), *[("inapp", "incident")] * 4]
    for each in found:
        is_exact(store, the_notice(store, each.id))
        over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
        update_incident(desk, each.id, over, ANA, LATER + MINUTE)
    fan_out(store, LATER + MINUTE)
    put(desk, replace(NEWCOMER, external_id="ines"), now=LATER + HOUR)
    take_in(store, LATER + HOUR)
    assert number_of(store, "ines") not in {each.customer_id for each in deliver(store, LATER + HOUR)}


def a_follower(desk, address, components=(), now=LATER):
    entry = SubscriberEntry(address=address, language="en", components=components)
    following.take_in(desk, entry, ANA, now, basis="they agreed")


def test_a_subscriber_who_comes_meanwhile_gets_what_is_current_once(store, desk, current):
    a_follower(desk, "eve@mail.example")
    a_follower(desk, "finn@mail.example", ("website",))
    take_in(store)
    sent = deliver(store, LATER, channels=("subscriber:email",))
    assert [(each.address, each.because) for each in sent] == [("eve@mail.example", "joined_late")]
    status = is_exact(store, current)
    assert status.subscribers == {"subscriber:email": Counts(sent=1)}
    (finn,) = [each["id"] for each in store.rows("SELECT id FROM subscribers ORDER BY id DESC LIMIT 1")]
    following.change(desk, finn, ("btc-withdrawals",), "en", ANA, LATER)
    take_in(store)
    assert [each.address for each in deliver(store, LATER, channels=("subscriber:email",))] == ["finn@mail.example"]
    following.change(desk, finn, (), "en", ANA, LATER)
    take_in(store)
    assert deliver(store, LATER, channels=("subscriber:email",)) == []
    assert is_exact(store, current).complete


def test_a_subscriber_with_a_customers_address_is_mailed_once(store, desk, current):
    a_follower(desk, "ada@mail.example")
    take_in(store)
    assert deliver(store, LATER, channels=("subscriber:email",)) == []
    assert is_exact(store, current).subscribers == {"subscriber:email": Counts(suppressed=1)}


def test_nobody_joins_what_is_older_than_it_is_of_use(store, desk, current):
    put(desk, NEWCOMER, now=NOW + 4 * DAY)
    take_in(store, NOW + 4 * DAY)
    assert "hana" not in told(store, current.subject_id)[-1]
    assert timedelta(hours=72) < 4 * DAY


NO_SUCH_MAILBOX = "address: 550 5.1.1 no such user"


def refuse(store, now=NOW, reason=NO_SUCH_MAILBOX):
    """What waits for mail fails, and its address is left alone, as the notifier does it."""
    for delivery in outbox.claim(store, "email", now, lease=MINUTE):
        outbox.mark(store, [replace(done(delivery, Outcome.FAILED), reason=reason)], now)
        customers.block_contact(store, delivery.customer_id, "email", "bounced", address=delivery.address)
    outbox.finish_notices(store)


def test_what_failed_for_its_address_goes_to_the_corrected_one_once(store, desk, incident):
    fan_out(store)
    refuse(store)
    deliver(store)
    take_in(store)
    notice = the_notice(store, incident.id)
    assert is_exact(store, notice).channels["email"] == Counts(failed=1, suppressed=3)
    put(desk, known("ada", email="ada.new@mail.example"))
    assert is_exact(store, notice).channels["email"] == Counts(failed=1, suppressed=3)
    take_in(store)
    assert is_exact(store, notice).channels["email"] == Counts(queued=1, suppressed=3)
    assert [each.address for each in deliver(store, LATER, channels=("email",))] == ["ada.new@mail.example"]
    assert is_exact(store, notice).channels["email"] == Counts(sent=1, suppressed=3)
    assert set(what_became(store, notice, "ada")["email"]) == {
        ("failed", NO_SUCH_MAILBOX),
        ("requeued", NO_SUCH_MAILBOX),
        ("accepted", "joined_late"),
    }
    put(desk, known("ada", email="ada.newest@mail.example"))
    take_in(store)
    assert deliver(store, LATER + HOUR) == []
    assert is_exact(store, notice).complete


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.EXPIRED, Outcome.SUPPRESSED, Outcome.CANCELLED])
def test_however_it_ends_at_the_corrected_address_it_is_one_delivery_and_tried_no_third_time(
    store, desk, incident, outcome
):
    fan_out(store)
    refuse(store)
    deliver(store)
    put(desk, known("ada", email="ada.new@mail.example"))
    take_in(store)
    if outcome is Outcome.FAILED:
        refuse(store, LATER)
    else:
        deliver(store, LATER, channels=("email",), outcome=outcome)
    notice = the_notice(store, incident.id)
    assert is_exact(store, notice).channels["email"] == Counts(failed=1, suppressed=3)
    put(desk, known("ada", email="ada.newest@mail.example"))
    take_in(store)
    assert deliver(store, LATER + HOUR) == []
    assert is_exact(store, notice).complete


def test_an_address_corrected_while_the_old_one_is_being_refused_is_not_blocked(store, desk, incident):
    fan_out(store)
    (delivery,) = outbox.claim(store, "email", NOW, lease=MINUTE)
    put(desk, known("ada", email="ada.new@mail.example"))
    take_in(store)
    failed = replace(done(delivery, Outcome.FAILED), reason=NO_SUCH_MAILBOX)
    outbox.mark(store, [failed], LATER)
    customers.block_contact(store, delivery.customer_id, "email", "bounced", address=delivery.address)
    take_in(store)
    assert [each.address for each in deliver(store, LATER, channels=("email",))] == ["ada.new@mail.example"]
    assert is_exact(store, the_notice(store, incident.id)).channels["email"] == Counts(sent=1, suppressed=3)


def test_the_end_goes_to_the_corrected_address_of_whoever_heard_nothing_of_it(store, desk):
    mail_only = open_incident(desk, an_incident(channels=("email",)), ANA, NOW)
    fan_out(store)
    deliver(store)
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
    update_incident(desk, mail_only.id, over, ANA, LATER)
    fan_out(store, LATER)
    refuse(store, LATER)
    put(desk, known("ada", email="ada.new@mail.example"))
    take_in(store)
    assert [each.address for each in deliver(store, LATER)] == ["ada.new@mail.example"]
    assert is_exact(store, the_notice(store, mail_only.id)).complete


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.EXPIRED])
def test_what_was_tried_and_failed_is_not_queued_again(store, desk, incident, outcome):
    fan_out(store)
    deliver(store, channels=("email",), outcome=outcome)
    deliver(store)
    put(desk, known("ada", email="ada.new@mail.example"))
    take_in(store)
    assert deliver(store, LATER + HOUR) == []

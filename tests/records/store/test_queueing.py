"""When members of an audience hear it, by which rule, and why some do not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from records.components import Status
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce, cancel, complete
from records.desk.tickets import link_tickets, record_ticket
from records.incidents import Stage
from records.maintenance import Kind
from records.notices import Outcome
from records.people import COMMAND_LINE
from records.quiet import QuietRule, read_hours
from records.store import fanout, ledger, notices, outbox, tickets
from records.store.notices import Counts
from records.store.rests import Resting
from records.tickets import TicketChannel, TicketEntry, TicketKind
from tests.cast import (
    ANA,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_window,
    acme,
    an_incident,
    deliver,
    fan_out,
    number_of,
    the_notice,
    told,
)

BOTH = ("email", "inapp")
#: 13:00 in London is ten in the evening in Tokyo and eight in the morning in New York.
QUIET = QuietRule(hours=read_hours("22:00-07:00"), zone="UTC")
MORNING_IN_TOKYO = NOW.replace(hour=22)
FAR = (
    CustomerEntry(external_id="keiko", email="keiko@mail.example", time_zone="Asia/Tokyo", tags=("holds:DOT",)),
    CustomerEntry(external_id="liam", email="liam@mail.example", time_zone="America/New_York", tags=("holds:DOT",)),
    CustomerEntry(external_id="mia", email="mia@mail.example", tags=("holds:DOT",)),
    CustomerEntry(
        external_id="noor", email="noor@mail.example", time_zone="Asia/Tokyo", tags=("holds:DOT",), quiet_hours="none"
    ),
    CustomerEntry(external_id="omar", email="omar@mail.example", tags=("holds:DOT",), quiet_hours="12:00-14:00"),
)


@pytest.fixture
def desk(store):
    desk = acme(store)
    put_customers(desk, list(FAR), COMMAND_LINE, NOW - DAY)
    return desk


def a_mild_one(**changes):
    plain = {"statuses": {"website": Status.DEGRADED}, "audience": "holds:DOT", "channels": BOTH}
    return an_incident(**{**plain, **changes})


def by_name(store, deliveries):
    names = {number_of(store, each.external_id): each.external_id for each in FAR}
    return {names[each.customer_id]: each.because for each in deliveries if each.channel == "email"}


def queue_quietly(store, now=NOW):
    for notice in fanout.unfinished_fanouts(store):
        while fanout.fan_out_chunk(store, notice, now, chunk=100, quiet=QUIET):
            pass


def test_mail_that_can_wait_waits_for_the_morning_where_the_customer_lives(store, desk):
    incident = open_incident(desk, a_mild_one(), ANA, NOW)
    queue_quietly(store)
    status = notices.status(store, the_notice(store, incident.id).id)
    assert status.channels == {"email": Counts(queued=5), "inapp": Counts(queued=5)}
    assert status.resting == Resting(count=2, first_at=NOW + HOUR, last_at=MORNING_IN_TOKYO)
    assert by_name(store, deliver(store)) == {"liam": "", "mia": "", "noor": ""}
    assert by_name(store, deliver(store, NOW + HOUR)) == {"omar": "quiet_hours"}
    assert by_name(store, deliver(store, MORNING_IN_TOKYO - MINUTE)) == {}
    assert by_name(store, deliver(store, MORNING_IN_TOKYO)) == {"keiko": "quiet_hours"}
    entry = next(each for each in ledger.of_customer(store, number_of(store, "keiko")) if each.channel == "email")
    assert (entry.outcome, entry.reason, entry.at) == (Outcome.ACCEPTED, "quiet_hours", MORNING_IN_TOKYO)
    done = notices.status(store, the_notice(store, incident.id).id)
    assert (done.complete, done.resting) == (True, None)


def test_words_of_a_grave_outage_wake_everybody(store, desk):
    open_incident(desk, a_mild_one(statuses={"website": Status.MAJOR_OUTAGE}), ANA, NOW)
    queue_quietly(store)
    assert set(by_name(store, deliver(store))) == {each.external_id for each in FAR}


@pytest.mark.parametrize(
    ("hours_ahead", "keiko"), [(96, "waits"), (72 + 9.5, "waits"), (72 + 9, "now"), (24, "now"), (2, "now")]
)
def test_an_announcement_waits_for_the_morning_only_while_its_legal_notice_is_kept(store, desk, hours_ahead, keiko):
    begin = NOW + timedelta(hours=hours_ahead)
    window = a_window(
        component_ids=("website",), audience="holds:DOT", channels=BOTH,
        scheduled_for=begin, scheduled_until=begin + HOUR,
    )  # fmt: skip
    announce(desk, window, ANA, NOW)
    queue_quietly(store)
    sent = by_name(store, deliver(store))
    assert sent.get("keiko", "waits") == ("waits" if keiko == "waits" else "too_late_after_quiet_hours")
    assert sent["liam"] == ""


def test_what_may_be_declined_is_not_sent_at_night_even_if_it_comes_too_late(store, desk):
    begin = NOW + 24 * HOUR
    event = a_window(
        kind=Kind.PROMOTION, component_ids=(), audience="holds:DOT", channels=("email",),
        scheduled_for=begin, scheduled_until=begin + HOUR,
    )  # fmt: skip
    notice = the_notice(store, announce(desk, event, ANA, NOW).id)
    queue_quietly(store)
    assert set(by_name(store, deliver(store))) == {"liam", "mia", "noor"}
    rows = {row.customer_id: (row.outcome, row.reason) for row in ledger.of_notice(store, notice.id)}
    assert rows[number_of(store, "keiko")] == (Outcome.SUPPRESSED, "quiet_hours")
    assert notices.status(store, notice.id).complete


def test_what_was_declined_but_must_be_said_goes_by_the_rule_that_it_must(store, desk):
    put_customers(desk, [replace(FAR[1], channels={"email": False, "inapp": False})], COMMAND_LINE, NOW)
    open_incident(desk, a_mild_one(), ANA, NOW)
    queue_quietly(store)
    assert by_name(store, deliver(store))["liam"] == "mandatory"


def end(desk, incident, now):
    entry = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
    return update_incident(desk, incident.id, entry, ANA, now)


def what_of(store, notice, ref):
    number = number_of(store, ref)
    return {(row.channel, row.outcome.value, row.reason) for row in ledger.of_notice(store, notice.id)
            if row.customer_id == number}  # fmt: skip


def test_who_slept_through_it_all_hears_neither_the_beginning_nor_the_end(store, desk):
    incident = open_incident(desk, a_mild_one(channels=("email",)), ANA, NOW)
    queue_quietly(store)
    deliver(store)
    opening = the_notice(store, incident.id)
    end(desk, incident, NOW + 2 * HOUR)
    queue_quietly(store, NOW + 2 * HOUR)
    assert set(by_name(store, deliver(store, NOW + 2 * HOUR))) == {"liam", "mia", "noor"}
    ended = the_notice(store, incident.id)
    assert told(store, incident.id)[0] == told(store, incident.id)[1]
    assert what_of(store, opening, "keiko") == {("email", "superseded", "superseded")}
    assert what_of(store, ended, "keiko") == {("email", "suppressed", "not_affected_any_more")}
    assert notices.status(store, opening.id).complete
    assert notices.status(store, ended.id).people == Counts(sent=3, suppressed=2)


def test_the_end_comes_by_the_way_of_the_beginning(store, desk):
    incident = open_incident(desk, a_mild_one(), ANA, NOW)
    queue_quietly(store)
    deliver(store)
    end(desk, incident, NOW + 2 * HOUR)
    queue_quietly(store, NOW + 2 * HOUR)
    deliver(store, NOW + 2 * HOUR)
    # The app told Keiko while she slept; a mail in the morning would speak of something she was never mailed about.
    ended = the_notice(store, incident.id)
    assert what_of(store, ended, "keiko") == {
        ("inapp", "accepted", ""),
        ("email", "suppressed", "not_affected_any_more"),
    }
    assert notices.status(store, ended.id).people == Counts(sent=5)


def test_who_heard_by_mail_hears_the_end_even_where_only_the_app_carries_it(store, desk):
    incident = open_incident(desk, a_mild_one(channels=("email",)), ANA, NOW)
    fan_out(store)
    deliver(store)
    entry = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."}, channels=("inapp",))
    update_incident(desk, incident.id, entry, ANA, NOW + HOUR)
    fan_out(store, NOW + HOUR)
    # All but Omar, who sleeps at noon.
    assert len(deliver(store, NOW + HOUR)) == 4


def test_what_is_on_its_way_counts_as_heard(store, desk):
    incident = open_incident(desk, a_mild_one(channels=("email",)), ANA, NOW)
    fan_out(store)
    on_their_way = outbox.claim(store, "email", NOW, lease=HOUR)
    end(desk, incident, NOW + MINUTE)
    fan_out(store, NOW + MINUTE)
    # All but Omar, who sleeps at noon.
    assert len(on_their_way) == len(deliver(store, NOW + MINUTE)) == 4


def test_whoever_wrote_to_support_hears_the_end_whatever_they_were_told(store, desk):
    incident = open_incident(desk, a_mild_one(channels=("email",)), ANA, NOW)
    queue_quietly(store)
    deliver(store)
    record_ticket(desk, a_ticket("keiko"), ANA, NOW)
    link_tickets(desk, incident.id, tickets.Filter(limit=10), ANA, NOW)
    end(desk, incident, NOW + 2 * HOUR)
    queue_quietly(store, NOW + 2 * HOUR)
    deliver(store, NOW + 2 * HOUR)
    assert "keiko" in by_name(store, deliver(store, MORNING_IN_TOKYO))


def a_ticket(ref):
    return TicketEntry(
        external_id="T-1",
        system="freshdesk",
        requester=ref,
        channel=TicketChannel.EMAIL,
        kind=TicketKind.REQUEST,
        topic="website",
        subject="Is it down?",
        text="",
        created_at=NOW,
        resolved_at=None,
    )


def test_nobody_hears_that_a_window_is_off_who_never_heard_that_it_was_on(store, desk):
    window = announce(desk, a_window(component_ids=("website",), audience="holds:DOT", channels=BOTH), ANA, NOW)
    put_customers(
        desk,
        [CustomerEntry(external_id="pia", email="pia@mail.example", tags=("holds:DOT",))],
        COMMAND_LINE,
        NOW + HOUR,
    )
    fan_out(store)
    deliver(store)
    cancel(desk, window.id, ANA, NOW + 2 * HOUR)
    fan_out(store, NOW + 2 * HOUR)
    called_off = the_notice(store, window.id)
    assert {reason for _, _, reason in what_of(store, called_off, "pia")} == {"not_affected_any_more"}
    # Omar, who sleeps at noon, heard of it in the app only.
    assert len(deliver(store, NOW + 2 * HOUR)) == 9


def test_an_end_that_is_the_first_word_goes_to_everybody(store, desk):
    window = announce(desk, a_window(component_ids=("website",), audience="holds:DOT", channels=()), ANA, NOW)
    store.run("UPDATE maintenances SET channels = :channels, state = 'in_progress'", channels='["inapp"]')
    complete(desk, window.id, ANA, NOW + HOUR)
    fan_out(store, NOW + HOUR)
    assert len(deliver(store, NOW + HOUR)) == 5


def test_words_that_are_outdated_before_all_are_queued_give_way(store, desk):
    incident = open_incident(desk, a_mild_one(channels=("inapp",)), ANA, NOW)
    opening = the_notice(store, incident.id)
    fanout.fan_out_chunk(store, opening, NOW, chunk=9)
    update_incident(desk, incident.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "We know."}), ANA, NOW)
    fan_out(store)
    assert notices.status(store, opening.id).people == Counts(suppressed=5)
    assert {each.notice_id for each in deliver(store)} == {the_notice(store, incident.id).id}
    assert ledger.verify(store).faults == ()

"""The ledger: what each customer was told, provable, never changed."""

import pytest

from records.desk.incidents import open_incident
from records.errors import Conflict
from records.notices import LedgerEntry, Outcome
from records.store import ledger, notices, outbox
from records.store.notices import Counts
from tests.cast import ANA, HOUR, MINUTE, NOW, SECOND, acme, an_incident, deliver, done, fan_out, number_of, the_notice


@pytest.fixture
def notice(store):
    incident = open_incident(acme(store), an_incident(), ANA, NOW)
    fan_out(store)
    return the_notice(store, incident.id)


def test_a_healthy_ledger_proves_itself_at_every_step(store, notice):
    assert ledger.verify(store) == ledger.Proof(rows=3, notices=1, faults=())
    deliver(store, channels=("inapp",))
    assert ledger.verify(store) == ledger.Proof(rows=7, notices=1, faults=())
    deliver(store)
    assert ledger.verify(store) == ledger.Proof(rows=9, notices=1, faults=())


def test_an_empty_ledger_is_in_order(store):
    assert ledger.verify(store) == ledger.Proof(rows=0, notices=0, faults=())


def test_a_delivery_that_vanished_is_found(store, notice):
    ada = number_of(store, "ada")
    store.run("DELETE FROM deliveries WHERE customer_id = :ada AND channel = 'inapp'", ada=ada)
    assert ledger.verify(store).faults == (f"notice {notice.id}, inapp: audience 4, accounted for 3",)
    status = notices.status(store, notice.id)
    assert not status.sums_match
    assert status.people.total == 4, "ada still has her mail queued: only the channel's sum tells"
    deliver(store)
    assert not notices.status(store, notice.id).complete


def test_a_whole_channel_that_vanished_is_found(store, notice):
    store.run("DELETE FROM deliveries WHERE channel <> 'email'")
    assert ledger.verify(store).faults == (
        f"notice {notice.id}, inapp: audience 4, accounted for 0",
        f"notice {notice.id}, social:acme: audience 1, accounted for 0",
    )


def test_a_customer_who_was_counted_but_is_not_kept_is_found(store, notice):
    store.run("UPDATE fanouts SET matched = matched + 1")
    assert ledger.verify(store).faults == (f"notice {notice.id}: 5 customers were counted, 4 are kept",)


def test_a_delivery_that_is_both_settled_and_queued_is_found(store, notice):
    (delivery,) = outbox.claim(store, "email", NOW, lease=MINUTE)
    entry = LedgerEntry(
        customer_id=delivery.customer_id, at=NOW, notice_id=notice.id, version=1, channel="email",
        outcome=Outcome.FAILED, reason="", language="en", sha256="", attempts=1,
    )  # fmt: skip
    ledger.note(store, [entry])
    assert ledger.verify(store).faults == (f"notice {notice.id}, email: audience 4, accounted for 5",)


def test_words_that_were_sent_but_not_kept_are_found(store, notice):
    claimed = outbox.claim(store, "inapp", NOW, lease=MINUTE)
    outbox.mark(store, [done(each) for each in claimed], NOW)
    assert ledger.verify(store).faults == (f"notice {notice.id}: 4 rows name words that are not kept",)


def test_frozen_words_stay_as_they_were(store, notice):
    first = notices.Text(language="en", form="short", content="first", sha256="1")
    notices.keep_texts(store, notice.id, 1, [first], NOW)
    notices.keep_texts(store, notice.id, 1, [notices.Text(language="en", form="short", content="2", sha256="2")], NOW)
    assert notices.texts(store, notice.id, 1, "en") == {"short": first}
    assert notices.texts(store, notice.id, 1, "fr") == {}


def test_one_customer_sees_everything_newest_first(store, notice):
    carmen = number_of(store, "carmen")
    deliver(store, NOW + SECOND)
    ledger.note_seen(store, carmen, notice.id, Outcome.DISPLAYED, NOW + MINUTE)
    found = [(entry.channel, entry.outcome, entry.reason) for entry in ledger.of_customer(store, carmen)]
    assert found == [
        ("inapp", Outcome.DISPLAYED, ""),
        ("inapp", Outcome.ACCEPTED, ""),
        ("email", Outcome.SUPPRESSED, "no_address"),
    ]
    assert [entry.outcome for entry in ledger.of_customer(store, carmen, limit=1)] == [Outcome.DISPLAYED]
    assert ledger.of_customer(store, number_of(store, "gus")) == []


def test_a_notices_rows_come_in_pages_and_none_is_missed(store, notice):
    deliver(store)
    for ref in ("ada", "carmen", "dmitri"):
        ledger.note_seen(store, number_of(store, ref), notice.id, Outcome.DISPLAYED, NOW + MINUTE)
        ledger.note_seen(store, number_of(store, ref), notice.id, Outcome.DISMISSED, NOW + MINUTE)
    everything = ledger.of_notice(store, notice.id)
    assert len(everything) == 15
    for limit in (1, 2, 3, 7):
        pages, after = [], (-1, "")
        while page := ledger.of_notice(store, notice.id, after=after, limit=limit):
            pages += page
            after = (page[-1].customer_id, page[-1].channel)
        assert pages == everything


def test_seeing_a_notice_twice_is_noted_once_with_the_first_time(store, notice):
    deliver(store)
    ada = number_of(store, "ada")
    for minute in (1, 2):
        ledger.note_seen(store, ada, notice.id, Outcome.DISPLAYED, NOW + minute * MINUTE)
    seen = [entry for entry in ledger.of_customer(store, ada) if entry.outcome is Outcome.DISPLAYED]
    assert [(entry.at, entry.language) for entry in seen] == [(NOW + MINUTE, "en")]


def test_what_is_known_later_does_not_change_the_sums(store, notice):
    deliver(store)
    before = notices.status(store, notice.id)
    ledger.note_seen(store, number_of(store, "ada"), notice.id, Outcome.DISPLAYED, NOW + HOUR)
    assert notices.status(store, notice.id) == before
    assert before.people == Counts(sent=4)


@pytest.mark.parametrize("ref", ["gus", "ada"])
def test_what_was_never_offered_cannot_be_seen(store, notice, ref):
    """gus is not in the audience; ada's delivery still waits."""
    with pytest.raises(Conflict, match="was not shown to this customer in the app"):
        ledger.note_seen(store, number_of(store, ref), notice.id, Outcome.DISPLAYED, NOW)

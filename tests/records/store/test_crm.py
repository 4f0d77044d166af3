"""What befalls customers waits for the other system: in order, the same post until it is taken, nothing forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from records.crm import EVENTS, Event
from records.ids import new_id
from records.notices import LedgerEntry, Outcome
from records.store import crm, customers, fanout, ledger, outbox
from tests.notifier.cast import NOW, a_notice, add_customers, queue
from tests.server.telling import carry, fan_out

ALL = 500


def tell(store, count=3, **changes):
    """A notice to everybody, mailed."""
    add_customers(store, count, NOW)
    notice = queue(store, a_notice(id=new_id(), verify_code=new_id(), **changes), NOW)
    fan_out(store, NOW)
    carry(store, "email", NOW)
    return notice


def entry(notice, customer_id, outcome, channel="email", at=NOW):
    return LedgerEntry(
        customer_id=customer_id, at=at, notice_id=notice.id, version=1, channel=channel, outcome=outcome,
        reason="", language="en", sha256="", attempts=1,
    )  # fmt: skip


def kinds(batch):
    return sorted((one.external_id, one.what) for one in batch.events)


def standing(store):
    found = crm.standing(store)
    assert found is not None
    return found


def first_batch(store, now=NOW):
    found = crm.next_batch(store, now, limit=ALL)
    assert found is not None
    return found


def take_all(store, now=NOW, limit=ALL):
    """Take batch after batch; all their events in order."""
    found: list[Event] = []
    while (batch := crm.next_batch(store, now, limit=limit)) is not None:
        found += batch.events
        assert crm.settle(store, batch, "200", now, limit=limit)
    return found


def test_without_another_system_nothing_is_kept_for_it(store):
    tell(store)
    assert crm.standing(store) is None
    crm.follow(store, EVENTS)
    assert standing(store).waiting == 0
    assert crm.next_batch(store, NOW, limit=ALL) is None


def test_each_customer_of_a_notice_is_noticed_and_then_told_of(store):
    crm.follow(store, EVENTS)
    notice = tell(store)
    batch = first_batch(store)
    assert kinds(batch) == [(f"c-{number}", what) for number in range(3) for what in ("accepted", "noticed")]
    assert [one.what for one in batch.events] == ["noticed"] * 3 + ["accepted"] * 3
    assert [one.id for one in batch.notices] == [notice.id]
    assert batch.notices[0].name["en"] == "Bitcoin withdrawals are delayed"
    assert batch.events[-1].attempts == 1
    assert {one.at for one in batch.events} == {NOW}


def test_what_comes_later_follows_and_keys_tell_everything_apart(store):
    crm.follow(store, EVENTS)
    notice = tell(store, 1)
    number = customers.customer(store, "c-0").id
    ledger.note(store, [entry(notice, number, Outcome.BOUNCED)])
    ledger.note(store, [entry(notice, number, Outcome.BOUNCED)])
    events = take_all(store)
    assert [one.what for one in events] == ["noticed", "accepted", "bounced"]
    assert len({one.key for one in events}) == 3
    assert events[-1].key == f"{notice.id}.1.{number}.email.bounced"


def test_only_what_was_asked_for_waits(store):
    crm.follow(store, ["bounced"])
    notice = tell(store, 1)
    number = customers.customer(store, "c-0").id
    assert crm.next_batch(store, NOW, limit=ALL) is None
    ledger.note(store, [entry(notice, number, Outcome.BOUNCED)])
    assert kinds(first_batch(store)) == [("c-0", "bounced")]


def test_posts_to_the_public_and_subscribers_are_no_customers(store):
    crm.follow(store, EVENTS)
    notice = tell(store, 1)
    take_all(store)
    ledger.note(store, [entry(notice, 0, Outcome.ACCEPTED, "social:x")])
    ledger.note(store, [entry(notice, 7, Outcome.ACCEPTED, "subscriber:email")])
    assert crm.next_batch(store, NOW, limit=ALL) is None


def test_why_nothing_was_sent_is_told_too(store):
    crm.follow(store, EVENTS)
    add_customers(store, 1, NOW)
    customers.block_contact(store, customers.customer(store, "c-0").id, "email", "bounced")
    queue(store, a_notice(), NOW)
    fan_out(store, NOW)
    suppressed = take_all(store)[-1]
    assert (suppressed.what, suppressed.reason, suppressed.channel) == ("suppressed", "bounced", "email")


def test_a_batch_stays_the_same_until_it_is_taken_whatever_comes_meanwhile(store):
    crm.follow(store, EVENTS)
    notice = tell(store)
    first = crm.next_batch(store, NOW, limit=4)
    assert first is not None
    ledger.note(store, [entry(notice, customers.customer(store, "c-0").id, Outcome.DISPLAYED, "inapp")])
    assert crm.next_batch(store, NOW, limit=ALL) == first
    assert crm.settle(store, first, "200", NOW, limit=4)
    assert not crm.settle(store, first, "200", NOW, limit=4)
    assert [one.what for one in take_all(store)] == ["accepted", "accepted", "displayed"]
    assert standing(store).taken == 7


def test_what_was_not_taken_comes_again_when_it_is_time(store):
    crm.follow(store, EVENTS)
    tell(store, 1)
    batch = first_batch(store)
    later = NOW + timedelta(minutes=1)
    crm.put_off(store, batch, later, "503", NOW)
    assert crm.next_batch(store, NOW, limit=ALL) is None
    found = standing(store)
    assert (found.waiting, found.failures, found.code, found.due_at) == (2, 1, "503", later)
    again = crm.next_batch(store, later, limit=ALL)
    assert again == replace(batch, attempts=1)


def test_a_batch_that_is_refused_is_halved_until_the_one_event_is_found(store):
    crm.follow(store, EVENTS)
    tell(store, 4)
    bad = first_batch(store).events[5].key
    taken, now = [], NOW
    while (batch := crm.next_batch(store, now, limit=ALL)) is not None:
        if any(one.key == bad for one in batch.events):
            assert crm.part(store, batch, "422", now)
        else:
            taken += [one.key for one in batch.events]
            crm.settle(store, batch, "200", now, limit=ALL)
    assert len(taken) == len(set(taken)) == 7
    assert bad not in taken
    assert standing(store).refused == 1
    assert crm.take_up(store) == 1
    assert [one.key for one in take_all(store)] == [bad]


def test_a_system_that_refuses_every_single_event_loses_none(store):
    crm.follow(store, EVENTS)
    tell(store, 6)
    refused = 0
    while (batch := crm.next_batch(store, NOW, limit=1)) is not None and crm.part(store, batch, "400", NOW):
        refused += 1
    assert refused == crm.MOST_REFUSED
    assert batch is not None
    assert len(batch.events) == 1
    assert crm.take_up(store) == crm.MOST_REFUSED
    assert len(take_all(store)) == 12


def test_the_ledger_is_told_again_under_the_same_keys(store):
    crm.follow(store, EVENTS)
    tell(store)
    before = {one.key for one in take_all(store)}
    assert crm.replay(store, NOW + timedelta(seconds=1))[0] == 0
    queued, last = crm.replay(store, NOW)
    assert (queued, last) == (6, max(customers.customer(store, f"c-{number}").id for number in range(3)))
    assert last is not None
    assert crm.replay(store, NOW, after=last) == (0, None)
    again = take_all(store)
    assert {one.key for one in again} == before
    for ref in ("c-0", "c-1", "c-2"):
        assert [one.what for one in again if one.external_id == ref] == ["noticed", "accepted"]


def test_what_waits_too_long_is_let_go_and_counted(store):
    crm.follow(store, EVENTS)
    tell(store, 1)
    batch = first_batch(store)
    assert crm.forget(store, NOW) == 0
    assert crm.forget(store, NOW + timedelta(seconds=1)) == 2
    assert standing(store).dropped == 2
    assert not [one for one in take_all(store) if one in batch.events]


def test_a_system_that_is_gone_leaves_nothing_behind(store):
    crm.follow(store, EVENTS)
    tell(store, 1)
    crm.leave(store)
    crm.follow(store, EVENTS)
    assert standing(store).waiting == 0
    assert crm.next_batch(store, NOW, limit=ALL) is None


def test_an_event_is_written_with_what_it_tells_of_or_not_at_all(store):
    crm.follow(store, EVENTS)
    notice = tell(store, 1)
    take_all(store)
    dismissed = entry(notice, customers.customer(store, "c-0").id, Outcome.DISMISSED, "inapp")
    with pytest.raises(ZeroDivisionError):
        _note_and_fail(store, dismissed)
    assert crm.next_batch(store, NOW, limit=ALL) is None


def _note_and_fail(store, row):
    with store.tx():
        ledger.note(store, [row])
        raise ZeroDivisionError


def test_deliveries_that_are_cancelled_in_a_mass_are_told_one_by_one(store):
    crm.follow(store, ["cancelled"])
    add_customers(store, 3, NOW)
    notice = queue(store, a_notice(), NOW)
    while fanout.fan_out_chunk(store, notice, NOW):
        pass
    outbox.settle_unclaimed(store, notice.id, Outcome.CANCELLED, "by ana", NOW)
    assert kinds(first_batch(store)) == [(f"c-{number}", "cancelled") for number in range(3)]


def test_who_left_costs_the_ledger_nothing_and_may_come_back(store, engine):
    crm.follow(store, EVENTS)
    crm.follow(store, EVENTS)
    crm.leave(store)
    triggers = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'crm%'",
        "postgres": "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'crm%'",
    }
    assert store.rows(triggers[engine]) == []
    tell(store, 1)
    crm.follow(store, EVENTS)
    assert standing(store).waiting == 0
    tell(store, 2)
    assert standing(store).waiting == 4

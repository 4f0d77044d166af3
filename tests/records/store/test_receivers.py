"""Receivers hear in order, one thing at a time, and fare as they do."""

from datetime import timedelta

import pytest

from records.components import Status
from records.desk import subscribers as deeds
from records.notices import Outcome
from records.people import VISITOR
from records.store import outbox, receivers, subscribers
from records.subscribers import SubscriberKind, SubscriberState
from tests.cast import DAY, HOUR, MINUTE, NOW, acme
from tests.followers import follow

LEASE = MINUTE
WEBHOOK, ROOM = SubscriberKind.WEBHOOK, SubscriberKind.SLACK


@pytest.fixture
def desk(store):
    return acme(store)


def hook(desk, name="one", *component_ids, kind=WEBHOOK):
    return follow(desk, f"https://hooks.example/{name}", *component_ids, kind=kind)


def change(desk, component_id="website", now=NOW, after=Status.DEGRADED):
    with desk.deed():
        receivers.note_change(desk.store, component_id, Status.OPERATIONAL, after, now)


def claimed(desk, now=NOW):
    found = receivers.claim(desk.store, now, lease=LEASE)
    return [(one.subscriber_id, one.change.id) for one in found], found


def test_each_webhook_is_told_of_one_change_after_the_other(desk):
    one, two = hook(desk, "one"), hook(desk, "two")
    follow(desk, "gwen@mail.example")
    hook(desk, "room", kind=ROOM)
    change(desk)
    change(desk, "trading")
    keys, (first, second) = claimed(desk)
    assert keys == [(one.id, 1), (two.id, 1)]
    assert first.secret != second.secret != ""
    assert claimed(desk)[0] == []
    assert receivers.settle(desk.store, first, "200", NOW)
    assert claimed(desk)[0] == [(one.id, 2)]


def test_only_what_is_followed_is_told(desk):
    group, row = hook(desk, "group", "bitcoin"), hook(desk, "row", "btc-withdrawals")
    change(desk, "website")
    change(desk, "btc-deposits")
    change(desk, "btc-withdrawals")
    assert claimed(desk)[0] == [(group.id, 2), (row.id, 3)]


def test_what_a_dead_process_had_taken_is_told_again_as_the_same_thing(desk):
    one = hook(desk)
    change(desk)
    _, (told,) = claimed(desk)
    assert claimed(desk, NOW + LEASE)[0] == [(one.id, 1)]
    assert not receivers.settle(desk.store, told, "200", NOW + LEASE)


def test_what_is_put_off_holds_up_what_comes_after_it(desk):
    one = hook(desk)
    change(desk)
    change(desk, "trading")
    _, (told,) = claimed(desk)
    assert receivers.put_off(desk.store, told, NOW + 5 * MINUTE, "500", NOW, attempts=1)
    assert claimed(desk, NOW + 4 * MINUTE)[0] == []
    keys, (again,) = claimed(desk, NOW + 5 * MINUTE)
    assert keys == [(one.id, 1)]
    assert again.attempts == 1
    receivers.settle(desk.store, again, "200", NOW)
    _, (second,) = claimed(desk, NOW + 6 * MINUTE)
    assert (second.change.id, second.attempts) == (2, 0)


def test_nobody_hears_of_what_was_before_them_or_is_of_no_use_any_more(desk):
    change(desk, now=NOW - 2 * DAY)
    late = follow(desk, "https://hooks.example/late", kind=WEBHOOK, now=NOW - DAY)
    assert claimed(desk)[0] == []
    change(desk, now=NOW)
    assert claimed(desk, NOW + receivers.USEFUL_FOR + MINUTE)[0] == []
    assert claimed(desk)[0] == [(late.id, 2)]
    change(desk, now=NOW + 4 * DAY)
    assert [row["id"] for row in desk.store.rows("SELECT id FROM component_changes")] == [3]


def test_failures_count_until_something_is_taken(desk):
    one = hook(desk)
    assert [receivers.note_failure(desk.store, one.id) for _ in range(2)] == [1, 2]
    receivers.note_taken(desk.store, [one.id])
    assert receivers.note_failure(desk.store, one.id) == 1


def test_lifted_it_begins_anew_and_what_changed_meanwhile_is_not_told_late(desk):
    one = hook(desk)
    receivers.note_failure(desk.store, one.id)
    deeds.quarantine(desk, one.id, "failing", VISITOR, NOW)
    change(desk)
    assert claimed(desk)[0] == []
    assert deeds.lift(desk, one.id, VISITOR, NOW).state is SubscriberState.CONFIRMED
    assert claimed(desk)[0] == []
    change(desk, "trading")
    assert claimed(desk)[0] == [(one.id, 2)]
    assert receivers.note_failure(desk.store, one.id) == 1


def test_whoever_leaves_leaves_nothing_behind(desk):
    one = hook(desk)
    change(desk)
    _, (told,) = claimed(desk)
    deeds.unsubscribe(desk, one.id, VISITOR, NOW)
    assert not receivers.settle(desk.store, told, "200", NOW)
    assert desk.store.rows("SELECT * FROM receivers") == []
    assert subscribers.contact(desk.store, one.id) is None


def deliver(store, notice_id, who, kind, created, lane=1):
    store.run(
        """
        INSERT INTO deliveries (notice_id, version, customer_id, channel, language, lane, due_at, lease, attempts,
            state, useful_until, created_at)
        VALUES (:notice_id, 1, :who, :channel, 'en', :lane, 0, 0, 0, 'queued', :until, :created)
        """,
        notice_id=notice_id, who=who.id, channel=kind.channel, lane=lane, until=4 * 10**12, created=created,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [WEBHOOK, ROOM])
def test_a_receiver_gets_a_later_notice_only_when_the_earlier_one_is_settled(desk, kind):
    one, two = hook(desk, "one", kind=kind), hook(desk, "two", kind=kind)
    deliver(desk.store, "b", one, kind, 1)
    deliver(desk.store, "a", one, kind, 2, lane=0)
    deliver(desk.store, "c", one, kind, 2)
    deliver(desk.store, "c", two, kind, 3)
    order, now = [], NOW
    while found := outbox.claim(desk.store, kind.channel, now, lease=LEASE):
        assert outbox.claim(desk.store, kind.channel, now, lease=LEASE) == []
        order += [[(each.notice_id, each.customer_id) for each in found]]
        marks = [outbox.Mark(delivery=each, outcome=Outcome.ACCEPTED) for each in found]
        outbox.mark(desk.store, marks, now)
        assert all(bool(each.secret) == (kind is WEBHOOK) for each in found)
    assert [sorted(each) for each in order] == [
        sorted([("b", one.id), ("c", two.id)]), [("a", one.id)], [("c", one.id)]
    ]  # fmt: skip


def test_a_secret_is_in_no_repr(desk):
    one = hook(desk)
    change(desk)
    deliver(desk.store, "a", one, WEBHOOK, 1)
    (delivery,) = outbox.claim(desk.store, WEBHOOK.channel, NOW + timedelta(0), lease=HOUR)
    _, (told,) = claimed(desk)
    assert delivery.secret == told.secret != ""
    assert told.secret not in f"{delivery!r}{told!r}"


def test_for_a_day_after_a_new_secret_the_old_one_signs_beside_it(desk):
    one = hook(desk)
    before = subscribers.contact(desk.store, one.id)
    assert before is not None
    new = deeds.renew_secret(desk, one.id, VISITOR, NOW)
    change(desk, now=NOW)
    change(desk, "trading", now=NOW)
    (told,) = claimed(desk, NOW)[1]
    assert told.secret == f"{new} {before.secret}"
    assert receivers.settle(desk.store, told, "200", NOW)
    (told,) = claimed(desk, NOW + DAY)[1]
    assert told.secret == new


def test_of_an_address_that_was_erased_no_secret_is_left(desk):
    one = hook(desk)
    deeds.renew_secret(desk, one.id, VISITOR, NOW)
    deeds.unsubscribe(desk, one.id, VISITOR, NOW)
    assert desk.store.rows("SELECT * FROM old_secrets") == []

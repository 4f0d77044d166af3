"""What is due is taken in turns: urgent ones first, then each notice its share."""

from datetime import timedelta

import pytest

from records.ids import new_id
from records.notices import Lane
from records.store import claims, fanout, outbox
from tests.notifier.cast import NOW, a_notice, add_customers, queue

LEASE = timedelta(minutes=1)


def _queued(store, lane=Lane.NORMAL, now=NOW, audience="everyone"):
    notice_id = new_id()
    notice = queue(store, a_notice(id=notice_id, verify_code=notice_id.upper(), lane=lane, audience_rule=audience), now)
    while fanout.fan_out_chunk(store, notice, now):
        pass
    return notice


def _claimed(store, limit, now=NOW):
    return [one.notice_id for one in claims.claim(store, "email", now, lease=LEASE, limit=limit)]


@pytest.fixture
def crowd(store):
    add_customers(store, 120, NOW)
    return store


def test_a_small_notice_gets_its_share_beside_a_large_one_that_came_before(crowd):
    large, small = _queued(crowd), _queued(crowd, now=NOW + timedelta(seconds=1))
    taken = _claimed(crowd, 6, NOW + timedelta(seconds=2))
    assert [set(taken[at : at + 2]) for at in (0, 2, 4)] == [{large.id, small.id}] * 3


def test_what_one_notice_leaves_of_its_share_others_get(crowd):
    large = _queued(crowd)
    small = _queued(crowd)
    crowd.run(
        "DELETE FROM deliveries WHERE notice_id = :id AND customer_id NOT IN (SELECT id FROM customers LIMIT 2)",
        id=small.id,
    )
    taken = _claimed(crowd, 20)
    assert (taken.count(small.id), taken.count(large.id)) == (2, 18)
    assert set(taken[:4]) == {large.id, small.id}


def test_urgent_ones_come_before_all_others_whenever_they_were_queued(crowd):
    bulk, normal, urgent = _queued(crowd, Lane.BULK), _queued(crowd), _queued(crowd, Lane.URGENT)
    taken = _claimed(crowd, 300)
    assert taken == [urgent.id] * 120 + [normal.id] * 120 + [bulk.id] * 60


def test_more_notices_than_room_all_get_their_turn_in_time(crowd):
    many = {_queued(crowd).id for _ in range(12)}
    seen: set[str] = set()
    for _ in range(200):
        seen.update(_claimed(crowd, 3))
    assert seen == many


def test_one_that_somebody_had_and_never_spoke_of_again_is_known_as_such_until_it_is_tried(crowd):
    _queued(crowd, audience="customer:c-1")
    (first,) = claims.claim(crowd, "email", NOW, lease=LEASE)
    assert not first.is_taken_over
    for minutes in (2, 4):
        now = NOW + minutes * LEASE
        (again,) = claims.claim(crowd, "email", now, lease=LEASE)
        assert again.is_taken_over
        outbox.mark(crowd, [outbox.Mark(delivery=again, outcome=None, due_at=now)], now)
    (last,) = claims.claim(crowd, "email", NOW + 4 * LEASE, lease=LEASE)
    tried = outbox.Attempt(phase="connect")
    outbox.mark(crowd, [outbox.Mark(delivery=last, outcome=None, due_at=NOW + 4 * LEASE, attempt=tried)], NOW)
    assert not claims.claim(crowd, "email", NOW + 4 * LEASE, lease=LEASE)[0].is_taken_over


def test_a_notice_that_waits_for_later_takes_no_share(crowd):
    put_off, ready = _queued(crowd), _queued(crowd)
    crowd.run("UPDATE deliveries SET due_at = due_at + 60000 WHERE notice_id = :id", id=put_off.id)
    assert _claimed(crowd, 10) == [ready.id] * 10
    assert claims.next_due(crowd, "email") == NOW
    assert claims.due_channels(crowd, NOW) == ["email"]

"""How soon deliveries are handed over is added up as they are settled."""

from datetime import timedelta

from records.ids import new_id
from records.notices import Lane, Outcome
from records.store import handovers, outbox
from tests.notifier.cast import NOW, a_notice, add_customers, queue
from tests.server.telling import carry, fan_out


def tell(store, after, outcome=Outcome.ACCEPTED, lane=Lane.URGENT):
    """A notice that is handed over so long after it was let go."""
    notice = queue(store, a_notice(id=new_id(), verify_code=new_id(), lane=lane), NOW)
    fan_out(store, NOW + timedelta(seconds=1))
    carry(store, "email", NOW + after, outcome)
    return notice


def test_the_time_counts_from_the_moment_at_which_a_notice_was_let_go(store):
    add_customers(store, 20, NOW)
    tell(store, timedelta(seconds=8))
    (found,) = handovers.since(store, NOW)
    assert (found.channel, found.lane, found.total) == ("email", Lane.URGENT, 20)
    half = found.within_seconds(0.5)
    assert half is not None
    assert 5 < half < 10
    assert found.sum_ms == 20 * 8_000


def test_lanes_are_told_apart_and_failures_count_as_movement_only(store):
    add_customers(store, 2, NOW)
    tell(store, timedelta(seconds=2))
    tell(store, timedelta(seconds=40), lane=Lane.BULK)
    tell(store, timedelta(seconds=50), Outcome.FAILED)
    assert [(one.lane, one.total) for one in handovers.since(store, NOW)] == [(Lane.URGENT, 2), (Lane.BULK, 2)]
    assert handovers.last_moves(store) == {"email": NOW + timedelta(seconds=50)}


def test_hours_go_and_the_sum_since_ever_stays(store):
    add_customers(store, 1, NOW)
    tell(store, timedelta(seconds=2))
    later = NOW + timedelta(hours=2)
    assert handovers.since(store, later) == []
    assert handovers.forget(store, later) == 1
    assert handovers.since(store, NOW) == []
    assert [one.total for one in handovers.ever(store)] == [1]


def test_what_somebody_else_has_settled_is_not_counted_twice(store):
    add_customers(store, 1, NOW)
    queue(store, a_notice(), NOW)
    fan_out(store, NOW)
    (one,) = outbox.claim(store, "email", NOW, lease=timedelta(minutes=1))
    mark = outbox.Mark(delivery=one, outcome=Outcome.ACCEPTED, attempt=outbox.Attempt(phase="dot"))
    assert outbox.mark(store, [mark], NOW) == 1
    assert outbox.mark(store, [mark], NOW) == 0
    assert [one.total for one in handovers.ever(store)] == [1]


def test_a_delivery_that_waited_for_the_customers_morning_is_not_late(store):
    add_customers(store, 1, NOW)
    queue(store, a_notice(), NOW)
    fan_out(store, NOW)
    store.run("UPDATE deliveries SET because = 'quiet_hours'")
    carry(store, "email", NOW + timedelta(hours=9))
    assert handovers.ever(store) == []
    assert handovers.last_moves(store) == {"email": NOW + timedelta(hours=9)}


def test_whoever_came_into_the_audience_later_is_counted_from_then(store):
    add_customers(store, 1, NOW)
    queue(store, a_notice(), NOW)
    fan_out(store, NOW)
    late = NOW + timedelta(minutes=30)
    store.run("UPDATE deliveries SET created_at = :at", at=int(late.timestamp() * 1000))
    carry(store, "email", late + timedelta(seconds=4))
    (found,) = handovers.ever(store)
    assert found.sum_ms == 4_000

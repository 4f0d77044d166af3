"""Buckets in the store: asked once for a whole claim, kept over restarts, shared by processes."""

import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from records.customers import CustomerEntry
from records.ids import new_id
from records.notices import Lane
from records.store import claims, customers, fanout, meta, pacing, throttles
from records.store.engine import open_store
from records.store.pacing import Pull
from records.throttles import Limit, Limits, Slowing, Why
from records.times import now_utc, to_ms
from tests.notifier.cast import NOW, a_notice, queue

_ROOT = Path(__file__).parents[3]
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
FREE = Limits(bucket="email")
TEN_A_SECOND = Limits(bucket="email", channel=Limit(rate_per_second=10))
GOOGLE_TEN = Limits(bucket="email", operators={"google": Limit(rate_per_second=10)})


def _people(store, *addresses):
    with store.tx():
        for number, address in enumerate(addresses):
            entry = CustomerEntry(external_id=f"c-{number}", email=address, language="en")
            customers.put(store, entry, default_language="en", now=NOW)


def _mixed(store, of_each):
    _people(
        store,
        *(f"g{number}@gmail.com" for number in range(of_each)),
        *(f"m{number}@hotmail.fr" for number in range(of_each)),
    )


def _queued(store, lane=Lane.NORMAL, now=NOW):
    notice_id = new_id()
    notice = queue(store, a_notice(id=notice_id, verify_code=notice_id.upper(), lane=lane), now)
    while fanout.fan_out_chunk(store, notice, now):
        pass
    return notice


def _pull(store, now=NOW, limits=FREE, most=500, in_hand=None):
    return pacing.pull(
        store,
        Pull(channel="email", now=now, lease=MINUTE, most=most, limits=limits, ahead=SECOND / 2, in_hand=in_hand or {}),
    )


def _operators(deliveries):
    return Counter("google" if each.address.endswith("gmail.com") else "microsoft" for each in deliveries)


def _slow(store, operator="google", limits=FREE, now=NOW, **changes):
    slowing = Slowing(
        **{"channel": "email", "operator": operator, "why": Why.BUSY, "observed_per_second": 40.0, "concurrency": 16}
        | changes
    )
    with store.tx():
        return throttles.slow(store, limits, slowing, now)


def test_without_limits_a_claim_takes_what_is_due_and_keeps_no_bucket(store):
    _mixed(store, 20)
    _queued(store)
    pulled = _pull(store)
    assert len(pulled.deliveries) == 40
    assert (pulled.throttles, pulled.again_at) == ({}, None)
    assert store.rows("SELECT * FROM throttles") == []


def test_a_channels_rate_bounds_what_all_claims_get_together(store):
    _mixed(store, 100)
    _queued(store)
    got = sum(len(_pull(store, NOW + tick * SECOND / 10, TEN_A_SECOND).deliveries) for tick in range(51))
    # Five seconds, half a second ahead, and what the second before had not used.
    assert 50 <= got <= 66


def test_a_restart_does_not_refill(store, store_url):
    _mixed(store, 100)
    _queued(store)
    first = _pull(store, NOW, TEN_A_SECOND)
    assert len(first.deliveries) == 16
    again = open_store(store_url)
    restarted = _pull(again, NOW + SECOND / 10, TEN_A_SECOND)
    again.close()
    assert len(restarted.deliveries) == 1
    assert restarted.again_at > NOW + SECOND / 10


def test_a_channel_that_is_held_gives_nothing_and_says_until_when(store):
    _mixed(store, 2)
    _queued(store)
    _slow(store, operator="")
    pulled = _pull(store, NOW + SECOND)
    assert (pulled.deliveries, pulled.again_at) == ([], NOW + MINUTE)
    assert len(_pull(store, NOW + MINUTE).deliveries) == 4


def test_one_operators_hold_stops_nobody_elses_mail_and_puts_its_own_off_until_then(store):
    _mixed(store, 30)
    _queued(store)
    _slow(store)
    pulled = _pull(store, NOW + SECOND)
    assert _operators(pulled.deliveries) == {"microsoft": 30}
    assert claims.next_due(store, "email") == NOW + MINUTE
    # Half of the forty a second that it had: thirty take a second and a half.
    waiting = store.rows("SELECT due_at FROM deliveries WHERE lease = 0 ORDER BY due_at")
    assert len(waiting) == 30
    assert waiting[-1]["due_at"] == to_ms(NOW + MINUTE + 29 * SECOND / 20)


def test_an_operators_rate_is_kept_claim_by_claim_and_each_delivery_is_put_off_once(store):
    _people(store, *(f"g{number}@gmail.com" for number in range(100)))
    _queued(store)
    sent: list[float] = []
    claimed: Counter[str] = Counter()
    for tick in range(120):
        now = NOW + tick * SECOND / 10
        before = store.row(
            "SELECT count(*) AS total FROM deliveries WHERE lease = 0 AND due_at <= :now", now=to_ms(now)
        )
        claimed["asked"] += before["total"]
        sent += [(now - NOW) / SECOND] * len(_pull(store, now, GOOGLE_TEN).deliveries)
    assert len(sent) == 100
    assert sent[-1] >= 8.0
    for begin in range(10):
        assert sum(begin <= at < begin + 1 for at in sent) <= 21
    # Once when it was queued, once when its turn had come, and a few near the turn.
    assert claimed["asked"] <= 300


def test_notifiers_share_what_may_be_on_its_way_at_once(store):
    """Twice as many are in hand as on their way; one that died has no part any more."""
    _people(store, *(f"g{number}@gmail.com" for number in range(60)))
    _queued(store)
    limits = Limits(bucket="email", operators={"google": Limit(concurrency=6)})
    meta.beat(store, "notifier", "a:1", NOW - SECOND)
    assert len(_pull(store, NOW, limits).deliveries) == 12
    meta.beat(store, "notifier", "b:1", NOW)
    meta.beat(store, "notifier", "c:1", NOW - MINUTE)
    pulled = _pull(store, NOW + 10 * SECOND, limits)
    assert (len(pulled.deliveries), pulled.sharers) == (6, 2)
    assert pulled.throttles["google"].at_once(limits.of("google"), 100) == 1


def test_urgent_mail_takes_a_slow_operators_next_turn_before_what_was_booked(store):
    _people(store, *(f"g{number}@gmail.com" for number in range(60)))
    _queued(store)
    assert len(_pull(store, NOW, GOOGLE_TEN).deliveries) == 16
    urgent = _queued(store, Lane.URGENT, NOW)
    store.run(
        "DELETE FROM deliveries WHERE notice_id = :id AND customer_id NOT IN (SELECT min(id) FROM customers)",
        id=urgent.id,
    )
    taken = [
        each.notice_id for tick in range(1, 5) for each in _pull(store, NOW + tick * SECOND / 10, GOOGLE_TEN).deliveries
    ]
    assert urgent.id in taken


def test_no_more_messages_at_once_than_an_operator_takes_are_in_hand(store):
    _mixed(store, 30)
    _queued(store)
    limits = Limits(bucket="email", operators={"google": Limit(concurrency=2)})
    _slow(store, limits=limits, why=Why.RATE)
    pulled = _pull(store, NOW + SECOND, limits)
    assert _operators(pulled.deliveries) == {"google": 2, "microsoft": 30}
    assert _operators(_pull(store, NOW + 2 * SECOND, limits, in_hand={"google": 2}).deliveries) == {}


def test_clean_minutes_give_back_in_the_store_and_what_is_forgotten_leaves_no_row(store):
    _slow(store, why=Why.RATE)
    found = throttles.all_throttles(store, NOW)
    assert [(each.operator, each.rate_per_second) for each in found] == [("google", 20)]
    _pull(store, NOW + 2 * MINUTE)
    assert throttles.all_throttles(store, NOW + 2 * MINUTE)[0].rate_per_second == pytest.approx(20 * 1.1**2)
    _pull(store, NOW + 20 * MINUTE)
    assert throttles.all_throttles(store, NOW + 20 * MINUTE) == []
    assert store.rows("SELECT * FROM throttles") == []


def test_a_person_may_lift_a_hold(store):
    _mixed(store, 2)
    _queued(store)
    _slow(store, why=Why.REFUSED, wait=30 * MINUTE)
    assert throttles.lift(store, "email", "google")
    assert not throttles.lift(store, "email", "yahoo")
    assert _operators(_pull(store, NOW + SECOND).deliveries) == {"google": 2, "microsoft": 2}


def test_single_letters_take_their_turns_from_the_same_bucket(store):
    assert throttles.turn(store, FREE, NOW) == timedelta()
    waits = [throttles.turn(store, TEN_A_SECOND, NOW) for _ in range(13)]
    assert waits[:11] == [timedelta()] * 11
    assert waits[11] > timedelta()


_PROCESS = """
import sys, time
from datetime import timedelta
from records.store import pacing
from records.store.engine import open_store
from records.throttles import Limit, Limits
from records.times import now_utc
store = open_store(sys.argv[1])
limits = Limits(bucket="email", channel=Limit(rate_per_second=50))
print("ready", flush=True)
sys.stdin.readline()
count, end = 0, time.monotonic() + 3
while time.monotonic() < end:
    ask = pacing.Pull(channel="email", now=now_utc(), lease=timedelta(minutes=5), most=100, limits=limits,
        ahead=timedelta(seconds=0.5), in_hand={})
    count += len(pacing.pull(store, ask).deliveries)
    time.sleep(0.01)
print(count, flush=True)
"""


def test_two_processes_share_one_rate(store, store_url):
    _people(store, *(f"c{number}@customer.example" for number in range(900)))
    _queued(store, now=now_utc())
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS, store_url],
            cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    counts = [int(process.communicate(timeout=60)[0]) for process in running]
    # By the store's own bucket: from the first claim to the last, half a second ahead and a second's burst.
    took = time.monotonic() - began
    assert all(counts)
    assert sum(counts) <= 50 * (took + 1.5) + 2

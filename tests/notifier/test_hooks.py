"""Webhooks from the queue to real receivers: in order, again when need be, never for ever."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from notifier.channels.hooks.webhook import signed
from records.components import Status
from records.desk import subscribers as deeds
from records.desk.incidents import IncidentEntry, open_incident
from records.notices import NoticeState, Outcome
from records.people import VISITOR
from records.store import ledger, notices, receivers, subscribers
from records.store.engine import open_store
from records.subscribers import SubscriberKind, SubscriberState
from records.times import now_utc, to_ms
from tests.cast import ANA, DAY, acme, fan_out, the_notice
from tests.followers import follow
from tests.notifier.hooks_process import carry
from tests.receivers import HookReceiver, says

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def receiver():
    with HookReceiver() as running:
        yield running


@pytest.fixture
def desk(store):
    return acme(store)


async def until(condition, seconds=20.0):
    """Wait until it is so; the test fails when it does not become so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def carrying(store):
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(carry(store, stop))
        try:
            yield
        finally:
            stop.set()


def hook(desk, receiver, path=""):
    return follow(desk, f"{receiver.url}{path}", kind=SubscriberKind.WEBHOOK, now=now_utc() - DAY)


def declare(desk, component="btc-withdrawals", status=Status.PARTIAL_OUTAGE):
    words = {"en": f"Trouble with {component}"}
    return open_incident(desk, IncidentEntry(name=words, body=words, statuses={component: status}), ANA, now_utc())


def is_done(store, incident):
    return lambda: the_notice(store, incident.id).state is NoticeState.DONE


def events(receiver, kind="incident"):
    return [post for post in receiver.posts if kind in post.json]


async def test_both_an_incident_and_the_change_it_makes_are_told(desk, receiver):
    one, store = hook(desk, receiver), desk.store
    opened = declare(desk)
    async with carrying(store):
        await until(is_done(store, opened))
        await until(lambda: events(receiver, "component_update"))
        await until(lambda: receivers.claim(store, now_utc(), lease=DAY) == [])
    (told,) = events(receiver)
    assert told.json["incident"]["id"] == opened.id
    assert told.json["meta"]["unsubscribe"].endswith(f"/unsubscribe/{one.id}")
    assert told.headers["forewarn-event"] == f"{the_notice(store, opened.id).id}.1.{one.id}"
    assert len(events(receiver, "component_update")) == 1
    (row,) = ledger.of_customer(store, one.id)
    assert row.outcome is Outcome.ACCEPTED
    assert notices.status(store, the_notice(store, opened.id).id).complete
    assert ledger.verify(store).faults == ()


def hurry(store):
    """What was put off is due now."""
    store.run("UPDATE deliveries SET due_at = 0 WHERE lease = 0")
    store.run("UPDATE receivers SET due_at = 0 WHERE lease <= 0")
    store.wake()


async def test_a_receiver_that_is_broken_gets_the_same_event_again(desk, receiver):
    one, store = hook(desk, receiver, "?broken"), desk.store
    receiver.next_manners.extend([says(500, b"oh")] * 2)
    opened = declare(desk, status=Status.OPERATIONAL)
    async with carrying(store):
        await until(lambda: len(receiver.posts) == 1 and is_waiting(store, one))
        (waiting,) = receivers.results(store, one.id, SubscriberKind.WEBHOOK)
        assert (waiting.outcome, waiting.attempts) == ("queued", 1)
        while not is_done(store, opened)():
            hurry(store)
            await asyncio.sleep(0.05)
    first, second, third = receiver.posts
    assert first.body == second.body == third.body
    assert len({post.headers["forewarn-event"] for post in receiver.posts}) == 1
    assert subscribers.subscriber(store, one.id).state is SubscriberState.CONFIRMED


def is_waiting(store, who):
    sql = "SELECT 1 AS one FROM deliveries WHERE customer_id = :id AND state = 'deferred'"
    return store.row(sql, id=who.id) is not None


@pytest.mark.parametrize("what", ["incident", "component"])
async def test_a_receiver_that_says_it_is_gone_hears_nothing_more_and_is_forgotten(desk, receiver, what):
    one, store = hook(desk, receiver), desk.store
    receiver.manner = says(410)
    if what == "incident":
        declare(desk, status=Status.OPERATIONAL)
    else:
        change(desk)
    async with carrying(store):
        await until(lambda: subscribers.contact(store, one.id) is None)
    assert subscribers.subscriber(store, one.id).state is SubscriberState.UNSUBSCRIBED
    assert len(receiver.posts) == 1


def change(desk, component_id="website"):
    with desk.deed():
        receivers.note_change(desk.store, component_id, Status.OPERATIONAL, Status.DEGRADED, now_utc())


async def test_a_receiver_that_takes_nothing_rests_and_its_owner_lifts_it(desk, receiver):
    one, store = hook(desk, receiver), desk.store
    receiver.manner = says(404, b"no such hook")
    for component in ("btc-withdrawals", "eth-withdrawals", "website", "eth-deposits"):
        declare(desk, component, Status.OPERATIONAL)
    fan_out(store, now_utc())
    async with carrying(store):
        await until(lambda: subscribers.subscriber(store, one.id).state is SubscriberState.QUARANTINED)
        assert subscribers.subscriber(store, one.id).quarantine_reason == "failing"
        assert len(receiver.posts) == 3
        posts = receivers.results(store, one.id, SubscriberKind.WEBHOOK)
        assert Counter((each.outcome, each.reason) for each in posts) == {
            ("failed", "permanent: 404 no such hook"): 3,
            ("suppressed", "bounced"): 1,
        }
        silent = declare(desk, "trading", Status.OPERATIONAL)
        change(desk)
        await until(is_done(store, silent))
        receiver.manner = says(204)
        deeds.lift(desk, one.id, VISITOR, now_utc())
        last = declare(desk, "btc-deposits", Status.OPERATIONAL)
        await until(is_done(store, last))
        # What it missed and is still current, it hears as whoever comes late does.
        await until(lambda: len(receiver.posts) == 5)
        heard = [post.json["incident"]["id"] for post in receiver.posts[3:]]
        assert sorted(heard) == sorted([silent.id, last.id])
    assert subscribers.subscriber(store, one.id).state is SubscriberState.CONFIRMED


async def test_changes_that_are_not_taken_make_a_receiver_rest_as_well(desk, receiver):
    one, store = hook(desk, receiver), desk.store
    receiver.manner = says(403)
    for _ in range(4):
        change(desk)
    async with carrying(store):
        await until(lambda: subscribers.subscriber(store, one.id).state is SubscriberState.QUARANTINED)
    assert len(receiver.posts) == 3


async def test_one_receiver_hears_in_order_and_a_slow_one_holds_up_nobody_else(desk, receiver):
    one, store = hook(desk, receiver), desk.store
    with HookReceiver() as slow:
        hook(desk, slow)
        slow.manner = slow.hangs
        told = [declare(desk, each, Status.OPERATIONAL) for each in ("website", "trading", "btc-deposits")]
        for _ in range(3):
            change(desk)
        async with carrying(store):
            await until(lambda: len(events(receiver)) == 3 and len(events(receiver, "component_update")) == 3)
            assert len(events(slow)) == 1
            assert len(events(slow, "component_update")) == 1
            slow.is_over.set()
    assert [post.json["incident"]["id"] for post in events(receiver)] == [each.id for each in told]
    assert [post.json["component_update"]["id"] for post in events(receiver, "component_update")] == [1, 2, 3]
    assert subscribers.subscriber(store, one.id).state is SubscriberState.CONFIRMED


async def test_a_new_secret_signs_from_now_on(desk, receiver):
    one, store = hook(desk, receiver), desk.store
    secret = deeds.renew_secret(desk, one.id, VISITOR, now_utc())
    change(desk)
    async with carrying(store):
        await until(lambda: receiver.posts)
    (post,) = receiver.posts
    at = int(post.headers["forewarn-timestamp"])
    assert abs(at - to_ms(now_utc()) // 1000) < 60
    expected = signed(post.body, event="", secret=secret, at=at)["Forewarn-Signature"]
    # Beside it, for a day, that of the old one.
    new, old = post.headers["forewarn-signature"].split(",")
    assert (new, old != new) == (expected, True)


def start(url):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notifier.hooks_process", url], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.01)


def test_killed_while_a_receiver_thinks_it_says_the_same_again_under_the_same_id(store_url, receiver):
    store = open_store(store_url)
    desk = acme(store)
    hook(desk, receiver)
    receiver.manner = receiver.hangs
    opened = declare(desk)
    process = start(store_url)
    wait_for(lambda: len(receiver.posts) == 2)
    process.kill()
    process.wait()
    process.stdout.close()
    receiver.manner = says(204)
    process = start(store_url)
    wait_for(is_done(store, opened))
    wait_for(lambda: len(receiver.posts) == 4)
    process.terminate()
    assert process.wait(timeout=30) == 0
    process.stdout.close()
    for kind in ("incident", "component_update"):
        before, after = events(receiver, kind)
        assert before.headers["forewarn-event"] == after.headers["forewarn-event"]
        assert before.body == after.body
    assert ledger.verify(store).faults == ()
    store.close()

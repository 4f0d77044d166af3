"""The wallet's own system hears of everything, in order, under keys that stay, whatever it or we run into."""

import asyncio
import hashlib
import hmac
import random
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from notifier.channels.hooks.reach import Reach
from notifier.crm import WAITS, CrmPush, Door
from records.crm import EVENTS
from records.notices import Outcome
from records.store import crm, ledger
from tests.notifier.cast import NOW
from tests.notifier.crm_process import SECRET
from tests.receivers import LOOPBACK, HookReceiver, says
from tests.records.store.test_crm import entry, first_batch, standing, tell

ROOT = Path(__file__).parents[2]
KILLS = 12


@pytest.fixture
def receiver():
    with HookReceiver() as one:
        one.manner = says(204)
        yield one


async def _in_thread(function, *args, **options):
    return await asyncio.to_thread(partial(function, *args, **options))


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


def push_to(store, receiver, clock, *, most=500, token=None):
    door = Door(reach=Reach(allowed=LOOPBACK), url=receiver.url, secret=SECRET, token=token)
    return CrmPush(store, door, most=most, call=_in_thread, clock=clock, chance=lambda: 0.5)


async def push_all(push):
    while await push.step():
        pass


def ids(receiver):
    return [event["id"] for post in receiver.posts for event in post.json["events"]]


async def test_a_post_says_who_was_told_what_and_how_it_went(store, receiver):
    crm.follow(store, EVENTS)
    notice = tell(store, 1)
    await push_all(push_to(store, receiver, Clock(), token="for-the-gateway"))
    (post,) = receiver.posts
    told = post.json
    assert [(one["type"], one["customer"], one["channel"]) for one in told["events"]] == [
        ("notice.noticed", "c-0", None),
        ("notice.accepted", "c-0", "email"),
    ]
    about = told["notices"][notice.id]
    assert about["incident"]["ref"] == "INC-42"
    assert about["incident"]["name"]["fr"] == "Les retraits Bitcoin sont retardés"
    assert told["events"][1]["at"] == "2026-11-22T13:10:00.000Z"
    assert post.headers["authorization"] == "Bearer for-the-gateway"
    assert post.headers["idempotency-key"] == post.headers["forewarn-event"] == told["batch"]
    assert "customer.example" not in post.body.decode()


async def test_a_post_is_signed_as_webhooks_are(store, receiver):
    crm.follow(store, EVENTS)
    tell(store, 1)
    await push_all(push_to(store, receiver, Clock()))
    (post,) = receiver.posts
    signed = post.headers["forewarn-timestamp"].encode() + b"." + post.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert post.headers["forewarn-signature"] == f"v1={expected}"


async def test_events_of_a_customer_come_in_the_order_in_which_they_befell_them(store, receiver):
    crm.follow(store, EVENTS)
    notice = tell(store, 5)
    members = store.rows("SELECT customer_id FROM audience_members ORDER BY customer_id")
    for outcome in (Outcome.DISPLAYED, Outcome.BOUNCED):
        for row in members:
            ledger.note(store, [entry(notice, row["customer_id"], outcome)])
    await push_all(push_to(store, receiver, Clock(), most=3))
    for number in range(5):
        whats = [
            one["type"] for post in receiver.posts for one in post.json["events"] if one["customer"] == f"c-{number}"
        ]
        assert whats == ["notice.noticed", "notice.accepted", "notice.displayed", "notice.bounced"]


async def test_while_it_fails_the_same_post_is_made_again_ever_less_often(store, receiver):
    crm.follow(store, EVENTS)
    tell(store, 2)
    receiver.manner = says(503)
    clock = Clock()
    push = push_to(store, receiver, clock)
    for wait in WAITS[:3]:
        assert not await push.step()
        clock.now += wait - timedelta(milliseconds=1)
        assert not await push.step()
        clock.now += timedelta(milliseconds=1)
    receiver.manner = says(200)
    await push_all(push)
    assert len(receiver.posts) == 4
    assert len({post.body for post in receiver.posts}) == 1
    assert len({post.headers["idempotency-key"] for post in receiver.posts}) == 1
    assert standing(store).waiting == 0


async def test_it_waits_as_long_as_it_is_asked_to(store, receiver):
    crm.follow(store, EVENTS)
    tell(store, 1)
    receiver.next_manners.append(says(429, Retry_After="120"))
    clock = Clock()
    push = push_to(store, receiver, clock)
    await push_all(push)
    clock.now += timedelta(seconds=119)
    assert not await push.step()
    assert len(receiver.posts) == 1
    clock.now += timedelta(seconds=1)
    assert await push.step()


async def test_a_door_that_is_locked_costs_no_event(store, receiver):
    crm.follow(store, EVENTS)
    tell(store, 1)
    clock = Clock()
    push = push_to(store, receiver, clock)
    for status in (401, 403, 404, 410, 302):
        receiver.next_manners.append(says(status))
        await push_all(push)
        clock.now += timedelta(hours=1)
    await push_all(push)
    assert standing(store).refused == 0
    assert len(receiver.posts) == 6
    assert receiver.posts[0].body == receiver.posts[-1].body


async def test_one_event_that_cannot_be_digested_holds_up_no_other(store, receiver):
    crm.follow(store, EVENTS)
    tell(store, 6)
    bad = first_batch(store).events[7].key
    receiver.manner = lambda handler: says(422 if bad.encode() in handler.post.body else 200)(handler)
    await push_all(push_to(store, receiver, Clock()))
    taken = [one["id"] for post in receiver.posts if bad.encode() not in post.body for one in post.json["events"]]
    assert len(taken) == 11
    found = standing(store)
    assert (found.refused, found.taken, found.failures) == (1, 11, 0)


async def test_a_post_that_is_too_large_is_made_in_parts(store, receiver):
    crm.follow(store, EVENTS)
    tell(store, 20)
    receiver.manner = lambda handler: says(413 if len(handler.post.json["events"]) > 5 else 200)(handler)
    await push_all(push_to(store, receiver, Clock()))
    assert standing(store).taken == 40


async def test_a_system_that_hangs_delays_no_notice(store, receiver):
    crm.follow(store, EVENTS)
    tell(store, 1)
    receiver.manner = receiver.hangs
    pushing = asyncio.create_task(push_to(store, receiver, Clock()).step())
    while not receiver.posts:
        await asyncio.sleep(0.01)
    tell(store, 3)
    assert store.row("SELECT count(*) AS n FROM deliveries")["n"] == 0
    assert not pushing.done()
    pushing.cancel()
    with suppress(asyncio.CancelledError):
        await pushing


async def test_customers_who_were_erased_meanwhile_are_told_of_no_more(store, receiver):
    crm.follow(store, EVENTS)
    tell(store, 1)
    store.run("DELETE FROM customers")
    await push_all(push_to(store, receiver, Clock()))
    assert receiver.posts == []
    assert standing(store).waiting == 0


def test_killed_again_and_again_it_loses_nothing_and_repeats_carry_the_same_keys(store, store_url, receiver):
    crm.follow(store, EVENTS)
    notice = tell(store, 150)
    members = [row["customer_id"] for row in store.rows("SELECT customer_id FROM audience_members")]
    ledger.note(store, [entry(notice, one, Outcome.DISPLAYED, "inapp") for one in members])
    dice = random.Random(20261124)
    for share in range(KILLS):
        process = _start(store_url, receiver.url)
        _wait_for(lambda: len(receiver.posts) > share * 4)  # noqa: B023 # called at once
        time.sleep(dice.random() * 0.02)
        process.kill()
        process.communicate()
    process = _start(store_url, receiver.url)
    _wait_for(lambda: standing(store).waiting == 0)
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0
    keys = ids(receiver)
    assert len(set(keys)) == 450
    bodies: dict[str, set[bytes]] = {}
    for post in receiver.posts:
        bodies.setdefault(post.headers["idempotency-key"], set()).add(post.body)
    assert all(len(each) == 1 for each in bodies.values())
    assert len(receiver.posts) - len(bodies) <= KILLS
    assert len(keys) - len(set(keys)) <= KILLS * 7


def _start(store_url, url):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notifier.crm_process", store_url, url], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def _wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.01)

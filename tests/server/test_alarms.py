"""Those who run the house hear of what calls for them: by mail, in a program; not through a queue that is stuck."""

import asyncio
import hashlib
import hmac
import time
from datetime import timedelta

import pytest

from records.alarms import AlarmKind
from records.desk.incidents import open_incident
from records.errors import Invalid
from records.store import alarms, meta
from records.times import now_utc
from server.parts import Parts
from server.wiring import apply_configuration
from tests.cast import ANA, an_incident
from tests.mail import MailServer
from tests.notifier.cast import a_notice, add_customers, queue
from tests.receivers import HookReceiver, says
from tests.server.house import context_on, settings_with

SECRET = "a-secret-of-the-pager"
SILENT = timedelta(minutes=2)


async def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never became so"
        await asyncio.sleep(0.02)


async def run_until(context, part, condition):
    stop = asyncio.Event()
    work = asyncio.create_task(getattr(Parts(context, "here"), part)(stop))
    try:
        await until(condition)
    finally:
        stop.set()
        await work


def plain(message):
    body = message.get_body(("plain",))
    assert body is not None
    return body.get_content()


def smtp(mail):
    return {"host": "127.0.0.1", "port": mail.port, "security": "none", "from": "status@acme.example"}


def house(store, mail, receiver, **changes):
    told = {
        "mail": ["Ops <ops@acme.example>"],
        "webhooks": [{"name": "pager", "url": receiver.url, "secret": SECRET}],
    }
    context = context_on(store, smtp=smtp(mail), alarms=told, **changes)
    apply_configuration(context)
    return context


async def test_a_part_that_is_silent_is_told_to_everybody_and_so_is_that_it_is_back(store):
    with MailServer() as mail, HookReceiver() as receiver:
        receiver.manner = says(200)
        context = house(store, mail, receiver)
        meta.beat(store, "monitors", "one", now_utc() - SILENT)
        stop = asyncio.Event()
        work = asyncio.create_task(Parts(context, "here").clock(stop))
        await until(lambda: mail.mails and receiver.posts)
        (raised,) = alarms.standing(store)
        assert raised.concern.kind is AlarmKind.PART_SILENT
        meta.beat(store, "monitors", "one", now_utc())
        await until(lambda: len(mail.mails) == 2 and len(receiver.posts) == 2)
        stop.set()
        await work
    first, second = (each.parsed for each in mail.mails)
    assert mail.mails[0].recipient == "ops@acme.example"
    assert first["Subject"] == second["Subject"] == "[Acme Wallet] part silent: monitors"
    assert "has not been heard of since" in plain(first)
    assert plain(second).startswith("Over: ")
    assert first["Message-ID"] != second["Message-ID"]
    told = [post.json for post in receiver.posts]
    assert [(one["phase"], one["kind"], one["subject"]) for one in told] == [
        ("raised", "part_silent", "monitors"),
        ("over", "part_silent", "monitors"),
    ]
    post = receiver.posts[0]
    signed = post.headers["forewarn-timestamp"].encode() + b"." + post.body
    assert post.headers["forewarn-signature"] == f"v1={hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()}"


async def test_a_receiver_that_is_away_hears_of_it_later_and_delays_nobody(store):
    with MailServer() as mail, HookReceiver() as receiver:
        receiver.next_manners.append(says(503))
        receiver.manner = says(200)
        context = house(store, mail, receiver)
        meta.beat(store, "monitors", "one", now_utc() - SILENT)
        await run_until(context, "clock", lambda: mail.mails and len(receiver.posts) == 2)
    assert receiver.posts[0].headers["forewarn-event"] == receiver.posts[1].headers["forewarn-event"]


async def test_a_relay_that_refuses_our_login_is_an_alarm_that_a_program_hears(store):
    with MailServer(login=("forewarn", "right")) as mail, HookReceiver() as receiver:
        receiver.manner = says(200)
        wrong = smtp(mail) | {"username": "forewarn", "password": "wrong"}
        told = {"mail": ["ops@acme.example"], "webhooks": [{"name": "pager", "url": receiver.url, "secret": SECRET}]}
        context = context_on(store, smtp=wrong, alarms=told)
        apply_configuration(context)
        now = now_utc()
        add_customers(store, 1, now)
        queue(store, a_notice(created_at=now, useful_until=now + timedelta(hours=1)), now)
        stop = asyncio.Event()
        parts = Parts(context, "here")
        working = asyncio.gather(parts.notifier(stop), parts.clock(stop))
        await until(lambda: alarms.troubles(store, now_utc() - timedelta(seconds=30)))
        # As if it had been so for a minute.
        await until(lambda: _since_earlier(store) and receiver.posts)
        stop.set()
        await working
    (post,) = receiver.posts
    assert (post.json["kind"], post.json["subject"]) == ("channel_down", "email")
    assert "535" in post.json["said"] or "configuration" in post.json["said"]
    assert "wrong" not in post.body.decode()


def _since_earlier(store):
    store.run("UPDATE channel_troubles SET since = at - 120000")
    return True


async def test_a_promise_that_breaks_is_told(store):
    with MailServer() as mail, HookReceiver() as receiver:
        receiver.manner = says(200)
        context = house(store, mail, receiver)
        now = now_utc()
        entry = an_incident(statuses={}, channels=(), next_update_at=now - timedelta(minutes=1))
        open_incident(context.desk, entry, ANA, now - timedelta(minutes=30))
        await run_until(context, "clock", lambda: receiver.posts)
    assert receiver.posts[0].json["kind"] == "promise_broken"
    assert "INC-1" in receiver.posts[0].json["said"]


async def test_without_anybody_to_tell_alarms_stand_on_the_board_alone(store):
    context = context_on(store, smtp=None)
    apply_configuration(context)
    meta.beat(store, "monitors", "one", now_utc() - SILENT)
    await run_until(context, "clock", lambda: alarms.standing(store))
    assert alarms.due_calls(store, now_utc()) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mail": ["nobody"]}, "mail address"),
        ({"webhooks": [{"name": "a", "url": "http://pager.example/", "secret": SECRET}]}, "unprotected"),
        ({"webhooks": [{"name": "a", "url": "https://pager.example/", "secret": "short"}]}, "16"),
        ({"rooms": [{"name": "a", "url": "the office"}]}, "Apprise"),
        ({"rooms": [{"name": "a", "url": "json://x"}, {"name": "a", "url": "json://y"}]}, "two of one name"),
        ({"queue_after": "10s"}, "3m"),
    ],
)
def test_settings_that_would_not_work_are_refused(given, said):
    with pytest.raises(Invalid) as refused:
        settings_with(alarms=given)
    assert any(said in str(fault) for fault in refused.value.faults), refused.value.faults

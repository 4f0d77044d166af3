"""What programs are told is what the read API says, in the envelope that its clients know."""

import asyncio
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.channels.hooks.webhook import UNSUBSCRIBE_SLOT
from records.components import Status
from records.desk import maintenance as planning
from records.desk.incidents import IncidentEntry, open_incident
from records.store import receivers, subscribers
from records.store.receivers import Change
from records.subscribers import SubscriberKind
from records.times import now_utc
from server.parts import Parts
from server.subscriptions.envelopes import Envelopes
from server.wiring import page_of
from tests.cast import ANA, DAY, HOUR, NOW, a_window, acme, the_notice
from tests.followers import follow
from tests.notifier.test_hooks import until
from tests.receivers import HookReceiver
from tests.server.house import context_on

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def house(store):
    desk = acme(store)
    context = context_on(store, now=lambda: NOW)
    return desk, Envelopes(store, page_of(context.settings), lambda: NOW)


def declare(desk, now=NOW):
    words = {"en": "Website is <b>slow</b>"}
    return open_incident(desk, IncidentEntry(name=words, body=words, statuses={"website": Status.DEGRADED}), ANA, now)


def test_an_incident_stands_whole_in_the_envelope(store, house):
    desk, envelopes = house
    opened = declare(desk)
    told = json.loads(envelopes.of_notice(the_notice(store, opened.id)))
    assert list(told) == ["meta", "page", "incident"]
    assert told["meta"] == {
        "unsubscribe": UNSUBSCRIBE_SLOT,
        "documentation": "https://status.acme.example/subscribe?by=webhook",
        "generated_at": "2026-11-22T13:00:00.000Z",
    }
    assert sorted(told["page"]) == ["id", "status_description", "status_indicator"]
    assert told["page"]["status_indicator"] == "minor"
    assert told["incident"]["id"] == opened.id
    assert told["incident"]["incident_updates"][0]["body"] == "Website is <b>slow</b>"
    assert told["incident"]["components"][0]["status"] == "degraded_performance"


def test_planned_work_is_an_incident_too_and_cancelled_is_completed(store, house):
    desk, envelopes = house
    event = planning.announce(desk, a_window(), ANA, NOW)
    planned = json.loads(envelopes.of_notice(the_notice(store, event.id)))["incident"]
    assert (planned["status"], planned["forewarn"]["is_cancelled"]) == ("scheduled", False)
    assert planned["scheduled_for"] < planned["scheduled_until"]
    planning.cancel(desk, event.id, ANA, NOW + HOUR, body={"en": "Not needed."})
    ended = json.loads(envelopes.of_notice(the_notice(store, event.id)))["incident"]
    assert (ended["status"], ended["forewarn"]["is_cancelled"]) == ("completed", True)
    assert {update["status"] for update in ended["incident_updates"]} == {"scheduled", "completed"}


def test_a_change_of_a_component_tells_both_states_and_the_component(store, house):
    desk, envelopes = house
    declare(desk)
    with store.view():
        (row,) = store.rows("SELECT * FROM component_changes")
    assert (row["component_id"], row["old_status"], row["new_status"]) == (
        "website", "operational", "degraded_performance"
    )  # fmt: skip
    change = Change(id=41, component_id="website", at=NOW, before=Status.OPERATIONAL, after=Status.DEGRADED)
    message = envelopes.of_change(change)
    assert message is not None
    told = json.loads(message.envelope)
    assert told["component_update"] == {
        "id": "000000000029",
        "created_at": "2026-11-22T13:00:00.000Z",
        "old_status": "operational",
        "new_status": "degraded_performance",
        "component_id": told["component"]["id"],
        "component_type": "Component",
    }
    assert told["component"]["name"] == "Website"
    gone = Change(id=42, component_id="nothing", at=NOW, before=Status.OPERATIONAL, after=Status.DEGRADED)
    assert envelopes.of_change(gone) is None


async def test_the_receiver_in_the_docs_takes_what_is_really_delivered_and_nothing_else(store, tmp_path):
    """From the challenge's secret to the verifier's word, through the notifier as `forewarn serve` runs it."""
    script = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text("utf-8"), re.DOTALL)
    assert script is not None
    (tmp_path / "verify.py").write_text(script.group(1), encoding="utf-8")
    desk = acme(store)
    inner = {"allow_http": True, "allow_networks": ["127.0.0.0/8"]}
    context = context_on(store, subscribers=inner, smtp=None)
    with HookReceiver() as receiver:
        one = follow(desk, receiver.url, kind=SubscriberKind.WEBHOOK, now=now_utc() - DAY)
        opened = declare(desk, now_utc())
        stop = asyncio.Event()
        work = asyncio.create_task(Parts(context, "here").notifier(stop))
        await until(lambda: len(receiver.posts) == 2, seconds=60)
        stop.set()
        await work
        posts = receiver.posts
    assert {tuple(sorted({"incident", "component"} & post.json.keys())) for post in posts} == {
        ("incident",), ("component",)
    }  # fmt: skip
    (event,) = [post for post in posts if "incident" in post.json]
    assert event.json["incident"]["id"] == opened.id
    assert event.json["meta"]["unsubscribe"].startswith("https://status.acme.example/unsubscribe/")
    where = subscribers.contact(store, one.id)
    assert where is not None
    secret = where.secret
    for post in posts:
        at = post.headers["forewarn-timestamp"]
        signature = post.headers["forewarn-signature"]
        heard = {"Forewarn-Timestamp": at, "Forewarn-Signature": signature}
        for body, key, late, is_good in (
            (post.body, secret, 0, True),
            (post.body + b" ", secret, 0, False),
            (post.body, "other", 0, False),
            (post.body, secret, 301, False),
        ):
            (tmp_path / "body").write_bytes(body)
            ask = (
                "import verify; "
                f"print(verify.is_ours({heard!r}, open('body', 'rb').read(), {key!r}, now=lambda: {int(at) + late}))"
            )
            said = subprocess.run(
                [sys.executable, "-c", ask], cwd=tmp_path, capture_output=True, text=True, env=os.environ, check=True
            )
            assert said.stdout.strip() == str(is_good)
    assert receivers.claim(store, now_utc() + timedelta(hours=1), lease=HOUR) == []

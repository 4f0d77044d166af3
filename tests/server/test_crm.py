"""The wallet's own system as its operator meets it: settings, command, doctor, metrics, the example in docs."""

import asyncio
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from records.crm import EVENTS
from records.errors import Invalid
from records.store import crm
from server.health import ROUTES
from server.parts import Parts
from tests.certificates import Authority
from tests.notifier.cast import NOW
from tests.receivers import HookReceiver, says
from tests.records.store.test_crm import tell
from tests.server.house import context_on, settings_with

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-of-the-crm"


def given(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "secret": SECRET, **more}


async def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never became so"
        await asyncio.sleep(0.02)


async def serve_until(context, condition):
    """The notifier as `forewarn serve` runs it."""
    stop = asyncio.Event()
    work = asyncio.create_task(Parts(context, "here").notifier(stop))
    await until(condition)
    stop.set()
    await work


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


async def test_the_receiver_in_the_docs_keeps_each_event_once(store, tmp_path):
    script = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "crm.md").read_text("utf-8"), re.DOTALL)
    assert script is not None
    (tmp_path / "crm.py").write_text(script.group(1), encoding="utf-8")
    port = free_port()
    environment = {**os.environ, "SECRET": SECRET, "PORT": str(port), "DATABASE": str(tmp_path / "crm.db")}
    receiver = subprocess.Popen([sys.executable, str(tmp_path / "crm.py")], env=environment, stderr=subprocess.DEVNULL)
    try:
        # Not `localhost`: that may be ::1, where the example does not listen.
        context = context_on(store, smtp=None, crm=given(f"http://127.0.0.1:{port}/"), page=_page())
        crm.follow(store, EVENTS)
        tell(store, 3)
        crm.replay(store, NOW)
        await serve_until(context, lambda: _taken(store) == 12)
    finally:
        receiver.terminate()
        receiver.wait()
    with sqlite3.connect(tmp_path / "crm.db") as kept:
        rows = kept.execute("SELECT customer, type FROM events ORDER BY customer, type").fetchall()
    assert rows == [(f"c-{n}", f"notice.{what}") for n in range(3) for what in ("accepted", "noticed")]


def _page() -> dict[str, Any]:
    return {"name": "Acme Wallet", "url": "https://status.acme.example", "official_domains": ["acme.example"]}


def _taken(store):
    found = crm.standing(store)
    return found.taken if found else 0


async def test_over_tls_only_the_authority_that_was_named_counts(store, tmp_path):
    authority, other = Authority(tmp_path), Authority(_folder(tmp_path, "other"))
    with HookReceiver(context=authority.context_for("127.0.0.1", days=9)) as receiver:
        receiver.manner = says(200)
        strange = context_on(store, smtp=None, crm=given(receiver.url, authority=other.ca_file.read_text()))
        crm.follow(store, EVENTS)
        tell(store, 1)
        await serve_until(strange, lambda: (found := crm.standing(store)) and found.failures)
        assert receiver.posts == []
        store.run("UPDATE crm SET due_at = 0")
        known = context_on(store, smtp=None, crm=given(receiver.url, authority=authority.ca_file.read_text()))
        await serve_until(known, lambda: _taken(store) == 2)


def _folder(parent, name):
    path = parent / name
    path.mkdir()
    return path


async def test_without_it_in_the_settings_nothing_waits_any_more(store):
    crm.follow(store, EVENTS)
    tell(store, 1)
    await serve_until(context_on(store, smtp=None), lambda: crm.standing(store) is None)
    assert store.row("SELECT count(*) AS n FROM crm_events")["n"] == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://crm.acme.example/"}, "unprotected"),
        ({"secret": "short"}, "16"),
        ({"events": ["delivered"]}, "is no event"),
        ({"events": []}, "empty"),
        ({"events": ["accepted", "accepted"]}, "twice"),
        ({"authority": "not a certificate"}, "no certificate"),
        ({"batch": 0}, "1"),
        ({"keep": "1m"}, "1h to 365d"),
    ],
)
def test_settings_that_would_not_work_are_refused(changes, said):
    with pytest.raises(Invalid) as refused:
        settings_with(crm=given("https://crm.acme.example/") | changes)
    assert any(said in f"{fault}" for fault in refused.value.faults), refused.value.faults


def test_how_far_behind_it_is_can_be_measured(store):
    context = context_on(store, now=lambda: NOW)
    app = Starlette(routes=ROUTES)
    app.state.context = context
    with TestClient(app) as client:
        assert "\nforewarn_crm_waiting " not in client.get("/metrics").text
        crm.follow(store, EVENTS)
        tell(store, 2)
        text = client.get("/metrics").text
    assert "forewarn_crm_waiting 4.0" in text
    assert "forewarn_crm_lag_seconds 0.0" in text
    assert 'forewarn_crm_events_total{result="taken"} 0.0' in text

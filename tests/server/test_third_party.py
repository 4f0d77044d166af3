"""The script in docs/verify.md, run as anybody would run it, against a page that is served for real."""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from records.desk.incidents import open_incident
from records.desk.signing import rotate
from records.store import signing
from records.store.engine import Store
from server import verify
from server.app import build_app
from server.context import Context
from server.pace import Pace
from server.wiring import apply_configuration, page_of
from statuspage.publisher import Publisher
from tests.cast import ANA, an_incident, the_notice
from tests.nodes import wait_for
from tests.server.house import context_on

_PAGE = Path(__file__).parents[2] / "docs/verify.md"
#: What the document promises.
_LONGEST_SCRIPT_LINES = 36


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch):
    """Each test asks as somebody new."""
    monkeypatch.setattr(verify, "_PACE", Pace(burst=10, every_seconds=6.0))


@pytest.fixture
def context(store: Store) -> Context:
    made = context_on(store)
    apply_configuration(made)
    return made


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (text,) = re.findall(r"^```python\n(.*?)^```", _PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(text.splitlines()) <= _LONGEST_SCRIPT_LINES
    path = tmp_path / "verify.py"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def served(context: Context) -> Iterator[tuple[str, Publisher]]:
    publisher = Publisher(context.desk.store, page_of(context.settings))
    publisher.rebuild()
    listening = socket.create_server(("127.0.0.1", 0))
    app = build_app(context, lambda: publisher.site)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        wait_for(lambda: server.started, "the server")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", publisher
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def notice(context: Context) -> str:
    entry = an_incident(statuses={}, body={"en": "They wait.", "fr": "Ils attendent."})
    incident = open_incident(context.desk, entry, ANA, context.now())
    return the_notice(context.desk.store, incident.id).verify_code


def test_a_notice_is_proved_by_a_stranger_also_after_the_key_was_followed_by_another(context, script):
    code = notice(context)
    rotate(context.desk, ANA, context.now())
    newer = notice(context)
    with served(context) as (site, _):
        answered = run(script, site, code)
        assert answered.returncode == 0, answered.stderr
        assert answered.stdout.splitlines()[0] == "OURS"
        assert "Ils attendent." in answered.stdout
        assert run(script, site, newer).returncode == 0
        unknown = run(script, site, "7Q4KM-W9RTA")
        assert (unknown.returncode, unknown.stderr) == (1, "NOT OURS\n")
        first = signing.keys(context.desk.store)[-1].id
        assert run(script, site, code, first).returncode == 0
        assert "not the key you trust" in run(script, site, newer, first).stderr


def test_words_that_were_changed_afterwards_are_found_out(context, script):
    code = notice(context)
    context.desk.store.run("UPDATE notices SET facts = REPLACE(facts, 'They wait.', 'Send them to us.')")
    with served(context) as (site, _):
        assert "AssertionError" in run(script, site, code).stderr


def test_a_page_is_proved_file_by_file(context, script):
    code = notice(context)
    with served(context) as (site, publisher):
        answered = run(script, site)
        assert answered.returncode == 0, answered.stderr
        listed = json.loads(publisher.site.files["/manifest.json"].body)["files"]
        assert answered.stdout.startswith(f"{len(listed)} of {len(listed)} files are as signed at ")
        left_out = {"/manifest.json", "/manifest.sig.json", f"/verify/{code}.json"}
        assert {*listed} == {*publisher.site.files} - left_out


def test_a_forged_manifest_is_found_out(context, script):
    with served(context) as (site, publisher):
        files = dict(publisher.site.files)
        files["/manifest.json"] = files["/contact.json"]
        object.__setattr__(publisher.site, "files", files)
        assert "InvalidSignature" in run(script, site).stderr

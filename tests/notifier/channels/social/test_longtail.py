"""Posts through apprise to real HTTP servers of our own."""

import asyncio
import json
import logging
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.social import Social, service_of
from notifier.compose import compose
from notifier.retry import Trouble
from records.errors import Invalid
from tests.notifier.cast import HOUSE, INCIDENT, a_notice

MESSAGE = compose(a_notice(), "en", HOUSE)
PUBLIC = Recipient(key="notice000001.1.0")
TOKEN = "s3cr3t-t0ken-of-the-account"


class Wire:
    """A server that keeps what is posted and answers as told, 200 unless something else is prepared."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.statuses: deque[int] = deque()
        self.is_silent = threading.Event()
        self.may_end = threading.Event()
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                wire.posts.append((self.path, json.loads(body)))
                if wire.is_silent.is_set():
                    wire.may_end.wait(timeout=20)
                status = wire.statuses.popleft() if wire.statuses else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                """Quietly."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port


@pytest.fixture
def wire():
    running = Wire()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield running
    running.may_end.set()
    running.server.shutdown()
    running.server.server_close()
    thread.join()


def account(wire, extra="", **options):
    return Social(service_of(f"json://poster:{TOKEN}@127.0.0.1:{wire.port}/post{extra}", **options))


async def refused(social):
    with pytest.raises(ChannelError) as caught:
        await social.send(MESSAGE, PUBLIC)
    return caught.value


async def test_the_short_form_is_posted_whole(wire):
    social = account(wire)
    receipt = await social.send(MESSAGE, PUBLIC)
    await social.close()
    assert receipt.phase == "posted"
    assert [post["message"] for _, post in wire.posts] == [MESSAGE.short.rstrip("\n")]


async def test_a_post_fits_its_service_and_keeps_link_and_code(wire):
    long = compose(a_notice(facts=INCIDENT | {"body": {"en": "One sentence of many. " * 30}}), "en", HOUSE)
    social = account(wire, limit=140)
    await social.send(long, PUBLIC)
    await social.close()
    text = wire.posts[0][1]["message"]
    assert len(text) <= 140
    assert text.endswith("https://status.acme.example/incidents/inc00000000a · 7Q4KM-W9RTA")


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (302, Trouble.PERMANENT),
        (401, Trouble.CONFIGURATION),
        (404, Trouble.PERMANENT),
        (429, Trouble.POST_LIMITED),
        (503, Trouble.POST_RETRYABLE),
    ],
)
async def test_a_refused_post_says_why(wire, status, trouble):
    wire.statuses.append(status)
    social = account(wire)
    error = await refused(social)
    await social.close()
    assert (error.trouble, error.code) == (trouble, str(status))
    assert [path for path, _ in wire.posts] == ["/post"]


async def test_a_post_without_an_answer_was_perhaps_posted(wire):
    wire.is_silent.set()
    social = account(wire, "?rto=0.3")
    error = await refused(social)
    await social.close()
    assert error.trouble is Trouble.UNCERTAIN
    assert len(wire.posts) == 1


async def test_a_service_that_is_not_there_may_be_tried_again(wire):
    wire.server.server_close()
    social = account(wire)
    error = await refused(social)
    await social.close()
    assert error.trouble is Trouble.POST_RETRYABLE


async def test_a_hung_account_delays_no_other(wire):
    hung_wire = Wire()
    thread = threading.Thread(target=hung_wire.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hung_wire.is_silent.set()
    hung, quick = account(hung_wire, "?rto=10"), account(wire)
    waiting = asyncio.ensure_future(hung.send(MESSAGE, PUBLIC))
    await quick.send(MESSAGE, PUBLIC)
    assert not waiting.done()
    hung_wire.may_end.set()
    await waiting
    hung_wire.server.shutdown()
    hung_wire.server.server_close()
    thread.join()


def test_an_address_apprise_cannot_use_is_refused_at_start_up():
    with pytest.raises(Invalid):
        service_of("nosuchservice://somewhere")


async def test_no_token_reaches_the_log(wire, caplog):
    social = account(wire)
    logging.getLogger("apprise").warning("posting to json://poster:%s@somewhere", TOKEN)
    logging.getLogger("apprise").debug("posting to json://poster:%s@somewhere", TOKEN)
    wire.statuses.append(500)
    error = await refused(social)
    await social.close()
    assert "posting to json://" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in str(error)

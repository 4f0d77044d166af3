"""The company's own poster: signed as subscribers' webhooks are, and the one in the docs is run."""

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.hooks.webhook import signed
from notifier.channels.social import Social, service_of
from notifier.channels.social.addresses import address_of
from notifier.compose import compose
from notifier.retry import Trouble
from tests.notifier.cast import HOUSE, a_notice
from tests.receivers import HookReceiver, says

ROOT = Path(__file__).parents[4]
SECRET = "the-secret-of-the-poster"
MESSAGE = replace(
    compose(a_notice(), "en", HOUSE), post="Late. <&> 出金\nhttps://status.acme.example/incidents/1 · 7Q4KM"
)


def poster(url):
    return Social(service_of(url, secret=SECRET))


async def sent(channel, number, **to):
    return await channel.send(MESSAGE, Recipient(key=f"notice{number}.1.0", **to))


async def test_it_gets_each_post_signed_with_what_it_answers_to():
    with HookReceiver() as receiver:
        receiver.manner = says(201, b'{"id": "fb_77", "url": "https://facebook.example/acme/77"}')
        channel = poster(receiver.url)
        first = (await sent(channel, 1)).post
        await sent(channel, 2, reply_to=first)
        opening, update = receiver.posts
    assert (first.id, first.url, first.text) == ("fb_77", "https://facebook.example/acme/77", MESSAGE.post)
    assert opening.json["post"] == {
        "id": "notice1.1.0.en",
        "text": MESSAGE.post,
        "language": "en",
        "links": ["https://status.acme.example/incidents/1"],
        "created_at": "2026-11-22T13:10:00.000Z",
        "in_reply_to": None,
        "in_reply_to_post": None,
    }
    assert update.json["post"]["in_reply_to"] == opening.headers["forewarn-event"] == "notice1.1.0.en"
    assert update.json["post"]["in_reply_to_post"] == "fb_77"
    at = int(opening.headers["forewarn-timestamp"])
    expected = signed(opening.body, event="notice1.1.0.en", secret=SECRET, at=at)
    assert opening.headers["forewarn-signature"] == expected["Forewarn-Signature"]


async def test_a_poster_that_names_nothing_is_answered_to_by_the_event():
    with HookReceiver() as receiver:
        receiver.manner = says(202, b"thanks")
        channel = poster(receiver.url)
        first = (await sent(channel, 1)).post
        await sent(channel, 2, reply_to=first)
        assert receiver.posts[1].json["post"]["in_reply_to"] == "notice1.1.0.en"
        assert (first.id, first.url) == ("notice1.1.0.en", "")


@pytest.mark.parametrize(
    ("manner", "trouble"),
    [
        (says(400, b"never"), Trouble.PERMANENT),
        (says(302, Location="http://127.0.0.1:1/"), Trouble.PERMANENT),
        (says(429, Retry_After="60"), Trouble.POST_LIMITED),
        (says(503), Trouble.POST_RETRYABLE),
        (lambda handler: handler.connection.close(), Trouble.POST_UNCERTAIN),
    ],
)
async def test_what_it_says_is_obeyed_and_a_repeat_has_the_same_event(manner, trouble):
    with HookReceiver() as receiver:
        receiver.next_manners.append(manner)
        channel = poster(receiver.url)
        with pytest.raises(ChannelError) as caught:
            await sent(channel, 1)
        assert caught.value.trouble is trouble
        await sent(channel, 1, is_repeat=True)
        first, again = receiver.posts
        assert first.headers["forewarn-event"] == again.headers["forewarn-event"]
        assert first.body == again.body


async def test_two_secrets_sign_both_while_one_replaces_the_other():
    with HookReceiver() as receiver:
        await sent(Social(service_of(receiver.url, secret=f"a-new-one {SECRET}")), 1)
        [post] = receiver.posts
    at = int(post.headers["forewarn-timestamp"])
    each = [
        signed(post.body, event="notice1.1.0.en", secret=secret, at=at)["Forewarn-Signature"]
        for secret in ("a-new-one", SECRET)
    ]
    assert post.headers["forewarn-signature"] == ",".join(each)


def test_its_secret_is_not_shown():
    assert SECRET not in repr(address_of("https://poster.acme.example/", SECRET))
    assert SECRET not in repr(service_of("https://poster.acme.example/", secret=SECRET))


async def test_the_poster_in_the_docs_takes_what_is_really_posted_and_nothing_else(tmp_path):
    script = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "social.md").read_text("utf-8"), re.DOTALL)
    assert script is not None
    program = tmp_path / "poster.py"
    # The port is the system's choice; the program says which.
    serves = 'HTTPServer(("", int(os.environ.get("PORT", "8000"))), Poster).serve_forever()'
    assert serves in script.group(1)
    says_port = (
        'server = HTTPServer(("127.0.0.1", 0), Poster); print(server.server_port, flush=True); server.serve_forever()'
    )
    program.write_text(script.group(1).replace(serves, says_port), encoding="utf-8")
    environment = {**os.environ, "SECRET": SECRET}
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stdout is not None
        try:
            url = f"http://127.0.0.1:{int(await asyncio.to_thread(running.stdout.readline))}/forewarn"
            channel = poster(url)
            first = (await sent(channel, 1)).post
            twin = (await sent(channel, 1)).post
            second = (await sent(channel, 2, reply_to=first)).post
            with pytest.raises(ChannelError) as caught:
                await Social(service_of(url, secret="another-secret")).send(MESSAGE, Recipient(key="notice3.1.0"))
            with pytest.raises(OSError, match="403"):
                await asyncio.to_thread(_forged, url)
        finally:
            running.terminate()
            said = running.stdout.read()
    assert (first.id, first.url) == ("1", "https://social.example/acme/1")
    assert twin == first
    assert second.id == "2"
    assert (caught.value.trouble, caught.value.code) == (Trouble.PERMANENT, "403")
    assert said.splitlines() == ["en None Late. <&> 出金", "en 1 Late. <&> 出金"]


def _forged(url):
    body = json.dumps({"post": {"id": "x", "text": "Send us your coins.", "language": "en"}}).encode()
    headers = signed(body, event="x", secret=SECRET, at=1)
    urllib.request.urlopen(urllib.request.Request(url, body, headers))

"""Apprise against servers of our own in the shapes of five services: the whole text, once, and no token anywhere."""

import asyncio
import json
import logging
import threading
from collections import deque
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.social import Social
from notifier.channels.social.longtail import LongTail
from notifier.compose import compose
from notifier.retry import Trouble
from tests.notifier.cast import HOUSE, a_notice
from tests.receivers import HookReceiver, says

# Apprise asks Python for a module that Python wants to drop.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MESSAGE = compose(a_notice(), "en", HOUSE)
TEXT = MESSAGE.short.rstrip("\n")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One service as apprise speaks to it."""

    url: str
    #: Attributes of the plugin that lead to the service, and what they become; `{}` is our server.
    leads: dict[str, str]
    #: What the service answers to a post that it takes.
    yes: bytes
    secrets: tuple[str, ...]


SHAPES = {
    "mastodon": Shape(
        url="mastodon://mastodontokenofacme@{}",
        leads={},
        yes=b'{"id": "1", "url": "https://social.example/@acme/1"}',
        secrets=("mastodontokenofacme",),
    ),
    "discord": Shape(
        url="discord://200000000000000001/" + "discordtokenofacme" * 4,
        leads={"notify_url": "http://{}/api/webhooks"},
        yes=b"",
        secrets=("discordtokenofacme" * 4,),
    ),
    "slack": Shape(
        url="slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23status",
        leads={"webhook_url": "http://{}/services"},
        yes=b"ok",
        secrets=("TIiajkdnlazkcOXrIdevi7FQ", "A1BRTD4JD"),
    ),
    "telegram": Shape(
        url="tgram://123456789:abcdefg_hijklmnop/-1001234567890?preview=no",
        leads={"notify_url": "http://{}/bot"},
        yes=b'{"ok": true, "result": {"message_id": 41}}',
        secrets=("123456789:abcdefg_hijklmnop",),
    ),
    "x": Shape(
        url="tweet://consumerkeyofacme/consumersecretofacme/accesstokenofacme/accesssecretofacme",
        leads={"twitter_tweet": "http://{}/2/tweets"},
        yes=b'{"data": {"id": "1", "text": "x"}}',
        secrets=("consumerkeyofacme", "consumersecretofacme", "accesstokenofacme", "accesssecretofacme"),
    ),
}


@pytest.fixture
def receiver():
    with HookReceiver() as running:
        yield running


@pytest.fixture(params=list(SHAPES))
def shape(request):
    return SHAPES[request.param]


def account(shape, receiver, monkeypatch, query=""):
    """The account, led to our server."""
    where = f"127.0.0.1:{receiver.port}"
    url = shape.url.replace("{}", where)
    service = LongTail(url + ("&" if "?" in url else "?" if query else "") + query, limit=1_000)
    for name, place in shape.leads.items():
        assert hasattr(service._plugin, name)
        monkeypatch.setattr(type(service._plugin), name, place.replace("{}", where))
    receiver.manner = says(200, shape.yes)
    return Social(service)


async def send(social):
    return await social.send(MESSAGE, Recipient(key="notice1.1.0"))


async def refused(social):
    with pytest.raises(ChannelError) as caught:
        await send(social)
    return caught.value


def words_in(value):
    """Every text in a posted document."""
    if isinstance(value, dict):
        return [word for each in value.values() for word in words_in(each)]
    if isinstance(value, list):
        return [word for each in value for word in words_in(each)]
    return [value] if isinstance(value, str) else []


def posted(receiver):
    [post] = receiver.posts
    try:
        return words_in(json.loads(post.body))
    except ValueError:
        return [value for values in parse_qs(post.body.decode()).values() for value in values]


async def test_the_whole_text_goes_out_in_one_post(shape, receiver, monkeypatch):
    social = account(shape, receiver, monkeypatch)
    receipt = await send(social)
    await social.close()
    # At Telegram apprise ends lines as mail does.
    assert TEXT in [word.replace("\r\n", "\n").rstrip("\n") for word in posted(receiver)]
    assert receipt.post.text == TEXT
    assert receipt.post.id == receipt.post.url == ""


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(302, Trouble.PERMANENT), (403, Trouble.PERMANENT), (503, Trouble.POST_RETRYABLE)],
)
async def test_a_refusal_is_placed_and_apprise_does_not_try_again(shape, receiver, monkeypatch, status, trouble):
    social = account(shape, receiver, monkeypatch)
    receiver.manner = says(status, b"{}", Location=f"http://127.0.0.1:{receiver.port}/elsewhere")
    error = await refused(social)
    await social.close()
    assert (error.trouble, error.code) == (trouble, str(status))
    assert len(receiver.posts) == 1


async def test_no_token_is_shown(shape, receiver, monkeypatch, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    social = account(shape, receiver, monkeypatch)
    said = "".join(shape.secrets).encode()
    receiver.next_manners.append(says(500, said))
    error = await refused(social)
    receipt = await send(social)
    await social.close()
    shown = "\n".join(
        [str(error), repr(error), repr(receipt), repr(social._service), caplog.text, *capsys.readouterr()]
    )
    for secret in shape.secrets:
        assert secret not in shown


async def test_an_answer_that_drips_is_given_up_and_the_account_says_that_it_is_busy(receiver):
    social = Social(LongTail(f"json://127.0.0.1:{receiver.port}/post", deadline_seconds=0.5))
    receiver.manner = receiver.drips_its_head
    assert (await refused(social)).trouble is Trouble.UNCERTAIN
    assert (await refused(social)).code == "busy"
    await social.close()


async def test_closing_does_not_wait_for_a_service_that_hangs(receiver):
    social = Social(LongTail(f"json://127.0.0.1:{receiver.port}/post?rto=60"))
    receiver.manner = receiver.hangs
    sending = asyncio.ensure_future(refused(social))
    async with asyncio.timeout(20):
        while not receiver.posts:
            await asyncio.sleep(0.01)
        await social.close()
        assert (await sending).code == "closed"
    # Nor does the program at its end.
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "social")


async def test_posts_of_one_account_go_out_one_after_the_other(receiver):
    order: deque[str] = deque()
    service = LongTail(f"json://127.0.0.1:{receiver.port}/post", limit=1_000)

    def slowly(handler):
        order.append(f"came {handler.post.json['message']}")
        says(200, b"{}")(handler)
        order.append(f"went {handler.post.json['message']}")

    receiver.manner = slowly
    first, second = service._thread.begin(lambda: service._post("1")), service._thread.begin(lambda: service._post("2"))
    await asyncio.gather(asyncio.wrap_future(first), asyncio.wrap_future(second))
    assert [each for each in order if each.startswith("came")] == ["came 1", "came 2"]
    service.close()

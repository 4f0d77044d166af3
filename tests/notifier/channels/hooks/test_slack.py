"""A room's posts: short, inert, with the way to the settings."""

import json

import pytest

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.slack import Slack, link, room_post
from notifier.compose import compose
from notifier.retry import Trouble
from tests.notifier.cast import HOUSE, a_notice
from tests.receivers import LOOPBACK, HookReceiver


@pytest.fixture
def receiver():
    with HookReceiver() as running:
        yield running


async def test_a_room_gets_the_short_form_with_link_and_code(receiver):
    words = compose(a_notice(), "fr", HOUSE, for_subscribers=True)
    slack = Slack(
        Reach(allowed=LOOPBACK),
        footer=lambda language, token: link(f"https://s.example/{token}", f"Réglages {language}"),
    )
    assert (await slack.send(words, Recipient(key="n.1.7", address=receiver.url, token="t" * 32))).code == "200"
    post = receiver.posts[0].json
    section, context = post["blocks"]
    assert section["text"] == {"type": "mrkdwn", "text": words.short.strip()}
    assert post["text"].startswith(words.short.strip())
    assert a_notice().verify_code in post["text"]
    assert context["elements"][0]["text"] == f"<https://s.example/{'t' * 32}|Réglages fr>"
    with pytest.raises(ChannelError) as failed:
        await slack.send(words, Recipient(key="n.1.7", address=receiver.url))
    assert failed.value.trouble is Trouble.PERMANENT


def test_nothing_in_the_words_calls_a_channel_or_hides_a_link():
    text = json.loads(room_post("<!channel> & <https://evil.example|us>", "foot"))["blocks"][0]["text"]["text"]
    assert text == "&lt;!channel&gt; &amp; &lt;https://evil.example|us&gt;"
    assert link("https://a.example", "a|b>c") == "<https://a.example|a¦b&gt;c>"

"""A room that takes what Slack's incoming webhooks take, as Mattermost and others do: the short form, and no more."""

import json
from collections.abc import Callable

from notifier.channels.contract import ChannelError, Receipt, Recipient
from notifier.channels.hooks import sending
from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.webhook import AGENT
from notifier.message import Message
from notifier.retry import Trouble

#: A block takes 3,000 letters; nobody reads as many in a chat.
_TEXT_CHARS = 2_900
HEADERS = {"Content-Type": "application/json", "User-Agent": AGENT}


class Slack:
    """All rooms share the way out, nothing else."""

    concurrency = sending.CONCURRENCY

    def __init__(self, reach: Reach, *, footer: Callable[[str, str], str]) -> None:
        """`footer` gives the words under a post in a language, and the link in them, for a subscriber's token."""
        self._reach = reach
        self._footer = footer

    async def send(self, message: Message, to: Recipient) -> Receipt:
        """Post the short form. Raises ChannelError."""
        if not to.token:
            raise ChannelError(Trouble.PERMANENT, phase="connect", reply="there is no token")
        body = room_post(message.short, self._footer(message.language, to.token))
        return await sending.hand_over(self._reach, to.address, body, HEADERS)

    async def close(self) -> None:
        """No connection is kept."""


def room_post(words: str, footer: str) -> bytes:
    """A post as JSON: `words` for everybody, as text for notifications and old servers and as a block; a small footer.

    `words` are plain and become inert here; `footer` is markup already.
    """
    text = escaped(words.strip())[:_TEXT_CHARS]
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": footer}]},
    ]
    return json.dumps({"text": f"{text}\n{footer}", "blocks": blocks}, ensure_ascii=False).encode()


def escaped(words: str) -> str:
    """What Slack's markup would take for a link or a mention is text again.

    >>> escaped("<!channel> a & b")
    '&lt;!channel&gt; a &amp; b'
    """
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, words: str) -> str:
    """A link in Slack's markup."""
    return f"<{url}|{escaped(words).replace('|', '¦')}>"

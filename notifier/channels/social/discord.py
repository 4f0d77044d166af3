"""Discord, by a webhook or by a bot: https://discord.com/developers/docs/resources/webhook#execute-webhook.

A webhook neither answers to a post nor reads; a bot does both.
"""

import hashlib
import re
from typing import Any

from notifier.channels.contract import ChannelError
from notifier.channels.hooks.reach import Reach
from notifier.channels.social.api import Api, Said
from notifier.channels.social.measures import LINK, same_words, utf16_units
from notifier.channels.social.service import Address, Draft, Standing
from notifier.fitting import Manner
from records.posts import Post

_LIMIT = 2_000
_NONCE_LETTERS = 25
#: No card with a picture under each post.
_WITHOUT_CARDS = 1 << 2
_MARKUP = re.compile(r"([\\*_~`|<])|^([#>-])(?=\s)", re.MULTILINE)


class DiscordWebhook:
    """One webhook of one channel, or of one thread in it."""

    def __init__(self, reach: Reach, address: Address, *, limit: int | None = None) -> None:
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=False)
        self._path = f"/webhooks/{address.options['webhook']}/{address.options['token']}"
        self._thread = f"&thread_id={thread}" if (thread := address.options.get("thread")) else ""
        self.manner = Manner(service="Discord", limit=limit or _LIMIT, measure=utf16_units, dress=dressed)
        self._guild = ""

    async def post(self, draft: Draft) -> Post:
        """Execute the webhook, and wait for the message that it makes. Raises ChannelError."""
        said = await self._api.publish(f"{self._path}?wait=true{self._thread}", _message(draft.text))
        if not said.text("id"):
            raise self._api.unreadable(said.status)
        return Post(id=said.text("id"), url=_url(await self._guild_id(), said), text=draft.text)

    async def find(self, draft: Draft) -> Post | None:
        """Nobody can look."""
        return None

    async def examine(self) -> Standing:
        """Which webhook it is. Raises ChannelError."""
        return Standing(said=f"webhook {(await self._api.read(self._path)).text('name')}")

    def close(self) -> None:
        """No connection is kept."""

    async def _guild_id(self) -> str:
        """Of the server that the channel is on; empty when it cannot be told: the post stands all the same."""
        if not self._guild:
            try:
                self._guild = (await self._api.read(self._path)).text("guild_id")
            except ChannelError:
                return ""
        return self._guild


class DiscordBot:
    """One bot and one channel."""

    def __init__(self, reach: Reach, address: Address, *, limit: int | None = None) -> None:
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=True)
        self._as_us = {"Authorization": f"Bot {address.options['token']}"}
        self._channel = f"/channels/{address.options['channel']}"
        self.manner = Manner(service="Discord", limit=limit or _LIMIT, measure=utf16_units, dress=dressed)
        self._guild = ""

    async def post(self, draft: Draft) -> Post:
        """Create a message. Raises ChannelError."""
        nonce = hashlib.sha256(draft.key.encode()).hexdigest()[:_NONCE_LETTERS]
        message = {**_message(draft.text), "nonce": nonce, "enforce_nonce": True}
        if draft.reply_to is not None:
            # A first post that somebody deleted must not keep the next ones from people.
            message["message_reference"] = {"message_id": draft.reply_to.id, "fail_if_not_exists": False}
        said = await self._api.publish(f"{self._channel}/messages", message, self._as_us)
        if not said.text("id"):
            raise self._api.unreadable(said.status)
        return Post(id=said.text("id"), url=_url(await self._guild_id(), said), text=draft.text)

    async def find(self, draft: Draft) -> Post | None:
        """Among the channel's last fifty. Raises ChannelError."""
        said = await self._api.read(f"{self._channel}/messages?limit=50", self._as_us)
        for message in said.rows():
            if same_words(message.text("content"), draft.text):
                return Post(id=message.text("id"), url=_url(await self._guild_id(), message), text=draft.text)
        return None

    async def examine(self) -> Standing:
        """Which bot it is, and whether it sees the channel. Raises ChannelError."""
        bot = (await self._api.read("/users/@me", self._as_us)).text("username")
        try:
            channel = await self._api.read(self._channel, self._as_us)
        except ChannelError as error:
            if error.code not in ("403", "404"):
                raise
            return Standing(said=f"{bot} does not see the channel", hint="let the bot view the channel and send there")
        return Standing(said=f"{bot} in #{channel.text('name')}")

    def close(self) -> None:
        """No connection is kept."""

    async def _guild_id(self) -> str:
        if not self._guild:
            try:
                self._guild = (await self._api.read(self._channel, self._as_us)).text("guild_id")
            except ChannelError:
                return ""
        return self._guild


def dressed(text: str) -> str:
    r"""Plain words as Discord shows them: what it would take for markup is escaped, but in links.

    >>> dressed("*No* <@1> https://a.example/x_y")
    '\\*No\\* \\<@1> https://a.example/x_y'
    """
    parts, end = [], 0
    for link in LINK.finditer(text):
        parts += [_MARKUP.sub(r"\\\g<0>", text[end : link.start()]), link.group()]
        end = link.end()
    return "".join(parts) + _MARKUP.sub(r"\\\g<0>", text[end:])


def _message(text: str) -> dict[str, Any]:
    # No words of ours wake up a whole room.
    return {"content": text, "allowed_mentions": {"parse": []}, "flags": _WITHOUT_CARDS}


def _url(guild: str, message: Said) -> str:
    place = message.text("channel_id")
    return f"https://discord.com/channels/{guild}/{place}/{message.text('id')}" if guild and place else ""

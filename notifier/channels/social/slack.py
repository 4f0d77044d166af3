"""Slack, by a bot or by an incoming webhook: https://docs.slack.dev/reference/methods/chat.postMessage.

A webhook says `ok` and no more: its posts have no name that another could answer to.
"""

import json
from datetime import timedelta
from urllib.parse import urlencode

from notifier.channels.contract import ChannelError
from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.slack import escaped
from notifier.channels.social.api import Api, Said
from notifier.channels.social.measures import same_words, utf16_units
from notifier.channels.social.service import Address, Draft, Standing
from notifier.fitting import Manner
from notifier.retry import Trouble
from records.posts import Post

_LIMIT = 4_000
_BUSY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
_RATIONED = frozenset({"ratelimited", "rate_limited"})
_LOCKED_OUT = frozenset({"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired"})
#: What a service says that lets us post and not read.
_BLIND = frozenset({"missing_scope", "not_in_channel", "channel_not_found", "not_allowed_token_type"})


class SlackBot:
    """One bot and one channel."""

    def __init__(self, reach: Reach, address: Address, *, limit: int | None = None) -> None:
        channel = address.options["channel"]
        # Only a channel's id leads to what was said in it.
        can_look = not channel.startswith("#")
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=can_look)
        self._as_us = {
            "Authorization": f"Bearer {address.options['token']}",
            # It warns of JSON without one.
            "Content-Type": "application/json; charset=utf-8",
        }
        self._channel = channel
        self.manner = Manner(service="Slack", limit=limit or _LIMIT, measure=utf16_units, dress=escaped)

    async def post(self, draft: Draft) -> Post:
        """Post a message; an update into the thread of the first, and shown in the channel too. Raises ChannelError."""
        message: dict[str, object] = {
            "channel": self._channel,
            "text": draft.text,
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if draft.reply_to is not None:
            message |= {"thread_ts": draft.reply_to.id, "reply_broadcast": True}
        said = self._agreed(await self._api.publish("/chat.postMessage", message, self._as_us))
        if not said.text("ts"):
            raise self._api.unreadable(said.status)
        return await self._standing(said.text("channel"), said.text("ts"), draft)

    async def find(self, draft: Draft) -> Post | None:
        """Among the last of the channel or of the thread; only its number leads there. Raises ChannelError."""
        place = {"channel": draft.reply_to.reference.get("channel", "") if draft.reply_to else self._channel}
        method = "conversations.history"
        if draft.reply_to is not None:
            place["ts"], method = draft.reply_to.id, "conversations.replies"
        try:
            said = self._agreed(await self._api.read(f"/{method}?{urlencode({**place, 'limit': 50})}", self._as_us))
        except ChannelError as error:
            if error.code in _BLIND:
                return None
            raise
        for message in said.rows("messages"):
            if same_words(message.text("text"), draft.text):
                return await self._standing(place["channel"], message.text("ts"), draft)
        return None

    async def examine(self) -> Standing:
        """Which bot it is, and where. Raises ChannelError."""
        said = self._agreed(await self._api.call("/auth.test", {}, self._as_us))
        return Standing(said=f"{said.text('user')} at {said.text('team')}")

    def close(self) -> None:
        """No connection is kept."""

    async def _standing(self, channel: str, name: str, draft: Draft) -> Post:
        url = ""
        try:
            asked = urlencode({"channel": channel, "message_ts": name})
            url = (await self._api.read(f"/chat.getPermalink?{asked}", self._as_us)).text("permalink")
        except ChannelError:
            # The post stands all the same.
            pass
        return Post(id=name, url=url, reference={"channel": channel}, text=draft.text)

    def _agreed(self, said: Said) -> Said:
        """Slack says no with a status of 200, too. Raises ChannelError."""
        if isinstance(said.data, dict) and said.data.get("ok") is True:
            return said
        word = said.text("error")
        if not word:
            raise self._api.unreadable(said.status)
        raise self._api.refused(
            word, said.text("needed"), _trouble(word), timedelta(minutes=1) if word in _RATIONED else None
        )


def _trouble(word: str) -> Trouble:
    if word in _RATIONED:
        return Trouble.POST_LIMITED
    if word in _LOCKED_OUT:
        return Trouble.CONFIGURATION
    return Trouble.POST_RETRYABLE if word in _BUSY else Trouble.PERMANENT


class SlackWebhook:
    """One incoming webhook."""

    def __init__(self, reach: Reach, address: Address, *, limit: int | None = None) -> None:
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=False)
        self._path = f"/services/{address.options['token']}"
        self.manner = Manner(service="Slack", limit=limit or _LIMIT, measure=utf16_units, dress=escaped)

    async def post(self, draft: Draft) -> Post:
        """Post a message. Raises ChannelError."""
        message = {"text": draft.text, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
        body = json.dumps(message, ensure_ascii=False).encode()
        said = await self._api.hand(self._path, body, {"Content-Type": "application/json"})
        if said.raw.strip() != "ok":
            raise self._api.unreadable(said.status)
        return Post(id="", text=draft.text)

    async def find(self, draft: Draft) -> Post | None:
        """Nobody can look."""
        return None

    async def examine(self) -> Standing:
        """A webhook says nothing of itself."""
        return Standing(said="an incoming webhook, which can only be tried by posting", is_known=False)

    def close(self) -> None:
        """No connection is kept."""

"""Mastodon and what speaks its API: https://docs.joinmastodon.org/methods/statuses/."""

import html
import re
from urllib.parse import quote

from notifier.channels.contract import ChannelError
from notifier.channels.hooks.reach import Reach
from notifier.channels.social.api import Api
from notifier.channels.social.measures import mastodon_letters, same_words
from notifier.channels.social.service import Address, Draft, Standing
from notifier.fitting import Manner, fit
from notifier.retry import Trouble
from records.posts import Post

_LIMIT = 500
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<br\s*/?>|</p>\s*<p>")


class Mastodon:
    """One account. The server knows a repeat by its `Idempotency-Key` for an hour; after that we look."""

    def __init__(self, reach: Reach, address: Address, *, limit: int | None = None) -> None:
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=True)
        self._as_us = {"Authorization": f"Bearer {address.options['token']}"}
        self._visibility = address.options.get("visibility", "")
        self.manner = Manner(service="Mastodon", limit=limit or _LIMIT, measure=mastodon_letters)
        #: What this server takes; 0 until it was asked.
        self._server_limit = 0

    async def post(self, draft: Draft) -> Post:
        """Make a status. Raises ChannelError."""
        text = await self._fitted(draft.text)
        status: dict[str, object] = {"status": text, "language": draft.language.partition("-")[0]}
        if self._visibility:
            status["visibility"] = self._visibility
        if draft.reply_to is not None:
            status["in_reply_to_id"] = draft.reply_to.id
        said = await self._api.publish("/api/v1/statuses", status, {**self._as_us, "Idempotency-Key": draft.key})
        if not (name := said.text("id")):
            raise self._api.unreadable(said.status)
        return Post(id=name, url=said.text("url") or said.text("uri"), text=text)

    async def find(self, draft: Draft) -> Post | None:
        """Among our last twenty. Raises ChannelError."""
        us = await self._api.read("/api/v1/accounts/verify_credentials", self._as_us)
        path = f"/api/v1/accounts/{quote(us.text('id'), safe='')}/statuses?limit=20&exclude_reblogs=true"
        text = await self._fitted(draft.text)
        for status in (await self._api.read(path, self._as_us)).rows():
            if same_words(_plain(status.text("content")), text):
                return Post(id=status.text("id"), url=status.text("url") or status.text("uri"), text=text)
        return None

    async def examine(self) -> Standing:
        """Whose token it is, and how much the server takes. Raises ChannelError."""
        us = await self._api.read("/api/v1/accounts/verify_credentials", self._as_us)
        limit = await self._limit()
        is_small = limit < self.manner.limit
        hint = (
            f"its posts hold {limit} letters: set limit_chars to that, so that the preview shows it" if is_small else ""
        )
        return Standing(said=f"@{us.text('acct') or us.text('username')}", hint=hint)

    def close(self) -> None:
        """No connection is kept."""

    async def _fitted(self, text: str) -> str:
        """As it is, unless this server takes less than others do."""
        if self.manner.measure(text) <= (limit := await self._limit()):
            return text
        return fit(text, Manner(limit=limit, measure=mastodon_letters))

    async def _limit(self) -> int:
        """What the server says it takes; asked once, and where it does not say, what all take."""
        if not self._server_limit:
            try:
                said = await self._api.read("/api/v2/instance", self._as_us)
            except ChannelError as error:
                # Older servers, and others that speak this API, have no such page. One that is away is asked again.
                if error.trouble is Trouble.PERMANENT:
                    self._server_limit = self.manner.limit
                return self.manner.limit
            limit = said.text("configuration", "statuses", "max_characters")
            self._server_limit = int(limit) if limit.isdigit() and int(limit) else self.manner.limit
        return self._server_limit


def _plain(content: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", content)))

"""X: https://docs.x.com/x-api/posts/create-post, signed with OAuth 1.0a or with a user's bearer token."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote

from notifier.channels.contract import ChannelError
from notifier.channels.hooks.reach import Reach
from notifier.channels.social.api import Api, Said
from notifier.channels.social.measures import same_words, x_weight
from notifier.channels.social.service import Address, Draft, Standing
from notifier.fitting import Manner
from notifier.retry import Trouble
from records.posts import Post

_LIMIT = 280


class X:
    """One account. X refuses the same words twice, which tells us that they stand."""

    def __init__(
        self, reach: Reach, address: Address, *, limit: int | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=True)
        self._base = address.base
        self._keys = address.options
        self._clock = clock
        self.manner = Manner(service="X", limit=limit or _LIMIT, measure=x_weight)

    async def post(self, draft: Draft) -> Post:
        """Make a post. Raises ChannelError."""
        document: dict[str, object] = {"text": draft.text}
        if draft.reply_to is not None:
            document["reply"] = {"in_reply_to_tweet_id": draft.reply_to.id}
        try:
            said = await self._api.publish("/2/tweets", document, self._signed("POST", "/2/tweets"))
        except ChannelError as error:
            if error.code == "403" and "duplicate" in error.reply.lower() and (post := await self._stands(draft)):
                return post
            raise
        if not (name := said.text("data", "id")):
            raise self._api.unreadable(said.status)
        return _standing(name, draft)

    async def find(self, draft: Draft) -> Post | None:
        """Among our last twenty. Raises ChannelError."""
        us = await self._read("/2/users/me")
        path = f"/2/users/{quote(us.text('data', 'id'), safe='')}/tweets?max_results=20"
        for tweet in (await self._read(path)).rows("data"):
            if same_words(tweet.text("text"), draft.text):
                return _standing(tweet.text("id"), draft)
        return None

    async def examine(self) -> Standing:
        """Whose tokens they are. Raises ChannelError."""
        return Standing(said=f"@{(await self._read('/2/users/me')).text('data', 'username')}")

    def close(self) -> None:
        """No connection is kept."""

    async def _stands(self, draft: Draft) -> Post | None:
        """The post that makes this one a duplicate; where we may not look, one without a name."""
        try:
            return await self.find(draft)
        except ChannelError as error:
            if error.trouble in (Trouble.PERMANENT, Trouble.POST_LIMITED, Trouble.CONFIGURATION):
                return Post(id="", text=draft.text)
            raise

    async def _read(self, path: str) -> Said:
        return await self._api.read(path, self._signed("GET", path))

    def _signed(self, method: str, path: str) -> dict[str, str]:
        if "bearer" in self._keys:
            return {"Authorization": f"Bearer {self._keys['bearer']}"}
        nonce, at = secrets.token_hex(16), int(self._clock())
        return {"Authorization": signature(self._keys, method, f"{self._base}{path}", nonce=nonce, at=at)}


def signature(keys: Mapping[str, str], method: str, url: str, *, nonce: str, at: int) -> str:
    """The header of OAuth 1.0a (RFC 5849, HMAC-SHA1); a body of JSON is no part of what is signed."""
    place, _, query = url.partition("?")
    said = {
        "oauth_consumer_key": keys["consumer_key"],
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(at),
        "oauth_token": keys["access_token"],
        "oauth_version": "1.0",
    }
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in [*said.items(), *parse_qsl(query)])
    basis = "&".join([method, _quoted(place), _quoted("&".join(f"{name}={value}" for name, value in pairs))])
    key = f"{_quoted(keys['consumer_secret'])}&{_quoted(keys['access_secret'])}"
    mac = base64.b64encode(hmac.digest(key.encode(), basis.encode(), hashlib.sha1)).decode()
    signed = sorted({**said, "oauth_signature": mac}.items())
    return "OAuth " + ", ".join(f'{name}="{_quoted(value)}"' for name, value in signed)


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")


def _standing(name: str, draft: Draft) -> Post:
    return Post(id=name, url=f"https://x.com/i/status/{name}", text=draft.text)

"""Bluesky: records in our own repository, https://docs.bsky.app/docs/api/com-atproto-repo-create-record.

We name the record ourselves, from the notice: so a repeat is the same record, and whether it stands is one question.
"""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from notifier.channels.contract import ChannelError
from notifier.channels.hooks.reach import Reach
from notifier.channels.social.api import Api, Said
from notifier.channels.social.measures import LINK, bluesky_letters
from notifier.channels.social.service import Address, Draft, Standing
from notifier.fitting import Manner
from notifier.retry import Trouble
from records.posts import Post

_LIMIT = 300
_POSTS = "app.bsky.feed.post"
#: Digits of a record's name, in the order in which they sort.
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_NAME_DIGITS = 13
#: What a server says of an access token that is over; it says it with 400.
_STALE = ("ExpiredToken", "InvalidToken")


class Bluesky:
    """One account, by an app password. Its session is kept and renewed; logging in is strictly rationed there."""

    def __init__(self, reach: Reach, address: Address, *, limit: int | None = None) -> None:
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=True)
        self._name, self._password = address.options["user"], address.options["password"]
        self.manner = Manner(service="Bluesky", limit=limit or _LIMIT, measure=bluesky_letters)
        self._session: Said | None = None
        self._entry = asyncio.Lock()

    async def post(self, draft: Draft) -> Post:
        """Make a record. Raises ChannelError."""
        session = await self._entered()
        record: dict[str, object] = {
            "$type": _POSTS,
            "text": draft.text,
            "createdAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "langs": [draft.language],
            "facets": facets(draft.text),
        }
        if draft.reply_to is not None:
            first = {"uri": draft.reply_to.id, "cid": draft.reply_to.reference.get("cid", "")}
            record["reply"] = {"root": first, "parent": first}
        document = {"repo": session.text("did"), "collection": _POSTS, "rkey": record_name(draft), "record": record}
        said = await self._as_us("com.atproto.repo.createRecord", document)
        if not said.text("uri"):
            raise self._api.unreadable(said.status)
        return self._standing(session, said, draft)

    async def find(self, draft: Draft) -> Post | None:
        """By its name. Raises ChannelError."""
        session = await self._entered()
        place = f"repo={quote(session.text('did'), safe='')}&collection={_POSTS}&rkey={record_name(draft)}"
        try:
            said = await self._api.read(f"/xrpc/com.atproto.repo.getRecord?{place}")
        except ChannelError as error:
            if error.code in ("400", "404"):
                return None
            raise
        return self._standing(session, said, draft) if said.text("uri") else None

    async def examine(self) -> Standing:
        """Whose password it is. Raises ChannelError."""
        session = await self._entered()
        return Standing(said=f"@{session.text('handle')}")

    def close(self) -> None:
        """No connection is kept."""

    def _standing(self, session: Said, said: Said, draft: Draft) -> Post:
        who = session.text("handle") or session.text("did")
        url = f"https://bsky.app/profile/{who}/post/{said.text('uri').rpartition('/')[2]}"
        return Post(id=said.text("uri"), url=url, reference={"cid": said.text("cid")}, text=draft.text)

    async def _as_us(self, method: str, document: object) -> Said:
        """Publish within our session, which is renewed once where it is over."""
        session = await self._entered()
        try:
            return await self._api.publish(f"/xrpc/{method}", document, _bearer(session.text("accessJwt")))
        except ChannelError as error:
            if not (error.trouble is Trouble.CONFIGURATION or any(word in error.reply for word in _STALE)):
                raise
        session = await self._renewed(session)
        return await self._api.publish(f"/xrpc/{method}", document, _bearer(session.text("accessJwt")))

    async def _entered(self) -> Said:
        """The session we are in, or a new one."""
        async with self._entry:
            if self._session is None:
                self._session = await self._log_in()
            return self._session

    async def _renewed(self, over: Said) -> Said:
        """Another session instead of one that is over, by its refresh token, or by the password if that is over too."""
        async with self._entry:
            if self._session is not None and self._session.text("accessJwt") != over.text("accessJwt"):
                return self._session
            try:
                path = "/xrpc/com.atproto.server.refreshSession"
                said = await self._api.call(path, {}, _bearer(over.text("refreshJwt")))
            except ChannelError as error:
                if error.can_retry and error.trouble is not Trouble.CONFIGURATION:
                    raise
                said = await self._log_in()
            self._session = self._session_of(said)
            return self._session

    async def _log_in(self) -> Said:
        document = {"identifier": self._name, "password": self._password}
        return self._session_of(await self._api.call("/xrpc/com.atproto.server.createSession", document))

    def _session_of(self, said: Said) -> Said:
        if not (said.text("accessJwt") and said.text("did")):
            # Nothing was posted yet, so it may be tried again.
            raise self._api.refused(str(said.status), "the answer to a log-in cannot be read", Trouble.POST_RETRYABLE)
        return said


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def facets(text: str) -> list[dict[str, Any]]:
    """Where the links are, in bytes of UTF-8: only so does the service make links of them.

    >>> facets("é https://a.example")[0]["index"]
    {'byteStart': 3, 'byteEnd': 20}
    """
    found: list[dict[str, Any]] = []
    for link in LINK.finditer(text):
        start = len(text[: link.start()].encode())
        index = {"byteStart": start, "byteEnd": start + len(link.group().encode())}
        found.append({"index": index, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link.group()}]})
    return found


def record_name(draft: Draft) -> str:
    """A record's name as the service wants it (a moment in microseconds and a number), the same in every try."""
    chance = int.from_bytes(hashlib.sha256(draft.key.encode()).digest()[:8])
    moment = int(draft.created_at.timestamp() * 1000) * 1000 + chance % 1000
    number = ((moment << 10) | (chance >> 10) % 1024) & ((1 << 63) - 1)
    digits = ""
    for _ in range(_NAME_DIGITS):
        digits = _DIGITS[number & 31] + digits
        number >>= 5
    return digits

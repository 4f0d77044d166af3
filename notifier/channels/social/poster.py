"""The company's own poster, for services without an interface of their own: a signed webhook that gets each post.

Signed as subscribers' webhooks are. What it answers as JSON (`id`, `url`) is kept as evidence.
"""

import json
import time
from collections.abc import Callable

from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.webhook import signed
from notifier.channels.social.api import Api
from notifier.channels.social.measures import LINK
from notifier.channels.social.service import Address, Draft, Standing
from notifier.fitting import Manner
from records.posts import Post

_LIMIT = 2_000


class Poster:
    """One receiver. It knows a repeat by the event's id."""

    def __init__(
        self, reach: Reach, address: Address, *, limit: int | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=True)
        self._secret = address.options["secret"]
        self._clock = clock
        self.manner = Manner(service="webhook", limit=limit or _LIMIT)

    async def post(self, draft: Draft) -> Post:
        """Hand it to the poster. Raises ChannelError."""
        first = draft.reply_to
        document = {
            "post": {
                "id": draft.key,
                "text": draft.text,
                "language": draft.language,
                "links": LINK.findall(draft.text),
                "created_at": draft.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "in_reply_to": first.reference.get("event") or first.id if first else None,
                "in_reply_to_post": first.id if first else None,
            }
        }
        body = json.dumps(document, ensure_ascii=False).encode()
        headers = signed(body, event=draft.key, secret=self._secret, at=int(self._clock()))
        said = await self._api.hand("", body, headers)
        # A poster that names no post can be answered to by the event's id.
        name = said.text("id") or draft.key
        return Post(id=name, url=said.text("url"), reference={"event": draft.key}, text=draft.text)

    async def find(self, draft: Draft) -> Post | None:
        """It drops twins itself."""
        return None

    async def examine(self) -> Standing:
        """It gets nothing but posts."""
        return Standing(said="a webhook, which is asked only when there is something to say", is_known=False)

    def close(self) -> None:
        """No connection is kept."""

"""A social account on this machine: takes the JSON that Apprise posts, and keeps the posts."""

import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from records.times import now_utc
from server.demo.rpc import Reply
from server.demo.wire import HOST, Wire

_MOST_POSTS = 500


@dataclass(frozen=True, kw_only=True)
class Post:
    """One post."""

    at: datetime
    title: str
    text: str


class SocialAccount:
    """Posts, newest first."""

    def __init__(self) -> None:
        self.wire = Wire(self._take)
        self.posts: deque[Post] = deque(maxlen=_MOST_POSTS)

    @property
    def apprise_url(self) -> str:
        """The address to configure."""
        return f"json://{HOST}:{self.wire.port}/posts"

    async def _take(self, body: bytes) -> Reply:
        try:
            document = json.loads(body)
            post = Post(at=now_utc(), title=str(document.get("title") or ""), text=str(document["message"]))
        except (ValueError, KeyError, AttributeError, RecursionError):
            return Reply(status=400, body=b'{"error": "not a post"}')
        self.posts.appendleft(post)
        return Reply(status=200, body=b"{}")

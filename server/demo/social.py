"""A social server on this machine with one account: speaks Mastodon's API, and keeps the posts in their threads."""

import json
import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.times import iso, now_utc
from server.demo.rpc import Reply
from server.demo.wire import HOST, Request, Wire

_MOST_POSTS = 500
_LIMIT = 500
ACCOUNT = "acmewallet"


@dataclass(frozen=True, kw_only=True)
class Post:
    """One post."""

    id: str
    at: datetime
    language: str
    text: str
    #: Id of the post that it answers to; empty for the first of a thread.
    answers_to: str
    #: What its sender called it: the same twice is the same post.
    key: str


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A first post, and what answered to it, oldest first."""

    opening: Post
    answers: tuple[Post, ...]


class SocialAccount:
    """Posts, newest first."""

    def __init__(self) -> None:
        self.wire = Wire(self._take)
        self.posts: deque[Post] = deque(maxlen=_MOST_POSTS)
        # Made anew at each start: nobody outside this process has to know it.
        self._token = secrets.token_urlsafe(24)
        #: Where people see the posts; the demo says it once it knows its own port.
        self.page_url = ""

    @property
    def url(self) -> str:
        """The address to configure."""
        return f"mastodon://{self._token}@{HOST}:{self.wire.port}"

    @property
    def threads(self) -> list[Thread]:
        """The thread in which something was said last comes first."""
        found: list[Thread] = []
        for post in self.posts:
            opening = self._found(post.answers_to) or post
            if opening not in [thread.opening for thread in found]:
                answers = tuple(each for each in reversed(self.posts) if each.answers_to == opening.id)
                found.append(Thread(opening=opening, answers=answers))
        return found

    async def _take(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return _json(401, {"error": "The access token is invalid"})
        account = {"id": "1", "username": ACCOUNT, "acct": ACCOUNT}
        if request.path == "/api/v1/accounts/verify_credentials":
            return _json(200, account)
        if request.path == "/api/v1/accounts/1/statuses":
            return _json(200, [self._shape(post) for post in list(self.posts)[:20]])
        if request.path == "/api/v2/instance":
            return _json(200, {"configuration": {"statuses": {"max_characters": _LIMIT}}})
        if (request.method, request.path) == ("POST", "/api/v1/statuses"):
            return self._posted(request)
        return _json(404, {"error": "Record not found"})

    def _posted(self, request: Request) -> Reply:
        key = request.headers.get("idempotency-key", "")
        for post in self.posts:
            if key and post.key == key:
                return _json(200, self._shape(post))
        try:
            document = json.loads(request.body)
            text, answers_to = str(document["status"]), str(document.get("in_reply_to_id") or "")
            language = str(document.get("language") or "")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return _json(422, {"error": "Validation failed: Text can't be blank"})
        if answers_to and self._found(answers_to) is None:
            return _json(404, {"error": "Record not found"})
        name = str(len(self.posts) + 1)
        post = Post(id=name, at=now_utc(), language=language, text=text, answers_to=answers_to, key=key)
        self.posts.appendleft(post)
        return _json(200, self._shape(post))

    def _found(self, name: str) -> Post | None:
        return next((post for post in self.posts if post.id == name), None)

    def _shape(self, post: Post) -> dict[str, Any]:
        return {
            "id": post.id,
            "created_at": iso(post.at),
            "in_reply_to_id": post.answers_to or None,
            "language": post.language,
            "url": f"{self.page_url}#post-{post.id}",
            "content": f"<p>{post.text}</p>",
        }


def _json(status: int, document: object) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())

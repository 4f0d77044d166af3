"""What stands first in public about each incident or event on one account: later posts answer to it."""

from collections import OrderedDict

from notifier.scribe import Call
from records.posts import Post
from records.store import posts
from records.store.engine import Store

#: Incidents and events whose first post is kept at hand.
_KNOWN = 256


class Threads:
    """One account's, in one language."""

    def __init__(self, channel: str, store: Store, call: Call) -> None:
        self._channel = channel
        self._store = store
        self._call = call
        #: What was posted by this process: its row may not be written yet.
        self._known: OrderedDict[str, Post] = OrderedDict()

    async def opening(self, subject_id: str) -> Post | None:
        """The first post about it; None when this one will be the first. Raises StoreUnavailable."""
        if subject_id not in self._known:
            found: Post | None = await self._call(posts.opening, self._store, self._channel, subject_id)
            if found is None:
                return None
            self.note(subject_id, found)
        return self._known[subject_id]

    def note(self, subject_id: str, post: Post) -> None:
        """Something stands; the first of it that has a name stays the opening."""
        if post.id and subject_id not in self._known:
            self._known[subject_id] = post
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)

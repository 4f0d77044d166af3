"""What a service is: it posts one finished text, looks for one that may stand already, and says who we are there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from notifier.fitting import Manner
from records.posts import Post


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One post to be made."""

    #: As it goes out, to the letter.
    text: str
    #: Language of the words.
    language: str
    #: The same in every try, and another for every other post.
    key: str
    #: When the notice was made.
    created_at: datetime
    #: The first post about the same thing; None for the first.
    reply_to: Post | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Who we are at a service, asked without changing anything there."""

    #: The account by its name there, or what else can be said of it.
    said: str
    #: What to do about it; empty when all is well.
    hint: str = ""
    #: Whether it can be told without posting.
    is_known: bool = True


class Service(Protocol):
    """One account at one service."""

    @property
    def manner(self) -> Manner:
        """How it takes its posts."""
        ...

    async def post(self, draft: Draft) -> Post:
        """Make a post. Raises ChannelError."""
        ...

    async def find(self, draft: Draft) -> Post | None:
        """The post, if it stands already; None when it does not, or nobody can look. Raises ChannelError."""
        ...

    async def examine(self) -> Standing:
        """Who we are there. Raises ChannelError."""
        ...

    def close(self) -> None:
        """Begin nothing more."""
        ...


@dataclass(frozen=True, kw_only=True)
class Address:
    """One account's address taken apart: where its service is asked, and with what."""

    #: Name of the service, as the registry knows it.
    kind: str
    #: Where its API is, without a slash at the end.
    base: str
    #: What only the service should read.
    secrets: tuple[str, ...] = field(repr=False)
    #: What else the address says, by name.
    options: dict[str, str] = field(default_factory=dict, repr=False)

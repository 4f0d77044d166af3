"""What a channel is: it gets a finished message and an address, and returns a receipt or raises ChannelError."""

import re
from dataclasses import field
from datetime import timedelta
from typing import Protocol

from notifier.message import Message
from notifier.retry import RULES, Trouble
from records.errors import ForewarnError
from records.posts import Post
from records.quick import quick

_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;]+")
_REPLY_CHARS = 500


@quick
class Recipient:
    """Whom one message is for."""

    #: Stable over retries and restarts, different for each delivery: notice, version, customer.
    key: str
    #: Where to; None on channels that need no address.
    address: str | None = None
    #: Where this recipient declines this kind of notice with one click; only for what may be declined.
    unsubscribe_url: str | None = None
    #: A subscriber's own token, put where the words have the slot for it; empty for customers, whose words have none.
    token: str = field(default="", repr=False)
    #: What a receiver checks our signature with; empty for everybody else.
    secret: str = field(default="", repr=False)
    #: On public accounts: the first post about the same thing, which this one answers to.
    reply_to: Post | None = None
    #: Whether an earlier try may have arrived.
    is_repeat: bool = False


@quick
class Receipt:
    """The far side took the message."""

    #: How it was taken: `answered` (mail), `posted`, `offered`.
    phase: str
    code: str = ""
    #: The far side's words, without addresses.
    reply: str = ""
    #: What stands in public now.
    post: Post | None = None


class ChannelError(ForewarnError):
    """The message was not taken, or nobody knows whether it was; says whether trying again can help."""

    def __init__(
        self,
        trouble: Trouble,
        *,
        phase: str,
        code: str = "",
        reply: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        self.trouble = trouble
        #: How far it came: `connect`, `mail`, `rcpt`, `data`, `dot`, `posted`.
        self.phase = phase
        self.code = code
        self.reply = tidy_reply(reply)
        self.retry_after = retry_after
        super().__init__(f"{trouble} at {phase}: {code} {self.reply}".rstrip(" :"))

    @property
    def can_retry(self) -> bool:
        """Whether trying again can help."""
        return bool(RULES[self.trouble].waits)

    @property
    def is_ambiguous(self) -> bool:
        """Whether the far side may have taken it."""
        return RULES[self.trouble].is_uncertain

    @property
    def is_bad_address(self) -> bool:
        """Whether nothing more should be sent to this address."""
        return RULES[self.trouble].blocks_address


class Channel(Protocol):
    """One way to reach people. It never sleeps to retry, loops over customers or records outcomes."""

    @property
    def concurrency(self) -> int:
        """How many sends it works on at once."""
        ...

    async def send(self, message: Message, to: Recipient) -> Receipt:
        """Hand one message over. Raises ChannelError."""
        ...

    async def close(self) -> None:
        """Let go of the far side; sends that are not done end with ChannelError."""
        ...


def tidy_reply(reply: str) -> str:
    """A reply as it may be kept: one line, no addresses, at most 500 characters."""
    line = " ".join(reply.split())
    # Most replies have no address in them, and looking for one costs as much as putting a message into its envelope.
    return (_ADDRESS.sub("(address)", line) if "@" in line else line)[:_REPLY_CHARS]

"""A mail server on this machine that takes everything and delivers nothing: one mailbox for all addresses."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

from records.times import now_utc
from server.demo.wire import HOST

#: The oldest message goes when one more comes.
MOST_MESSAGES = 20_000
_MOST_MESSAGE_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Message:
    """One mail as it came."""

    #: Counts up from 1.
    number: int
    at: datetime
    recipient: str
    subject: str
    #: Lines of the source. Notices of one kind share nearly all of theirs, so each distinct line is kept once.
    lines: tuple[bytes, ...] = field(repr=False)

    @property
    def source(self) -> bytes:
        """The mail, byte for byte."""
        return b"".join(self.lines)

    @property
    def parsed(self) -> EmailMessage:
        """The mail taken apart."""
        parsed = message_from_bytes(self.source, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def body(self, form: str) -> str:
        """The text of its `plain` or `html` part; empty when it has none."""
        part = self.parsed.get_body((form,))
        return "" if part is None else str(part.get_content())


class Mailbox:
    """Messages in order of arrival, in bounded memory."""

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._most = most
        self._messages: deque[Message] = deque()
        self._line: dict[bytes, bytes] = {}
        self._uses: Counter[bytes] = Counter()
        #: All that ever came.
        self.received = 0

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, recipient: str, source: bytes) -> Message:
        """Keep one mail."""
        self.received += 1
        lines = tuple(self._kept(line) for line in source.splitlines(keepends=True))
        message = Message(
            number=self.received, at=now_utc(), recipient=recipient, subject=_subject(source), lines=lines
        )
        self._messages.append(message)
        if len(self._messages) > self._most:
            self._drop(self._messages.popleft())
        return message

    def _kept(self, line: bytes) -> bytes:
        self._uses[line] += 1
        return self._line.setdefault(line, line)

    def _drop(self, message: Message) -> None:
        for line in message.lines:
            self._uses[line] -= 1
            if not self._uses[line]:
                del self._uses[line], self._line[line]

    @property
    def distinct_lines(self) -> int:
        """How many lines are held in memory."""
        return len(self._line)

    def newest(self, *, to: str = "") -> Iterator[Message]:
        """Newest first; only those whose recipient contains `to`."""
        wanted = to.strip().lower()
        return (message for message in reversed(self._messages) if wanted in message.recipient)

    def message(self, number: int) -> Message | None:
        """One message; None when it never came or was dropped."""
        if not self._messages:
            return None
        index = number - self._messages[0].number
        return self._messages[index] if 0 <= index < len(self._messages) else None


def _subject(source: bytes) -> str:
    # The head alone: to take a whole mail apart costs milliseconds, and a thousand come at once.
    head, _, _ = source.replace(b"\r\n", b"\n").partition(b"\n\n")
    return str(message_from_bytes(head + b"\n\n", policy=policy.default)["subject"] or "")


class MailServer:
    """SMTP on a port of its own, into a mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def open(self) -> None:
        """Take mail."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._talk, HOST, 0)

    async def close(self) -> None:
        """Take no more mail."""
        if self._server is not None:
            self._server.close()

    def _talk(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.demo",
            ident="Forewarn demo",
            enable_SMTPUTF8=True,
            data_size_limit=_MOST_MESSAGE_BYTES,
            loop=asyncio.get_running_loop(),
        )

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name for it
        """Called by aiosmtpd with a whole mail."""
        content = envelope.original_content or envelope.content
        for recipient in envelope.rcpt_tos:
            self._mailbox.add(str(recipient).lower(), bytes(content))
        return "250 Taken"

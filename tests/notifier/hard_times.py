"""A mail server to which everything happens in turn during a mass mailing, and which remembers whom it served."""

import asyncio
import hashlib
import random
from collections import Counter
from enum import StrEnum

from tests.mail import Sink, SinkSide


class Hardship(StrEnum):
    """What goes wrong for a while."""

    NONE = "none"
    GREYLISTS = "greylists whom it has not seen"
    CLOSES = "says 421 in mid-session"
    CUTS_BEFORE = "cuts the connection at the content, and takes nothing"
    CUTS_AFTER = "takes the content and cuts the connection instead of an answer"
    HANGS = "falls silent after the content"
    DRIPS = "answers slowly"
    DEFERS = "puts everything off"


#: How often one of the hardships after which everything waits happens at most: enough to be seen.
_SELDOM = {Hardship.CLOSES: 6, Hardship.CUTS_AFTER: 30, Hardship.HANGS: 12}
#: Of so many commands one meets the hardship.
_ONE_IN = 25


def number_of(recipient: str) -> int:
    """`c-17@customer.example` is 17."""
    return int(recipient.partition("@")[0].partition("-")[2])


def verdict_on(number: int) -> str | None:
    """What the server says to some customers whatever else happens; None for yes."""
    if number % 97 == 0:
        return "550 5.1.1 no such user"
    if number % 101 == 0:
        return "597 5.9.9 nobody knows what this means"
    return "552 5.2.3 too long for this mailbox" if number % 103 == 0 else None


class HardSink(Sink):
    """As `Sink`; keeps no contents, only their hashes."""

    def __init__(self) -> None:
        super().__init__()
        self.hardship = Hardship.NONE
        self.met: Counter[Hardship] = Counter()
        self.taken: Counter[str] = Counter()
        self.contents: dict[str, bytes] = {}
        self.changed: set[str] = set()
        self.greylisted: set[str] = set()
        self.dice = random.Random(20261124)

    def _side(self) -> SinkSide:
        self._sides = [side for side in self._sides if not side.is_gone]
        self._sides.append(HardSide(self))
        return self._sides[-1]

    def take(self, recipient: str, raw: bytes) -> None:
        """A mail was taken, whether or not anybody is told so."""
        digest = hashlib.sha256(raw).digest()
        if self.contents.setdefault(recipient, digest) != digest:
            self.changed.add(recipient)
        self.taken[recipient] += 1

    def is_met(self, *hardships: Hardship) -> bool:
        """Whether this command meets one of these now."""
        may_be = self.hardship in hardships and self.met[self.hardship] < _SELDOM.get(self.hardship, 1_000_000)
        is_met = may_be and self.dice.randrange(_ONE_IN) == 0
        if is_met:
            self.met[self.hardship] += 1
        return is_met


class HardSide(SinkSide):
    """One connection."""

    def __init__(self, sink: HardSink) -> None:
        super().__init__(lambda _mail, rcpt, raw: sink.take(_recipient(rcpt), raw))
        self._sink = sink
        self._is_silent = False

    def data_received(self, data: bytes) -> None:
        if self._is_silent:
            return
        if self._sink.hardship is Hardship.DRIPS and self._sink.is_met(Hardship.DRIPS):
            asyncio.get_running_loop().call_later(0.3, super().data_received, data)
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(0.31, self._go_on)
            return
        super().data_received(data)

    def _go_on(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def _step(self) -> bytes | None:
        if self._is_silent or self.transport.is_closing():
            return None
        is_content = self._is_content
        if is_content and b"\r\n.\r\n" in self._buffer and self._breaks():
            return None
        reply = super()._step()
        if is_content and reply is not None and self._breaks_after():
            return None
        return reply

    def _breaks(self) -> bool:
        if self._sink.is_met(Hardship.CUTS_BEFORE):
            self.transport.abort()
            return True
        return False

    def _breaks_after(self) -> bool:
        sink = self._sink
        if not sink.is_met(Hardship.CUTS_AFTER, Hardship.HANGS):
            return False
        if sink.hardship is Hardship.HANGS:
            self._is_silent = True
        else:
            self.transport.abort()
        return True

    def _reply_to(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word == b"MAIL" and self._sink.is_met(Hardship.CLOSES):
            asyncio.get_running_loop().call_soon(self.transport.close)
            return b"421 4.3.2 closing for a moment\r\n"
        if word != b"RCPT":
            if word == b"DATA" and self._is_refused:
                return b"503 5.5.1 no recipient\r\n"
            if word in (b"MAIL", b"RSET"):
                self._is_refused = False
            return super()._reply_to(line)
        said = self._refusal(_recipient(line))
        self._is_refused = said is not None
        return f"{said}\r\n".encode() if said is not None else super()._reply_to(line)

    _is_refused = False

    def _refusal(self, recipient: str) -> str | None:
        sink = self._sink
        if (always := verdict_on(number_of(recipient))) is not None:
            return always
        if sink.hardship is Hardship.DEFERS and sink.is_met(Hardship.DEFERS):
            return "452 4.2.2 mailbox full"
        if sink.hardship is Hardship.GREYLISTS and recipient not in sink.greylisted and sink.is_met(Hardship.GREYLISTS):
            sink.greylisted.add(recipient)
            return "451 4.7.1 Greylisted, try again in 60 seconds"
        return None


def _recipient(line: bytes) -> str:
    return line.partition(b"<")[2].partition(b">")[0].decode()

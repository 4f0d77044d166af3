"""Our side of one SMTP connection, from MAIL to the answer to the final dot, with the phase of every message known.

The library that connects raises the same errors before and after the final dot, so this part is ours: lost before it
means surely not sent, lost after it means perhaps. Where PIPELINING is offered (RFC 2920), MAIL, RCPT and DATA of the
next message leave behind the content of the one before: one round trip a message. After anything but a reply that can
be read and was waited for, the connection is closed: replies shifted by one would be other messages' answers.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from notifier.channels.email.envelope import Envelope
from notifier.channels.email.replies import Lost, Offers, Refused, Reply

#: RFC 5321 4.5.3.2.6: less at the final dot makes repeats of what was taken.
DOT_TIMEOUT_SECONDS = 600.0
COMMAND_TIMEOUT_SECONDS = 60.0
_LONGEST_REPLY_BYTES = 32_768
#: What is answered after MAIL and RCPT.
_NEXT = {"mail": "rcpt", "rcpt": "data"}


@dataclass(kw_only=True, eq=False, slots=True)
class _Talk:
    """One message on its way through this connection."""

    envelope: Envelope
    done: asyncio.Future[Reply]
    phase: str = "waiting"
    #: Whether its commands left behind a content that was not answered yet: what some servers break on.
    is_behind: bool = False
    refused: Refused | None = field(default=None)


class Session(asyncio.Protocol):
    """One connection that is ready for MAIL."""

    def __init__(
        self,
        transport: asyncio.Transport,
        offers: Offers,
        *,
        dot_timeout_seconds: float = DOT_TIMEOUT_SECONDS,
        command_timeout_seconds: float = COMMAND_TIMEOUT_SECONDS,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self.offers = offers
        self._timeouts = {True: dot_timeout_seconds, False: command_timeout_seconds}
        self._waiting: deque[_Talk] = deque()
        #: What each coming reply is about, in order.
        self._expected: deque[tuple[str, _Talk | None]] = deque()
        #: The message between MAIL and the answer to DATA: until then nothing else may be written.
        self._open: _Talk | None = None
        self._needs_reset = False
        self._out: list[bytes] = []
        self._is_flush_due = False
        #: How many contents wait for their answer.
        self._dots = 0
        self._buffer = b""
        self._lines: list[bytes] = []
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._tested: asyncio.Future[Reply] | None = None
        self._why_closed = "the server closed the connection"
        self.is_closed = False
        self.opened_at = self._loop.time()
        self.quiet_since = self.opened_at
        #: Messages handed in so far, and those of them that are not answered.
        self.taken = 0
        self.in_work = 0
        #: Whether it took a message already, and one whose commands had come behind another's content.
        self.has_answered = False
        self.has_kept_pace = False
        self._idle = asyncio.Event()
        #: Set when nothing of the connection is left.
        self.gone = asyncio.Event()
        transport.set_protocol(self)

    async def transact(self, envelope: Envelope) -> Reply:
        """Send one message; the answer to its final dot. Raises Refused, Lost."""
        if self.is_closed:
            raise Lost("waiting", self._why_closed)
        talk = _Talk(envelope=envelope, done=self._loop.create_future())
        self.taken += 1
        self.in_work += 1
        self._idle.clear()
        self._waiting.append(talk)
        is_idle = not self._expected
        self._pump()
        if is_idle:
            # The server can begin while we put the others' messages into their envelopes.
            self._flush()
        # Whoever stops waiting stops only waiting: the message goes on, else its answer would be taken for another's.
        return await talk.done

    async def drained(self) -> None:
        """Wait until nothing is in work."""
        if self.in_work:
            await self._idle.wait()

    async def is_alive(self) -> bool:
        """Ask an idle server whether it is still there."""
        if self.is_closed or self._expected:
            return not self.is_closed
        self._tested = self._loop.create_future()
        self._write(b"NOOP\r\n", [("noop", None)])
        try:
            return (await self._tested).code == 250
        except Lost:
            return False

    def quit(self) -> None:
        """Say goodbye and close; only when nothing is in work."""
        if not self.is_closed:
            self._transport.write(b"QUIT\r\n")
            self._shut("closed by us")
            self._transport.close()

    def abort(self, why: str) -> None:
        """Close now; what is in work ends as lost."""
        if not self.is_closed:
            self._shut(why)
            self._transport.abort()

    async def leave(self, patience_seconds: float) -> None:
        """Close politely if nothing is in work, and see to it that nothing of the connection is left."""
        if self.in_work:
            self.abort("we are stopping")
        self.quit()
        try:
            await asyncio.wait_for(self.gone.wait(), patience_seconds)
        except TimeoutError:
            # The far side does not answer our goodbye, as under TLS it should.
            self._transport.abort()
            await self.gone.wait()

    # What asyncio calls.

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        left = len(self._expected)
        for line in lines:
            if self.is_closed:
                return
            self._read(line.rstrip(b"\r"))
        is_answer = len(self._expected) != left
        self._pump()
        if is_answer:
            # A byte now and then is none: it would hold a message, and its lane, for ever.
            self._restart_timer()
        if len(self._buffer) > _LONGEST_REPLY_BYTES or len(self._lines) > _LONGEST_REPLY_BYTES // 32:
            self.abort("the server's reply has no end")

    def eof_received(self) -> None:
        """The transport closes itself, and `connection_lost` follows."""

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_closed:
            self._shut(f"the connection broke: {error}" if error else self._why_closed)
        self.gone.set()

    # Reading replies.

    def _read(self, line: bytes) -> None:
        code, mark = line[:3], line[3:4]
        if len(code) < 3 or not code.isdigit() or mark not in (b" ", b"-", b""):
            self.abort("the server's reply cannot be read")
            return
        self._lines.append(line[4:])
        if mark == b"-":
            return
        text, self._lines = b" ".join(self._lines), []
        if not self._expected:
            self.abort(f"the server said {_reply(code, text)}")
            return
        if not _fits(self._expected[0][0], code):
            # It answers something else than what it was asked: what comes next would be taken for other answers too.
            self.abort(f"the server's answers are out of order: {_reply(code, text)}")
            return
        about, talk = self._expected.popleft()
        if talk is not None and self._goes_on(about, talk, code):
            return
        reply = _reply(code, text)
        if talk is not None:
            self._on_reply(about, talk, reply)
        elif about == "noop" and self._tested is not None:
            _settle(self._tested, reply)
        elif about == "rset":
            self._needs_reset = reply.code != 250
        if reply.code == 421 or (about == "rset" and self._needs_reset):
            self.abort(f"the server said {reply}")

    def _goes_on(self, about: str, talk: _Talk, code: bytes) -> bool:
        """The usual answers before the last one; nobody needs their words."""
        if talk.refused is not None:
            return False
        if about == "data" and code == b"354":
            talk.phase, self._open = "dot", None
            self._dots += 1
            self._write(talk.envelope.content, [("dot", talk)])
            return True
        if about not in _NEXT or not code.startswith(b"2"):
            return False
        talk.phase = _NEXT[about]
        if not self.offers.pipelining:
            self._write((self._rcpt(talk) if about == "mail" else "DATA\r\n").encode(), [(talk.phase, talk)])
        return True

    def _on_reply(self, about: str, talk: _Talk, reply: Reply) -> None:
        if about == "dot":
            self._dots -= 1
            self._end(talk, reply if 200 <= reply.code < 300 else Refused("dot", reply))
        elif about == "data":
            self._on_refused_data(talk, reply)
        elif not 200 <= reply.code < 300:
            talk.refused = talk.refused or Refused(about, reply)
            self._needs_reset = self._needs_reset or about == "rcpt"
            if not self.offers.pipelining:
                self._end(talk, talk.refused)

    def _on_refused_data(self, talk: _Talk, reply: Reply) -> None:
        self._needs_reset = self._needs_reset or talk.refused is None
        self._end(talk, talk.refused or Refused("data", reply))
        if reply.code == 354:
            # It waits for content although it refused the recipient; there is none to give.
            self.abort("the server refused the recipient and asked for the content")

    def _end(self, talk: _Talk, result: Reply | Exception) -> None:
        if self._open is talk:
            self._open = None
        self.in_work -= 1
        if self.in_work == 0:
            self._idle.set()
        self.quiet_since = self._loop.time()
        if isinstance(result, Reply):
            self.has_answered = True
            self.has_kept_pace = self.has_kept_pace or talk.is_behind
        _settle(talk.done, result)

    # Writing commands.

    def _pump(self) -> None:
        """Begin with the next message, if the order of things allows it."""
        if self.is_closed or self._open is not None or not self._waiting:
            return
        if self.offers.pipelining:
            self._begin_pipelined()
        elif not self._expected:
            if self._needs_reset:
                self._write(b"RSET\r\n", [("rset", None)])
            else:
                self._open = talk = self._waiting.popleft()
                talk.phase = "mail"
                self._write(self._mail(talk).encode(), [("mail", talk)])

    def _begin_pipelined(self) -> None:
        reset, self._needs_reset = "RSET\r\n" if self._needs_reset else "", False
        self._open = talk = self._waiting.popleft()
        talk.phase, talk.is_behind = "mail", self._dots > 0
        expected: list[tuple[str, _Talk | None]] = [("rset", None)] if reset else []
        expected += [("mail", talk), ("rcpt", talk), ("data", talk)]
        self._write(f"{reset}{self._mail(talk)}{self._rcpt(talk)}DATA\r\n".encode(), expected)

    def _mail(self, talk: _Talk) -> str:
        envelope, line = talk.envelope, f"MAIL FROM:<{talk.envelope.return_path}>"
        if self.offers.size:
            line += f" SIZE={envelope.size_bytes}"
        if envelope.recipient.needs_utf8:
            line += " BODY=8BITMIME SMTPUTF8"
        if self.offers.dsn:
            line += f" RET=HDRS ENVID={envelope.envelope_id}"
        return f"{line}\r\n"

    def _rcpt(self, talk: _Talk) -> str:
        notify = " NOTIFY=FAILURE,DELAY" if self.offers.dsn else ""
        return f"RCPT TO:<{talk.envelope.recipient}>{notify}\r\n"

    def _write(self, data: bytes, expected: list[tuple[str, _Talk | None]]) -> None:
        self._out.append(data)
        if not self._is_flush_due:
            # After whoever was woken by the replies just read has handed in the next message: a write costs as much
            # as all the rest.
            self._is_flush_due = True
            self._loop.call_soon(self._flush)
        self._expected.extend(expected)

    def _flush(self) -> None:
        """Write at once what came together: content, and the next message's commands behind it."""
        self._is_flush_due = False
        if self._out and not self.is_closed:
            self._transport.write(b"".join(self._out))
            self._out.clear()
            self._restart_timer()

    # Time and the end.

    def _restart_timer(self) -> None:
        self._deadline = self._loop.time() + self._timeouts[self._dots > 0]
        if self._timer is None and self._expected:
            self._timer = self._loop.call_at(self._deadline, self._look_at_time)
        elif self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._look_at_time)

    def _look_at_time(self) -> None:
        """Answers move the deadline, not the timer: that would cost more than the answer itself."""
        self._timer = None
        if not self._expected or self.is_closed:
            return
        if self._loop.time() >= self._deadline:
            self.abort("timeout")
        else:
            self._timer = self._loop.call_at(self._deadline, self._look_at_time)

    def _shut(self, why: str) -> None:
        self.is_closed, self._why_closed = True, why
        if self._timer is not None:
            self._timer.cancel()
        talks = dict.fromkeys([talk for _, talk in self._expected if talk is not None] + list(self._waiting))
        self._expected.clear()
        self._waiting.clear()
        for talk in talks:
            self._end(talk, talk.refused or Lost(talk.phase, why, was_behind=talk.is_behind))
        if self._tested is not None:
            _settle(self._tested, Lost("waiting", why))


def _fits(about: str, code: bytes) -> bool:
    """Whether this is an answer to that command at all (RFC 5321 4.3.2)."""
    if code[:1] in (b"4", b"5"):
        return True
    return code == b"354" if about == "data" else code[:1] == b"2"


def _reply(code: bytes, text: bytes) -> Reply:
    return Reply(code=int(code), text=text.decode("utf-8", "replace"))


def _settle(waiting: asyncio.Future[Reply], result: Reply | Exception) -> None:
    if waiting.done():
        return
    if isinstance(result, Exception):
        waiting.set_exception(result)
    else:
        waiting.set_result(result)

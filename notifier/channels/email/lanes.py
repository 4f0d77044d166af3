"""The connections we hold to the relay, each used by two messages at once where it may be pipelined.

While one message waits for the answer to its content, the next one's commands are on their way already.
"""

import asyncio
import logging
import re
import ssl

from notifier.channels.contract import ChannelError
from notifier.channels.email.connect import Relay, connect
from notifier.channels.email.envelope import Envelope
from notifier.channels.email.replies import Lost, Refused, Reply
from notifier.channels.email.session import Session
from notifier.retry import Trouble, of_smtp_reply, wait_in

_log = logging.getLogger("forewarn.notifier.email")

#: A connection quiet for longer is asked whether it is alive; closed when there has been nothing to do for the other.
_TEST_AFTER_SECONDS = 2.0
_CLOSE_AFTER_SECONDS = 20.0
_GOODBYE_SECONDS = 1.0
_DISLIKES_PIPELINING = re.compile(r"pipelin|synchroni[sz]", re.IGNORECASE)
MESSAGES_PER_LANE = 2
#: So many messages in a row that got stuck behind another's content are no accident.
_STUCK_BEHIND = 3


class Lanes:
    """All connections to one relay."""

    def __init__(self, relay: Relay, own_name: str) -> None:
        self._relay = relay
        self._own_name = own_name
        self._tls = relay.tls_context
        if self._tls is None and relay.security != "none":
            self._tls = ssl.create_default_context()
        self._lanes = [_Lane(self) for _ in range(relay.connections)]
        self._unreserved = self._lanes[len(self._lanes) // 4 :]
        self._may_pipeline = True
        self._has_pipelined = False
        self._stuck_behind = 0
        self._closing = asyncio.Event()
        #: Connections of which something is left, also those that say goodbye.
        self._sessions: set[Session] = set()

    @property
    def relay(self) -> Relay:
        """The far side."""
        return self._relay

    async def carry(self, envelope: Envelope, *, is_urgent: bool) -> Reply:
        """Send one message over the least busy lane; every fourth is kept free for urgent ones. Raises ChannelError."""
        lane = min(self._lanes if is_urgent else self._unreserved, key=_Lane.load)
        reply = await lane.carry(envelope)
        self._has_pipelined = self._has_pipelined or self._may_pipeline
        return reply

    async def open(self) -> Session:
        """A new connection. Raises ChannelError."""
        if self._closing.is_set():
            raise ChannelError(Trouble.RELAY, phase="connect", code="closed", reply="we are stopping")
        session = await connect(self._relay, self._own_name, self._tls, may_pipeline=self._may_pipeline)
        if self._closing.is_set():
            await session.leave(_GOODBYE_SECONDS)
            raise ChannelError(Trouble.RELAY, phase="connect", code="closed", reply="we are stopping")
        self._sessions = {each for each in self._sessions if not each.gone.is_set()} | {session}
        return session

    def doubt_pipelining(self, reply: Reply | None) -> None:
        """A server that announces it and breaks on it is spoken to one command at a time from now on."""
        if self._has_pipelined:
            return
        if reply is None or reply.code in (500, 501, 503) or _DISLIKES_PIPELINING.search(reply.text):
            self._stop_pipelining()

    def note_stuck(self, session: Session) -> None:
        """A message was lost whose commands stood behind another's content; some servers never read what is there."""
        self._stuck_behind = 0 if session.has_kept_pace else self._stuck_behind + 1
        if self._stuck_behind >= _STUCK_BEHIND:
            self._stop_pipelining()

    def _stop_pipelining(self) -> None:
        if self._may_pipeline:
            self._may_pipeline = False
            _log.warning("the mail relay breaks on pipelining; one command at a time from now on")

    async def close(self) -> None:
        """Close every connection; what is in work ends as lost."""
        self._closing.set()
        for lane in self._lanes:
            lane.close()
        await asyncio.gather(*(session.leave(_GOODBYE_SECONDS) for session in self._sessions))


class _Lane:
    """One connection at a time, replaced when it is spent, broken or asleep."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._now = asyncio.get_running_loop().time
        self._session: Session | None = None
        self._slots = asyncio.Semaphore(MESSAGES_PER_LANE)
        self._turn = asyncio.Lock()
        self._quiet: asyncio.TimerHandle | None = None
        self._in_use = 0

    def load(self) -> int:
        """How busy it is, an open connection before one to be made."""
        return 2 * self._in_use + (self._session is None)

    async def carry(self, envelope: Envelope) -> Reply:
        self._in_use += 1
        try:
            async with self._slots:
                return await self._carry(envelope)
        finally:
            self._in_use -= 1
            if self._in_use == 0:
                self._close_when_quiet()

    async def _carry(self, envelope: Envelope) -> Reply:
        while True:
            session = self._session
            if session is None or not (self._is_good(session) and self._is_fresh(session)):
                session = await self._ready()
            if envelope.recipient.needs_utf8 and not session.offers.utf8:
                raise ChannelError(Trouble.PERMANENT, phase="rcpt", reply="the relay takes no such address")
            try:
                return await session.transact(envelope)
            except Refused as refused:
                raise self._error_of(refused, session) from refused
            except Lost as lost:
                # Nothing of this message was written: another connection, and it does not count as a try.
                if lost.phase == "waiting" and session.has_answered:
                    continue
                raise self._error_of_loss(lost, session) from lost

    async def _ready(self) -> Session:
        """The connection to use now, when the one there was needs a look. Raises ChannelError."""
        async with self._turn:
            session = self._session
            if session is not None and not session.is_closed:
                if self._is_good(session) and (self._is_fresh(session) or await session.is_alive()):
                    return session
                await session.drained()
                session.quit()
            self._session = await self._lanes.open()
            return self._session

    def _is_good(self, session: Session) -> bool:
        """Whether it has not had its share yet."""
        relay = self._lanes.relay
        age = self._now() - session.opened_at
        has_room = session.taken < relay.messages_per_connection and age < relay.seconds_per_connection
        return has_room and not session.is_closed

    def _is_fresh(self, session: Session) -> bool:
        """Whether it surely is alive."""
        return session.in_work > 0 or self._now() - session.quiet_since < _TEST_AFTER_SECONDS

    def _error_of(self, refused: Refused, session: Session) -> ChannelError:
        reply = refused.reply
        if session.offers.pipelining and not session.has_answered:
            self._lanes.doubt_pipelining(reply)
        return ChannelError(
            of_smtp_reply(refused.phase, reply.code, reply.text),
            phase=refused.phase,
            code=str(reply.code),
            reply=reply.text,
            retry_after=wait_in(reply.text) if reply.code // 100 == 4 else None,
        )

    def _error_of_loss(self, lost: Lost, session: Session) -> ChannelError:
        if lost.phase == "dot":
            return ChannelError(Trouble.UNCERTAIN, phase="dot", code="lost", reply=lost.why)
        if lost.phase == "waiting":
            return ChannelError(Trouble.RELAY, phase="connect", code="lost", reply=lost.why)
        if lost.was_behind:
            self._lanes.note_stuck(session)
        elif session.offers.pipelining and not session.has_answered:
            self._lanes.doubt_pipelining(None)
        return ChannelError(Trouble.LOST, phase=lost.phase, code="lost", reply=lost.why)

    def _close_when_quiet(self) -> None:
        if self._quiet is None and self._session is not None and not self._session.is_closed:
            self._quiet = asyncio.get_running_loop().call_later(_CLOSE_AFTER_SECONDS, self._look_whether_quiet)

    def _look_whether_quiet(self) -> None:
        self._quiet = None
        session = self._session
        if session is None or session.is_closed or self._in_use:
            return
        if self._now() - session.quiet_since >= _CLOSE_AFTER_SECONDS - 1:
            session.quit()
        else:
            self._close_when_quiet()

    def close(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()

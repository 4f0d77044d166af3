"""Real mail servers for the tests: one that can misbehave at every step, and a fast one that takes everything.

Both run in a thread of the test's own process and keep what they took, byte for byte.
"""
# ruff: noqa: N802 # aiosmtpd looks for methods named after the commands

import asyncio
import datetime as dt
import ipaddress
import re
import ssl
import tempfile
import threading
import warnings
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Literal, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One message that a server took."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        """As the standard library reads it."""
        message = BytesParser(policy=policy.default).parsebytes(self.raw)
        assert isinstance(message, EmailMessage)
        return message


Stage = Literal["connect", "mail", "rcpt", "data", "dot"]


@dataclass(kw_only=True)
class Manners:
    """How the server behaves; change it at any time, it holds from the next command on."""

    #: Replies to commands by stage, one used up each time; `…` for a normal answer.
    replies: dict[Stage, deque[str]] = field(default_factory=dict)
    #: What to say to a recipient; None for yes.
    refuse: Callable[[str], str | None] = lambda _recipient: None
    #: Stages at which the connection breaks, each as often as it stands here. `dot` breaks after the content came.
    drops: Counter[Stage] = field(default_factory=Counter)
    #: Whether a message whose connection breaks at the dot was taken all the same.
    takes_before_drop: bool = False
    #: Stages at which the server says nothing any more.
    hangs: set[Stage] = field(default_factory=set)
    offers: tuple[str, ...] = ("PIPELINING",)

    def reply(self, stage: Stage) -> str | None:
        """The prepared reply, if there is one."""
        prepared = self.replies.get(stage)
        said = prepared.popleft() if prepared else "…"
        return None if said == "…" else said


class MailServer:
    """A real SMTP server; see `manners`."""

    def __init__(
        self,
        *,
        security: Literal["none", "starttls", "tls"] = "none",
        login: tuple[str, str] | None = None,
        certificate: "Certificate | None" = None,
    ) -> None:
        self.manners = Manners()
        self.mails: list[Mail] = []
        #: Every command line, as it came, of all connections.
        self.commands: list[str] = []
        self.connections = 0
        self.port = 0
        self._security = security
        self._login = login
        self._certificate = certificate
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._transports: set[Any] = set()

    def __enter__(self) -> "MailServer":
        self._thread.start()
        self._server = self._do(self._listen(0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._do(_end_all(self._transports))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def stop(self) -> None:
        """Stop listening; connections there are stay."""
        if self._server is not None:
            server, self._server = self._server, None
            self._loop.call_soon_threadsafe(server.close)

    def start_again(self) -> None:
        """Listen on the same port again."""
        self._server = self._do(self._listen(self.port))

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """A connection was made, or goes on under TLS."""
        self._transports.add(transport)

    def recipients(self) -> list[str]:
        """Whom it took mail for, in the order it came."""
        return [mail.recipient for mail in self.mails]

    async def _listen(self, port: int) -> asyncio.Server:
        context = self._certificate.server_context() if self._certificate else None
        implicit = context if self._security == "tls" else None
        return await self._loop.create_server(self._protocol, "127.0.0.1", port, ssl=implicit)

    def _protocol(self) -> "_Smtp":
        self.connections += 1
        context = self._certificate.server_context() if self._certificate and self._security == "starttls" else None
        with warnings.catch_warnings():
            # Where TLS is there from the first byte, aiosmtpd does not know of it, and warns of logins without it.
            warnings.simplefilter("ignore")
            return self._smtp(context)

    def _smtp(self, context: ssl.SSLContext | None) -> "_Smtp":
        return _Smtp(
            _Handler(self),
            owner=self,
            hostname="mx.test",
            tls_context=context,
            require_starttls=context is not None,
            auth_required=self._login is not None,
            auth_require_tls=self._security == "starttls",
            authenticator=self._authenticate,
            enable_SMTPUTF8=True,
            loop=self._loop,
        )

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)


async def _end_all(transports: set[Any]) -> None:
    """Leave nothing open behind that Python would complain of later, in somebody else's test."""
    for transport in transports:
        transport.abort()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


class _Smtp(SMTP):
    """aiosmtpd's server, with the ill manners it is told."""

    def __init__(self, *args: Any, owner: MailServer, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner = owner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.owner.opened(transport)
        super().connection_made(transport)

    async def _handle_client(self) -> None:
        if not await self.misbehave("connect"):
            await super()._handle_client()

    async def smtp_MAIL(self, arg: str | None) -> None:
        self.owner.commands.append(f"MAIL {arg}")
        if not await self.misbehave("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        self.owner.commands.append(f"RCPT {arg}")
        if not await self.misbehave("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        self.owner.commands.append("DATA")
        if not await self.misbehave("data"):
            await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:
        self.owner.commands.append("RSET")
        await super().smtp_RSET(arg)

    async def smtp_NOOP(self, arg: str) -> None:
        self.owner.commands.append("NOOP")
        await super().smtp_NOOP(arg)

    async def misbehave(self, stage: Stage) -> bool:
        """Whether something other than the normal answer was given."""
        manners = self.owner.manners
        if stage in manners.hangs:
            await asyncio.Event().wait()
        if manners.drops[stage] > 0:
            manners.drops[stage] -= 1
            cast(asyncio.Transport, self.transport).abort()
            return True
        reply = manners.reply(stage)
        if reply is not None:
            await self.push(reply)
            if reply.startswith("421") and self.transport is not None:
                self.transport.close()
        return reply is not None


class _Handler:
    def __init__(self, owner: MailServer) -> None:
        self._owner = owner

    async def handle_EHLO(
        self, _server: Any, session: Session, _envelope: Envelope, host: str, lines: list[str]
    ) -> Any:
        session.host_name = host
        return [lines[0], *(f"250-{offer}" for offer in self._owner.manners.offers), *lines[1:]]

    async def handle_RCPT(
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        refusal = self._owner.manners.refuse(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: _Smtp, _session: Session, envelope: Envelope) -> str:
        owner = self._owner
        is_dropped = owner.manners.drops["dot"] > 0
        reply = owner.manners.reply("dot") if not is_dropped else None
        if reply is None and (not is_dropped or owner.manners.takes_before_drop):
            assert isinstance(envelope.original_content, bytes)
            mail = Mail(sender=envelope.mail_from or "", recipient=envelope.rcpt_tos[0], raw=envelope.original_content)
            owner.mails.append(mail)
        await server.misbehave("dot")
        return reply or "250 2.0.0 queued"


class Sink:
    """A fast server: announces PIPELINING and DSN, takes everything, checks nothing."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.mail_lines: list[bytes] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._sides: list[SinkSide] = []

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is connected any more, so that nothing more comes of those who were."""
        return all(side.is_gone for side in self._sides)

    def __enter__(self) -> Self:
        self._thread.start()
        starting = self._loop.create_server(self._side, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(timeout=10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        ending = _end_all({side.transport for side in self._sides if side.is_open})
        asyncio.run_coroutine_threadsafe(ending, self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def stop_listening(self) -> None:
        """Nobody gets in, and who is there is thrown out."""

        async def stop() -> None:
            self._server.close()
            for side in self._sides:
                if side.is_open:
                    side.transport.abort()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(timeout=10)

    def listen_again(self) -> None:
        """At the same port."""
        starting = self._loop.create_server(self._side, "127.0.0.1", self.port)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(timeout=10)

    def _side(self) -> "SinkSide":
        self._sides.append(SinkSide(self._take))
        return self._sides[-1]

    def _take(self, mail_line: bytes, rcpt_line: bytes, raw: bytes) -> None:
        self.mail_lines.append(mail_line)
        self.mails.append(Mail(sender=_between(mail_line), recipient=_between(rcpt_line), raw=raw))


def _between(line: bytes) -> str:
    return line.partition(b"<")[2].partition(b">")[0].decode()


class SinkSide(asyncio.Protocol):
    """One connection of a fast server."""

    def __init__(self, take: Callable[[bytes, bytes, bytes], None]) -> None:
        self._take = take
        self._buffer = b""
        self._is_content = False
        self._mail = self._rcpt = b""
        self.is_open = self.is_gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.is_open = True
        self.transport.write(b"220 sink\r\n")

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_gone = True

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        replies: list[bytes] = []
        while (reply := self._step()) is not None:
            replies.append(reply)
        if replies and not self.transport.is_closing():
            self.transport.write(b"".join(replies))
        if replies and replies[-1].startswith(b"221"):
            self.transport.close()

    def _step(self) -> bytes | None:
        if self._is_content:
            content, found, rest = self._buffer.partition(b"\r\n.\r\n")
            if not found:
                return None
            self._buffer, self._is_content = rest, False
            self._take(self._mail, self._rcpt, re.sub(rb"(?m)^\.\.", b".", content) + b"\r\n")
            return b"250 2.0.0 queued\r\n"
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return None
        self._buffer = rest
        return self._reply_to(line)

    def _reply_to(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250-DSN\r\n250 SIZE 10485760\r\n"
        if word == b"DATA":
            self._is_content = True
            return b"354 go on\r\n"
        if word == b"MAIL":
            self._mail = line
        elif word == b"RCPT":
            self._rcpt = line
        return b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n"


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate for this machine, signed by itself."""

    path: Path

    def server_context(self) -> ssl.SSLContext:
        """For the server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context

    def client_context(self) -> ssl.SSLContext:
        """For a client that trusts it and nobody else."""
        return ssl.create_default_context(cafile=str(self.path))


@contextmanager
def own_certificate() -> Iterator[Certificate]:
    """A fresh certificate for 127.0.0.1 in a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        yield Certificate(path=path)

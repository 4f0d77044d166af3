"""From the relay's settings to a connection that is ready for MAIL: aiosmtplib does TCP, TLS, EHLO and login.

Then its transport is handed to our own `Session`.
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Literal, cast

import aiosmtplib

from notifier.channels.contract import ChannelError
from notifier.channels.email.dkim import DkimKey
from notifier.channels.email.replies import Offers
from notifier.channels.email.session import COMMAND_TIMEOUT_SECONDS, DOT_TIMEOUT_SECONDS, Session
from notifier.retry import Trouble

CONNECT_TIMEOUT_SECONDS = 30.0
_KNOWS_NO_EHLO = (500, 501, 502, 504)


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The mail server that takes our messages."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str | None = None
    #: Never in `repr`.
    password: str | None = None
    #: Connections held while there is mail.
    connections: int = 4
    #: Most messages a second over all connections; None: as fast as it takes them.
    rate_per_second: float | None = None
    #: Domain whose mail for `b+…` comes to our bounce hook; None: bounces go to the sender's mailbox.
    bounce_domain: str | None = None
    #: Keys that sign every message, one signature each; none: the relay signs, or nobody does.
    dkim: tuple[DkimKey, ...] = ()
    #: After so many messages or seconds a connection is replaced; many servers end longer ones without manners.
    messages_per_connection: int = 100
    seconds_per_connection: float = 60.0
    #: For each step until MAIL may be said: TCP, TLS, greeting, EHLO, login.
    connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS
    dot_timeout_seconds: float = DOT_TIMEOUT_SECONDS
    command_timeout_seconds: float = COMMAND_TIMEOUT_SECONDS
    #: Whom we trust; None: the machine's own list.
    tls_context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"Relay({self.host}:{self.port}, {self.security})"


async def connect(relay: Relay, own_name: str, tls: ssl.SSLContext | None, *, may_pipeline: bool) -> Session:
    """A new connection. Raises ChannelError: nothing was sent, and no message is to blame."""
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        use_tls=relay.security == "tls",
        start_tls=relay.security == "starttls",
        username=relay.username,
        password=relay.password,
        # Asking the machine for its name may take seconds and tells customers' servers what it is called.
        local_hostname=own_name,
        timeout=relay.connect_timeout_seconds,
        tls_context=tls,
    )
    try:
        await client.connect()
        await _introduce(client)
    except aiosmtplib.SMTPAuthenticationError as error:
        trouble = Trouble.RELAY if error.code < 500 else Trouble.CONFIGURATION
        raise ChannelError(trouble, phase="connect", code=str(error.code), reply="login refused") from error
    except aiosmtplib.SMTPResponseException as error:
        raise ChannelError(Trouble.RELAY, phase="connect", code=str(error.code), reply=error.message) from error
    except (aiosmtplib.SMTPTimeoutError, TimeoutError) as error:
        raise ChannelError(Trouble.RELAY, phase="connect", code="timeout") from error
    except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, OSError) as error:
        raise ChannelError(Trouble.RELAY, phase="connect", code="refused", reply=_why(error)) from error
    except aiosmtplib.SMTPException as error:
        # What is left is about our settings: no STARTTLS or no login offered there.
        raise ChannelError(Trouble.CONFIGURATION, phase="connect", reply=str(error)) from error
    return _taken_over(client, relay, may_pipeline=may_pipeline)


async def _introduce(client: aiosmtplib.SMTP) -> None:
    """RFC 5321 3.2: a server that does not know EHLO is greeted as before it, and offers nothing."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in _KNOWS_NO_EHLO:
            raise
        await client.helo()


def _taken_over(client: aiosmtplib.SMTP, relay: Relay, *, may_pipeline: bool) -> Session:
    transport = client.transport
    if transport is None or transport.is_closing():
        client.close()
        raise ChannelError(Trouble.RELAY, phase="connect", code="refused", reply="closed at once")
    offers = Offers(
        pipelining=may_pipeline and client.supports_extension("pipelining"),
        dsn=client.supports_extension("dsn"),
        size=client.supports_extension("size"),
        utf8=client.supports_extension("smtputf8"),
    )
    return Session(
        # uvloop's transports are none by name, only by what they do.
        cast(asyncio.Transport, transport),
        offers,
        dot_timeout_seconds=relay.dot_timeout_seconds,
        command_timeout_seconds=relay.command_timeout_seconds,
    )


def _why(error: Exception) -> str:
    """Without the host, which the log names once and no customer's record needs."""
    cause = error.__cause__ if error.__cause__ is not None else error
    return cause.strerror or type(cause).__name__ if isinstance(cause, OSError) else type(cause).__name__

"""Look at a mail server: does it greet, and would it take mail, under TLS where that is wanted. Nothing is sent."""

import ipaddress
import time

from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.checks.tcp import split_address
from monitors.checks.tls import days_left
from monitors.client import CouldNotSee
from monitors.stream import Stream, context_of, ms_since, talk
from monitors.wishes import SmtpWish
from records.observations import Observation, Seen

#: No greeting or list of abilities has more lines.
_MOST_LINES = 100


async def look(target: Target, tools: Tools) -> Observation:
    """Greeting, EHLO, STARTTLS where it is wanted, QUIT. The address is `host:port`."""
    wish = target.wish if isinstance(target.wish, SmtpWish) else SmtpWish()
    begun = time.monotonic()
    try:
        host, port = split_address(target.url)
        async with talk(
            host,
            port,
            deadline_seconds=target.deadline_seconds,
            context=context_of(wish.tls) if wish.security == "tls" else None,
            server_name=wish.tls.server_name,
        ) as connection:
            await _converse(connection, wish, wish.tls.server_name or host)
            ends_at = connection.certificate_ends_at
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    facts = {} if ends_at is None else {"tls_days_left": days_left(ends_at, tools.now())}
    return saw(target, tools, facts, latency_ms=ms_since(begun))


async def _converse(connection: Stream, wish: SmtpWish, host: str) -> None:
    hello = b"EHLO " + _literal(connection.own_address)
    await _expect(connection, b"220")
    offers = await _say(connection, hello, b"250")
    if wish.security == "starttls":
        if not any(line[4:].strip().upper() == b"STARTTLS" for line in offers):
            raise CouldNotSee(Seen.GARBAGE, "the mail server offers no STARTTLS")
        await _say(connection, b"STARTTLS", b"220")
        await connection.secure(context_of(wish.tls), host)
        await _say(connection, hello, b"250")
    await _say(connection, b"QUIT", b"221")


def _literal(address: str) -> bytes:
    """An address as EHLO takes it from those without a name (RFC 5321, 4.1.3).

    >>> _literal("::1")
    b'[IPv6:::1]'
    """
    kind = "IPv6:" if ipaddress.ip_address(address).version == 6 else ""
    return f"[{kind}{address}]".encode()


async def _say(connection: Stream, command: bytes, wanted: bytes) -> list[bytes]:
    await connection.send(command + b"\r\n")
    return await _expect(connection, wanted)


async def _expect(connection: Stream, wanted: bytes) -> list[bytes]:
    """The lines of the next reply. Raises CouldNotSee when its code is not `wanted`."""
    lines: list[bytes] = []
    while len(lines) < _MOST_LINES:
        line = await connection.line()
        if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b""):
            raise CouldNotSee(Seen.GARBAGE, "the answer is not SMTP")
        lines.append(line)
        if line[3:4] != b"-":
            break
    code = lines[-1][:3]
    if code != wanted:
        seen = Seen.OVERLOADED if code.startswith(b"4") else Seen.GARBAGE
        raise CouldNotSee(seen, f"the mail server answered with code {code.decode()}")
    return lines

"""Look at a port: does something accept connections there."""

import asyncio
import contextlib
import socket
import time

from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from records.observations import Observation, Seen


async def look(target: Target, tools: Tools) -> Observation:
    """Connects and hangs up. The address is `host:port`, with or without `tcp://`."""
    begun = time.monotonic()
    try:
        host, port = split_address(target.url)
        await _connect(host, port, target.deadline_seconds)
    except CouldNotSee as error:
        error.latency_ms = _ms_since(begun)
        return could_not_see(target, tools, error)
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=_ms_since(begun),
    )


def split_address(address: str) -> tuple[str, int]:
    """Host and port. Raises CouldNotSee when the address has no valid port.

    >>> split_address("tcp://[::1]:5432")
    ('::1', 5432)
    """
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CouldNotSee(Seen.TRANSPORT, "the configured address is not host:port")
    return host.strip("[]"), int(port)


async def _connect(host: str, port: int, deadline_seconds: float) -> None:
    try:
        async with asyncio.timeout(deadline_seconds):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            # A far side that resets while we hang up did accept the connection, which is all that was asked.
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    except TimeoutError:
        raise CouldNotSee(Seen.TRANSPORT, "no connection in time") from None
    except ConnectionRefusedError:
        raise CouldNotSee(Seen.TRANSPORT, "the connection was refused", refused=True) from None
    except socket.gaierror:
        raise CouldNotSee(Seen.TRANSPORT, "the name was not found") from None
    except (OSError, UnicodeError):
        raise CouldNotSee(Seen.TRANSPORT, "the connection failed") from None


def _ms_since(begun: float) -> float:
    return round((time.monotonic() - begun) * 1000, 3)

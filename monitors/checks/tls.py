"""Look at a certificate: is it good for this host, by whom we trust, and for how long yet."""

import time
from datetime import datetime

from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.checks.tcp import split_address
from monitors.client import CouldNotSee
from monitors.stream import context_of, ms_since, talk
from monitors.wishes import TlsWish
from records.observations import Observation

_DAY_SECONDS = 86_400


async def look(target: Target, tools: Tools) -> Observation:
    """Connects, shakes hands and hangs up. The address is `host:port`."""
    wish = target.wish if isinstance(target.wish, TlsWish) else TlsWish()
    begun = time.monotonic()
    try:
        host, port = split_address(target.url)
        ends_at = await certificate_end(host, port, wish, target.deadline_seconds)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    return saw(target, tools, {"tls_days_left": days_left(ends_at, tools.now())}, latency_ms=ms_since(begun))


async def certificate_end(host: str, port: int, wish: TlsWish, deadline_seconds: float) -> datetime:
    """Until when the certificate is good. Raises CouldNotSee for one that is not good now."""
    async with talk(
        host, port, deadline_seconds=deadline_seconds, context=context_of(wish), server_name=wish.server_name
    ) as stream:
        ends_at = stream.certificate_ends_at
    assert ends_at is not None, "a verified certificate has an end"
    return ends_at


def days_left(ends_at: datetime, now: datetime) -> float:
    """Days from `now` until the certificate ends, to a tenth."""
    return round((ends_at - now).total_seconds() / _DAY_SECONDS, 1)

"""How often one address may ask, where anybody may: a token bucket each, in memory."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import HTTPConnection

from server.problems import TooFast

#: More addresses than this are an attack; the ones silent for longest are forgotten first.
_MAX_ADDRESSES = 20_000


class Pace:
    """At most `burst` at once, and one more every `every_seconds` after that."""

    def __init__(self, *, burst: int, every_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._every_seconds = every_seconds
        self._clock = clock
        #: What is left in each bucket, and when that was so.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, connection: HTTPConnection) -> None:
        """Count one request. Raises TooFast."""
        self.count(address_of(connection))

    def count(self, who: str) -> None:
        """Count one request of `who`. Raises TooFast."""
        now = self._clock()
        left, at = self._left.get(who, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) / self._every_seconds)
        if left < 1:
            # Being refused leaves the bucket as it was: whoever knocks on does not wait longer.
            raise TooFast(max(1, math.ceil((1 - left) * self._every_seconds)))
        self._left[who] = (left - 1, now)
        self._left.move_to_end(who)
        while len(self._left) > _MAX_ADDRESSES:
            self._left.popitem(last=False)


def address_of(connection: HTTPConnection) -> str:
    """Who asks: the address; for IPv6 its network of 64 bits, which a provider gives to one customer."""
    host = connection.client.host if connection.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)

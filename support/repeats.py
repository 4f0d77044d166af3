"""Find what stands in a stream more than once, in memory that does not grow with the stream.

Two bits per key in a fixed table tell "surely new" from "perhaps seen"; only the latter are remembered by name. With
a million keys about one in 4,000 is remembered without need: 2 bits of 134 million, (2/134)² of the keys.
"""

import hashlib

_BITS = 1 << 27
_HASHES = 2


class Repeats:
    """Give it every key with its line; afterwards it knows the last line of each key that came more than once."""

    def __init__(self) -> None:
        self._seen = bytearray(_BITS // 8)
        self._last: dict[bytes, int] = {}

    def note(self, key: str, line: int) -> None:
        """The key stands on this line; lines come in rising order."""
        digest = _digest(key)
        places = [int.from_bytes(digest[at : at + 4], "big") % _BITS for at in range(0, 4 * _HASHES, 4)]
        if all(self._seen[place >> 3] & 1 << (place & 7) for place in places):
            self._last[digest] = line
            return
        for place in places:
            self._seen[place >> 3] |= 1 << (place & 7)

    def later_line(self, key: str, line: int) -> int | None:
        """The last line with this key; None when that is `line` itself."""
        last = self._last.get(_digest(key))
        return last if last is not None and last > line else None


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()

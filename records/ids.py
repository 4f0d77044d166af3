"""Identifiers made by the application: time-ordered, so that new rows land together and sort by age."""

import re
import secrets
import threading
import time

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SHAPE = re.compile(r"[0-9a-z]{12}")
#: 2020-01-01T00:00:00Z. 41 bits of milliseconds from here last until 2089.
_EPOCH_MS = 1_577_836_800_000
_RANDOM_BITS = 21
#: No look-alikes (0/O, 1/I/L, U/V): people read these aloud to support.
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ"


_lock = threading.Lock()
_last = 0


def new_number() -> int:
    """A 62-bit number: milliseconds since 2020, then 21 random bits. Used where a row must be small.

    Within a process each is greater than the one before, so that what was said later also sorts later.
    """
    global _last
    with _lock:
        milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MS
        _last = max((milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS), _last + 1)
        return _last


def new_id() -> str:
    """Twelve lower-case alphanumerics, the shape that clients of the public read API expect."""
    number, letters = new_number(), ""
    for _ in range(12):
        number, digit = divmod(number, 36)
        letters = _DIGITS[digit] + letters
    return letters


def is_id(text: str) -> bool:
    """Whether `text` has the shape of an id made by `new_id`."""
    return _SHAPE.fullmatch(text) is not None


def new_verify_code() -> str:
    """Ten letters in two groups, about 48 bits: `7Q4KM-W9RTA`. Unguessable, yet can be read over the phone."""
    letters = [secrets.choice(_CODE_LETTERS) for _ in range(10)]
    return "".join(letters[:5]) + "-" + "".join(letters[5:])

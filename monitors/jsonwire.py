"""Read JSON that strangers send: whatever is in it, the result is a value or None, never a crash."""

import json
import math
import re
from datetime import datetime

from monitors.client import CouldNotSee
from records.observations import Seen
from records.times import from_ms

#: Larger than any height, count or fee there is; a larger number is nonsense, and might not fit the store.
_LARGEST = 1 << 63
#: Beyond this (the year 2242) a block's time is nonsense.
_LAST_SECOND = 1 << 33
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"0x[0-9a-fA-F]{1,18}|[0-9]{1,20}")


def read_json(body: bytes) -> object:
    """The document in `body`. Raises CouldNotSee (garbage) for what is no JSON, too deep, or holds NaN or infinity."""
    try:
        return json.loads(body, parse_constant=_refuse, parse_float=_finite)
    # Deep nesting is a RecursionError; bad text, bad UTF-8 and integers of thousands of digits are ValueErrors.
    except (ValueError, RecursionError):
        raise CouldNotSee(Seen.GARBAGE, "the answer is not JSON that we accept") from None


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number


def table(value: object) -> dict[str, object]:
    """`value` when it is an object, else an empty one, so that every field reads as not seen."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[object]:
    """`value` when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def whole(value: object) -> int | None:
    """A whole number of 0 or more written as JSON number, decimal or 0x text; None for anything else."""
    if isinstance(value, str):
        value = _from_text(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < _LARGEST else None


def _from_text(text: str) -> int | None:
    # By hand, since int() takes signs, spaces, underscores and the digits of all scripts.
    if _WHOLE.fullmatch(text) is None:
        return None
    return int(text, 16) if text[:2] == "0x" else int(text)


def moment(value: object) -> datetime | None:
    """A time given in seconds since 1970; None for anything else."""
    seconds = whole(value)
    return None if seconds is None or seconds > _LAST_SECOND else from_ms(seconds * 1000)


def iso_moment(value: object) -> datetime | None:
    """A time written as RFC 3339 with its zone, such as `2026-11-22T12:00:00.123456789Z`; None for anything else."""
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        return None
    try:
        # Through whole seconds, so that what lies beyond the calendar is refused as it is for `moment`.
        return moment(int(datetime.fromisoformat(value.upper()).timestamp()))
    except (ValueError, OverflowError):
        return None


def number(value: object) -> float | None:
    """A finite JSON number as float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e300 else None


def flag(value: object) -> bool | None:
    """True or false; None for anything else."""
    return value if isinstance(value, bool) else None


def words(value: object, *, longest: int = 200) -> str | None:
    """Text cut to `longest` characters, control characters dropped; None for anything else, or for none."""
    if not isinstance(value, str):
        return None
    return "".join(letter for letter in value[:longest] if letter.isprintable()) or None


def block_hash(value: object) -> str | None:
    """A hash of 32 bytes in lower-case hex, with or without 0x as the chain writes it; None for anything else."""
    if not isinstance(value, str):
        return None
    digits = value.lower().removeprefix("0x")
    good = len(digits) == 64 and all(digit in "0123456789abcdef" for digit in digits)
    return value.lower() if good else None

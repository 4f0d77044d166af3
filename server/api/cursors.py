"""Where the next page of a list begins, as text that tells its reader nothing and is checked when it comes back."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from typing_extensions import TypedDict  # typing's own cannot be generic before Python 3.11, nor read by pydantic

from records.errors import Fault, Invalid

T = TypeVar("T")
S = TypeVar("S")


class PageShape(TypedDict, Generic[S]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[S]
    next_cursor: str | None


def page(found: Sequence[T], limit: int, shape: Callable[[T], S], place: Callable[[T], Sequence[Any]]) -> PageShape[S]:
    """A page from up to `limit + 1` entries; the one too many only shows that there is more."""
    kept = found[:limit]
    more = len(found) > limit
    return {"items": [shape(each) for each in kept], "next_cursor": written(*place(kept[-1])) if more else None}


def written(*place: Any) -> str:
    """A place in a list as a cursor."""
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str | None, *kinds: type) -> list[Any] | None:
    """The place that `written` made a cursor of; None for the first page. Raises Invalid for any other text."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode())
    except (ValueError, binascii.Error, RecursionError):
        place = None
    is_ours = isinstance(place, list) and len(place) == len(kinds)
    if not is_ours or not all(_is(part, kind) for part, kind in zip(place, kinds, strict=True)):
        raise Invalid(Fault(path="/query/cursor", message="is no cursor of this list", hint="start without one"))
    return list(place)


def _is(part: Any, kind: type) -> bool:
    if kind is int:
        return type(part) is int and abs(part) < 2**63
    # Only signs that a database keeps; NUL would be an error there.
    return isinstance(part, kind) and (not isinstance(part, str) or part.isprintable())

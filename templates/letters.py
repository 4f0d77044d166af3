"""Letters as readers count them: an accent, a flag or a family of emoji is one, and is never cut in two."""

import unicodedata
from collections.abc import Iterator

_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_HALVES = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
#: A title is cut between words if that loses no more than this share of it; Chinese and Japanese write no spaces.
_MOST_LOST = 0.4


def letters(text: str) -> Iterator[str]:
    """`text` letter by letter (UAX 29's grapheme clusters, without old Hangul, which nobody writes to customers)."""
    held = ""
    for sign in text:
        if held and not _goes_with(held, sign):
            yield held
            held = ""
        held += sign
    if held:
        yield held


def length(text: str) -> int:
    """How many letters a reader counts.

    >>> length("e\u0301")
    1
    """
    return len(text) if text.isascii() else sum(1 for _ in letters(text))


def cut(text: str, limit: int) -> str:
    """`text` on one line in at most `limit` letters, cut between words where there are any, with an ellipsis."""
    text = " ".join(text.split())
    if length(text) <= limit:
        return text
    head = "".join(list(letters(text))[: limit - 1])
    words = head.rpartition(" ")[0]
    kept = words if len(words) >= len(head) * (1 - _MOST_LOST) else head
    return kept.rstrip(" ,;:.、，。：；") + "…"


def _goes_with(held: str, sign: str) -> bool:
    if unicodedata.category(sign) in ("Mn", "Me", "Mc") or sign == _JOINER or held[-1] == _JOINER:
        return True
    if ord(sign) in _SKIN_TONES or ord(sign) in _TAGS:
        return True
    return len(held) == 1 and ord(held) in _FLAG_HALVES and ord(sign) in _FLAG_HALVES

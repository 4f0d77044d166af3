"""Operators' words inside Markdown, so that nothing in them becomes markup."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def plain(text: str) -> str:
    r"""One line of text as Markdown shows it unchanged.

    >>> plain("a | b\n**c**")
    'a \\| b \\*\\*c\\*\\*'
    """
    return _MARKS.sub(r"\\\1", _CONTROL.sub(" ", text).strip())


def lines(text: str) -> list[str]:
    """The same of each line of a text; empty ones are left out."""
    return [shown for row in text.splitlines() if (shown := plain(row))]

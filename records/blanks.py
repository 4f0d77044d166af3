"""Blanks in words agreed on beforehand: `{asset}` stands for what only whoever uses them knows."""

import re

from records.components import Words
from records.errors import Fault

#: A name of small letters in braces; other braces are text.
_BLANK = re.compile(r"\{([a-z][a-z_ ]{0,39})\}")


def blanks(text: str) -> list[str]:
    """The blanks that a text still has, by name, each once.

    >>> blanks("Deposits of {asset} wait since {since}.")
    ['asset', 'since']
    """
    return list(dict.fromkeys(_BLANK.findall(text)))


def fill(text: str, known: dict[str, str]) -> str:
    """The text with the blanks that are known filled in; the others stay."""
    return _BLANK.sub(lambda found: known.get(found[1]) or found[0], text)


def unfilled(words: dict[str, Words]) -> list[Fault]:
    """What keeps words, by field, from going out: blanks that nobody filled in."""
    return [
        Fault(
            path=f"/{name}",
            message=f"{', '.join(f'{{{blank}}}' for blank in found)} is still to be filled in ({language})",
            hint="write what belongs there, without the braces",
        )
        for name, said in words.items()
        for language, text in said.items()
        if (found := blanks(text))
    ]

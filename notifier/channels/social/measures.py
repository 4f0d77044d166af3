"""How services count the letters of a post."""

import re
import unicodedata

from templates.letters import length, letters

LINK = re.compile(r"https?://\S+")
#: Every link counts so much, however long it is, at X and at Mastodon.
_LINK_LETTERS = 23
#: What a service may take for a link though nobody wrote `https://`.
_BARE_DOMAIN = re.compile(r"(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
#: Signs that count once at X; all others twice.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_FIRST_PICTOGRAM = 0x1F000
_AS_EMOJI = "\ufe0f"


def mastodon_letters(text: str) -> int:
    """Letters as readers count them, links as 23."""
    return length(LINK.sub("x" * _LINK_LETTERS, text))


def x_weight(text: str) -> int:
    """X's weighted length: Chinese, Japanese, Korean and emoji count two, links 23.

    >>> x_weight("a 出金 https://status.acme.example/incidents/1")
    30
    """
    text = unicodedata.normalize("NFC", text)
    rest = LINK.sub("", text)
    weight = _LINK_LETTERS * len(LINK.findall(text))
    # Whether X makes a link of a bare domain depends on its list of top-level domains: the worse of both counts.
    weight += sum(max(_LINK_LETTERS, _plain_weight(found)) for found in _BARE_DOMAIN.findall(rest))
    return weight + _plain_weight(_BARE_DOMAIN.sub("", rest))


def _plain_weight(text: str) -> int:
    return len(text) if text.isascii() else sum(_letter_weight(letter) for letter in letters(text))


def _letter_weight(letter: str) -> int:
    if _AS_EMOJI in letter or any(ord(sign) >= _FIRST_PICTOGRAM for sign in letter):
        # A family of emoji counts as one emoji does.
        return 2
    return sum(1 if any(low <= ord(sign) <= high for low, high in _LIGHT) else 2 for sign in letter)


def bluesky_letters(text: str) -> int:
    """Letters as readers count them; beyond ten bytes each, the bytes count (300 letters, 3,000 bytes)."""
    return max(length(text), -(-len(text.encode()) // 10))


def utf16_units(text: str) -> int:
    """As Telegram, Discord and Slack count: signs beyond the first 65,536 are two.

    >>> utf16_units("a😀")
    3
    """
    return len(text.encode("utf-16-le")) // 2


def same_words(one: str, other: str) -> bool:
    """Whether two texts say the same, however links and spaces are written: services shorten and wrap them."""
    return _core(one) == _core(other)


def _core(text: str) -> str:
    return " ".join(LINK.sub("↗", unicodedata.normalize("NFC", text)).split())

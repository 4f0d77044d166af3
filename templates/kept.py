"""Pieces of pages that were drawn before: two hundred rows do not change because one did."""

from collections.abc import Callable, Hashable

#: Pieces of each language: the rows of some hundred components, on the front page and on their own.
_MOST = 4_096


class Kept:
    """Draws a piece once for each key, and forgets those that were not asked for in a long while."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._young: dict[Hashable, str] = {}
        self._old: dict[Hashable, str] = {}

    def __call__(self, key: Hashable, draw: Callable[..., str], *of: object) -> str:
        """What `draw(*of)` gives; `key` must hold everything that this depends on, but for the language."""
        piece = self._young.get(key)
        if piece is None:
            piece = self._old.get(key)
            if piece is None:
                piece = draw(*of)
            if len(self._young) >= self._most:
                self._old, self._young = self._young, {}
            self._young[key] = piece
        return piece

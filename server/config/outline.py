"""The parts of the file that name each other, read so leniently that one wrong value hides no other fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from server.config.document import Place


@dataclass(frozen=True)
class Entry:
    """One mapping in the file, which may hold anything, and where it stands."""

    place: Place
    data: dict[str, Any]

    def text(self, key: str) -> str | None:
        """The text under `key`; None when there is none."""
        value = self.data.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> Iterator[tuple[Place, str]]:
        """The texts in the list under `key` (or the one text), each with its place."""
        value = self.data.get(key)
        if isinstance(value, str):
            yield (*self.place, key), value
        for index, item in enumerate(value if isinstance(value, list) else []):
            if isinstance(item, str):
                yield (*self.place, key, index), item

    def entries(self, key: str) -> list["Entry"]:
        """The mappings in the list under `key`."""
        value = self.data.get(key)
        items = enumerate(value if isinstance(value, list) else [])
        return [Entry((*self.place, key, index), item) for index, item in items if isinstance(item, dict)]

    def entry(self, key: str) -> "Entry | None":
        """The mapping under `key`; None when there is none."""
        value = self.data.get(key)
        return Entry((*self.place, key), value) if isinstance(value, dict) else None

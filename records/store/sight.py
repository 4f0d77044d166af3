"""Which of the watching processes see nothing at all: all are blind only when each of them is.

A process judges its own sight by its own looks. One that lost its network says nothing about the others', so each
writes for itself, and what the page tells is what holds of every process that has monitors at this moment.
"""

from datetime import datetime

from records.store import meta, shares
from records.store.engine import Store
from records.times import from_ms, to_ms

#: Fact that says since when no process sees anything; empty while one sees.
_ALL = "blind_since"
#: The same of one process, by its name; not there while it sees.
_ONE = "blind:"


def note(store: Store, holder: str, lost_at: datetime | None) -> bool:
    """Inside a deed: this process sees nothing since `lost_at`, or sees (None). Whether that changes what all see."""
    before, kept = blind_since(store), _blind(store)
    if lost_at is None and not kept and before is None:
        return False
    if lost_at is None:
        store.run("DELETE FROM meta WHERE name = :name", name=_ONE + holder)
        kept.pop(holder, None)
    elif holder not in kept:
        meta.write(store, _ONE + holder, str(to_ms(lost_at)))
        kept[holder] = lost_at
    after = _all_blind_since(store, holder, kept)
    if after == before:
        return False
    meta.write(store, _ALL, "" if after is None else after.isoformat())
    return True


def blind_since(store: Store) -> datetime | None:
    """Since when no process of ours sees anything at all; None while one sees."""
    since = meta.read(store, _ALL)
    return datetime.fromisoformat(since) if since else None


def _blind(store: Store) -> dict[str, datetime]:
    found = store.rows("SELECT name, content FROM meta WHERE name LIKE :names", names=f"{_ONE}%")
    return {row["name"].removeprefix(_ONE): from_ms(int(row["content"])) for row in found}


def _all_blind_since(store: Store, holder: str, blind: dict[str, datetime]) -> datetime | None:
    """When the last of them lost sight. Those that have no monitors any more are forgotten."""
    watching = shares.watching(store) | {holder}
    for gone in blind.keys() - watching:
        store.run("DELETE FROM meta WHERE name = :name", name=_ONE + gone)
    return max(blind[each] for each in watching) if watching <= blind.keys() else None

"""Who has something in hand just now, so that two people see each other before one of them is late.

It keeps nobody from anything: versions decide whose words count (`EditedMeanwhile`). Each entry is a lease, which ends
by itself when a browser is gone.
"""

from records.store import leases
from records.store.engine import Store

_NAME = "editing:"
#: A browser renews it at a third of this.
LASTS_MS = 45_000


def enter(store: Store, subject_id: str, who: str) -> None:
    """Somebody (`user:ben`) types in a form about an incident, a window or a notice, or still does."""
    leases.take(store, f"{_NAME}{subject_id}:{who}", who, LASTS_MS)


def leave(store: Store, subject_id: str, who: str) -> None:
    """They have left it, or sent it."""
    leases.give_back(store, f"{_NAME}{subject_id}:{who}", who)


def editors(store: Store) -> dict[str, tuple[str, ...]]:
    """Whoever has something in hand now, by its id, in the order of their names."""
    found: dict[str, tuple[str, ...]] = {}
    rows = store.rows(
        "SELECT name, holder FROM leases WHERE name >= :low AND name < :high AND until > :now ORDER BY name",
        low=_NAME,
        high=_NAME + "~",
        now=store.now_ms(),
    )
    for row in rows:
        subject_id = row["name"].removeprefix(_NAME).partition(":")[0]
        found[subject_id] = (*found.get(subject_id, ()), row["holder"])
    return found


def forget(store: Store) -> None:
    """Entries that have ended are of no use."""
    store.run(
        "DELETE FROM leases WHERE name >= :low AND name < :high AND until <= :now",
        low=_NAME,
        high=_NAME + "~",
        now=store.now_ms(),
    )

"""Who looks at which monitor, when several processes share the work: one lease per monitor, and one per process.

By the database's clock, as all leases. A lease's token changes with its holder and is carried in writes, so that a
process that was frozen cannot write over what its successor found.
"""

from collections.abc import Iterable

from records.store import leases
from records.store.engine import Store

_MONITOR = "watch:"
_PROCESS = "watcher:"


def meet(store: Store, holder: str, ttl_ms: int) -> list[str]:
    """Say that this process watches; every process that does, in an order on which all agree."""
    leases.take(store, _PROCESS + holder, holder, ttl_ms)
    found = store.rows(
        "SELECT holder FROM leases WHERE name >= :first AND name < :last AND until > :now ORDER BY name",
        **_between(_PROCESS),
        now=store.now_ms(),
    )
    return [row["holder"] for row in found]


def renew(store: Store, holder: str, ttl_ms: int) -> dict[str, int]:
    """Keep every monitor that this process has; their tokens by id. What another took meanwhile is not among them."""
    found = store.rows(
        """
        UPDATE leases SET until = :until WHERE name >= :first AND name < :last AND holder = :holder
        RETURNING name, token
        """,
        **_between(_MONITOR),
        holder=holder,
        until=store.now_ms() + ttl_ms,
    )
    return {row["name"].removeprefix(_MONITOR): int(row["token"]) for row in found}


def take(store: Store, holder: str, ids: Iterable[str], most: int, ttl_ms: int) -> dict[str, int]:
    """Take up to `most` of `ids` that nobody has; their tokens."""
    found = store.rows(
        "SELECT name FROM leases WHERE name >= :first AND name < :last AND until > :now",
        **_between(_MONITOR),
        now=store.now_ms(),
    )
    held = {row["name"].removeprefix(_MONITOR) for row in found}
    mine: dict[str, int] = {}
    with store.tx():
        # In one order everywhere: two processes that take at once wait for each other instead of deadlocking.
        for monitor_id in sorted(set(ids) - held):
            if len(mine) >= most:
                break
            token = leases.take(store, _MONITOR + monitor_id, holder, ttl_ms)
            if token is not None:
                mine[monitor_id] = token
    return mine


def give_back(store: Store, holder: str, ids: Iterable[str]) -> None:
    """Let others have these at once."""
    with store.tx():
        for monitor_id in sorted(ids):
            leases.give_back(store, _MONITOR + monitor_id, holder)


def leave(store: Store, holder: str) -> None:
    """This process watches nothing any more."""
    leases.give_back(store, _PROCESS + holder, holder)


def step_aside(store: Store, holder: str) -> bool:
    """Inside a transaction: share no more, if another process is there to watch. Of several at once, one stays."""
    found = store.rows(
        "SELECT holder FROM leases WHERE name >= :first AND name < :last AND until > :now ORDER BY name {for_update}",
        **_between(_PROCESS),
        now=store.now_ms(),
    )
    if all(row["holder"] == holder for row in found):
        return False
    leave(store, holder)
    return True


def watching(store: Store) -> frozenset[str]:
    """The processes that have monitors at this moment."""
    found = store.rows(
        "SELECT DISTINCT holder FROM leases WHERE name >= :first AND name < :last AND until > :now",
        **_between(_MONITOR),
        now=store.now_ms(),
    )
    return frozenset(row["holder"] for row in found)


def is_held(store: Store, monitor_id: str, token: int) -> bool:
    """Inside a transaction: whether the monitor is still that holder's, and stays so until the transaction ends."""
    found = store.row(
        "SELECT token FROM leases WHERE name = :name {for_update}",
        name=_MONITOR + monitor_id,
    )
    return found is not None and int(found["token"]) == token


def _between(prefix: str) -> dict[str, str]:
    return {"first": prefix, "last": prefix[:-1] + chr(ord(prefix[-1]) + 1)}

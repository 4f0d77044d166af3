"""Who may do a thing that only one may do at a time; by the database's clock, on both engines the same.

A holder renews at a third of the time to live and stops work at two thirds of it by its own monotonic clock.
"""

from records.ids import new_number
from records.store.engine import Store


def take(store: Store, name: str, holder: str, ttl_ms: int) -> int | None:
    """Take or renew a lease. Returns its token, to be carried in writes, or None while another holds it."""
    now = store.now_ms()
    found = store.rows(
        """
        INSERT INTO leases (name, holder, until, token) VALUES (:name, :holder, :until, :token)
        ON CONFLICT (name) DO UPDATE SET
            token = CASE WHEN leases.holder = excluded.holder THEN leases.token ELSE excluded.token END,
            holder = excluded.holder,
            until = excluded.until
        WHERE leases.holder = excluded.holder OR leases.until <= :now
        RETURNING token
        """,
        name=name,
        holder=holder,
        until=now + ttl_ms,
        token=new_number(),
        now=now,
    )
    return int(found[0]["token"]) if found else None


def give_back(store: Store, name: str, holder: str) -> None:
    """Let the next one have it at once."""
    store.run("DELETE FROM leases WHERE name = :name AND holder = :holder", name=name, holder=holder)

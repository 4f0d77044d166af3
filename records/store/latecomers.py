"""Customers and subscribers whose record changed: they may have come into the audience of what is current.

A row here is a reason to look, nothing more; `joining` looks at many at once. It is written in the transaction of the
change, so nobody is missed, and nobody is ever looked for.
"""

from collections.abc import Iterable

from records.ids import new_number
from records.store.engine import Store

CUSTOMER = "customer"


def touch(store: Store, numbers: Iterable[int], kind: str = CUSTOMER) -> None:
    """Inside a transaction: look at these again; `kind` is `customer` or that of subscribers."""
    moment = new_number()
    # In one order for all, so that two who touch the same seldom wait for each other.
    store.together(
        """
        INSERT INTO latecomers (id, kind, touched) {rows}
        ON CONFLICT (id) DO UPDATE SET touched = excluded.touched
        """,
        [(number, kind, moment) for number in sorted(set(numbers))],
    )


def is_anybody_there(store: Store) -> bool:
    """Whether somebody is to be looked at."""
    return store.row("SELECT 1 AS one FROM latecomers LIMIT 1") is not None


def take(store: Store, most: int) -> dict[str, list[int]]:
    """Inside a transaction: numbers to look at by kind, taken off the list; those being touched now stay on it."""
    found = store.rows(
        """
        DELETE FROM latecomers WHERE id IN (SELECT id FROM latecomers ORDER BY id LIMIT :most {skip_locked})
        RETURNING id, kind
        """,
        most=most,
    )
    taken: dict[str, list[int]] = {}
    for row in found:
        taken.setdefault(row["kind"], []).append(row["id"])
    return {kind: sorted(numbers) for kind, numbers in taken.items()}


def requeued_sql(channels: str = "1 = 1") -> str:
    """A query for the ledger's `requeued` rows `r` of which the first verdict, "suppressed", does not count any more.

    Because the delivery waits, or ended otherwise. `channels` is one more condition on `r`.
    """
    key = "{0}.customer_id = r.customer_id AND {0}.notice_id = r.notice_id AND {0}.version = r.version"
    key += " AND {0}.channel = r.channel"
    return f"""
        SELECT r.notice_id, r.version, r.channel FROM ledger r WHERE r.outcome = 'requeued' AND {channels} AND (
            EXISTS (SELECT 1 FROM deliveries w WHERE {key.format("w")})
            OR EXISTS (SELECT 1 FROM ledger e WHERE {key.format("e")}
                AND e.outcome IN ('accepted', 'failed', 'expired', 'superseded', 'cancelled')))
    """

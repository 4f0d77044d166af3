"""Customers and subscribers whose record changed: they may have come into the audience of what is current.

A row here is a reason to look, nothing more; `joining` looks at many at once. It is written in the transaction of the
change, so nobody is missed, and nobody is ever looked for.
"""

from collections.abc import Iterable

from records.ids import new_number
from records.notices import SETTLED
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
    """A query for the verdicts that do not count any more, since the delivery was queued after all: see `requeued`.

    While it waits none of them counts, and after that the best one. `channels` is one more condition on the `requeued`
    row `r`.
    """
    key = "{0}.customer_id = r.customer_id AND {0}.notice_id = r.notice_id AND {0}.version = r.version"
    key += " AND {0}.channel = r.channel"
    return f"""
        SELECT s.notice_id, s.version, s.channel, s.outcome FROM ledger r JOIN ledger s ON {key.format("s")}
        WHERE r.outcome = 'requeued' AND {channels} AND {_rank("s")} >= 0 AND (
            EXISTS (SELECT 1 FROM deliveries w WHERE {key.format("w")})
            OR EXISTS (SELECT 1 FROM ledger e WHERE {key.format("e")}
                AND {_rank("e")} >= 0 AND {_rank("e")} < {_rank("s")}))
    """


def _rank(row: str) -> str:
    """Which of several verdicts on one delivery speaks for it: the lowest; -1 for what is none."""
    each = " ".join(f"WHEN '{outcome.value}' THEN {rank}" for rank, outcome in enumerate(SETTLED))
    return f"CASE {row}.outcome {each} ELSE -1 END"

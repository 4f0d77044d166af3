"""Addresses that nothing more goes to, by customer and without the addresses themselves."""

from dataclasses import dataclass
from datetime import datetime

from records.store.engine import Store
from records.times import from_ms_or_none


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """One customer whose address on one channel gets nothing more."""

    customer_id: int
    #: The wallet's reference.
    external_id: str
    channel: str
    #: `bounced` or `complained`.
    reason: str
    #: What the far side said last, in short: `5.1.1`, `abuse`; empty when the ledger does not tell.
    said: str
    #: When the ledger says so; None when it does not tell.
    since: datetime | None


def blocked(store: Store, *, after: int = -1, limit: int = 100) -> list[Blocked]:
    """By customer's number, from behind `after`."""
    found = store.rows(
        """
        WITH page AS (
            SELECT k.customer_id, k.channel, k.blocked, c.external_id FROM contacts k
            JOIN customers c ON c.id = k.customer_id
            WHERE k.blocked IS NOT NULL AND k.customer_id > :after
            ORDER BY k.customer_id LIMIT :limit)
        SELECT p.customer_id, p.channel, p.blocked, p.external_id, g.at, g.reason FROM page p
        LEFT JOIN ledger g ON g.customer_id = p.customer_id AND g.channel = p.channel
            AND g.outcome IN ('bounced', 'complained', 'failed')
        ORDER BY p.customer_id, p.channel, g.at
        """,
        after=after,
        limit=limit,
    )
    # The last row of each is the newest that was said.
    newest = {(row["customer_id"], row["channel"]): row for row in found}
    return [
        Blocked(
            customer_id=row["customer_id"],
            external_id=row["external_id"],
            channel=row["channel"],
            reason=row["blocked"],
            said=row["reason"] or "",
            since=from_ms_or_none(row["at"]),
        )
        for row in newest.values()
    ]


def counts(store: Store) -> dict[str, int]:
    """How many addresses get nothing more, by reason."""
    found = store.rows(
        "SELECT blocked, count(*) AS total FROM contacts WHERE blocked IS NOT NULL GROUP BY blocked ORDER BY blocked"
    )
    return {row["blocked"]: int(row["total"]) for row in found}

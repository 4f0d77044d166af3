"""Whom a notice did not reach on any channel, and why: refused, not sent, or taken by the mail server and come back."""

from collections.abc import Sequence
from dataclasses import dataclass

from records.store.engine import Store

#: Taken on some channel, and nothing came back from there.
_IS_TOLD = """
(EXISTS (SELECT 1 FROM carried x JOIN ledger g ON g.notice_id = x.by_id AND g.customer_id = m.customer_id
    WHERE x.notice_id = m.notice_id AND g.outcome = 'accepted')
OR EXISTS (SELECT 1 FROM ledger g WHERE g.customer_id = m.customer_id AND g.notice_id = m.notice_id
    AND g.version = m.version AND g.outcome = 'accepted' AND NOT EXISTS (
        SELECT 1 FROM ledger b WHERE b.customer_id = g.customer_id AND b.notice_id = g.notice_id
            AND b.version = g.version AND b.channel = g.channel AND b.outcome = 'bounced')))
"""
_IS_QUEUED = """
EXISTS (SELECT 1 FROM deliveries d WHERE d.notice_id = m.notice_id AND d.version = m.version
    AND d.customer_id = m.customer_id)
"""


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """One customer whom no channel reached."""

    customer_id: int
    #: The wallet's reference.
    external_id: str
    #: What became of it by channel, oldest first: `email: accepted`, `email: bounced (5.1.1)`.
    why: tuple[str, ...]


def bounced_only(store: Store, notice_id: str, version: int) -> int:
    """How many customers count as told by mail that came back, and by nothing else."""
    found = store.row(
        f"""
        SELECT count(*) AS total FROM (
            SELECT DISTINCT customer_id, notice_id, version FROM ledger
            WHERE notice_id = :id AND version = :version AND channel = 'email' AND outcome = 'bounced') m
        WHERE NOT {_IS_TOLD} AND NOT {_IS_QUEUED} AND EXISTS (
            SELECT 1 FROM ledger a WHERE a.customer_id = m.customer_id AND a.notice_id = m.notice_id
                AND a.version = m.version AND a.outcome = 'accepted')
        """,
        id=notice_id,
        version=version,
    )
    return int(found["total"]) if found else 0


def not_reached(store: Store, notice_id: str, version: int, *, after: int = -1, limit: int = 100) -> list[Unreached]:
    """Customers of a notice whom no channel reached and for whom nothing waits, by number from behind `after`."""
    found = store.rows(
        f"""
        SELECT m.customer_id, c.external_id FROM audience_members m JOIN customers c ON c.id = m.customer_id
        WHERE m.notice_id = :id AND m.version = :version AND m.customer_id > :after
            AND NOT {_IS_TOLD} AND NOT {_IS_QUEUED}
        ORDER BY m.customer_id LIMIT :limit
        """,
        id=notice_id,
        version=version,
        after=after,
        limit=limit,
    )
    why = _why(store, notice_id, version, [row["customer_id"] for row in found])
    return [
        Unreached(
            customer_id=row["customer_id"], external_id=row["external_id"], why=tuple(why.get(row["customer_id"], ()))
        )
        for row in found
    ]


def _why(store: Store, notice_id: str, version: int, numbers: Sequence[int]) -> dict[int, list[str]]:
    values = {f"n{index}": number for index, number in enumerate(numbers)}
    marks = ", ".join(f":{name}" for name in values) or "NULL"
    rows = store.rows(
        f"""
        SELECT customer_id, channel, outcome, reason FROM ledger
        WHERE notice_id = :id AND version = :version AND customer_id IN ({marks})
        ORDER BY customer_id, channel, at, outcome
        """,
        id=notice_id,
        version=version,
        **values,
    )
    said: dict[int, list[str]] = {}
    for row in rows:
        reason = f" ({row['reason']})" if row["reason"] else ""
        said.setdefault(row["customer_id"], []).append(f"{row['channel']}: {row['outcome']}{reason}")
    return said

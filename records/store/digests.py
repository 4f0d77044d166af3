"""Notices that are told together: each stays what it is, with its own audience, but one digest carries them all."""

from collections.abc import Sequence
from datetime import datetime

from records.notices import ENDS
from records.store.engine import Store
from records.times import to_ms

_ENDS = ", ".join(f"'{kind.value}'" for kind in ENDS)


def carry(store: Store, notice_ids: Sequence[str], by_id: str) -> None:
    """Inside a deed, before they are let go: the notice `by_id` tells what these say."""
    store.many(
        "INSERT INTO carried (notice_id, by_id) VALUES (:notice_id, :by_id)",
        [{"notice_id": each, "by_id": by_id} for each in notice_ids],
    )


def is_carried(store: Store, notice_id: str) -> bool:
    """Whether another notice tells what this one says."""
    return store.row("SELECT 1 AS one FROM carried WHERE notice_id = :id", id=notice_id) is not None


def carrier_of(store: Store, notice_id: str) -> str | None:
    """The notice that tells what this one says, if another does."""
    found = store.row("SELECT by_id FROM carried WHERE notice_id = :id", id=notice_id)
    return None if found is None else str(found["by_id"])


def over_with(store: Store, subject_id: str) -> list[str]:
    """Digests that tell of this incident and are over."""
    found = store.rows(
        """
        SELECT DISTINCT k.by_id FROM notices b JOIN carried k ON k.notice_id = b.id
        WHERE b.subject_id = :id ORDER BY k.by_id
        """,
        id=subject_id,
    )
    return [row["by_id"] for row in found if is_over(store, row["by_id"])]


def is_over(store: Store, digest_id: str) -> bool:
    """Whether nothing that a digest tells of goes on; one that tells the end of anything is news until it is told."""
    found = store.row(
        f"""
        SELECT 1 AS one FROM carried o JOIN notices c ON c.id = o.notice_id LEFT JOIN incidents i ON i.id = c.subject_id
        WHERE o.by_id = :id AND (i.resolved_at IS NULL OR c.kind IN ({_ENDS})) LIMIT 1
        """,
        id=digest_id,
    )
    return found is None


def lately_told(store: Store, since: datetime, *, but: str) -> int:
    """About how many incidents besides one something was said since then, or is about to be."""
    found = store.row(
        """
        SELECT count(DISTINCT subject_id) AS total FROM notices
        WHERE useful_until >= :since AND created_at >= :since AND subject_kind = 'incident' AND subject_id <> :but
            AND state <> 'cancelled'
        """,
        since=to_ms(since),
        but=but,
    )
    return int(found["total"]) if found else 0

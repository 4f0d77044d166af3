"""The series of moments at which some customer's plate may have changed: what open streams tell, and resume from.

Nobody has to announce anything: whoever keeps streams open looks, and the first to see that something moved counts one
on. A moment says only "ask again"; what there is to see, `inapp.active` knows.
"""

from datetime import datetime

from records.store.engine import Store
from records.times import to_ms


def keep_up(store: Store, now: datetime) -> int:
    """The newest moment's number; counts one on when something moved since. Safe when several processes look."""
    mark = _mark(store)
    last = store.row("SELECT seq, mark FROM inapp_events ORDER BY seq DESC LIMIT 1")
    if last is not None and last["mark"] == mark:
        return int(last["seq"])
    seq = int(last["seq"]) + 1 if last else 1
    # Where another process saw it first, its number stands.
    store.run(
        "INSERT INTO inapp_events (seq, at, mark) VALUES (:seq, :at, :mark) ON CONFLICT (seq) DO NOTHING",
        seq=seq,
        at=to_ms(now),
        mark=mark,
    )
    return newest(store)


def newest(store: Store) -> int:
    """The newest moment's number; 0 before the first."""
    found = store.row("SELECT max(seq) AS seq FROM inapp_events")
    return int(found["seq"] or 0) if found else 0


def is_kept(store: Store, seq: int) -> bool:
    """Whether a moment is still known, so that whoever heard of it last knows what was missed: everything since."""
    return store.row("SELECT 1 AS found FROM inapp_events WHERE seq = :seq", seq=seq) is not None


def forget(store: Store, before: datetime) -> int:
    """Drop moments before `before`, but never the newest. Returns how many."""
    return store.run(
        "DELETE FROM inapp_events WHERE at < :before AND seq < (SELECT max(seq) FROM inapp_events)",
        before=to_ms(before),
    )


def _mark(store: Store) -> str:
    """Differs whenever a plate can differ: what is public, the notices at work, how far the queue to the app has come.

    The queue empties in the same transaction as plates fill, so its head moves whenever a plate does; a queue that
    fills and empties between two looks leaves a notice that was not there, or in another state, before.
    """
    parts = store.rows(
        """
        SELECT 'page' AS what, content AS which, '' AS state FROM meta WHERE name = 'page_revision'
        UNION ALL SELECT * FROM (
            SELECT 'notice' AS what, id AS which, state FROM notices ORDER BY id DESC LIMIT 1) newest
        UNION ALL SELECT * FROM (
            SELECT 'notice' AS what, id AS which, state FROM notices WHERE state IN ('fanning_out', 'sending')
            ORDER BY id DESC LIMIT 20) going
        UNION ALL SELECT * FROM (
            SELECT 'head' AS what, notice_id AS which, CAST(customer_id AS TEXT) AS state FROM deliveries
            WHERE channel = 'inapp' ORDER BY lane, due_at LIMIT 1) head
        """
    )
    return ",".join(sorted({f"{part['what']}:{part['which']}:{part['state']}" for part in parts}))

"""The queue of tests that people send to themselves; customers' records know nothing of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from records.ids import new_id, new_number
from records.store.encoding import from_json, to_json
from records.store.engine import Row, Store
from records.times import from_ms, to_ms
from records.trials import TRIALS_WITHIN, Trial


def queue(
    store: Store, user_id: str, address: str, notice_id: str, language: str, forms: Mapping[str, str], now: datetime
) -> str:
    """Send one letter soon; returns its id."""
    trial_id = new_id()
    store.run(
        """
        INSERT INTO trials (id, user_id, address, notice_id, language, forms, created_at, due_at, lease, attempts)
        VALUES (:id, :user_id, :address, :notice_id, :language, :forms, :now, :now, 0, 0)
        """,
        id=trial_id,
        user_id=user_id,
        address=address,
        notice_id=notice_id,
        language=language,
        forms=to_json(dict(forms)),
        now=to_ms(now),
    )
    return trial_id


def count_lately(store: Store, user_id: str, now: datetime) -> int:
    """How many somebody sent to themselves lately; those from before are forgotten."""
    since = to_ms(now - TRIALS_WITHIN)
    store.run("DELETE FROM trials WHERE due_at IS NULL AND created_at <= :since", since=since)
    found = store.row(
        "SELECT count(*) AS total FROM trials WHERE user_id = :user_id AND created_at > :since",
        user_id=user_id,
        since=since,
    )
    return int(found["total"]) if found else 0


def claim(store: Store, now: datetime, *, lease: timedelta, limit: int = 20) -> list[Trial]:
    """Take letters that are due, the oldest first, for as long as the lease runs."""
    token = new_number()
    with store.tx():
        store.run(
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM trials WHERE due_at <= :now ORDER BY due_at, id LIMIT :limit {skip_locked})
            UPDATE trials SET due_at = :until, lease = :token WHERE id IN (SELECT id FROM due)
            """,
            now=to_ms(now),
            until=to_ms(now + lease),
            token=token,
            limit=limit,
        )
        found = store.rows("SELECT * FROM trials WHERE lease = :token ORDER BY created_at, id", token=token)
    return [_trial(row) for row in found]


def put_off(store: Store, trial: Trial, due_at: datetime, *, attempts: int) -> bool:
    """Try a claimed letter again at `due_at`. False when the claim has run out."""
    sql = "UPDATE trials SET due_at = :due_at, lease = 0, attempts = :attempts WHERE id = :id AND lease = :lease"
    return store.run(sql, id=trial.id, lease=trial.lease, due_at=to_ms(due_at), attempts=attempts) == 1


def settle(store: Store, trial: Trial) -> bool:
    """It is sent, or never will be: its words and its address go, that it was sent is counted for a while."""
    sql = """
        UPDATE trials SET due_at = NULL, lease = 0, forms = '{}', address = '' WHERE id = :id AND lease = :lease
        """
    return store.run(sql, id=trial.id, lease=trial.lease) == 1


def _trial(row: Row) -> Trial:
    return Trial(
        id=row["id"],
        address=row["address"],
        notice_id=row["notice_id"],
        language=row["language"],
        forms=from_json(row["forms"]),
        created_at=from_ms(row["created_at"]),
        attempts=row["attempts"],
        lease=row["lease"],
    )

"""The queue of letters about subscriptions: one at a time for each subscriber."""

from datetime import datetime, timedelta

from records.ids import new_number
from records.letters import LETTER_PAUSE, LONGEST_LETTER_PAUSE, Letter, LetterKind
from records.store.engine import Row, Store
from records.times import from_ms, to_ms

_MILLISECOND = timedelta(milliseconds=1)


def queue(store: Store, subscriber_id: int, kind: LetterKind, now: datetime, *, useful_until: datetime) -> bool:
    """Send a letter soon. False when it is too soon after the last one (see LETTER_PAUSE): then none is sent."""
    queued = store.run(
        """
        INSERT INTO letters (subscriber_id, kind, created_at, due_at, lease, attempts, useful_until)
        VALUES (:id, :kind, :now, :now, 0, 0, :useful_until)
        ON CONFLICT (subscriber_id) DO UPDATE SET kind = excluded.kind, created_at = excluded.created_at,
            due_at = excluded.due_at, lease = 0, attempts = 0, useful_until = excluded.useful_until
        WHERE :now - letters.created_at >= (
            SELECT CASE WHEN letters.created_at - s.created_at < :shortest THEN :shortest
                WHEN letters.created_at - s.created_at > :longest THEN :longest
                ELSE letters.created_at - s.created_at END
            FROM subscribers s WHERE s.id = letters.subscriber_id)
        """,
        id=subscriber_id,
        kind=kind.value,
        now=to_ms(now),
        useful_until=to_ms(useful_until),
        shortest=LETTER_PAUSE // _MILLISECOND,
        longest=LONGEST_LETTER_PAUSE // _MILLISECOND,
    )
    return queued == 1


def claim(store: Store, now: datetime, *, lease: timedelta, limit: int = 20) -> list[Letter]:
    """Take letters that are due, the oldest first, for as long as the lease runs."""
    token = new_number()
    with store.tx():
        store.rows(
            """
            WITH due AS MATERIALIZED (
                SELECT subscriber_id FROM letters WHERE due_at <= :now ORDER BY due_at LIMIT :limit {skip_locked})
            UPDATE letters SET due_at = :until, lease = :token
            WHERE subscriber_id IN (SELECT subscriber_id FROM due) RETURNING subscriber_id
            """,
            now=to_ms(now),
            until=to_ms(now + lease),
            token=token,
            limit=limit,
        )
        found = store.rows(
            """
            SELECT l.*, CASE WHEN l.kind = :paused THEN k.owner_email ELSE k.address END AS address, s.language
            FROM letters l
            JOIN subscribers s ON s.id = l.subscriber_id
            JOIN subscriber_contacts k ON k.subscriber_id = l.subscriber_id
            WHERE l.lease = :token AND (l.kind <> :paused OR k.owner_email IS NOT NULL)
            ORDER BY l.created_at, l.subscriber_id
            """,
            token=token,
            paused=LetterKind.PAUSED.value,
        )
    return [_letter(row) for row in found]


def put_off(store: Store, letter: Letter, due_at: datetime, *, attempts: int) -> bool:
    """Try a claimed letter again at `due_at`. False when the claim has run out."""
    return (
        store.run(
            """
            UPDATE letters SET due_at = :due_at, lease = 0, attempts = :attempts
            WHERE subscriber_id = :id AND lease = :lease
            """,
            id=letter.subscriber_id,
            lease=letter.lease,
            due_at=to_ms(due_at),
            attempts=attempts,
        )
        == 1
    )


def settle(store: Store, letter: Letter) -> bool:
    """It is sent, or never will be; when it was asked for stays known for a while. False when the claim has run out."""
    sql = "UPDATE letters SET due_at = NULL, lease = 0 WHERE subscriber_id = :id AND lease = :lease"
    return store.run(sql, id=letter.subscriber_id, lease=letter.lease) == 1


def forgo(store: Store, subscriber_id: int) -> None:
    """Inside a deed: what a waiting letter asks or says is settled otherwise. When it was asked for stays known."""
    store.run("UPDATE letters SET due_at = NULL, lease = 0 WHERE subscriber_id = :id", id=subscriber_id)


def drop(store: Store, subscriber_id: int) -> None:
    """There is nobody to write to any more."""
    store.run("DELETE FROM letters WHERE subscriber_id = :id", id=subscriber_id)


def next_due(store: Store) -> datetime | None:
    """When the next letter falls due; None when none waits."""
    found = store.row("SELECT min(due_at) AS due_at FROM letters")
    return None if found is None or found["due_at"] is None else from_ms(found["due_at"])


def _letter(row: Row) -> Letter:
    return Letter(
        subscriber_id=row["subscriber_id"],
        kind=LetterKind(row["kind"]),
        address=row["address"],
        language=row["language"],
        created_at=from_ms(row["created_at"]),
        attempts=row["attempts"],
        lease=row["lease"],
        useful_until=from_ms(row["useful_until"]),
    )

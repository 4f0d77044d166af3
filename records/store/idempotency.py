"""Answers already given, so that a repeated request does nothing twice."""

from dataclasses import dataclass
from datetime import datetime

from records.errors import Conflict
from records.store.engine import Store
from records.times import to_ms


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: str


def given(store: Store, actor: str, key: str, request_hash: str) -> Answer | None:
    """The answer to an earlier request with this key. Raises Conflict when the key stood for another request."""
    found = store.row(
        "SELECT request_hash, status, body FROM idempotency WHERE actor = :actor AND idempotency_key = :key",
        actor=actor,
        key=key,
    )
    if found is None:
        return None
    if found["request_hash"] != request_hash:
        raise Conflict("This Idempotency-Key was used for another request; take a new one.")
    return Answer(status=found["status"], body=found["body"])


def keep(store: Store, actor: str, key: str, request_hash: str, answer: Answer, now: datetime) -> None:
    """Keep an answer, in the transaction of the deed it speaks of. Raises Conflict when the key was used meanwhile."""
    added = store.run(
        """
        INSERT INTO idempotency (actor, idempotency_key, request_hash, status, body, created_at)
        VALUES (:actor, :key, :hash, :status, :body, :now) ON CONFLICT (actor, idempotency_key) DO NOTHING
        """,
        actor=actor,
        key=key,
        hash=request_hash,
        status=answer.status,
        body=answer.body,
        now=to_ms(now),
    )
    if not added:
        raise Conflict("A request with this Idempotency-Key is being answered; repeat it to get the answer.")


def forget(store: Store, before: datetime) -> int:
    """Drop answers older than `before`. Returns how many."""
    return store.run("DELETE FROM idempotency WHERE created_at < :before", before=to_ms(before))

"""How each receiver fares, and the changes of components that webhooks are told of one by one, in order.

The changes are one log, and each webhook has a place in it: nothing is queued, so a thousand receivers and a component
that flaps make no thousand rows, and what comes first is told first. Deeds take turns, so the log has no holes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from records.components import Status
from records.ids import new_number
from records.store.addresses import SECRETS
from records.store.engine import Row, Store
from records.subscribers import SubscriberKind, SubscriberState
from records.times import from_ms, to_ms

#: After this long nobody needs to hear that a component changed.
USEFUL_FOR = timedelta(hours=72)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A component's state as the public sees it became another."""

    #: Its place in the log.
    id: int
    component_id: str
    at: datetime
    before: Status
    after: Status


@dataclass(frozen=True, kw_only=True)
class Told:
    """One change on its way to one webhook, claimed under a lease."""

    subscriber_id: int
    change: Change
    address: str
    secret: str = field(repr=False)
    #: Attempts made before this claim.
    attempts: int
    #: The claim's token; a mark without it changes nothing.
    lease: int


def note_change(store: Store, component_id: str, before: Status, after: Status, now: datetime) -> None:
    """Inside a deed: write a change down; the old ones that nobody needs go. The newest stays, as a mark."""
    store.run(
        """
        INSERT INTO component_changes (id, component_id, at, old_status, new_status)
        SELECT coalesce(max(id), 0) + 1, :component_id, :now, :before, :after FROM component_changes
        """,
        component_id=component_id,
        now=to_ms(now),
        before=before.value,
        after=after.value,
    )
    store.run("DELETE FROM component_changes WHERE at < :at", at=to_ms(now - USEFUL_FOR))


def claim(store: Store, now: datetime, *, lease: timedelta, limit: int = 50) -> list[Told]:
    """For each webhook that is not busy, the next change that it follows; theirs for as long as the lease runs."""
    token = new_number()
    with store.tx():
        for row in _next_ones(store, now, limit):
            _take(store, row, token, now, lease)
        found = store.rows(
            f"""
            SELECT r.*, c.*, k.address, {SECRETS} AS secret FROM receivers r
            JOIN component_changes c ON c.id = r.position
            JOIN subscriber_contacts k ON k.subscriber_id = r.subscriber_id
            WHERE r.lease = :token ORDER BY c.id, r.subscriber_id
            """,
            token=token,
            now=to_ms(now),
        )
    return [_told(row) for row in found]


def _next_ones(store: Store, now: datetime, limit: int) -> list[Row]:
    """A place is the change in work while it is claimed or put off (attempts > 0), and the one before it otherwise."""
    return store.rows(
        """
        SELECT * FROM (
            SELECT s.id AS subscriber_id, (
                SELECT min(c.id) FROM component_changes c
                WHERE c.at >= s.confirmed_at AND c.at > :horizon
                    AND (c.id > coalesce(r.position, 0) OR (c.id = r.position AND r.lease <> 0))
                    AND (NOT EXISTS (SELECT 1 FROM subscriber_components f WHERE f.subscriber_id = s.id)
                        OR EXISTS (SELECT 1 FROM subscriber_components f WHERE f.subscriber_id = s.id
                            AND (f.component_id = c.component_id OR f.component_id = (
                                SELECT p.group_id FROM components p WHERE p.id = c.component_id))))) AS change_id
            FROM subscribers s LEFT JOIN receivers r ON r.subscriber_id = s.id
            WHERE s.state = :state AND s.kind = :kind AND coalesce(r.due_at, 0) <= :now) next_ones
        WHERE change_id IS NOT NULL ORDER BY change_id, subscriber_id LIMIT :limit
        """,
        horizon=to_ms(now - USEFUL_FOR),
        state=SubscriberState.CONFIRMED.value,
        kind=SubscriberKind.WEBHOOK.value,
        now=to_ms(now),
        limit=limit,
    )


def _take(store: Store, row: Row, token: int, now: datetime, lease: timedelta) -> None:
    """Unless somebody else took it at this very moment."""
    store.run(
        """
        INSERT INTO receivers (subscriber_id, failures, position, due_at, lease, attempts, told_at, told_code)
        VALUES (:subscriber_id, 0, :change_id, :until, :token, 0, NULL, '')
        ON CONFLICT (subscriber_id) DO UPDATE SET due_at = excluded.due_at, lease = excluded.lease,
            attempts = CASE WHEN receivers.position = excluded.position THEN receivers.attempts ELSE 0 END,
            position = excluded.position
        WHERE receivers.due_at <= :now
        """,
        **row,
        token=token,
        until=to_ms(now + lease),
        now=to_ms(now),
    )


#: Stands for a lease where a change waits for its next try: it is not done, and nobody has it.
_NOBODYS = -1


def put_off(store: Store, told: Told, due_at: datetime, code: str, now: datetime, *, attempts: int) -> bool:
    """Try the same change again at `due_at`. False when the claim has run out."""
    return _mark(store, told, code, now, due_at=to_ms(due_at), lease=_NOBODYS, attempts=attempts)


def settle(store: Store, told: Told, code: str, now: datetime) -> bool:
    """On to the next change: it was told, or never will be. False when the claim has run out."""
    return _mark(store, told, code, now, due_at=0, lease=0, attempts=0)


def _mark(store: Store, told: Told, code: str, now: datetime, *, due_at: int, lease: int, attempts: int) -> bool:
    changed = store.run(
        """
        UPDATE receivers SET due_at = :due_at, lease = :lease, attempts = :attempts, told_at = :now, told_code = :code
        WHERE subscriber_id = :id AND lease = :claimed
        """,
        id=told.subscriber_id,
        claimed=told.lease,
        due_at=due_at,
        lease=lease,
        attempts=attempts,
        now=to_ms(now),
        code=code,
    )
    return changed == 1


def note_failure(store: Store, subscriber_id: int) -> int:
    """Something was given up that a receiver did not take; returns how many there were in a row."""
    found = store.rows(
        """
        INSERT INTO receivers (subscriber_id, failures, position, due_at, lease, attempts, told_at, told_code)
        VALUES (:id, 1, 0, 0, 0, 0, NULL, '')
        ON CONFLICT (subscriber_id) DO UPDATE SET failures = receivers.failures + 1
        RETURNING failures
        """,
        id=subscriber_id,
    )
    return int(found[0]["failures"])


def note_taken(store: Store, subscriber_ids: Sequence[int]) -> None:
    """These receivers took something: what failed before does not count any more."""
    sql = "UPDATE receivers SET failures = 0 WHERE subscriber_id = :id AND failures > 0"
    for each in sorted(set(subscriber_ids)):
        store.run(sql, id=each)


def start_anew(store: Store, subscriber_id: int) -> None:
    """It works again: no failure counts any more, and what changed meanwhile is not told late."""
    store.run(
        """
        UPDATE receivers SET failures = 0, due_at = 0, lease = 0, attempts = 0,
            position = (SELECT coalesce(max(id), 0) FROM component_changes)
        WHERE subscriber_id = :id
        """,
        id=subscriber_id,
    )


def forget(store: Store, subscriber_id: int) -> None:
    """There is nobody to tell any more."""
    store.run("DELETE FROM receivers WHERE subscriber_id = :id", id=subscriber_id)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one post to a receiver went, as its owner sees it."""

    at: datetime
    #: Id of the notice; None for the last change of a component.
    notice_id: str | None
    #: `accepted`, `failed` … as in the ledger; `queued` while it waits for another try.
    outcome: str
    #: What the receiver said, in short; empty when there is nothing to say.
    reason: str
    attempts: int

    @property
    def is_taken(self) -> bool:
        """Whether the receiver took it."""
        return self.outcome == "accepted"

    @property
    def is_waiting(self) -> bool:
        """Whether it is on its way, or tried again soon."""
        return self.outcome == "queued"

    @property
    def has_failed(self) -> bool:
        """Whether it was given up."""
        return self.outcome == "failed"

    @property
    def said(self) -> str:
        """The reason for its owner: without our word for the trouble."""
        return self.reason.partition(": ")[2] or self.reason


def results(store: Store, subscriber_id: int, kind: SubscriberKind, *, limit: int = 10) -> list[Result]:
    """The last posts to a receiver, the newest first."""
    found = store.rows(
        f"""
        SELECT at, notice_id, outcome, reason, attempts FROM ledger
        WHERE customer_id = :id AND channel = '{kind.channel}'
        UNION ALL SELECT created_at, notice_id, 'queued', state, attempts FROM deliveries
        WHERE channel = '{kind.channel}' AND customer_id = :id
        UNION ALL SELECT told_at, NULL,
            CASE WHEN attempts > 0 THEN 'queued' WHEN told_code LIKE '2%' THEN 'accepted' ELSE 'failed' END,
            told_code, attempts
        FROM receivers WHERE subscriber_id = :id AND told_at IS NOT NULL
        ORDER BY at DESC LIMIT :limit
        """,
        id=subscriber_id,
        limit=limit,
    )
    return [_result(row) for row in found]


def _result(row: Row) -> Result:
    return Result(
        at=from_ms(row["at"]),
        notice_id=row["notice_id"],
        outcome=row["outcome"],
        reason=row["reason"],
        attempts=row["attempts"],
    )


def _told(row: Row) -> Told:
    return Told(
        subscriber_id=row["subscriber_id"],
        change=Change(
            id=row["id"],
            component_id=row["component_id"],
            at=from_ms(row["at"]),
            before=Status(row["old_status"]),
            after=Status(row["new_status"]),
        ),
        address=row["address"],
        secret=row["secret"],
        attempts=row["attempts"],
        lease=row["lease"],
    )

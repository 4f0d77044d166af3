"""Monitors: what the judge remembers, what was last concluded, what was seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.errors import NotFound
from records.store.encoding import from_json, to_json
from records.store.engine import Row, Store
from records.times import from_ms_or_none, to_ms
from records.verdicts import Verdict


@dataclass(frozen=True, kw_only=True)
class MonitorRecord:
    """One monitor as the store knows it."""

    id: str
    kind: str
    chain: str | None
    component_id: str | None
    every_ms: int
    #: Kind of the last verdict; None before the first.
    verdict: str | None
    reasoning: str
    facts: dict[str, Any]
    verdict_since: datetime | None
    #: When something was last seen (not: looked and saw nothing).
    seen_at: datetime | None
    looked_at: datetime | None
    muted_until: datetime | None


def put_monitor(
    store: Store, monitor_id: str, *, kind: str, chain: str | None, component_id: str | None, every_ms: int
) -> None:
    """Add a monitor, or bring its description up to date; what it remembers stays."""
    store.run(
        """
        INSERT INTO monitors (id, kind, chain, component_id, every_ms, reasoning, facts)
        VALUES (:id, :kind, :chain, :component_id, :every_ms, '', '{}')
        ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, chain = excluded.chain,
            component_id = excluded.component_id, every_ms = excluded.every_ms, retired_at = NULL
        """,
        id=monitor_id,
        kind=kind,
        chain=chain,
        component_id=component_id,
        every_ms=every_ms,
    )


def retire_all_but(store: Store, ids: Iterable[str], now: datetime) -> list[str]:
    """Stop monitors that are not in `ids` and drop what they last said. Returns their ids."""
    kept = set(ids)
    live = store.rows("SELECT id FROM monitors WHERE retired_at IS NULL")
    gone = [row["id"] for row in live if row["id"] not in kept]
    for monitor_id in gone:
        store.run(
            "UPDATE monitors SET retired_at = :now, judge_state = NULL WHERE id = :id", now=to_ms(now), id=monitor_id
        )
        store.run("DELETE FROM signals WHERE monitor_id = :id", id=monitor_id)
    return gone


def all_monitors(store: Store) -> list[MonitorRecord]:
    """Every monitor in use, by id."""
    return [_record(row) for row in store.rows("SELECT * FROM monitors WHERE retired_at IS NULL ORDER BY id")]


def monitor(store: Store, monitor_id: str) -> MonitorRecord:
    """One monitor. Raises NotFound."""
    found = store.row("SELECT * FROM monitors WHERE id = :id", id=monitor_id)
    if found is None:
        raise NotFound(f"There is no monitor {monitor_id}.")
    return _record(found)


def is_in_use(store: Store, monitor_id: str) -> bool:
    """Whether the configuration that was applied last names it."""
    return store.row("SELECT id FROM monitors WHERE id = :id AND retired_at IS NULL", id=monitor_id) is not None


def judge_state(store: Store, monitor_id: str) -> str | None:
    """What the judge remembered after the last round, as it wrote it."""
    found = store.row("SELECT judge_state FROM monitors WHERE id = :id AND retired_at IS NULL", id=monitor_id)
    return None if found is None else found["judge_state"]


def keep_round(store: Store, monitor_id: str, verdict: Verdict, state: str, *, seen_at: datetime | None) -> None:
    """What one round ended with; `seen_at` is None when nothing was seen."""
    store.run(
        """
        UPDATE monitors SET judge_state = :state, verdict = :verdict, reasoning = :reasoning, facts = :facts,
            verdict_since = :since, looked_at = :at, seen_at = COALESCE(CAST(:seen_at AS BIGINT), seen_at)
        WHERE id = :id
        """,
        id=monitor_id,
        state=state,
        verdict=verdict.kind.value,
        reasoning=verdict.reasoning,
        facts=to_json(verdict.facts),
        since=to_ms(verdict.since),
        at=to_ms(verdict.at),
        seen_at=None if seen_at is None else to_ms(seen_at),
    )


def put_heartbeat(store: Store, monitor_id: str, token_hash: str) -> None:
    """Let whoever knows the token beat for this monitor."""
    store.run("DELETE FROM heartbeats WHERE monitor_id = :id AND token_hash <> :hash", id=monitor_id, hash=token_hash)
    store.run(
        """
        INSERT INTO heartbeats (token_hash, monitor_id) VALUES (:hash, :id)
        ON CONFLICT (token_hash) DO UPDATE SET monitor_id = excluded.monitor_id
        """,
        hash=token_hash,
        id=monitor_id,
    )


def beat(store: Store, token_hash: str, at: datetime) -> bool:
    """A heartbeat came. False when nobody knows the token."""
    return store.run("UPDATE heartbeats SET beat_at = :at WHERE token_hash = :hash", at=to_ms(at), hash=token_hash) > 0


def last_beat(store: Store, monitor_id: str) -> datetime | None:
    """When the heartbeat last came; None before the first."""
    found = store.row("SELECT beat_at FROM heartbeats WHERE monitor_id = :id", id=monitor_id)
    return None if found is None else from_ms_or_none(found["beat_at"])


def _record(row: Row) -> MonitorRecord:
    return MonitorRecord(
        id=row["id"],
        kind=row["kind"],
        chain=row["chain"],
        component_id=row["component_id"],
        every_ms=row["every_ms"],
        verdict=row["verdict"],
        reasoning=row["reasoning"],
        facts=from_json(row["facts"]),
        verdict_since=from_ms_or_none(row["verdict_since"]),
        seen_at=from_ms_or_none(row["seen_at"]),
        looked_at=from_ms_or_none(row["looked_at"]),
        muted_until=from_ms_or_none(row["muted_until"]),
    )

"""What monitors saw: each look for some days, packed; sums by hour and by day for as long as anybody asks."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from records import packing
from records.observations import TELLS_NOTHING, Observation, Seen
from records.packing import Block, Look
from records.store.engine import Row, Store
from records.times import from_ms, to_ms

_ADD = """
INSERT INTO {table} (from_at, monitor_id, target, looks, failures, timed, latency_sum_ms, latency_max_ms, classes)
VALUES (:from_at, :monitor_id, :target, 1, :failed, :timed, :latency_ms, :latency_ms, :class)
ON CONFLICT (from_at, monitor_id, target) DO UPDATE SET
    looks = {table}.looks + 1,
    failures = {table}.failures + excluded.failures,
    timed = {table}.timed + excluded.timed,
    latency_sum_ms = {table}.latency_sum_ms + excluded.latency_sum_ms,
    latency_max_ms = CASE WHEN excluded.latency_max_ms > {table}.latency_max_ms
        THEN excluded.latency_max_ms ELSE {table}.latency_max_ms END,
    classes = {table}.classes | excluded.classes
"""


class Span(Enum):
    """What sums are kept by; days are those of UTC."""

    HOUR = ("look_hours", timedelta(hours=1))
    DAY = ("look_days", timedelta(days=1))

    @property
    def table(self) -> str:
        """Where they are kept."""
        return self.value[0]

    def start_ms(self, at_ms: int) -> int:
        """The beginning of the span that `at_ms` lies in."""
        return at_ms - at_ms % int(self.value[1].total_seconds() * 1000)


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The looks at one target within one hour or day."""

    start: datetime
    target: str
    looks: int
    #: Looks that saw trouble; those that tell nothing about the target do not count.
    failures: int
    #: None when nothing was measured.
    latency_mean_ms: float | None
    latency_max_ms: float | None
    #: Every way in which a look ended.
    classes: frozenset[Seen]


def keep(store: Store, observations: Sequence[Observation]) -> None:
    """Keep one round of one monitor and add it to its hour and its day; a round without looks leaves no trace."""
    if not observations:
        return
    with store.tx():
        _pack(store, observations[0].monitor, observations)
        for span in Span:
            store.many(_ADD.format(table=span.table), [_addition(one, span) for one in observations])


def _pack(store: Store, monitor_id: str, observations: Sequence[Observation]) -> None:
    before = _open_block(store, monitor_id)
    grown = None if before is None else packing.append(before, observations)
    if before is not None and grown is None:
        _close(store, monitor_id, before)
    block = grown or packing.begin(observations)
    store.run(
        """
        INSERT INTO look_blocks_open (monitor_id, begun_at, until_at, packed, tail)
        VALUES (:id, :begun_at, :until_at, :packed, :tail)
        ON CONFLICT (monitor_id) DO UPDATE SET begun_at = excluded.begun_at, until_at = excluded.until_at,
            packed = excluded.packed, tail = excluded.tail
        """,
        id=monitor_id,
        begun_at=block.begun_ms,
        until_at=block.until_ms,
        packed=block.packed,
        tail=block.tail,
    )


def _open_block(store: Store, monitor_id: str) -> Block | None:
    row = store.row("SELECT * FROM look_blocks_open WHERE monitor_id = :id", id=monitor_id)
    if row is None:
        return None
    return Block(begun_ms=row["begun_at"], until_ms=row["until_at"], packed=bytes(row["packed"]), tail=row["tail"])


def _close(store: Store, monitor_id: str, block: Block) -> None:
    """Closed blocks come in the order of time, so they stand side by side on full pages."""
    store.run(
        """
        INSERT INTO look_blocks (until_at, monitor_id, begun_at, packed) VALUES (:until_at, :id, :begun_at, :packed)
        ON CONFLICT (until_at, monitor_id) DO NOTHING
        """,
        until_at=block.until_ms,
        id=monitor_id,
        begun_at=block.begun_ms,
        packed=zlib.compress(block.packed),
    )


def _addition(one: Observation, span: Span) -> dict[str, Any]:
    is_timed = one.latency_ms is not None
    return {
        "from_at": span.start_ms(to_ms(one.at)),
        "monitor_id": one.monitor,
        "target": one.target,
        "failed": int(one.seen is not Seen.OK and one.seen not in TELLS_NOTHING),
        "timed": int(is_timed),
        "latency_ms": round(one.latency_ms) if one.latency_ms is not None else 0,
        "class": 1 << packing.CODES[one.seen],
    }


def since(store: Store, monitor_id: str, moment: datetime) -> list[Look]:
    """Every look at or after `moment` that is still kept, newest first."""
    closed = store.rows(
        """
        SELECT begun_at, packed FROM look_blocks WHERE monitor_id = :id AND until_at >= :since ORDER BY until_at
        """,
        id=monitor_id,
        since=to_ms(moment),
    )
    looks = [look for row in closed for look in packing.unpack(row["begun_at"], zlib.decompress(row["packed"]))]
    block = _open_block(store, monitor_id)
    if block is not None:
        looks += packing.unpack(block.begun_ms, block.packed)
    return [look for look in reversed(looks) if look.at >= moment]


def newest(store: Store) -> dict[str, list[Look]]:
    """Per monitor in use, the last look at each target."""
    found = store.rows(
        """
        SELECT o.monitor_id, o.until_at, o.tail FROM look_blocks_open o
        JOIN monitors m ON m.id = o.monitor_id
        WHERE m.retired_at IS NULL ORDER BY o.monitor_id
        """
    )
    return {row["monitor_id"]: packing.newest(row["until_at"], row["tail"]) for row in found}


def sums(store: Store, monitor_id: str, span: Span, moment: datetime) -> list[Sums]:
    """The monitor's hours or days from the one that `moment` lies in, oldest first."""
    found = store.rows(
        f"""
        SELECT * FROM {span.table} WHERE monitor_id = :id AND from_at >= :since ORDER BY from_at, target
        """,
        id=monitor_id,
        since=span.start_ms(to_ms(moment)),
    )
    return [_sums(row) for row in found]


def forget(store: Store, before: datetime) -> int:
    """Drop looks older than `before`, a block at a time; sums stay. Returns how many blocks."""
    gone = store.run("DELETE FROM look_blocks WHERE until_at < :before", before=to_ms(before))
    return gone + store.run("DELETE FROM look_blocks_open WHERE until_at < :before", before=to_ms(before))


def _sums(row: Row) -> Sums:
    timed = row["timed"]
    return Sums(
        start=from_ms(row["from_at"]),
        target=row["target"],
        looks=row["looks"],
        failures=row["failures"],
        latency_mean_ms=row["latency_sum_ms"] / timed if timed else None,
        latency_max_ms=float(row["latency_max_ms"]) if timed else None,
        classes=frozenset(seen for seen, code in packing.CODES.items() if row["classes"] >> code & 1),
    )

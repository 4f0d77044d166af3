"""Counts of "I am affected", by service and five minutes: nothing of who said it is ever here."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from records.affected import BUCKET, LOOKED_AT, WEEKS, Level, Standing, bucket_of
from records.store import meta
from records.store.engine import Row, Store
from records.times import from_iso, from_ms, from_ms_or_none, to_ms, to_ms_or_none

_SINCE = "affected_since"
_HOUR_MS = 3_600_000
_KEPT = timedelta(weeks=WEEKS + 1)


def add(store: Store, component_id: str, now: datetime, chain: str = "") -> None:
    """One more, in its five minutes; with `chain`, one who also said which network. Safe between processes."""
    store.run(
        """
        INSERT INTO affected_counts (component_id, chain, bucket, taps) VALUES (:component, :chain, :bucket, 1)
        ON CONFLICT (component_id, chain, bucket) DO UPDATE SET taps = affected_counts.taps + 1
        """,
        component=component_id,
        chain=chain,
        bucket=bucket_of(now),
    )


def newest(store: Store, now: datetime) -> dict[str, list[int]]:
    """Taps per bucket of each service that has any lately, the running bucket first."""
    step, running = BUCKET // timedelta(milliseconds=1), bucket_of(now)
    buckets = [running - step * back for back in range(LOOKED_AT)]
    found = store.rows(
        "SELECT component_id, bucket, taps FROM affected_counts WHERE chain = '' AND bucket >= :since",
        since=buckets[-1],
    )
    counts: dict[str, list[int]] = {}
    for row in found:
        if row["bucket"] in buckets:
            counts.setdefault(row["component_id"], [0] * LOOKED_AT)[buckets.index(row["bucket"])] = row["taps"]
    return counts


def by_hour(store: Store, component_id: str, now: datetime) -> dict[int, int]:
    """Taps of one service by hour, over the weeks that tell what is usual; the present hour is not among them."""
    found = store.rows(
        """
        SELECT bucket / 3600000 AS hour, sum(taps) AS taps FROM affected_counts
        WHERE component_id = :component AND chain = '' AND bucket >= :since AND bucket < :until
        GROUP BY bucket / 3600000
        """,
        component=component_id,
        since=to_ms(now - _KEPT),
        until=to_ms(now) // _HOUR_MS * _HOUR_MS,
    )
    return {int(row["hour"]): int(row["taps"]) for row in found}


def last_hour(store: Store, now: datetime) -> dict[str, int]:
    """Taps of the last hour, by service; those without any are not named."""
    found = store.rows(
        """
        SELECT component_id, sum(taps) AS taps FROM affected_counts WHERE chain = '' AND bucket > :since
        GROUP BY component_id
        """,
        since=to_ms(now) - _HOUR_MS,
    )
    return {row["component_id"]: int(row["taps"]) for row in found}


def chains_of(store: Store, component_id: str, now: datetime) -> dict[str, int]:
    """Of the last hour, how many named which network."""
    found = store.rows(
        """
        SELECT chain, sum(taps) AS taps FROM affected_counts
        WHERE component_id = :component AND chain <> '' AND bucket > :since GROUP BY chain ORDER BY chain
        """,
        component=component_id,
        since=to_ms(now) - _HOUR_MS,
    )
    return {row["chain"]: int(row["taps"]) for row in found}


def counting_since(store: Store, now: datetime) -> datetime:
    """When we began to count; from then on, no entry means that nobody said anything."""
    return from_iso(meta.write_once(store, _SINCE, now.isoformat()))


def standings(store: Store) -> list[Standing]:
    """What the reports about each service amount to, as judged last."""
    return [_standing(row) for row in store.rows("SELECT * FROM affected_levels ORDER BY since DESC, component_id")]


def put_standing(store: Store, standing: Standing) -> None:
    """Keep what they amount to."""
    store.run(
        """
        INSERT INTO affected_levels (component_id, level, since, taps, usual, hours_known, muted_until)
        VALUES (:component, :level, :since, :taps, :usual, :hours_known, :muted_until)
        ON CONFLICT (component_id) DO UPDATE SET level = excluded.level, since = excluded.since,
            taps = excluded.taps, usual = excluded.usual, hours_known = excluded.hours_known,
            muted_until = excluded.muted_until
        """,
        component=standing.component,
        level=standing.level.value,
        since=to_ms(standing.since),
        taps=standing.taps,
        usual=float(standing.usual),
        hours_known=standing.hours_known,
        muted_until=to_ms_or_none(standing.muted_until),
    )


def rising(store: Store, now: datetime, component_ids: Sequence[str]) -> frozenset[str]:
    """Of these services, those whose reports are likely more than usual, and not muted."""
    return frozenset(
        each.component
        for each in standings(store)
        if each.level is Level.LIKELY and each.counts(now) and each.component in component_ids
    )


def forget(store: Store, now: datetime) -> int:
    """Drop counts that no longer tell what is usual. Returns how many."""
    return store.run("DELETE FROM affected_counts WHERE bucket < :before", before=to_ms(now - _KEPT))


def _standing(row: Row) -> Standing:
    return Standing(
        component=row["component_id"],
        level=Level(row["level"]),
        since=from_ms(row["since"]),
        taps=row["taps"],
        usual=row["usual"],
        hours_known=row["hours_known"],
        muted_until=from_ms_or_none(row["muted_until"]),
    )

"""The weather of chains, hour by hour: a small series that survives restarts."""

from datetime import datetime

from records.store.engine import Row, Store
from records.times import from_ms_or_none, to_ms
from records.weather import USUAL_WINDOW, Hour, hour_of


def note(
    store: Store, chain: str, now: datetime, *, fee: float | None, mempool_full: float | None, height: int | None
) -> None:
    """Add what one round saw to its hour."""
    if fee is None and mempool_full is None and height is None:
        return
    store.run(
        """
        INSERT INTO weather
            (chain, hour, fee_sum, fee_count, mempool_most, first_height, first_at, last_height, last_at)
        VALUES (:chain, :hour, :fee_sum, :fee_count, :mempool, :height, :at, :height, :at)
        ON CONFLICT (chain, hour) DO UPDATE SET
            fee_sum = weather.fee_sum + excluded.fee_sum,
            fee_count = weather.fee_count + excluded.fee_count,
            mempool_most = CASE WHEN weather.mempool_most IS NULL OR excluded.mempool_most > weather.mempool_most
                THEN excluded.mempool_most ELSE weather.mempool_most END,
            first_height = COALESCE(weather.first_height, excluded.first_height),
            first_at = COALESCE(weather.first_at, excluded.first_at),
            last_height = CASE WHEN weather.last_height IS NULL OR excluded.last_height > weather.last_height
                THEN excluded.last_height ELSE weather.last_height END,
            last_at = CASE WHEN weather.last_height IS NULL OR excluded.last_height > weather.last_height
                THEN excluded.last_at ELSE weather.last_at END
        """,
        chain=chain,
        hour=hour_of(now),
        fee_sum=0.0 if fee is None else float(fee),
        fee_count=0 if fee is None else 1,
        mempool=None if mempool_full is None else float(mempool_full),
        height=height,
        at=None if height is None else to_ms(now),
    )


def hours(store: Store, chain: str, now: datetime) -> list[Hour]:
    """The last seven days, newest first."""
    found = store.rows(
        "SELECT * FROM weather WHERE chain = :chain AND hour >= :since ORDER BY hour DESC",
        chain=chain,
        since=hour_of(now - USUAL_WINDOW),
    )
    return [_hour(row) for row in found]


def forget(store: Store, before: datetime) -> int:
    """Drop hours before `before`. Returns how many."""
    return store.run("DELETE FROM weather WHERE hour < :hour", hour=hour_of(before))


def _hour(row: Row) -> Hour:
    return Hour(
        hour=row["hour"],
        fee_sum=row["fee_sum"],
        fee_count=row["fee_count"],
        mempool_most=row["mempool_most"],
        first_height=row["first_height"],
        first_at=from_ms_or_none(row["first_at"]),
        last_height=row["last_height"],
        last_at=from_ms_or_none(row["last_at"]),
    )

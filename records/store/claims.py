"""Taking what is due: urgent ones first, and within a lane every notice its share, however long the others' queues are.

One notice to half a million customers must not keep fifty others waiting until it is through.
"""

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from records.ids import new_number
from records.notices import Delivery, Lane
from records.store import withheld
from records.store.addresses import address_sql, secret_sql, turn_sql
from records.store.engine import Row, Store
from records.times import from_ms, to_ms

#: The state of a delivery that may have arrived; a claim and a later delay leave it so.
UNCERTAIN = "uncertain"
#: The state of one whose lease ran out: whoever had it never said what became of it.
TAKEN_OVER = "taken_over"
_IN_TURN = itemgetter("created_at", "customer_id")


def claim(store: Store, channel: str, now: datetime, *, lease: timedelta, limit: int = 500) -> list[Delivery]:
    """Take due deliveries of one channel for as long as the lease runs, in the order in which they should leave."""
    with store.tx():
        return take(store, channel, now, lease=lease, limit=limit)


def take(
    store: Store,
    channel: str,
    now: datetime,
    *,
    lease: timedelta,
    limit: int,
    lanes: Sequence[Lane] = tuple(Lane),
) -> list[Delivery]:
    """As `claim`, inside a transaction, of these lanes."""
    call = _Call(store=store, channel=channel, now=now, until=now + lease, token=new_number(), lanes=lanes)
    found = _due(call, limit)
    # Where every address was blocked meanwhile, there may still be others behind them.
    while found and not (found := _with_somewhere_to_go(call, found)):
        found = _due(call, limit)
    # Hundreds of deliveries share the two times of their notice.
    moment = functools.lru_cache(from_ms)
    return [_delivery(row, call.token, moment) for row in found]


@dataclass(frozen=True, kw_only=True)
class _Call:
    """One claim."""

    store: Store
    channel: str
    now: datetime
    until: datetime
    token: int
    lanes: Sequence[Lane]


def _due(call: _Call, limit: int) -> list[Row]:
    found: list[Row] = []
    for lane in call.lanes:
        if len(found) < limit:
            found += _of_lane(call, lane, limit - len(found))
    return found


def _with_somewhere_to_go(call: _Call, found: list[Row]) -> list[Row]:
    gone = [row for row in found if row["address"] is None] if withheld.needs_address(call.channel) else []
    if not gone:
        return found
    still = withheld.still_go(call.store, call.channel, gone)
    for row in gone:
        row["address"] = still.get((row["notice_id"], row["customer_id"]))
    gone = [row for row in gone if row["address"] is None]
    if gone:
        withheld.settle(call.store, call.channel, gone, call.now)
    return [row for row in found if row["address"] is not None]


def _of_lane(call: _Call, lane: Lane, limit: int) -> list[Row]:
    """Due deliveries of one lane, one of each notice in turn."""
    waiting = [row["notice_id"] for row in call.store.rows(_DUE[lane], channel=call.channel, now=to_ms(call.now))]
    # Where there are more notices than room, somebody else comes first each time.
    first = call.token % len(waiting) if waiting else 0
    waiting = waiting[first:] + waiting[:first]
    taken: dict[str, list[Row]] = {}
    left = limit
    while waiting and left:
        share, asked, waiting = max(1, left // len(waiting)), waiting, []
        for notice_id in asked[:left]:
            most = min(share, left)
            found = _claimed(call, lane, notice_id, most)
            taken.setdefault(notice_id, []).extend(found)
            left -= len(found)
            if len(found) == most:
                waiting.append(notice_id)
    each = [sorted(found, key=_IN_TURN) for found in taken.values()]
    if len(each) == 1:
        return each[0]
    return [row for turn in itertools.zip_longest(*each) for row in turn if row is not None]


def _claimed(call: _Call, lane: Lane, notice_id: str, limit: int) -> list[Row]:
    return call.store.rows(
        f"""
        WITH due AS MATERIALIZED (
            SELECT notice_id, version, customer_id, channel FROM deliveries
            WHERE channel = :channel AND lane = :lane AND notice_id = :notice_id AND due_at <= :now
                AND {turn_sql(call.channel)}
            ORDER BY due_at LIMIT :limit {{skip_locked}})
        UPDATE deliveries SET due_at = :until, lease = :token,
            state = CASE WHEN lease = 0 OR state = '{UNCERTAIN}' THEN state ELSE '{TAKEN_OVER}' END
        WHERE (notice_id, version, customer_id, channel) IN (
            SELECT notice_id, version, customer_id, channel FROM due)
        RETURNING notice_id, version, customer_id, channel, language, attempts, useful_until, created_at,
            because, state, ({address_sql(call.channel)}) AS address, ({secret_sql(call.channel)}) AS secret
        """,
        until=to_ms(call.until),
        token=call.token,
        channel=call.channel,
        lane=lane.rank,
        notice_id=notice_id,
        now=to_ms(call.now),
        limit=limit,
    )


def _notices_of(lane: Lane) -> str:
    """A table of the notices that have something in a lane of `:channel`: one look into the index for each."""
    mine = f"d.channel = :channel AND d.lane = {lane.rank}"
    return f"""lane_{lane.rank} (notice_id) AS (
        SELECT min(d.notice_id) FROM deliveries d WHERE {mine}
        UNION ALL SELECT (SELECT min(d.notice_id) FROM deliveries d WHERE {mine} AND d.notice_id > l.notice_id)
        FROM lane_{lane.rank} l WHERE l.notice_id IS NOT NULL)"""


def _first_of(lane: Lane) -> str:
    """When each of them falls due."""
    return f"""
        SELECT l.notice_id, (SELECT min(d.due_at) FROM deliveries d WHERE d.channel = :channel
            AND d.lane = {lane.rank} AND d.notice_id = l.notice_id) AS due_at
        FROM lane_{lane.rank} l WHERE l.notice_id IS NOT NULL"""


_DUE = {
    lane: f"""
        WITH RECURSIVE {_notices_of(lane)}
        SELECT notice_id FROM ({_first_of(lane)}) each_one WHERE due_at <= :now ORDER BY notice_id
        """
    for lane in Lane
}
_NEXT_DUE = f"""
WITH RECURSIVE {", ".join(_notices_of(lane) for lane in Lane)}
SELECT min(due_at) AS due_at FROM ({" UNION ALL ".join(_first_of(lane) for lane in Lane)}) each_one
"""
_CHANNELS = """
WITH RECURSIVE known (channel) AS (
    SELECT min(channel) FROM deliveries
    UNION ALL SELECT (SELECT min(d.channel) FROM deliveries d WHERE d.channel > known.channel) FROM known
    WHERE known.channel IS NOT NULL)
SELECT channel FROM known WHERE channel IS NOT NULL ORDER BY channel
"""


def due_channels(store: Store, now: datetime) -> list[str]:
    """Channels with something due; a few looks into the index, however long the queue."""
    first = {row["channel"]: next_due(store, row["channel"]) for row in store.rows(_CHANNELS)}
    return [channel for channel, due_at in first.items() if due_at is not None and due_at <= now]


def next_due(store: Store, channel: str) -> datetime | None:
    """When the next delivery of a channel falls due; None when none waits."""
    found = store.row(_NEXT_DUE, channel=channel)
    return None if found is None or found["due_at"] is None else from_ms(found["due_at"])


def _delivery(row: Row, token: int, moment: Callable[[int], datetime]) -> Delivery:
    return Delivery(
        notice_id=row["notice_id"],
        version=row["version"],
        customer_id=row["customer_id"],
        channel=row["channel"],
        language=row["language"],
        address=row["address"],
        attempts=row["attempts"],
        lease=token,
        useful_until=moment(row["useful_until"]),
        created_at=moment(row["created_at"]),
        secret=row["secret"] or "",
        because=row["because"],
        is_uncertain=row["state"] == UNCERTAIN,
        is_taken_over=row["state"] == TAKEN_OVER,
    )

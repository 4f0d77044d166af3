"""The weather of a chain as it was kept hour by hour: what fees did, how full the mempool was, how fast blocks came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

#: Fees are compared with the median of so long.
USUAL_WINDOW = timedelta(days=7)
#: Hours of fees needed before a median means anything (ours).
HOURS_NEEDED = 6
#: The pace is taken from the last so many blocks, or as many as there are: chance then moves it by a few percent.
_PACE_BLOCKS = 200
#: From fewer blocks than this, nothing is said.
_PACE_BLOCKS_NEEDED = 10


@dataclass(frozen=True, kw_only=True)
class Hour:
    """What was seen of a chain in one hour; what was not seen is None."""

    #: Whole hours since 1970.
    hour: int
    #: Sum and number of the fees seen, in the chain's own unit.
    fee_sum: float
    fee_count: int
    #: The fullest that the mempool was, from 0 to 1.
    mempool_most: float | None
    #: First and last height, and when each was first seen.
    first_height: int | None
    first_at: datetime | None
    last_height: int | None
    last_at: datetime | None

    @property
    def fee(self) -> float | None:
        """Mean fee of the hour."""
        return self.fee_sum / self.fee_count if self.fee_count else None


def hour_of(moment: datetime) -> int:
    """Whole hours since 1970."""
    return int(moment.timestamp() // 3600)


def usual_fee(hours: Sequence[Hour], now: datetime) -> float | None:
    """Median of the hourly fees of seven days, without the present hour; None until there are enough of them."""
    present = hour_of(now)
    since = present - int(USUAL_WINDOW.total_seconds() // 3600)
    fees = [each.fee for each in hours if since <= each.hour < present and each.fee is not None]
    return median(fees) if len(fees) >= HOURS_NEEDED else None


def block_seconds(hours: Sequence[Hour]) -> float | None:
    """Recent time from block to block; None until enough blocks were seen.

    A chain that stands now does not count as slow: only time in which blocks came is measured.
    """
    seen = sorted((each for each in hours if each.last_height is not None), key=lambda each: -each.hour)
    if not seen or seen[0].last_height is None or seen[0].last_at is None:
        return None
    pace = None
    for each in seen:
        if each.first_height is None or each.first_at is None:
            continue
        blocks = seen[0].last_height - each.first_height
        seconds = (seen[0].last_at - each.first_at).total_seconds()
        if blocks >= _PACE_BLOCKS_NEEDED and seconds > 0:
            pace = seconds / blocks
        if blocks >= _PACE_BLOCKS:
            break
    return pace

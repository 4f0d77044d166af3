"""What customers' own "I am affected" amounts to: counts by five minutes, held against what is usual at that hour.

It is a signal and no verdict: it never changes a service's state, and at most says that reports are rising.
"""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from records.times import to_ms

BUCKET = timedelta(minutes=5)
#: The running bucket and the two before it decide.
LOOKED_AT = 3
_BUCKET_MS = BUCKET // timedelta(milliseconds=1)
_HOUR_MS = 3_600_000
_PER_HOUR = _HOUR_MS // _BUCKET_MS
_HOURS_PER_WEEK = 168
#: The same hour of so many weeks before is what is usual; a median, so that last week's outage is not taken for usual.
WEEKS = 8
#: From fewer weeks than this the hour of the week cannot be known yet, and all hours so far stand in for it.
_FEWEST_WEEKS = 2


class Level(StrEnum):
    """How sure it is that customers report more than usual."""

    NONE = "none"
    #: One bucket above the threshold.
    POSSIBLE = "possible"
    #: Two buckets in a row.
    LIKELY = "likely"


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What is usual at this hour."""

    per_bucket: float
    #: Hours of history that it rests on; 0 when nothing is known yet.
    hours_known: int
    #: Whether those are the same hour of earlier weeks, and not just any hours.
    is_of_this_hour: bool


def bucket_of(moment: datetime) -> int:
    """Begin of the five minutes that `moment` lies in, in milliseconds since 1970."""
    return to_ms(moment) // _BUCKET_MS * _BUCKET_MS


def hour_of(moment: datetime) -> int:
    """Number of the hour since 1970."""
    return to_ms(moment) // _HOUR_MS


def usual_of(taps_by_hour: Mapping[int, int], now: datetime, counting_since: datetime) -> Usual:
    """What is usual now, from taps by hour before now; hours without an entry had none."""
    present, first = hour_of(now), hour_of(counting_since) + 1
    same = [present - week * _HOURS_PER_WEEK for week in range(1, WEEKS + 1)]
    weeks = [hour for hour in same if hour >= first]
    known = weeks if len(weeks) >= _FEWEST_WEEKS else list(range(max(first, present - _HOURS_PER_WEEK), present))
    taps = [taps_by_hour.get(hour, 0) for hour in known]
    return Usual(
        per_bucket=statistics.median(taps) / _PER_HOUR if taps else 0.0,
        hours_known=len(weeks) * _HOURS_PER_WEEK if known is weeks else len(taps),
        is_of_this_hour=known is weeks,
    )


def threshold(usual: Usual, minimum: int) -> int:
    """Taps in one bucket that are more than usual: three times as many, beyond what chance brings, and never few.

    >>> threshold(Usual(per_bucket=0.0, hours_known=0, is_of_this_hour=False), 5)
    5
    >>> threshold(Usual(per_bucket=4.0, hours_known=8, is_of_this_hour=True), 5)
    12
    """
    chance = usual.per_bucket + 4 * math.sqrt(usual.per_bucket)
    return max(minimum, math.ceil(3 * usual.per_bucket), math.ceil(chance))


def level_of(newest: Sequence[int], above: int, before: Level) -> Level:
    """The level from taps per bucket, the running one first, and the threshold.

    Two buckets in a row make it likely. It stays so until neither the running bucket nor the two before it are above:
    then it is over, by itself.
    """
    over = [taps >= above for taps in newest[:LOOKED_AT]]
    if any(one and other for one, other in itertools.pairwise(over)):
        return Level.LIKELY
    if not any(over):
        return Level.NONE
    return Level.LIKELY if before is Level.LIKELY else Level.POSSIBLE


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What customers' reports about one service amount to."""

    component: str
    level: Level
    #: When it came to this level.
    since: datetime
    #: Most taps in one of the buckets that decided.
    taps: int
    #: Taps per bucket that are usual at this hour.
    usual: float
    #: Hours of history that it rests on.
    hours_known: int
    #: Operators do not want to hear of it before then.
    muted_until: datetime | None

    @property
    def has_little_history(self) -> bool:
        """Whether what is usual is not yet that of the same hour of earlier weeks."""
        return self.hours_known < _FEWEST_WEEKS * _HOURS_PER_WEEK

    def is_muted(self, now: datetime) -> bool:
        """Whether operators have muted it."""
        return self.muted_until is not None and self.muted_until > now

    def counts(self, now: datetime) -> bool:
        """Whether anybody is to hear of it."""
        return self.level is not Level.NONE and not self.is_muted(now)

"""Say how crowded a chain is, by the fees and mempools that its own nodes see. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from monitors.book import Book
from monitors.quorum import Reading
from monitors.settings import Role, Thresholds
from monitors.slowness import why_slow
from records.observations import Observation
from records.weather import hour_of

#: Hours of fees needed before a median means anything.
_FEE_HOURS_NEEDED = 6


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """How crowded a chain is in one round. None: not seen."""

    #: The newest looks at own nodes that serve.
    samples: tuple[Observation, ...]
    #: The middle one of the fees they name, in the chain's own unit.
    fee: float | None
    #: Median of past hours; 0 until there are enough hours.
    usual_fee: float
    #: That fee as a multiple of the usual one; None until that is known.
    fee_ratio: float | None
    #: Share of the room for waiting transactions that is taken, where it is emptiest.
    mempool_full: float | None


def crowd(limits: Thresholds, reading: Reading, book: Book, now: datetime) -> Crowd:
    """How crowded the chain is by this reading."""
    own = [node for node in reading.of(Role.OWN) if node.usable and node.name in reading.samples]
    samples = tuple(reading.samples[node.name] for node in own)
    fees = [seen.fee for seen in samples if seen.fee is not None]
    fee, usual = median(fees) if fees else None, _usual_fee(limits, book, now)
    return Crowd(
        samples=samples,
        fee=fee,
        usual_fee=usual,
        fee_ratio=round(fee / usual, 2) if fee is not None and usual > 0 else None,
        # The emptiest: one node with a small mempool is no congestion.
        mempool_full=min((seen.mempool_full for seen in samples if seen.mempool_full is not None), default=None),
    )


def _usual_fee(limits: Thresholds, book: Book, now: datetime) -> float:
    """Median of past hours: within an hour it stays the same, so it is worked out once."""
    this_hour = hour_of(now)
    if book.usual_fee is not None and book.usual_fee[0] == this_hour:
        return book.usual_fee[1]
    since = this_hour - limits.fee_window_hours
    past = [total / count for hour, (total, count) in book.fees.items() if since <= hour < this_hour]
    return median(past) if len(past) >= _FEE_HOURS_NEEDED else 0.0


def noted_fee(limits: Thresholds, book: Book, seen: Crowd, now: datetime) -> Book:
    """`book` with this round's fee in its hour, and without hours that are too old."""
    hour = hour_of(now)
    since, kept = hour - limits.fee_window_hours, dict(book.fees)
    for old in [at for at in kept if not since <= at <= hour]:
        del kept[old]
    if seen.fee is not None:
        total, count = kept.get(hour, (0.0, 0))
        kept[hour] = (total + seen.fee, count + 1)
    return replace(book, fees=kept, usual_fee=(hour, seen.usual_fee))


def why_congested(limits: Thresholds, seen: Crowd) -> str:
    """Why the chain counts as congested; empty when it does not."""
    if seen.mempool_full is not None and seen.mempool_full > limits.mempool_full:
        return f"{seen.mempool_full:.0%} of the room for waiting transactions is taken"
    if seen.fee_ratio is not None and seen.fee_ratio > limits.fee_ratio:
        return f"the fee is {seen.fee_ratio:.1f} times its usual height"
    return why_slow(limits, seen.samples)

"""How soon words are handed over once they were let go: counted in steps, so that no ledger is read to tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from records.notices import Lane

#: Upper ends of the steps, in seconds; the last step has none.
STEPS_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400)


def step_of(took: timedelta) -> int:
    """Which step a time falls into.

    >>> step_of(timedelta(seconds=0.7))
    1
    """
    seconds = took.total_seconds()
    return next((step for step, end in enumerate(STEPS_SECONDS) if seconds <= end), len(STEPS_SECONDS))


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """How long one channel took for one lane, over some time."""

    channel: str
    lane: Lane
    #: How many fell into each step, the one without an end last.
    counts: tuple[int, ...]
    sum_ms: int

    @property
    def total(self) -> int:
        """How many were handed over."""
        return sum(self.counts)

    def within_seconds(self, share: float) -> float | None:
        """The time within which this share of them was handed over; None when there was none.

        Within a step they are taken to be spread evenly; what lies beyond the last end is told as that end.

        >>> HandOver(channel="email", lane=Lane.URGENT, counts=(0, 0, 10) + (0,) * 12, sum_ms=0).within_seconds(0.5)
        1.5
        """
        wanted = share * self.total
        if wanted <= 0:
            return None
        passed = 0
        for step, count in enumerate(self.counts[: len(STEPS_SECONDS)]):
            if count and passed + count >= wanted:
                low = STEPS_SECONDS[step - 1] if step else 0.0
                return low + (STEPS_SECONDS[step] - low) * (wanted - passed) / count
            passed += count
        return float(STEPS_SECONDS[-1])


def added(parts: Sequence[tuple[str, Lane, int, int, int]]) -> list[HandOver]:
    """From (channel, lane, step, how many, sum of milliseconds) what each channel did for each lane."""
    found: dict[tuple[str, Lane], list[int]] = {}
    sums: dict[tuple[str, Lane], int] = {}
    for channel, lane, step, count, sum_ms in parts:
        found.setdefault((channel, lane), [0] * (len(STEPS_SECONDS) + 1))[step] += count
        sums[channel, lane] = sums.get((channel, lane), 0) + sum_ms
    return [
        HandOver(channel=channel, lane=lane, counts=tuple(counts), sum_ms=sums[channel, lane])
        for (channel, lane), counts in sorted(found.items(), key=lambda one: (one[0][0], one[0][1].rank))
    ]

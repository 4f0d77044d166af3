"""Say whether a chain that goes on goes on too slowly, by what its nodes measured. Pure."""

from collections.abc import Collection
from statistics import median

from monitors.settings import Thresholds
from records.observations import Observation

#: As a multiple of the usual block time; Solana's 0.8 s instead of 0.4 s per slot (ours).
_SLOW_RATIO = 2.0
#: Share of slots without a block (ours).
_MANY_SKIPPED = 0.2
#: From a third of the stake on, nothing can become final: the protocol needs two thirds of the votes.
_FINALITY_IMPOSSIBLE = 1 / 3


def why_slow(limits: Thresholds, samples: Collection[Observation]) -> str:
    """Why the chain counts as slow; empty when it does not, or when nobody measured."""
    pace, skipped = _middle(samples, "seconds_per_block"), _middle(samples, "skip_rate")
    if pace is not None and pace > _SLOW_RATIO * limits.block_time_seconds:
        return f"a block takes {pace:.2f} s instead of {limits.block_time_seconds:g} s"
    if skipped is not None and skipped > _MANY_SKIPPED:
        return f"{skipped:.0%} of the slots bring no block"
    return ""


def why_not_final(samples: Collection[Observation]) -> str:
    """Why nothing can become final by the votes that are missing; empty when they suffice or are not known."""
    share = _middle(samples, "delinquent_stake")
    return f"{share:.0%} of the stake does not vote" if share is not None and share > _FINALITY_IMPOSSIBLE else ""


def _middle(samples: Collection[Observation], fact: str) -> float | None:
    """The middle one of what the nodes say, so that one strange node decides nothing."""
    said = [seen.facts.get(fact) for seen in samples]
    known = [float(value) for value in said if isinstance(value, int | float) and not isinstance(value, bool)]
    return median(known) if known else None

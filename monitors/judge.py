"""Judge one signal over time: how sure to be before it changes, and when not to believe it. Pure.

Worse after `worse_after` bad rounds that lasted `worse_for_seconds`; better after `better_after` good rounds in a row
and, for chains, `better_blocks` new blocks. A bad round counts one up, a good one half a step down: a service that
fails every second time still trips (a whole step down would never see it), and since it never has enough good rounds
in a row it does not flap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitors.conclude import Conclusion, monitoring_degraded
from monitors.settings import Hysteresis
from records.components import Cause, Direction, Status
from records.times import from_ms, to_ms
from records.verdicts import KEEPS_LAST_STATE, VerdictKind

_DECAY = 0.5


@dataclass(frozen=True, kw_only=True)
class Held:
    """A conclusion that stands."""

    conclusion: Conclusion
    since: datetime

    @property
    def rank(self) -> int:
        """How bad it is."""
        return rank_of(self.conclusion)


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What is remembered of one signal."""

    #: What stands; None before anything was seen, and after it was not seen for too long.
    held: Held | None = None
    #: Bad rounds against what stands, decayed.
    worse: float = 0.0
    #: Time by our clock since `worse` left zero.
    worse_seconds: float = 0.0
    #: Rank of the mildest of those bad rounds, which is all that every one of them confirms.
    worse_rank: int = 0
    #: Good rounds in a row.
    better: int = 0
    #: Height at the first of them.
    better_from: int | None = None
    #: Rounds in a row that told nothing.
    unseen: int = 0
    #: Since when nothing certain could be said, once that itself is the verdict.
    unseen_since: datetime | None = None
    #: When it changed between good and bad, within the window.
    flips: tuple[datetime, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round, as the judge needs it."""

    raw: Conclusion
    now: datetime
    #: Time by our clock since the round before; 0 when that is not known.
    seconds: float
    #: Newest block; None for services, and when no node gives one.
    height: int | None = None
    #: The first round after time in which nobody watched: it may confirm, but not change.
    after_pause: bool = False


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What stands after a round."""

    conclusion: Conclusion
    since: datetime


def rank_of(conclusion: Conclusion) -> int:
    """How bad it is: the severity of its worst status."""
    return max([status.severity for status in conclusion.statuses.values()], default=0)


def judge(signal: Signal, seen: Round, rules: Hysteresis) -> tuple[Signal, Ruling]:
    """The signal after the round, and what stands."""
    if seen.raw.kind in KEEPS_LAST_STATE:
        return _untold(signal, seen, rules)
    held = signal.held
    if held is None:
        return _first(replace(signal, unseen=0), seen, rules)
    if signal.unseen or signal.unseen_since is not None:
        signal = replace(signal, unseen=0, unseen_since=None)
    if seen.after_pause:
        return _paused(signal, held, seen)
    rank, standing = rank_of(seen.raw), held.rank
    if rank > standing or (rank == standing and seen.raw.kind is not held.conclusion.kind):
        return _worsening(signal, held, seen, rules)
    if rank < standing:
        return _improving(signal, held, seen, rules)
    held = Held(conclusion=seen.raw, since=held.since)
    return replace(_decayed(signal, seen), held=held, better=0, better_from=None), _ruling(held)


def _untold(signal: Signal, seen: Round, rules: Hysteresis) -> tuple[Signal, Ruling]:
    """A round that told nothing. Blindness is said at once; anything else is borne for a few rounds."""
    signal = replace(signal, unseen=signal.unseen + 1)
    bearable = seen.raw.kind is not VerdictKind.BLIND and signal.unseen < rules.worse_after
    if bearable and signal.held is not None and signal.unseen_since is None and not seen.after_pause:
        return signal, _waiting(signal.held, seen)
    since = signal.unseen_since or seen.now
    signal = replace(signal, unseen_since=since)
    if signal.unseen >= rules.worse_after and signal.held is not None and signal.held.rank == 0:
        # What was green is not known to be green any more. What was an alarm stays one.
        signal = Signal(unseen=signal.unseen, unseen_since=since, flips=signal.flips)
    return signal, Ruling(conclusion=seen.raw, since=since)


def _first(signal: Signal, seen: Round, rules: Hysteresis) -> tuple[Signal, Ruling]:
    """Nothing stands yet: green is believed at once, trouble is made sure of."""
    if rank_of(seen.raw) == 0 or seen.raw.immediate:
        return _adopt(signal, seen.raw, seen, rules)
    signal = replace(_counted(signal, seen), unseen_since=signal.unseen_since or seen.now)
    if _sure(signal, rules):
        return _adopt(signal, _capped(seen.raw, signal.worse_rank), seen, rules)
    return signal, _unsure(seen, signal.unseen_since or seen.now)


def _paused(signal: Signal, held: Held, seen: Round) -> tuple[Signal, Ruling]:
    """After a pause an alarm stands, and green stands if it is seen again; else this round only says "not sure"."""
    if held.rank == 0 and rank_of(seen.raw) > 0:
        return signal, _unsure(seen, seen.now)
    return signal, _waiting(held, seen)


def _worsening(signal: Signal, held: Held, seen: Round, rules: Hysteresis) -> tuple[Signal, Ruling]:
    if seen.raw.immediate:
        return _adopt(signal, seen.raw, seen, rules)
    signal = replace(_counted(signal, seen), better=0, better_from=None)
    if _sure(signal, rules):
        return _adopt(signal, _capped(seen.raw, signal.worse_rank), seen, rules)
    return signal, _waiting(held, seen)


def _improving(signal: Signal, held: Held, seen: Round, rules: Hysteresis) -> tuple[Signal, Ruling]:
    start = signal.better_from if signal.better_from is not None else seen.height
    signal = replace(_decayed(signal, seen), better=signal.better + 1, better_from=start)
    if signal.better < rules.better_after or not _grew(signal, seen, rules):
        return signal, _waiting(held, seen)
    if rank_of(seen.raw) > 0 or not _flapping(signal, rules, seen.now):
        return _adopt(signal, seen.raw, seen, rules)
    degraded = _capped(held.conclusion, Status.DEGRADED.severity)
    reasoning = f"{seen.raw.reasoning}; {_why_held(signal, rules)}"
    conclusion = replace(degraded, reasoning=reasoning, facts=seen.raw.facts)
    return signal, Ruling(conclusion=conclusion, since=held.since)


def _counted(signal: Signal, seen: Round) -> Signal:
    """One bad round more."""
    rank, begins = rank_of(seen.raw), signal.worse == 0
    return replace(
        signal,
        worse=signal.worse + 1,
        worse_seconds=0.0 if begins else signal.worse_seconds + seen.seconds,
        worse_rank=rank if begins else min(rank, signal.worse_rank),
    )


def _decayed(signal: Signal, seen: Round) -> Signal:
    """Half a bad round less."""
    if signal.worse == 0:
        return signal
    worse = max(signal.worse - _DECAY, 0.0)
    return replace(signal, worse=worse, worse_seconds=signal.worse_seconds + seen.seconds if worse else 0.0)


def _sure(signal: Signal, rules: Hysteresis) -> bool:
    return signal.worse >= rules.worse_after and signal.worse_seconds >= rules.worse_for_seconds


def _grew(signal: Signal, seen: Round, rules: Hysteresis) -> bool:
    """Whether enough new blocks came. Asked of green only: a halt may well turn into a milder trouble without any."""
    if rules.better_blocks == 0 or rank_of(seen.raw) > 0:
        return True
    if seen.height is None or signal.better_from is None:
        return False
    return seen.height - signal.better_from >= rules.better_blocks


def _flapping(signal: Signal, rules: Hysteresis, now: datetime) -> bool:
    return len(_recent(signal.flips, rules, now)) > rules.flip_limit


def _why_held(signal: Signal, rules: Hysteresis) -> str:
    """Until when it is not believed: when so few changes are left in the window that it may count as steady."""
    until = signal.flips[-rules.flip_limit - 1] + timedelta(seconds=rules.flip_window_seconds)
    minutes = round(rules.flip_window_seconds / 60)
    times = f"{len(signal.flips)} times within {minutes} min"
    return f"shown as degraded until {until:%H:%M} UTC all the same, because it changed {times}"


def _recent(flips: tuple[datetime, ...], rules: Hysteresis, now: datetime) -> tuple[datetime, ...]:
    return tuple(flip for flip in flips if 0 <= (now - flip).total_seconds() < rules.flip_window_seconds)


def _adopt(signal: Signal, conclusion: Conclusion, seen: Round, rules: Hysteresis) -> tuple[Signal, Ruling]:
    held = Held(conclusion=conclusion, since=seen.now)
    flipped = signal.held is not None and (signal.held.rank == 0) != (held.rank == 0)
    flips = _recent(signal.flips, rules, seen.now)
    return Signal(held=held, flips=(*flips, seen.now) if flipped else flips), _ruling(held)


def _ruling(held: Held) -> Ruling:
    return Ruling(conclusion=held.conclusion, since=held.since)


def _waiting(held: Held, seen: Round) -> Ruling:
    """What stands, with the newest numbers and what speaks against it."""
    reasoning = held.conclusion.reasoning
    if seen.raw.kind is not held.conclusion.kind:
        reasoning = f"{reasoning}; not yet believed: {seen.raw.reasoning}"
    return Ruling(conclusion=replace(held.conclusion, reasoning=reasoning, facts=seen.raw.facts), since=held.since)


def _unsure(seen: Round, since: datetime) -> Ruling:
    unsure = monitoring_degraded(f"not sure yet: {seen.raw.reasoning}", directions=tuple(seen.raw.statuses))
    return Ruling(conclusion=replace(unsure, facts=seen.raw.facts), since=since)


def _capped(conclusion: Conclusion, rank: int) -> Conclusion:
    """`conclusion` with nothing worse than `rank`."""
    limit = list(Status)[rank]
    statuses = {way: limit if status.severity > rank else status for way, status in conclusion.statuses.items()}
    return replace(conclusion, statuses=statuses)


def to_table(signal: Signal) -> dict[str, object]:
    """`signal` as JSON's types."""
    held = signal.held
    return {
        "held": None if held is None else [_conclusion_table(held.conclusion), to_ms(held.since)],
        "worse": [signal.worse, round(signal.worse_seconds, 3), signal.worse_rank],
        "better": [signal.better, signal.better_from],
        "unseen": [signal.unseen, None if signal.unseen_since is None else to_ms(signal.unseen_since)],
        "flips": [to_ms(flip) for flip in signal.flips],
    }


def _conclusion_table(conclusion: Conclusion) -> dict[str, object]:
    return {
        "kind": conclusion.kind.value,
        "statuses": [[way.value if way else None, status.value] for way, status in conclusion.statuses.items()],
        "corroborated": conclusion.corroborated,
        "cause": conclusion.cause.value,
        "reasoning": conclusion.reasoning,
    }


def from_table(table: Mapping[str, Any]) -> Signal:
    """The signal that `to_table` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    held, (worse, worse_seconds, worse_rank) = table["held"], table["worse"]
    (better, better_from), (unseen, unseen_since) = table["better"], table["unseen"]
    return Signal(
        held=None if held is None else Held(conclusion=_conclusion_from(held[0]), since=from_ms(int(held[1]))),
        worse=float(worse),
        worse_seconds=float(worse_seconds),
        worse_rank=int(worse_rank),
        better=int(better),
        better_from=better_from,
        unseen=int(unseen),
        unseen_since=None if unseen_since is None else from_ms(unseen_since),
        flips=tuple(from_ms(flip) for flip in table["flips"]),
    )


def _conclusion_from(table: Mapping[str, Any]) -> Conclusion:
    return Conclusion(
        kind=VerdictKind(table["kind"]),
        statuses={Direction(way) if way else None: Status(status) for way, status in table["statuses"]},
        corroborated=bool(table["corroborated"]),
        cause=Cause(table["cause"]),
        reasoning=str(table["reasoning"]),
    )

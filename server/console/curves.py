"""Small curves of what a monitor saw: latency, lag and peers of each target over the last day. Pure.

They are drawn by the server, as points of an SVG, and each comes with words that say the same to whoever hears it.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.observations import TELLS_NOTHING, Seen
from records.packing import Look

SPAN = timedelta(hours=24)
SLOTS = 96
#: Height of a drawing, in its own units; a slot is one unit wide.
HEIGHT = 24
_SLOT = SPAN / SLOTS

#: A number for each slot, or None where nothing was measured.
Numbers = Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One number over the day."""

    name: str
    #: Points of the lines, broken where nothing was measured.
    lines: tuple[str, ...]
    #: A second, fainter line: what one look in twenty exceeds.
    upper: tuple[str, ...] = ()
    #: What it shows, in words.
    words: str


@dataclass(frozen=True, kw_only=True)
class TargetCurves:
    """All that is drawn of one target."""

    target: str
    curves: tuple[Curve, ...]
    #: Slots in which looks failed, from the left.
    failed_slots: tuple[int, ...]
    looks: int
    failed: int


def curves_of(looks: Sequence[Look], now: datetime) -> list[TargetCurves]:
    """The curves of every target that was looked at within `SPAN` before `now`."""
    lags = _lags(looks)
    by_target: dict[str, list[Look]] = defaultdict(list)
    for look in looks:
        if timedelta(0) <= now - look.at < SPAN:
            by_target[look.target].append(look)
    return [_target(target, by_target[target], lags, now) for target in sorted(by_target)]


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value that `share` of all do not exceed, by the nearest rank; None of none.

    >>> percentile([40.0, 10.0, 30.0, 20.0], 0.5)
    20.0
    """
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else None


def _target(
    target: str, looks: Sequence[Look], lags: Mapping[tuple[datetime, str], int], now: datetime
) -> TargetCurves:
    failed = [look for look in looks if look.seen is not Seen.OK and look.seen not in TELLS_NOTHING]
    drawn = [_latency(looks, now), _lag(looks, lags, now), _peers(looks, now)]
    return TargetCurves(
        target=target,
        curves=tuple(curve for curve in drawn if curve is not None),
        failed_slots=tuple(sorted({_slot(look, now) for look in failed})),
        looks=len(looks),
        failed=len(failed),
    )


def _latency(looks: Sequence[Look], now: datetime) -> Curve | None:
    # The time until a failure says how long we wait, not how fast it answers.
    measured = [(look, look.latency_ms) for look in looks if look.latency_ms is not None and look.seen is Seen.OK]
    values = [value for _, value in measured]
    if not values:
        return None
    usual, rare = percentile(values, 0.5), percentile(values, 0.95)
    middle = _slots(measured, now, lambda slot: percentile(slot, 0.5))
    upper = _slots(measured, now, lambda slot: percentile(slot, 0.95))
    top = max(value for value in upper if value is not None)
    return Curve(
        name="Answer",
        lines=_lines(middle, top),
        upper=_lines(upper, top),
        words=f"half within {_ms(usual)}, 95 of 100 within {_ms(rare)}, slowest {_ms(max(values))}",
    )


def _lag(looks: Sequence[Look], lags: Mapping[tuple[datetime, str], int], now: datetime) -> Curve | None:
    behind = [(look, float(lags[look.at, look.target])) for look in looks if (look.at, look.target) in lags]
    if not behind:
        return None
    most = max(value for _, value in behind)
    words = "never behind the other nodes" if most == 0 else f"at most {_count(most, 'block')} behind the other nodes"
    return Curve(name="Lag", lines=_lines(_slots(behind, now, max), most), words=words)


def _peers(looks: Sequence[Look], now: datetime) -> Curve | None:
    known = [(look, float(look.peers)) for look in looks if look.peers is not None]
    if not known:
        return None
    newest = max(known, key=lambda pair: pair[0].at)[1]
    fewest, most = min(value for _, value in known), max(value for _, value in known)
    words = f"{_count(newest, 'peer')} at last, from {fewest:.0f} to {most:.0f}"
    return Curve(name="Peers", lines=_lines(_slots(known, now, min), most), words=words)


def _lags(looks: Sequence[Look]) -> dict[tuple[datetime, str], int]:
    """Blocks behind the second highest of its round, or the highest of two, as the judge compares them."""
    rounds: dict[datetime, list[tuple[str, int]]] = defaultdict(list)
    for look in looks:
        if look.height is not None and look.seen is Seen.OK:
            rounds[look.at].append((look.target, look.height))
    lags: dict[tuple[datetime, str], int] = {}
    for at, seen in rounds.items():
        if len(seen) < 2:
            continue
        heights = sorted((height for _, height in seen), reverse=True)
        reference = heights[1] if len(heights) > 2 else heights[0]
        lags |= {(at, target): max(reference - height, 0) for target, height in seen}
    return lags


def _slot(look: Look, now: datetime) -> int:
    return SLOTS - 1 - int((now - look.at) / _SLOT)


def _slots(
    measured: Iterable[tuple[Look, float]], now: datetime, sum_up: Callable[[list[float]], float | None]
) -> Numbers:
    slots: dict[int, list[float]] = defaultdict(list)
    for look, value in measured:
        slots[_slot(look, now)].append(value)
    return [sum_up(slots[number]) if number in slots else None for number in range(SLOTS)]


def _lines(numbers: Numbers, top: float) -> tuple[str, ...]:
    """Points for each stretch without a gap; zero lies at the bottom, `top` just below the upper edge."""
    lines: list[list[str]] = [[]]
    for number, value in enumerate(numbers):
        if value is None:
            lines.append([])
            continue
        y = f"{HEIGHT - 1 - (HEIGHT - 2) * (value / top if top else 0.0):.1f}"
        # From edge to edge of its slot, so that a single one is seen too.
        lines[-1] += [f"{number},{y}", f"{number + 1},{y}"]
    return tuple(" ".join(points) for points in lines if points)


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def _count(value: float, noun: str) -> str:
    return f"{value:.0f} {noun}{'' if value == 1 else 's'}"

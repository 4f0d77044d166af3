"""Take one monitor from one round to the next: its state, the looks of the round, the verdict. Pure.

The state survives restarts as JSON, so that a restart neither repeats an alarm nor loses one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from monitors import book as books
from monitors import judge as judging
from monitors.book import Book
from monitors.conclude import Conclusion, blind, conclude
from monitors.congestion import crowd, noted_fee
from monitors.judge import Round, Ruling, Signal
from monitors.nodes import NodeReading
from monitors.quorum import Reading, read_round
from monitors.services import conclude_service
from monitors.settings import ChainMonitor, Hysteresis, Monitor, ServiceMonitor
from records.errors import Invalid
from records.observations import Observation, Seen
from records.times import from_ms, to_ms
from records.verdicts import Verdict

#: A gap of more rounds than this is time in which nobody watched.
_PAUSE_ROUNDS = 3
_FORM = 1


@dataclass(frozen=True, kw_only=True)
class State:
    """What is remembered of one monitor."""

    signal: Signal = field(default_factory=Signal)
    #: Empty for services.
    book: Book = field(default_factory=Book)
    at: datetime | None = None
    #: Our monotonic clock at the last round; None after a restart, since it starts anew.
    at_monotonic: float | None = None

    def to_json(self) -> str:
        """As text for the store."""
        return json.dumps(
            {
                "form": _FORM,
                "at": None if self.at is None else to_ms(self.at),
                "signal": judging.to_table(self.signal),
                "book": books.to_table(self.book),
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The state that `to_json` wrote. Raises Invalid for anything else."""
        try:
            table: dict[str, Any] = json.loads(text)
            if table["form"] != _FORM:
                raise ValueError("another form")
            return cls(
                signal=judging.from_table(table["signal"]),
                book=books.from_table(table["book"]),
                at=None if table["at"] is None else from_ms(table["at"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Invalid("the stored state of a monitor cannot be read; it starts anew") from error


def with_fees(text: str | None, fees: Mapping[int, tuple[float, int]]) -> str | None:
    """The stored state `text` with hours of fees that it lacks: what was kept elsewhere outlives a lost state.

    `fees` is by hours since 1970: sum and count.
    """
    if not fees:
        return text
    try:
        state = State() if text is None else State.from_json(text)
    except Invalid:
        # Whoever restores it says that it cannot be read.
        return text
    return replace(state, book=replace(state.book, fees={**fees, **state.book.fees}, usual_fee=None)).to_json()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One round of one monitor."""

    state: State
    observations: tuple[Observation, ...]
    #: What stands, with hysteresis.
    verdict: Verdict
    #: What this round alone says.
    raw: Verdict
    #: States of the nodes, for a chain.
    nodes: tuple[NodeReading, ...] = ()


def play(
    monitor: Monitor,
    state: State,
    observations: Sequence[Observation],
    *,
    now: datetime,
    monotonic: float,
    is_blind: bool = False,
) -> Outcome:
    """The monitor after one more round of looks; `is_blind` when all monitors failed together."""
    watched_seconds = _watched_seconds(monitor, state, now, monotonic)
    paused = watched_seconds is None and state.at is not None
    nodes: tuple[NodeReading, ...] = ()
    height: int | None = None
    if isinstance(monitor, ServiceMonitor):
        book = state.book
        raw = conclude_service(monitor, observations[0])
    else:
        book, reading = _read(monitor, state.book, observations, watched_seconds)
        crowded = crowd(monitor.thresholds, reading, book, now)
        raw = conclude(monitor, reading, book, crowded, now)
        book = noted_fee(monitor.thresholds, book, crowded, now)
        nodes, height = reading.nodes, reading.head.height if reading.head else None
    if is_blind:
        book = state.book
        raw = blind("every look of every monitor failed in this round", directions=tuple(raw.statuses))
    seen = Round(raw=raw, now=now, seconds=watched_seconds or 0.0, height=height, after_pause=paused)
    signal, ruling = judging.judge(state.signal, seen, _rules(monitor))
    return Outcome(
        state=State(signal=signal, book=book, at=now, at_monotonic=monotonic),
        observations=tuple(observations),
        verdict=_verdict(monitor, ruling, now),
        raw=_verdict(monitor, Ruling(conclusion=raw, since=now), now),
        nodes=nodes,
    )


def _rules(monitor: Monitor) -> Hysteresis:
    """The monitor's rules; a service has no blocks to wait for."""
    rules = monitor.hysteresis
    return replace(rules, better_blocks=0) if isinstance(monitor, ServiceMonitor) and rules.better_blocks else rules


def _watched_seconds(monitor: Monitor, state: State, now: datetime, monotonic: float) -> float | None:
    """Time since the last round; None when nobody watched in between: a restart, a suspended host, a clock that jumped.

    A suspended host shows in the wall clock only, a busy one in both, so both are asked.
    """
    if state.at is None or state.at_monotonic is None:
        return None
    by_monotonic, by_wall = monotonic - state.at_monotonic, (now - state.at).total_seconds()
    most = _PAUSE_ROUNDS * (monitor.every_seconds + monitor.deadline_seconds)
    steady = abs(by_wall - by_monotonic) <= most and 0 <= by_monotonic <= most
    return by_monotonic if steady else None


def _read(
    monitor: ChainMonitor, book: Book, observations: Sequence[Observation], watched_seconds: float | None
) -> tuple[Book, Reading]:
    looks = {seen.target: seen for seen in observations}
    book = books.noted(book, {node.name: looks.get(node.name) for node in monitor.nodes}, watched_seconds)
    return read_round(monitor, book, gate_open=watched_seconds is None)


def _verdict(monitor: Monitor, ruling: Ruling, now: datetime) -> Verdict:
    conclusion: Conclusion = ruling.conclusion
    return Verdict(
        monitor=monitor.id,
        kind=conclusion.kind,
        since=ruling.since,
        at=now,
        chain=monitor.chain if isinstance(monitor, ChainMonitor) else None,
        component=monitor.component if isinstance(monitor, ServiceMonitor) else None,
        statuses=dict(conclusion.statuses),
        corroborated=conclusion.corroborated,
        cause=conclusion.cause,
        reasoning=conclusion.reasoning,
        facts=dict(conclusion.facts),
    )


def shows_no_network(observations: Sequence[Observation]) -> bool | None:
    """Whether these looks all failed in a way that our own network could explain; None when they say nothing of it.

    A refusal comes from the far host, so it proves that the network works. Heartbeats use no network.
    """
    looks = [seen for seen in observations if seen.latency_ms is not None]
    if not looks:
        return None
    return all(seen.seen is Seen.TRANSPORT and seen.facts.get("refused") is not True for seen in looks)


def all_blind(rounds: Sequence[Sequence[Observation]]) -> bool:
    """Whether the latest rounds of all monitors together show that we see nothing at all.

    One target alone never shows it: that it is down is the simpler explanation.
    """
    told = [shows_no_network(observations) for observations in rounds]
    failed = sum(len(observations) for observations, lost in zip(rounds, told, strict=True) if lost)
    return failed >= 2 and all(lost is not False for lost in told)

"""The recurring cast: one chain watched through a few nodes, told round by round on a clock that the test owns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from monitors.chains import chain_monitor
from monitors.rounds import Outcome, State, play
from monitors.settings import ChainMonitor, Hysteresis, Node, Role
from records.observations import Observation, Seen
from records.verdicts import VerdictKind

BEGIN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def branch(height: int, *, name: str = "main", since: int = 1) -> dict[int, str]:
    """Hashes of a chain up to `height`; from `since` on they are those of the branch `name`."""
    low = max(height - 255, 0)
    return {at: f"{name if at >= since else 'main'}-{at}" for at in range(low, height + 1)}


def seen_at(height: int, *, hashes: Mapping[int, str] | None = None, **facts: object) -> Observation:
    """What a healthy node at `height` shows."""
    chain = dict(hashes) if hashes is not None else branch(height)
    usual = Observation(
        monitor="chain:ethereum",
        target="?",
        at=BEGIN,
        at_monotonic=0.0,
        seen=Seen.OK,
        latency_ms=5.0,
        height=height,
        head_hash=chain.get(height),
        network="1",
        syncing_behind=0,
        peers=20,
        finalized_height=max(height - 64, 0),
        hashes=chain,
    )
    return replace(usual, **facts)  # type: ignore[arg-type] # names of fields, checked when they are set


def failed(seen: Seen = Seen.TRANSPORT, *, refused: bool = True) -> Observation:
    """What is seen of a node that does not answer well."""
    return Observation(
        monitor="chain:ethereum",
        target="?",
        at=BEGIN,
        at_monotonic=0.0,
        seen=seen,
        latency_ms=5.0,
        note="the connection was refused",
        facts={"refused": True} if refused else {},
    )


def ethereum(own: int = 3, references: int = 0, *, chain: str = "ethereum", **changes: object) -> ChainMonitor:
    """A chain with nodes `own-1`… and `ref-1`…, looked at every six seconds."""
    nodes = [Node(name=f"own-{number}", url="http://node.invalid") for number in range(1, own + 1)]
    nodes += [
        Node(name=f"ref-{number}", url="http://node.invalid", role=Role.REFERENCE)
        for number in range(1, references + 1)
    ]
    monitor = chain_monitor(chain=chain, network="1", nodes=tuple(nodes), every_seconds=6.0)
    return replace(monitor, **changes)  # type: ignore[arg-type] # names of fields, checked when they are set


#: No waiting: the verdict follows each round.
AT_ONCE = Hysteresis(worse_after=1, worse_for_seconds=0.0, better_after=1, better_blocks=0)


@dataclass
class Story:
    """One chain over time."""

    monitor: ChainMonitor
    state: State = field(default_factory=State)
    now: datetime = BEGIN
    monotonic: float = 1000.0

    def round(self, *looks: Observation | int, seconds: float = 6.0, blind: bool = False) -> Outcome:
        """Lets `seconds` pass, then one look at each node in order; a number is a healthy node at that height."""
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds
        observations = [
            replace(seen_at(look) if isinstance(look, int) else look, target=node.name, at=self.now)
            for node, look in zip(self.monitor.nodes, looks, strict=True)
        ]
        outcome = play(self.monitor, self.state, observations, now=self.now, monotonic=self.monotonic, is_blind=blind)
        self.state = outcome.state
        return outcome

    def rounds(self, looks: Iterable[tuple[Observation | int, ...]], *, seconds: float = 6.0) -> list[Outcome]:
        return [self.round(*look, seconds=seconds) for look in looks]

    def healthy(self, rounds: int = 3, *, start: int = 100) -> int:
        """All nodes at the same, growing height; the last height."""
        for number in range(rounds):
            self.round(*([start + number] * len(self.monitor.nodes)))
        return start + rounds - 1

    def restart(self) -> None:
        """A new process: only what was stored is left, and its monotonic clock begins elsewhere."""
        self.state = State.from_json(self.state.to_json())
        self.monotonic = 7.0


def kinds(outcomes: Iterable[Outcome]) -> list[VerdictKind]:
    return [outcome.verdict.kind for outcome in outcomes]


def states(outcome: Outcome) -> list[str]:
    return [node.state.value for node in outcome.nodes]

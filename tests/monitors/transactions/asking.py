"""Ask nodes about transactions as the server does, with a monitor of the test's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitors.chains import chain_monitor
from monitors.client import Client
from monitors.settings import Node, Role
from monitors.transactions.enquiries import Enquiries
from monitors.transactions.trust import Watched
from records.transactions import Answer
from records.verdicts import VerdictKind

BEGIN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WELL = Watched(verdict=VerdictKind.OPERATIONAL, height=None, is_fresh=True)


@dataclass
class Clock:
    """Ours and the monotonic one, moved by the test: kept answers are asked for anew after `pass_by`."""

    now: datetime = BEGIN
    monotonic: float = 1000.0

    def pass_by(self, seconds: float = 120.0) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds


@dataclass
class Asking:
    """Enquiries about one chain."""

    client: Client
    chain: str
    nodes: Sequence[Node]
    network: str | None = None
    needed: int | None = 3
    watched: Watched = WELL
    clock: Clock = field(default_factory=Clock)
    thresholds: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        monitor = chain_monitor(
            chain=self.chain,
            nodes=tuple(self.nodes),
            network=self.network,
            thresholds=self.thresholds,
            deadline_seconds=2.0,
        )
        self.enquiries = Enquiries(
            [monitor],
            self.client,
            self._watched_of,
            needed={} if self.needed is None else {self.chain: self.needed},
            now=lambda: self.clock.now,
            monotonic=lambda: self.clock.monotonic,
        )

    async def _watched_of(self, _: str) -> Watched:
        return self.watched

    async def about(self, hash_: str) -> Answer:
        """The answer as of now, never one that was kept."""
        self.clock.pass_by()
        # A look serves for seconds; what the test did since must be seen.
        for seats in self.enquiries._seats.values():
            for seat in seats:
                seat._looked = None
        return await self.enquiries.ask(self.chain, hash_)


def own(name: str, url: str, **more: object) -> Node:
    return Node(name=name, url=url, role=Role.OWN, **more)  # type: ignore[arg-type] # fields by name


Make = Callable[..., Asking]

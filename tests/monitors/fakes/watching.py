"""Watch fake nodes round by round on a clock that the test owns, as the loop does: look, then judge."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitors.chains import chain_monitor
from monitors.checks import CHAIN_CHECKS
from monitors.checks.target import Memory, Tools
from monitors.client import Client
from monitors.rounds import Outcome, State, play
from monitors.settings import Node, Role
from monitors.targets import targets_of
from records.observations import Observation
from tests.monitors.cast import AT_ONCE, BEGIN
from tests.monitors.fakes.server import FakeNode


class Watching:
    """One chain through its nodes `own-1`… and `ref-1`…, without hysteresis: each verdict follows its round."""

    def __init__(
        self,
        client: Client,
        chain: str,
        own: Sequence[FakeNode],
        references: Sequence[FakeNode] = (),
        *,
        now: datetime = BEGIN,
    ) -> None:
        nodes = [Node(name=f"own-{number}", url=node.url) for number, node in enumerate(own, 1)]
        nodes += [
            Node(name=f"ref-{number}", url=node.url, role=Role.REFERENCE) for number, node in enumerate(references, 1)
        ]
        self.monitor = chain_monitor(chain=chain, nodes=tuple(nodes), hysteresis=AT_ONCE, deadline_seconds=2.0)
        self.now, self.monotonic, self.state = now, 1000.0, State()
        self._check = CHAIN_CHECKS[self.monitor.kind]
        self._seats = [
            (target, Tools(client=client, memory=Memory(), now=lambda: self.now)) for target in targets_of(self.monitor)
        ]
        self.seen: list[Observation] = []

    async def round(self, seconds: float = 6.0) -> Outcome:
        """Lets `seconds` pass, then looks at every node."""
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds
        self.seen = list(await asyncio.gather(*(self._check(target, tools) for target, tools in self._seats)))
        placed = [replace(seen, at=self.now) for seen in self.seen]
        outcome = play(self.monitor, self.state, placed, now=self.now, monotonic=self.monotonic)
        self.state = outcome.state
        return outcome

    async def rounds(self, count: int, seconds: float = 6.0) -> Outcome:
        """So many rounds; the last one's outcome."""
        outcome = await self.round(seconds)
        for _ in range(count - 1):
            outcome = await self.round(seconds)
        return outcome

    def memory(self, index: int) -> Memory:
        """What the check remembers of that node."""
        return self._seats[index][1].memory

    def forget_seldom(self) -> None:
        """Lets the checks ask again at once what they ask seldom."""
        for _, tools in self._seats:
            tools.memory.seldom.clear()

"""Real nodes, looked at round by round on a clock that the test owns, through to what the public is shown."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitors.checks import CHECKS
from monitors.checks.target import Memory, Target, Tools
from monitors.client import Client
from monitors.rounds import Outcome, State, all_blind, play
from monitors.targets import targets_of
from records.components import Status
from records.incidents import Incident, Stage
from records.store import components, incidents
from records.store.engine import Store
from records.times import now_utc
from server.bridge import Bridge
from server.config.monitors import chain_monitors, recovery_times
from server.context import Context
from server.wiring import apply_configuration
from tests.server.house import context_on

#: Of deposits and withdrawals, as the public sees them.
Shown = tuple[str, str]
#: More rounds than any fault needs to be believed, or any recovery to be trusted.
_MOST_ROUNDS = 100


def watched(chain: str, nodes: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    """The settings of one chain, with deposits and withdrawals that may be published without asking."""
    parts: list[dict[str, object]] = [
        {"id": way, "name": way.capitalize(), "chain": chain, "direction": way, "auto_publish": True}
        for way in ("deposits", "withdrawals")
    ]
    chains = [{"chain": chain, "nodes": nodes, "timeout": "1s", "hysteresis": {"recovery": "1m"}, **more}]
    return {"chains": chains, "components": parts}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What a fault must come to."""

    #: Of each node, in the order of the settings.
    states: str
    kind: str
    shown: Shown
    #: What the operator reads, in parts.
    because: tuple[str, ...]
    #: Headline and a part of the text that customers read; None when they read nothing.
    told: tuple[str, str] | None = None
    #: What is shown on the way there.
    via: tuple[Shown, ...] = ()
    #: Rounds until it is believed.
    within: int = _MOST_ROUNDS


FINE: Shown = ("operational", "operational")


@dataclass
class Vigil:
    """One chain under watch."""

    context: Context
    client: Client
    #: The life of the network between two rounds.
    live: Callable[[], None] = lambda: None
    state: State = field(default_factory=State)
    monotonic: float = 1000.0
    shown: list[Shown] = field(default_factory=list)

    @classmethod
    def over(cls, store: Store, client: Client, settings: dict[str, Any], live: Callable[[], None]) -> "Vigil":
        """A vigil over the only chain of these settings."""
        clock = _Clock()
        context = context_on(store, now=clock, **settings)
        apply_configuration(context)
        return cls(context=context, client=client, live=live)

    def __post_init__(self) -> None:
        (self.monitor,) = chain_monitors(self.context.settings)
        self.bridge = Bridge(self.context, recovery_times(self.context.settings))
        self.seats: list[tuple[Target, Tools]] = [
            (target, Tools(client=self.client, memory=Memory(), now=self.context.now))
            for target in targets_of(self.monitor)
        ]

    async def round(self) -> Outcome:
        """The network lives on, time passes, and every node is looked at once."""
        await asyncio.to_thread(self.live)
        seconds = self.monitor.every_seconds
        clock = self.context.now
        assert isinstance(clock, _Clock)
        clock.now += timedelta(seconds=seconds)
        self.monotonic += seconds
        check = CHECKS[self.monitor.kind]
        looks = await asyncio.gather(*(check(target, tools) for target, tools in self.seats))
        outcome = play(
            self.monitor,
            self.state,
            looks,
            now=clock.now,
            monotonic=self.monotonic,
            is_blind=all_blind([looks]),
        )
        await self.bridge.on_round(self.monitor.id, looks, outcome.verdict, outcome.state.to_json())
        self.state = outcome.state
        self._note_shown()
        return outcome

    def _note_shown(self) -> None:
        parts = {each.id: each.status for each in components.all_components(self.context.desk.store)}
        now = (parts["deposits"].value, parts["withdrawals"].value)
        if not self.shown or self.shown[-1] != now:
            self.shown.append(now)

    async def until(self, condition: Callable[[Outcome], bool], what: str) -> tuple[Outcome, int]:
        """Rounds until the condition holds, and how many it took."""
        for count in range(1, _MOST_ROUNDS + 1):
            outcome = await self.round()
            if condition(outcome):
                return outcome, count
        raise AssertionError(f"{what} did not come; last: {outcome.verdict}, {nodes_of(outcome)}, {self.shown}")

    async def settle(self) -> None:
        """All is well, and known to be."""
        await self.until(lambda outcome: outcome.verdict.is_clear, "a good beginning")
        self.shown, self.began = [FINE], self.context.now()

    async def watch_on(self, *, rounds: int) -> None:
        """Sees as many blocks come, so that it knows them when they go."""
        for _ in range(rounds):
            await self.round()

    async def suffer(self, trouble: Trouble) -> Outcome:
        """Rounds until the trouble is believed; checks all that is to be said of it."""
        outcome, count = await self.until(
            lambda outcome: (
                nodes_of(outcome) == trouble.states
                and outcome.verdict.kind.value == trouble.kind
                and self.shown[-1] == trouble.shown
                and all(part in outcome.verdict.reasoning for part in trouble.because)
            ),
            str(trouble),
        )
        assert count <= trouble.within, f"only in round {count}"
        on_the_way = [FINE, *trouble.via, trouble.shown]
        assert self.shown == [each for at, each in enumerate(on_the_way) if at == 0 or each != on_the_way[at - 1]]
        self._check_words(trouble)
        return outcome

    def _check_words(self, trouble: Trouble) -> None:
        incident = self.incident
        if trouble.told is None:
            assert incident is None, "customers are told nothing"
            return
        assert incident is not None
        name, body = trouble.told
        assert incident.published_at is not None
        assert (incident.name["en"], incident.stage) == (name, Stage.INVESTIGATING)
        assert body in incident.updates[-1].body["en"]
        assert incident.statuses.get("deposits", Status.OPERATIONAL) == self.shown[-1][0]
        assert incident.statuses.get("withdrawals", Status.OPERATIONAL) == self.shown[-1][1]

    async def suffer_more(self, trouble: Trouble) -> Outcome:
        """The trouble becomes another."""
        self.shown = [FINE]
        return await self.suffer(trouble)

    async def heal(self, *, at_least: int = 4) -> Outcome:
        """Rounds until all is well again, through the hysteresis, and the incident is over."""
        incident, before = self.incident, self.shown[-1]
        outcome, count = await self.until(lambda outcome: outcome.verdict.is_clear, "recovery")
        if before != FINE:
            assert count >= at_least, "a recovery is made sure of"
        if incident is not None:
            assert self._again(incident).stage is Stage.MONITORING
            await self.until(lambda _: self._again(incident).stage is Stage.RESOLVED, "the end of the incident")
            assert "worked normally" in self._again(incident).updates[-1].body["en"]
        assert self.shown[-1] == FINE
        assert nodes_of(outcome) == " ".join(["ok"] * len(self.seats))
        return outcome

    @property
    def incident(self) -> Incident | None:
        """What is open by this chain's monitor."""
        return incidents.opened_by_monitor(self.context.desk.store, self.monitor.id)

    def _again(self, incident: Incident) -> Incident:
        return incidents.incident(self.context.desk.store, incident.id)


class _Clock:
    """The house's clock, moved by the rounds; it begins at the real time, as the nodes' own clocks do."""

    def __init__(self) -> None:
        self.now = now_utc()

    def __call__(self) -> datetime:
        return self.now


def nodes_of(outcome: Outcome) -> str:
    """The states of the nodes in one line."""
    return " ".join(node.state.value for node in outcome.nodes)

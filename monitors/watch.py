"""The loop: look at every monitor on its own schedule, judge, and hand over what came out.

Nodes of one chain are looked at together under one deadline, and no monitor waits for another, so a frozen node
delays nobody. Where what is seen is kept is not this module's business: it is handed callables.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import structlog

from monitors.checks import CHAIN_CHECKS, CHECKS, SERVICE_CHECKS
from monitors.checks.target import Memory, Target, Tools, could_not_see
from monitors.client import Client, CouldNotSee
from monitors.inbox import Inbox
from monitors.rounds import Outcome, State, all_blind, play, shows_no_network
from monitors.settings import ChainMonitor, Monitor
from monitors.targets import targets_of
from records.errors import Fault, Invalid
from records.observations import Observation, Seen
from records.times import now_utc
from records.verdicts import Verdict

LoadState = Callable[[str], Awaitable[str | None]]
#: Monitor id, what was seen, the verdict, and the state to store with it.
OnRound = Callable[[str, Sequence[Observation], Verdict, str], Awaitable[None]]

#: Hold a monitor for one round; yields the token of the holding, or None while another process has it.
Claim = Callable[[str], AbstractAsyncContextManager[int | None]]

#: How often a monitor that another process has is asked for.
_UNCLAIMED_SECONDS = 1.0
#: Schedules are stretched or shortened by at most this share, so that monitors do not march in step.
_JITTER = 0.1
#: Rounds to stay away from a target that limits us: 1, 2, 4, …
_LONGEST_BACK_OFF_ROUNDS = 16
#: Of what others watch, so many are looked at to tell whether we see at all.
_LOOKS_AROUND = 5
#: A look may take this much longer than its deadline before it is given up: several requests share it.
_GRACE_SECONDS = 0.25

_log = structlog.get_logger(__name__)


class Watch:
    """All monitors of one process. Raises Invalid for a check that does not exist, and for ids or names used twice."""

    def __init__(
        self,
        *,
        monitors: Sequence[Monitor],
        client: Client,
        load_state: LoadState,
        on_round: OnRound,
        inbox: Inbox | None = None,
        claim: Claim | None = None,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        _check(monitors)
        self._desks = [_Desk(monitor, client, inbox, now) for monitor in monitors]
        self._load_state = load_state
        self._on_round = on_round
        self._claim = claim or _all_ours
        self._now = now
        self._latest: dict[str, tuple[Observation, ...]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Watches until `stop` is set. A round under way then is finished, so that nothing seen is lost."""
        async with asyncio.TaskGroup() as group:
            group.create_task(stop.wait(), name="watch until stopped")
            for desk in self._desks:
                group.create_task(self._keep_looking(desk, stop), name=f"watch {desk.monitor.id}")

    async def round_once(self) -> list[Outcome]:
        """One round of every monitor, from the stored state; reports to nobody and stores nothing.

        `Outcome.raw` and `Outcome.nodes` say what was seen; hysteresis must not hide it from who asks now.
        """
        for desk in self._desks:
            await self._is_ours(desk, 0)
        looks = await asyncio.gather(*(desk.look() for desk in self._desks))
        self._latest = {desk.monitor.id: seen for desk, seen in zip(self._desks, looks, strict=True)}
        return [self._play(desk, seen) for desk, seen in zip(self._desks, looks, strict=True)]

    @property
    def is_blind(self) -> bool:
        """Whether all that this process watches was looked at, and all of it together shows nothing."""
        watched = [each for each in self._desks if each.token is not None]
        return len(self._latest) == len(watched) and all_blind(list(self._latest.values()))

    async def can_see(self) -> bool:
        """Whether any look proves that our network works: our own of late, or some at what others watch.

        Those are judged by nobody and kept nowhere.
        """
        if any(shows_no_network(seen) is False for seen in self._latest.values()):
            return True
        strange = [desk for desk in self._desks if desk.token is None and desk.uses_network]
        around = random.sample(strange, min(_LOOKS_AROUND, len(strange)))
        looks = await asyncio.gather(*(desk.look() for desk in around))
        return any(shows_no_network(seen) is False for seen in looks)

    async def _keep_looking(self, desk: "_Desk", stop: asyncio.Event) -> None:
        # The first looks are spread over one interval, or over two seconds: the page should not wait for long.
        due = time.monotonic() + random.uniform(0, min(desk.monitor.every_seconds, 2.0))
        while not await _stopped(stop, due - time.monotonic()):
            due = _next_due(due, desk.monitor.every_seconds)
            try:
                async with self._claim(desk.monitor.id) as token:
                    if await self._is_ours(desk, token):
                        await self._one_round(desk)
                    else:
                        due = time.monotonic() + min(desk.monitor.every_seconds, _UNCLAIMED_SECONDS)
            except Exception:  # noqa: BLE001 - see below
                # The loop's edge: a full disk or an unforeseen answer must not end the watch of this or any monitor.
                _log.exception("round_failed", monitor=desk.monitor.id)

    async def _is_ours(self, desk: "_Desk", token: int | None) -> bool:
        """Whether to look. Another token than last time: somebody else may have watched, so their state counts."""
        if token is None:
            self._latest.pop(desk.monitor.id, None)
        elif token != desk.token:
            await self._restore(desk)
        desk.token = token
        return token is not None

    async def _one_round(self, desk: "_Desk") -> None:
        observations = await desk.look()
        self._latest[desk.monitor.id] = observations
        outcome = self._play(desk, observations)
        await self._on_round(desk.monitor.id, observations, outcome.verdict, outcome.state.to_json())
        # Only now: a round that could not be stored is played again from the state that was.
        desk.state = outcome.state

    def _play(self, desk: "_Desk", observations: tuple[Observation, ...]) -> Outcome:
        return play(
            desk.monitor,
            desk.state,
            observations,
            now=self._now(),
            monotonic=time.monotonic(),
            is_blind=self.is_blind,
        )

    async def _restore(self, desk: "_Desk") -> None:
        text = await self._load_state(desk.monitor.id)
        try:
            desk.restore(State() if text is None else State.from_json(text))
        except Invalid:
            _log.warning("state_unreadable", monitor=desk.monitor.id)
            desk.restore(State())


class _Desk:
    """One monitor at work: its targets, their memories, its state."""

    def __init__(self, monitor: Monitor, client: Client, inbox: Inbox | None, now: Callable[[], datetime]) -> None:
        self.monitor = monitor
        self.state = State()
        #: Of the holding under which it was looked at last; None while another process has it.
        self.token: int | None = None
        self._check = CHECKS[monitor.kind]
        self._seats = [
            _Seat(target, Tools(client=client, memory=Memory(), inbox=inbox, now=now)) for target in targets_of(monitor)
        ]

    @property
    def uses_network(self) -> bool:
        """Whether it is asked for; what reports by itself proves nothing of our network."""
        return any(seat.target.url for seat in self._seats)

    def restore(self, state: State) -> None:
        """Goes on from `state`. The checks hear which chain was seen last, so that a change meanwhile is noticed."""
        self.state = state
        for seat in self._seats:
            seat.tools.memory.hashes = dict(state.book.ring)

    async def look(self) -> tuple[Observation, ...]:
        """One look at every target, together."""
        return tuple(await asyncio.gather(*(self._look_at(seat) for seat in self._seats)))

    async def _look_at(self, seat: "_Seat") -> Observation:
        wait_seconds = seat.quiet_until - time.monotonic()
        if wait_seconds > 0:
            note = f"the node limits how often we may ask; next look in {wait_seconds:.0f} s"
            return could_not_see(seat.target, seat.tools, CouldNotSee(Seen.THROTTLED, note))
        seen = await self._look_in_time(seat)
        seat.note_limit(seen, self.monitor.every_seconds)
        return seen

    async def _look_in_time(self, seat: "_Seat") -> Observation:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(seat.target.deadline_seconds + _GRACE_SECONDS):
                return await self._check(seat.target, seat.tools)
        except TimeoutError:
            late_ms = round((time.monotonic() - begun) * 1000, 3)
            error = CouldNotSee(Seen.TRANSPORT, "no whole answer in time", latency_ms=late_ms)
            return could_not_see(seat.target, seat.tools, error)


class _Seat:
    """One target, and how long to leave it in peace."""

    def __init__(self, target: Target, tools: Tools) -> None:
        self.target = target
        self.tools = tools
        self.quiet_until = 0.0
        self._limited = 0

    def note_limit(self, seen: Observation, every_seconds: float) -> None:
        """Stays away longer each time the target says "too often", and as long as it asks."""
        if seen.seen is not Seen.THROTTLED:
            self._limited = 0
            return
        rounds = min(1 << self._limited, _LONGEST_BACK_OFF_ROUNDS)
        self._limited = min(self._limited + 1, _LONGEST_BACK_OFF_ROUNDS)
        asked = seen.facts.get("retry_after_seconds", 0.0)
        # The first miss costs no round: the next regular look is far enough.
        own_seconds = (rounds - 1) * every_seconds
        self.quiet_until = time.monotonic() + max(own_seconds, float(asked))


def _check(monitors: Sequence[Monitor]) -> None:
    faults = []
    seen: set[str] = set()
    for monitor in monitors:
        fitting = CHAIN_CHECKS if isinstance(monitor, ChainMonitor) else SERVICE_CHECKS
        if monitor.kind not in fitting:
            known = ", ".join(fitting)
            faults.append(Fault(path=monitor.id, message=f"no check is called {monitor.kind}", hint=f"known: {known}"))
        if monitor.id in seen:
            faults.append(Fault(path=monitor.id, message="two monitors have this id"))
        if isinstance(monitor, ChainMonitor) and len({node.name for node in monitor.nodes}) < len(monitor.nodes):
            faults.append(Fault(path=monitor.id, message="two nodes have the same name"))
        seen.add(monitor.id)
    if faults:
        raise Invalid(faults)


def _next_due(due: float, every_seconds: float) -> float:
    """When the next round begins: counted from when this one was due, so that slow rounds do not add up.

    Rounds that were missed altogether are not made up for.
    """
    step = every_seconds * random.uniform(1 - _JITTER, 1 + _JITTER)
    return max(due + step, time.monotonic())


@contextlib.asynccontextmanager
async def _all_ours(_: str) -> AsyncIterator[int | None]:
    """There is no other process."""
    yield 0


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Waits `seconds`, or less if `stop` comes; whether it came."""
    try:
        async with asyncio.timeout(max(seconds, 0.0)):
            await stop.wait()
    except TimeoutError:
        return stop.is_set()
    return True

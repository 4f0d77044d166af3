"""Answer where a transaction is: ask a few nodes of ours together, weigh what they say, and keep the answer briefly."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitors.checks.target import Memory, Tools
from monitors.client import Client, CouldNotSee
from monitors.settings import ChainMonitor, Role
from monitors.targets import targets_of
from monitors.transactions import FAMILIES, forms
from monitors.transactions.allowance import Allowance
from monitors.transactions.combine import Asked, NodeSaw, combine
from monitors.transactions.seat import Seat
from monitors.transactions.sight import Saw, Sight, Trace
from monitors.transactions.traces import Traces
from monitors.transactions.trust import Watched, doubt
from records.observations import Observation, Seen
from records.times import now_utc
from records.transactions import Answer, Found, Why

#: What the monitor of a chain concluded last.
WatchedOf = Callable[[str], Awaitable[Watched]]

#: More nodes than this add burden and little knowledge.
_MOST_NODES = 3
_MOST_ANSWERS = 2_000
#: How long an answer is given again. What is settled changes rarely, what nobody could tell may be known at once.
_KEPT_SECONDS = {Found.FINAL: 60.0, Found.FAILED: 30.0, Found.CANNOT_TELL: 2.0}
_USUALLY_KEPT_SECONDS = 5.0
_BUSY = frozenset({Seen.THROTTLED, Seen.OVERLOADED})


class Enquiries:
    """All questions about transactions in one process."""

    def __init__(
        self,
        monitors: Sequence[ChainMonitor],
        client: Client,
        watched_of: WatchedOf,
        *,
        needed: Mapping[str, int],
        now: Callable[[], datetime] = now_utc,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monitors = {each.chain: each for each in monitors if each.kind in FAMILIES and _own_nodes(each)}
        self._seats = {chain: _seats(monitor, client, now) for chain, monitor in self._monitors.items()}
        self._allowances = {chain: Allowance(clock=monotonic) for chain in self._monitors}
        self._watched_of = watched_of
        self._needed = needed
        self._now = now
        self._monotonic = monotonic
        self._traces = Traces()
        self._answers: OrderedDict[tuple[str, str], tuple[float, Answer]] = OrderedDict()
        self._under_way: dict[tuple[str, str], asyncio.Task[Answer]] = {}

    @property
    def chains(self) -> tuple[str, ...]:
        """Those with nodes of our own that can be asked."""
        return tuple(self._monitors)

    async def ask(self, chain: str | None, given: str) -> Answer:
        """Where the transaction is. `given` is what somebody typed; without `chain` its form must tell the network."""
        text, now = forms.tidied(given), self._now()
        kinds = {name: monitor.kind for name, monitor in self._monitors.items()}
        alike = forms.recognised(kinds, text)
        if chain is None and len(alike) == 1:
            (chain,) = alike
        if chain is None:
            found = Found.CANNOT_TELL if alike else Found.NOT_A_HASH
            return Answer(found=found, at=now, hash=text if alike else "", why=_why_not(text, alike), suggestions=alike)
        if chain not in kinds:
            return Answer(found=Found.NOT_WATCHED, at=now, chain=chain, suggestions=alike, hash=text if alike else "")
        hash_ = forms.normal(kinds[chain], text)
        if hash_ is None:
            why = Why.ADDRESS if not alike and forms.is_address(text) else None
            return Answer(
                found=Found.NOT_A_HASH, at=now, chain=chain, why=why, suggestions=alike, hash=text if alike else ""
            )
        answer = await self._shared(chain, hash_)
        others = tuple(each for each in alike if each != chain)
        return replace(answer, suggestions=others) if answer.found is Found.NOT_SEEN else answer

    async def _shared(self, chain: str, hash_: str) -> Answer:
        """An answer that is still fresh, or the one that somebody else waits for already, or a new one."""
        key = (chain, hash_)
        until, answer = self._answers.get(key, (0.0, None))
        if answer is not None and self._monotonic() < until:
            return answer
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._find_out(chain, hash_))
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        # Whoever leaves does not take the answer away from those who stay.
        return await asyncio.shield(task)

    async def _find_out(self, chain: str, hash_: str) -> Answer:
        allowance, now = self._allowances[chain], self._now()
        trace = self._traces.find(chain, hash_, now)
        asked = Asked(chain=chain, hash=hash_, at=now, needed=self._needed.get(chain), trace=trace)
        if not allowance.take():
            # Not kept: a moment later there may be room.
            return combine(asked, [NodeSaw(why=Why.BUSY)])
        try:
            nodes = await self._ask_nodes(chain, hash_, trace)
        finally:
            allowance.done()
        answer = combine(asked, nodes)
        self._traces.note(chain, hash_, nodes, now)
        self._keep(chain, hash_, answer)
        return answer

    async def _ask_nodes(self, chain: str, hash_: str, trace: Trace | None) -> list[NodeSaw]:
        seats = self._seats[chain]
        seen = await asyncio.gather(*(_try(seat, hash_, trace) for seat in seats))
        watched = await self._watched_of(chain)
        heights = [each[1].height or 0 for each in seen if not isinstance(each, CouldNotSee)]
        best = max(heights, default=0)
        return [self._weighed(chain, seat, each, watched, best) for seat, each in zip(seats, seen, strict=True)]

    def _weighed(
        self, chain: str, seat: Seat, seen: "tuple[Saw, Observation] | CouldNotSee", watched: Watched, best: int
    ) -> NodeSaw:
        if isinstance(seen, CouldNotSee):
            return NodeSaw(why=Why.BUSY if seen.seen in _BUSY else Why.UNREACHABLE)
        saw, node = seen
        why = doubt(self._monitors[chain], seat.node, node, watched, best_height=best)
        return NodeSaw(why=Why.NO_INDEX if saw.sight is Sight.HIDDEN and why is None else why, saw=saw, node=node)

    def _keep(self, chain: str, hash_: str, answer: Answer) -> None:
        seconds = _KEPT_SECONDS.get(answer.found, _USUALLY_KEPT_SECONDS)
        self._answers[chain, hash_] = (self._monotonic() + seconds, answer)
        self._answers.move_to_end((chain, hash_))
        while len(self._answers) > _MOST_ANSWERS:
            self._answers.popitem(last=False)


def _why_not(text: str, alike: tuple[str, ...]) -> Why | None:
    if alike:
        return Why.AMBIGUOUS
    return Why.ADDRESS if forms.is_address(text) else None


async def _try(seat: Seat, hash_: str, trace: Trace | None) -> tuple[Saw, Observation] | CouldNotSee:
    try:
        return await seat.see(hash_, trace)
    except CouldNotSee as error:
        return error


def _own_nodes(monitor: ChainMonitor) -> list[str]:
    return [node.name for node in monitor.nodes if node.role is Role.OWN]


def _seats(monitor: ChainMonitor, client: Client, now: Callable[[], datetime]) -> list[Seat]:
    """The first few of our own nodes: what others' nodes see is not what we send and credit through."""
    pairs = zip(monitor.nodes, targets_of(monitor), strict=True)
    own = [(node, target) for node, target in pairs if node.role is Role.OWN][:_MOST_NODES]
    return [Seat(monitor, node, target, Tools(client=client, memory=Memory(), now=now)) for node, target in own]

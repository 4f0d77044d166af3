"""A simulated network: its chain, its nodes, each answering on a port of its own, and the faults they can have."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from records.errors import NotFound
from server.demo import bitcoin, evm
from server.demo.chain import USUAL_MEMPOOL, Chain, ChainFacts, Family
from server.demo.node import Fault, Node
from server.demo.rpc import Reply, reply
from server.demo.wire import Request, Wire

_ANSWERS: dict[Family, Callable[[Node, str, list[Any]], Any]] = {
    Family.EVM: evm.answer,
    Family.BITCOIN: bitcoin.answer,
}
_NONSENSE = b"<html><body>Welcome to nginx</body></html>"
_FULL_MEMPOOL = 0.97


class Host:
    """A node and the machine it runs on, which can be down, frozen or talking nonsense."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.wire = Wire(self._reply)
        self._thawed = asyncio.Event()
        self._thawed.set()

    async def set_fault(self, fault: Fault) -> None:
        """Give the node this fault instead of what it had; NONE heals it."""
        self.node.set_fault(fault)
        if fault is Fault.FREEZE:
            self._thawed.clear()
        else:
            self._thawed.set()
        await (self.wire.close() if fault is Fault.KILL else self.wire.open())

    async def _reply(self, request: Request) -> Reply:
        await self._thawed.wait()
        if self.node.fault is Fault.GARBAGE:
            return Reply(status=200, body=_NONSENSE)
        answer = _ANSWERS[self.node.chain.facts.family]
        return reply(request.body, lambda method, params: answer(self.node, method, params))


class Network:
    """A chain and its hosts."""

    def __init__(
        self,
        facts: ChainFacts,
        *,
        own: Sequence[str],
        others: Sequence[str],
        credited_after: int,
        clock: Callable[[], float],
    ) -> None:
        #: Confirmations after which a deposit is credited.
        self._credited_after = credited_after
        self.chain = Chain(facts, clock)
        nodes = [Node(name=name, own=True, chain=self.chain) for name in own]
        nodes += [Node(name=name, own=False, chain=self.chain) for name in others]
        self.hosts = tuple(Host(node) for node in nodes)

    @property
    def name(self) -> str:
        """As in the settings."""
        return self.chain.facts.name

    @property
    def well(self) -> bool:
        """Whether nothing is broken."""
        chain_is_well = not (self.chain.halted or self.chain.finality_stopped or self.congested)
        return chain_is_well and all(host.node.fault is Fault.NONE for host in self.hosts)

    @property
    def congested(self) -> bool:
        """Whether the room for waiting transactions is full."""
        return self.chain.mempool_full > USUAL_MEMPOOL

    def host(self, name: str) -> Host:
        """The host of that node. Raises NotFound."""
        for host in self.hosts:
            if host.node.name == name:
                return host
        raise NotFound(f"There is no node {name} on {self.name}.")

    async def open(self) -> None:
        """Every node answers."""
        for host in self.hosts:
            await host.wire.open()

    async def close(self) -> None:
        """No node answers any more."""
        for host in self.hosts:
            await host.wire.close()

    async def halt(self) -> None:
        """The whole network stands still: ours, and everybody else's."""
        self.chain.halt()

    async def stall_own(self) -> None:
        """Our nodes stand still while the network goes on."""
        for host in self.hosts:
            if host.node.own:
                await host.set_fault(Fault.STALL)

    async def stop_finality(self) -> None:
        """Blocks come, but none becomes final."""
        self.chain.stop_finality()

    async def congest(self) -> None:
        """The room for waiting transactions is full."""
        self.chain.mempool_full = _FULL_MEMPOOL

    async def reorganise(self) -> None:
        """The network replaces as many blocks as a deposit waits for, so that credited ones may vanish."""
        self.chain.reorganise(self._credited_after)

    async def heal(self) -> None:
        """Nothing is broken any more."""
        self.chain.heal()
        for host in self.hosts:
            await host.set_fault(Fault.NONE)

"""What the demo's pages show of networks, in plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from records.store.monitors import MonitorRecord
from records.verdicts import KEEPS_LAST_STATE, VerdictKind
from server.demo.chain import Family
from server.demo.examples import EXAMPLES
from server.demo.network import Host, Network
from server.demo.node import Fault
from server.demo.service import ServiceFault
from server.demo.settings import CHAINS

#: What Forewarn concluded, in the words of somebody who just pressed a button.
VERDICT_WORDS = {
    VerdictKind.OPERATIONAL: "All is well",
    VerdictKind.OUR_SIDE: "Our own nodes are the trouble; the network goes on",
    VerdictKind.NETWORK_HALT: "The whole network stands still",
    VerdictKind.NO_NEW_BLOCKS: "No new blocks, and nobody to ask why",
    VerdictKind.FINALITY_DELAY: "Blocks come, but do not become final",
    VerdictKind.DEEP_REORG: "The network replaced many of its newest blocks",
    VerdictKind.CHAIN_SPLIT: "Our nodes contradict each other",
    VerdictKind.CONGESTION: "The network is overcrowded",
    VerdictKind.UPGRADE: "The network is being upgraded, as planned",
    VerdictKind.SERVICE_DOWN: "It does not answer rightly",
    VerdictKind.SERVICE_SLOW: "It answers slowly",
    VerdictKind.SERVICE_IMPAIRED: "It works, but not fully",
    VerdictKind.SILENT: "It does not report",
    VerdictKind.MONITORING_DEGRADED: "Not sure yet",
    VerdictKind.BLIND: "We see nothing at all",
}

FAULT_WORDS = {
    Fault.NONE: "answers",
    Fault.STALL: "stands still",
    Fault.LAG: "lags behind",
    Fault.FORK: "on a fork of its own",
    Fault.KILL: "refuses connections",
    Fault.FREEZE: "hangs",
    Fault.GARBAGE: "talks nonsense",
}
#: What one can do to one node, with the word on the button.
NODE_BUTTONS = {
    Fault.LAG: "Lag",
    Fault.FORK: "Fork",
    Fault.KILL: "Kill",
    Fault.FREEZE: "Freeze",
    Fault.GARBAGE: "Garble",
    Fault.NONE: "Heal",
}
#: What one can do to a whole network.
_NETWORK_BUTTONS = {"halt": "Stop the network", "stall_own": "Stop our nodes"}
_FAMILY_BUTTONS = {
    Family.EVM: {"stop_finality": "Stop finality"},
    Family.BITCOIN: {"congest": "Overcrowd it"},
}
_REORGANISE = {"reorganise": "Replace blocks"}
#: The networks at which examples of transactions are offered: one of each family.
_EXAMPLE_NETWORKS = ("ethereum", "bitcoin")
SERVICE_BUTTONS = {
    ServiceFault.SLOW: "Slow down",
    ServiceFault.ERRORS: "Answer with errors",
    ServiceFault.KILL: "Kill",
    ServiceFault.NONE: "Heal",
}
SERVICE_WORDS = {
    ServiceFault.NONE: "answers",
    ServiceFault.SLOW: "answers slowly",
    ServiceFault.ERRORS: "answers with errors",
    ServiceFault.KILL: "refuses connections",
}


def network_buttons(family: Family) -> dict[str, str]:
    """What one can do to a network of this family, besides healing it: deed to words."""
    return _NETWORK_BUTTONS | _FAMILY_BUTTONS[family] | _REORGANISE


@dataclass(frozen=True, kw_only=True)
class NodeView:
    """One node."""

    name: str
    own: bool
    height: int
    #: By its newest block.
    age_seconds: float
    state: str
    well: bool
    #: Whether it says its height at all.
    speaks: bool


@dataclass(frozen=True, kw_only=True)
class NetworkView:
    """One card of the control page."""

    name: str
    title: str
    #: Whether Forewarn speaks about it without a person.
    auto_publish: bool
    #: What was done to it, in words.
    state: str
    tone: str
    verdict: str
    #: The judge's reasons, as operators read them.
    reasoning: str
    buttons: Mapping[str, str]
    nodes: tuple[NodeView, ...]


@dataclass(frozen=True, kw_only=True)
class ExampleView:
    """One transaction to ask about."""

    chain: str
    hash: str
    says: str


def example_views() -> list[ExampleView]:
    """Each answer that a transaction can have, by network."""
    families = {each.facts.name: each.facts.family for each in CHAINS}
    return [
        ExampleView(chain=chain, hash=each.hash(families[chain]), says=each.says)
        for chain in _EXAMPLE_NETWORKS
        for each in EXAMPLES
        if families[chain] in each.families
    ]


def network_views(
    networks: Sequence[Network], records: Mapping[str, MonitorRecord], now_seconds: float
) -> tuple[NetworkView, ...]:
    """The cards, in the order of the settings; `records` by monitor id."""
    return tuple(
        _network(network, title=demo.title, auto_publish=demo.auto_publish, record=record, now_seconds=now_seconds)
        for network, demo in zip(networks, CHAINS, strict=True)
        for record in [records.get(f"chain:{network.name}")]
    )


def _network(
    network: Network, *, title: str, auto_publish: bool, record: MonitorRecord | None, now_seconds: float
) -> NetworkView:
    return NetworkView(
        name=network.name,
        title=title,
        auto_publish=auto_publish,
        state=_state(network),
        tone=tone_of(record),
        verdict=words_of(record),
        reasoning=record.reasoning if record else "",
        buttons=network_buttons(network.chain.facts.family),
        nodes=tuple(_node(host, now_seconds) for host in network.hosts),
    )


def _state(network: Network) -> str:
    if network.chain.halted:
        return "The network stands still"
    if network.chain.finality_stopped:
        return "Finality stands still"
    if network.congested:
        return "The network is overcrowded"
    broken = [host.node.name for host in network.hosts if host.node.fault is not Fault.NONE]
    return f"Broken: {', '.join(broken)}" if broken else "Nothing is broken"


def tone_of(record: MonitorRecord | None) -> str:
    """The colour and shape of a verdict."""
    if record is None or record.verdict is None or VerdictKind(record.verdict) in KEEPS_LAST_STATE:
        return "unknown"
    return "ok" if record.verdict == VerdictKind.OPERATIONAL else "degraded"


def words_of(record: MonitorRecord | None) -> str:
    """A verdict in words."""
    if record is None or record.verdict is None:
        return "Not looked at yet"
    return VERDICT_WORDS[VerdictKind(record.verdict)]


def _node(host: Host, now_seconds: float) -> NodeView:
    node = host.node
    return NodeView(
        name=node.name,
        own=node.own,
        height=node.height,
        age_seconds=max(now_seconds - node.chain.block_seconds(node.height), 0.0),
        state=FAULT_WORDS[node.fault],
        well=node.fault is Fault.NONE,
        speaks=node.fault not in (Fault.KILL, Fault.FREEZE, Fault.GARBAGE),
    )

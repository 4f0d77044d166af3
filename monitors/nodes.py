"""Judge one node of a chain by what it said and by where the others are. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from monitors.book import NodeBook
from monitors.settings import ChainMonitor, Node, Process, Role, Thresholds
from records.observations import TELLS_NOTHING, Observation, Seen


class NodeState(StrEnum):
    """What is wrong with a node, worst first. Where several things are, the worst speaks."""

    WRONG_CHAIN = "wrong_chain"
    UNREACHABLE = "unreachable"
    FORKED = "forked"
    SYNCING = "syncing"
    STALLED = "stalled"
    #: It says itself that it cannot do its work, though it follows the chain.
    IMPAIRED = "impaired"
    LAGGING = "lagging"
    ISOLATED = "isolated"
    #: It runs a version known to be bad, and works so far.
    OUTDATED = "outdated"
    #: Nothing is known, or what it says cannot be.
    UNKNOWN = "unknown"
    OK = "ok"


@dataclass(frozen=True, kw_only=True)
class NodeReading:
    """One node after one round, before any hysteresis."""

    name: str
    role: Role
    state: NodeState
    #: Whether customers can be served through it.
    usable: bool
    #: Why, for operators; no address, no raw answer.
    why: str
    height: int | None
    lag_blocks: int | None
    #: Time by our clock since its height last grew.
    head_age_seconds: float
    #: Whether it takes transactions: reachable, on the right chain, with peers, not syncing.
    broadcasts: bool


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a node is compared with."""

    #: Reference head; None when no node gives one.
    head: int | None
    #: Blocks it holds that the majority does not.
    fork_depth: int = 0
    #: Its height is more than the chain can have produced.
    too_far_ahead: bool = False
    #: Most nodes run another set of features.
    odd_features: bool = False


#: What a node can say keeps it from its work: the fact `impaired` of its look.
_IMPAIRED = {
    "execution_offline": "its execution client is offline",
    "optimistic": "it follows blocks that it has not executed",
    "upgrade_required": "it must be upgraded before it can follow the network",
}


#: What a node can say of its own version: the fact `must_upgrade` of its look.
_MUST_UPGRADE = {
    "unknown_rules": "the network follows rules that it does not know: upgrade it",
    "end_of_support": "its version will soon stop working: upgrade it",
}


def on_wrong_chain(monitor: ChainMonitor, seen: Observation) -> bool:
    """Whether the node says it belongs to another network. Not saying is not wrong."""
    return monitor.network is not None and seen.network is not None and seen.network != monitor.network


def is_syncing(limits: Thresholds, seen: Observation) -> bool:
    """Whether the node itself says that it lacks blocks. Its word counts only when it makes things worse."""
    behind = seen.syncing_behind
    if seen.facts.get("initial_download") is True or (behind is not None and behind > limits.lag_critical_blocks):
        return True
    # A node may call itself syncing for being one block late.
    return seen.facts.get("syncing") is True and (behind is None or behind > limits.lag_warn_blocks)


def clock_height(seen: Observation) -> int | None:
    """The height at which a chain with fixed slots must be by the clock; None for other chains."""
    height = seen.facts.get("clock_height")
    return height if isinstance(height, int) and not isinstance(height, bool) else None


def _lag(seen: Observation, around: Surroundings) -> tuple[int, str] | None:
    """Blocks behind, and behind what: the reference head or the clock, whichever is further; None when neither is."""
    head, clock, own = around.head, clock_height(seen), seen.height or 0
    if clock is not None and (head is None or clock > head):
        return clock - own, "the clock"
    return None if head is None else (head - own, "the reference head")


def judge_node(monitor: ChainMonitor, node: Node, book: NodeBook, around: Surroundings) -> NodeReading:
    """The node's state by the last round, worst thing first."""
    limits = node.thresholds or monitor.thresholds
    state, why = _state(monitor, limits, book, around)
    seen = book.usable_sample
    height = seen.height if seen else None
    behind = None if seen is None or height is None else _lag(seen, around)
    lag = None if behind is None else max(behind[0], 0)
    little = state is NodeState.LAGGING and lag is not None and lag <= limits.lag_critical_blocks
    return NodeReading(
        name=node.name,
        role=node.role,
        state=state,
        usable=little or state in (NodeState.OK, NodeState.OUTDATED),
        why=why,
        height=height,
        lag_blocks=lag,
        head_age_seconds=book.head_age_seconds,
        broadcasts=state in (NodeState.STALLED, NodeState.LAGGING, NodeState.OUTDATED, NodeState.OK),
    )


def _state(monitor: ChainMonitor, limits: Thresholds, book: NodeBook, around: Surroundings) -> tuple[NodeState, str]:
    seen = book.usable_sample
    if seen is not None and on_wrong_chain(monitor, seen):
        return NodeState.WRONG_CHAIN, "it is on another network"
    if book.last is None or book.last.seen is not Seen.OK:
        silent = _unseen(book.last, seen)
        if silent is not None:
            return silent
    if seen is None or seen.height is None:
        return NodeState.UNKNOWN, "nothing is known of it yet"
    return _seen_state(monitor, limits, book, around, seen)


def _unseen(last: Observation | None, sample: Observation | None) -> tuple[NodeState, str] | None:
    """The state of a node that did not answer well; None when that says nothing and an earlier look still counts."""
    if last is None or last.seen in TELLS_NOTHING:
        return None if sample else (NodeState.UNKNOWN, last.note if last else "it was not looked at")
    if last.seen is Seen.WARMING:
        return NodeState.SYNCING, last.note
    return NodeState.UNREACHABLE, last.note


def _seen_state(
    monitor: ChainMonitor, limits: Thresholds, book: NodeBook, around: Surroundings, seen: Observation
) -> tuple[NodeState, str]:
    lag, what = _lag(seen, around) or (0, "")
    if around.too_far_ahead:
        return NodeState.UNKNOWN, f"it claims height {seen.height}, more than the chain can have produced"
    if around.fork_depth >= _fork_counts_from(monitor):
        return NodeState.FORKED, f"it holds {_blocks(around.fork_depth)} that the majority does not"
    if is_syncing(limits, seen):
        return NodeState.SYNCING, "it says itself that it is still fetching blocks"
    if book.head_age_seconds > limits.stall_warn_seconds:
        return NodeState.STALLED, f"no new block for {book.head_age_seconds:.0f} s"
    impaired = _IMPAIRED.get(str(seen.facts.get("impaired")))
    if impaired is not None:
        return NodeState.IMPAIRED, impaired
    if lag > limits.lag_warn_blocks:
        return NodeState.LAGGING, f"{_blocks(lag)} behind {what}"
    if limits.peers_warn is not None and seen.peers == 0:
        return NodeState.ISOLATED, "it has no peers"
    if seen.facts.get("network_active") is False:
        return NodeState.ISOLATED, "its network is switched off"
    if is_bad_version(monitor, seen.version):
        return NodeState.OUTDATED, "its version is known to be bad"
    if around.odd_features:
        return NodeState.OUTDATED, "its next fork or its features are not those of other nodes: compare the versions"
    if str(seen.facts.get("must_upgrade")) in _MUST_UPGRADE:
        return NodeState.OUTDATED, _MUST_UPGRADE[str(seen.facts["must_upgrade"])]
    if is_old_version(monitor, seen.version):
        return NodeState.OUTDATED, "its version is below what the chain needs"
    return NodeState.OK, _remark(limits, seen)


def _fork_counts_from(monitor: ChainMonitor) -> int:
    """Under proof of work two blocks of one height are everyday business, and the next block settles it."""
    return monitor.thresholds.reorg_warn_blocks if monitor.process is Process.LOTTERY else 1


def _remark(limits: Thresholds, seen: Observation) -> str:
    """What an operator should hear of a node that works."""
    if limits.peers_warn is not None and seen.peers is not None and seen.peers < limits.peers_warn:
        return f"only {seen.peers} {_peers(seen.peers)}"
    if limits.peers_out_warn is not None and seen.peers_out is not None and seen.peers_out < limits.peers_out_warn:
        return f"only {seen.peers_out} outgoing {_peers(seen.peers_out)}"
    age_seconds = (seen.at - seen.block_at).total_seconds() if seen.block_at is not None else 0.0
    if age_seconds > limits.stall_critical_seconds:
        # Blocks lie about their time, so this is a remark and no verdict; but who looks only once wants to know.
        return f"its newest block is {age_seconds:.0f} s old by its own time"
    if isinstance(seen.facts.get("history_gaps"), int) and seen.facts["history_gaps"]:
        return "its history has gaps: deposits in them cannot be found"
    if seen.facts.get("quorum_splits") is True:
        return "its network's quorums do not all intersect: it may split"
    fail_at = seen.facts.get("quorum_fail_at")
    if isinstance(fail_at, int) and fail_at <= 1:
        return "one more validator that fails stops it"
    if seen.facts.get("warns") is True:
        return "it has a warning of its own"
    return ""


def _blocks(count: int) -> str:
    return "1 block" if count == 1 else f"{count} blocks"


def _peers(count: int) -> str:
    return "peer" if count == 1 else "peers"


def is_bad_version(monitor: ChainMonitor, version: str | None) -> bool:
    """Whether `version`, such as `erigon/2.40.0/linux-amd64`, is on the list of bad ones."""
    if version is None:
        return False
    return any(
        re.match(rf"{re.escape(name)}/v?{re.escape(number)}(?![\d.])", version, re.IGNORECASE)
        for name, number in monitor.bad_versions
    )


def is_old_version(monitor: ChainMonitor, version: str | None) -> bool:
    """Whether `version` is below the least one that its client needs, by the numbers: 1.9 is older than 1.16."""
    if version is None:
        return False
    for name, least in monitor.min_versions:
        found = re.search(rf"(?:^|/){re.escape(name)}[/:]v?(\d{{1,9}}(?:\.\d{{1,9}}){{0,5}})", version, re.IGNORECASE)
        if found is not None and _numbers(found[1]) < _numbers(least):
            return True
    return False


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))

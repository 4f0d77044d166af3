"""Say what a round of one chain means for deposits and withdrawals. Pure; the table of `docs/monitors/README.md`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitors.book import Book
from monitors.congestion import Crowd, why_congested
from monitors.finality import late_finality, tells_finality
from monitors.nodes import NodeReading, NodeState
from monitors.plans import at_planned_stop
from monitors.quorum import Reading
from monitors.settings import ChainMonitor, Process, Role
from monitors.slowness import why_not_final
from records.components import Cause, Direction, Status
from records.times import iso
from records.verdicts import VerdictKind

#: A block time further in the future than this is nonsense.
_SKEW = timedelta(hours=2)

#: States in which a node says something about the network rather than about itself.
_SPEAKS = frozenset({NodeState.OK, NodeState.OUTDATED, NodeState.LAGGING, NodeState.STALLED, NodeState.ISOLATED})
#: States of which a second look tells nothing more.
_CERTAIN = frozenset({NodeState.WRONG_CHAIN, NodeState.ISOLATED})

Statuses = dict[Direction | None, Status]


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """What one round means, before any hysteresis."""

    kind: VerdictKind
    statuses: Statuses
    corroborated: bool
    cause: Cause
    reasoning: str
    #: As in `records.verdicts.Verdict`.
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: Certain at once: waiting would only hurt.
    immediate: bool = False


def conclude(monitor: ChainMonitor, reading: Reading, book: Book, crowd: Crowd, now: datetime) -> Conclusion:
    """The conclusion from one round."""
    own = reading.of(Role.OWN)
    usable = [node for node in own if node.usable]
    conclusion = _split(monitor, reading)
    if conclusion is None and not usable:
        conclusion = _planned_stop(reading, book) or _nothing_usable(monitor, reading, own)
    conclusion = conclusion or _trouble_of_the_chain(monitor, reading, book, crowd) or _clear(own, usable)
    facts = _facts(monitor, reading, book, now) | _crowd_facts(crowd)
    return Conclusion(**{**conclusion.__dict__, "facts": facts, "reasoning": _reasoned(conclusion.reasoning, reading)})


def _both(deposits: Status, withdrawals: Status) -> Statuses:
    return {Direction.DEPOSITS: deposits, Direction.WITHDRAWALS: withdrawals}


def _split(monitor: ChainMonitor, reading: Reading) -> Conclusion | None:
    depth = reading.forks.split_depth
    if not reading.forks.split:
        return None
    if monitor.process is Process.LOTTERY and depth < monitor.thresholds.reorg_warn_blocks:
        # Two miners found a block at the same time; the next block settles it.
        return None
    ours = {node.name for node in reading.of(Role.OWN)}
    sides_with_own = sum(1 for side in reading.forks.split if side & ours)
    if not sides_with_own:
        return None
    return Conclusion(
        kind=VerdictKind.CHAIN_SPLIT,
        statuses=_both(Status.MAJOR_OUTAGE, Status.MAJOR_OUTAGE),
        # Two of our own nodes that contradict each other are two signals; one reference against us is not.
        corroborated=sides_with_own >= 2,
        cause=Cause.LEDGER,
        reasoning=f"nodes hold different blocks at height {reading.forks.compared_at} and neither side is a majority",
        immediate=depth >= monitor.thresholds.reorg_warn_blocks,
    )


def _planned_stop(reading: Reading, book: Book) -> Conclusion | None:
    """No node goes on, and the chain stands where its upgrade stops it: planned work, for as long as that may take."""
    if not at_planned_stop(book) or any(node.usable for node in reading.nodes):
        return None
    return Conclusion(
        kind=VerdictKind.UPGRADE,
        statuses=_both(Status.UNDER_MAINTENANCE, Status.UNDER_MAINTENANCE),
        corroborated=len(reading.nodes) >= 2,
        cause=Cause.LEDGER,
        reasoning=f"the chain stopped at height {book.head}, where its planned upgrade stops it",
    )


def _nothing_usable(monitor: ChainMonitor, reading: Reading, own: tuple[NodeReading, ...]) -> Conclusion:
    """No own node serves: whose trouble is it?"""
    if not own or any(node.state is NodeState.UNKNOWN for node in own):
        return monitoring_degraded("not every own node could be judged" if own else "no own node is configured")
    references = [node for node in reading.of(Role.REFERENCE) if node.state in _SPEAKS]
    best_own = max((node.height or 0 for node in own), default=0)
    advancing = [node for node in references if node.usable and (node.height or 0) >= best_own]
    stalled = [node for node in own if node.state is NodeState.STALLED]
    if advancing or not stalled:
        return _our_side(monitor, own, corroborated=bool(advancing))
    if references and all(node.state is NodeState.STALLED for node in references):
        return _halt(monitor, reading, own)
    return Conclusion(
        kind=VerdictKind.NO_NEW_BLOCKS,
        statuses=_both(Status.DEGRADED, Status.DEGRADED),
        corroborated=False,
        cause=Cause.LEDGER,
        reasoning=f"own nodes saw no new block for {_youngest(own):.0f} s and no reference can be asked",
    )


def _our_side(monitor: ChainMonitor, own: tuple[NodeReading, ...], *, corroborated: bool) -> Conclusion:
    late = _youngest(own) > 2 * monitor.credit_seconds
    mute = not any(node.broadcasts for node in own)
    return Conclusion(
        kind=VerdictKind.OUR_SIDE,
        statuses=_both(
            Status.MAJOR_OUTAGE if late else Status.DEGRADED, Status.MAJOR_OUTAGE if mute else Status.DEGRADED
        ),
        corroborated=corroborated,
        cause=Cause.OPERATIONAL,
        reasoning=("the only own node is not usable" if len(own) == 1 else f"none of {len(own)} own nodes is usable")
        + (" while references advance" if corroborated else ", and no reference confirms that the network goes on"),
        immediate=all(node.state in _CERTAIN for node in own),
    )


def _halt(monitor: ChainMonitor, reading: Reading, own: tuple[NodeReading, ...]) -> Conclusion:
    age_seconds = min(_youngest(own), _youngest(reading.of(Role.REFERENCE)))
    status = Status.MAJOR_OUTAGE if age_seconds > monitor.thresholds.stall_critical_seconds else Status.DEGRADED
    return Conclusion(
        kind=VerdictKind.NETWORK_HALT,
        statuses=_both(status, status),
        corroborated=True,
        cause=Cause.LEDGER,
        reasoning=f"no node, ours or others', saw a new block for {age_seconds:.0f} s" + _sequencer(reading),
    )


def _sequencer(reading: Reading) -> str:
    """A rollup's blocks come from one sequencer; its node says so by following a base layer."""
    is_rollup = any("l1_blocks_behind" in seen.facts for seen in reading.samples.values())
    return ": its sequencer stands" if is_rollup else ""


def _youngest(nodes: tuple[NodeReading, ...]) -> float:
    return min((node.head_age_seconds for node in nodes), default=0.0)


def _trouble_of_the_chain(monitor: ChainMonitor, reading: Reading, book: Book, crowd: Crowd) -> Conclusion | None:
    """What the chain itself does while own nodes serve: the gravest first."""
    return _deep_reorg(monitor, reading) or _finality(monitor, reading, book) or _congestion(monitor, reading, crowd)


def _deep_reorg(monitor: ChainMonitor, reading: Reading) -> Conclusion | None:
    if reading.reorg is None or reading.reorg.depth < monitor.reorg_critical_blocks:
        return None
    return Conclusion(
        kind=VerdictKind.DEEP_REORG,
        statuses=_both(Status.PARTIAL_OUTAGE, Status.OPERATIONAL),
        corroborated=len(reading.samples) >= 2,
        cause=Cause.LEDGER,
        reasoning=f"the network replaced its last {reading.reorg.depth} blocks or more: a person should stop crediting",
        immediate=True,
    )


def _finality(monitor: ChainMonitor, reading: Reading, book: Book) -> Conclusion | None:
    late = {
        node.name: late_finality(monitor.thresholds, book.nodes[node.name])
        for node in reading.nodes
        if node.usable and tells_finality(book.nodes[node.name])
    }
    own = [late[node.name] for node in reading.of(Role.OWN) if node.name in late]
    references = [late[node.name] for node in reading.of(Role.REFERENCE) if node.name in late]
    votes = why_not_final(reading.samples.values())
    if not votes and (not own or not all(own)):
        return None
    return Conclusion(
        kind=VerdictKind.FINALITY_DELAY,
        statuses=_both(Status.DEGRADED, Status.OPERATIONAL),
        corroborated=bool(references) and all(references),
        cause=Cause.LEDGER,
        reasoning=votes or own[0],
    )


def _congestion(monitor: ChainMonitor, reading: Reading, crowd: Crowd) -> Conclusion | None:
    reasoning = why_congested(monitor.thresholds, crowd)
    if not reasoning:
        return None
    return Conclusion(
        kind=VerdictKind.CONGESTION,
        statuses=_both(Status.DEGRADED, Status.DEGRADED),
        corroborated=len(reading.samples) >= 2,
        cause=Cause.LEDGER,
        reasoning=reasoning,
    )


def _clear(own: tuple[NodeReading, ...], usable: list[NodeReading]) -> Conclusion:
    return Conclusion(
        kind=VerdictKind.OPERATIONAL,
        statuses=_both(Status.OPERATIONAL, Status.OPERATIONAL),
        corroborated=True,
        cause=Cause.OPERATIONAL,
        reasoning=f"{len(usable)} of {len(own)} own nodes serve",
    )


def monitoring_degraded(reasoning: str, *, directions: tuple[Direction | None, ...] = ()) -> Conclusion:
    """The conclusion that nothing can be concluded."""
    return _no_conclusion(VerdictKind.MONITORING_DEGRADED, reasoning, directions)


def blind(reasoning: str, *, directions: tuple[Direction | None, ...] = ()) -> Conclusion:
    """The conclusion that our own network is the suspect."""
    return _no_conclusion(VerdictKind.BLIND, reasoning, directions)


def _no_conclusion(kind: VerdictKind, reasoning: str, directions: tuple[Direction | None, ...]) -> Conclusion:
    of = directions or (Direction.DEPOSITS, Direction.WITHDRAWALS)
    return Conclusion(
        kind=kind,
        statuses=dict.fromkeys(of, Status.UNKNOWN),
        corroborated=False,
        cause=Cause.OPERATIONAL,
        reasoning=reasoning,
    )


def _reasoned(reasoning: str, reading: Reading) -> str:
    """`reasoning`, and what each node that is not simply fine has."""
    parts = [f"{node.name}: {node.why}" for node in reading.nodes if node.why]
    if reading.head is not None and not reading.head.corroborated:
        alone = reading.head.nodes == 1
        parts.append("only one node gives a height" if alone else "two nodes disagree on the height")
    if reading.reorg is not None:
        parts.append(f"a reorganisation of {reading.reorg.depth} blocks was seen")
    return "; ".join([reasoning, *parts])


def _facts(monitor: ChainMonitor, reading: Reading, book: Book, now: datetime) -> dict[str, Any]:
    own = reading.of(Role.OWN)
    facts: dict[str, Any] = {
        "nodes_ok": sum(1 for node in own if node.usable),
        "nodes_total": len(own),
        "usual_seconds": monitor.thresholds.block_time_seconds,
    }
    if reading.head is not None:
        facts |= {"height": reading.head.height, "block_age_seconds": round(reading.head_age_seconds)}
    if reading.reorg is not None:
        facts["reorg_depth"] = reading.reorg.depth
    outdated = {node.name: node.why for node in reading.nodes if node.state is NodeState.OUTDATED}
    if outdated:
        facts["outdated"] = outdated
    if book.upgrade is not None:
        facts["upgrade_height"] = book.upgrade.height
    last = _last_block_at(reading, now)
    if last is not None:
        facts |= {"last_block_at": iso(last), "block_age_seconds": max(round((now - last).total_seconds()), 0)}
    return facts


def _crowd_facts(crowd: Crowd) -> dict[str, Any]:
    known = {"fee": crowd.fee, "fee_ratio": crowd.fee_ratio, "mempool_full": crowd.mempool_full}
    return {key: value for key, value in known.items() if value is not None}


def _last_block_at(reading: Reading, now: datetime) -> datetime | None:
    """The time in the newest block, for people; the verdict never rests on it."""
    times = [seen.block_at for seen in reading.samples.values() if seen.block_at is not None]
    return max((at for at in times if at - now < _SKEW), default=None)

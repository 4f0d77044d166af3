"""What one round of looking says, in the order in which a tired operator needs it: per monitor the verdict, what it
means, what customers would see, why, and then each node; at the very end, how many monitors see trouble.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from records.components import TROUBLED, Status
from records.store.monitors import MonitorRecord
from records.verdicts import KEEPS_LAST_STATE, VerdictKind
from server.cli.output import one_line, say, table, when

if TYPE_CHECKING:
    from monitors.nodes import NodeReading
    from monitors.rounds import Outcome
    from records.observations import Observation
    from records.verdicts import Verdict

#: What a verdict comes to, and what to do, for somebody who has just been woken.
MEANS = {
    VerdictKind.OUR_SIDE: "the trouble is on our side: no node of ours can be used. Mend one, or send through another",
    VerdictKind.NETWORK_HALT: "the network itself stands still, for everybody: nothing of ours is to be mended",
    VerdictKind.NO_NEW_BLOCKS: "our nodes stand still, and nobody tells whether the network does: ask an explorer",
    VerdictKind.FINALITY_DELAY: "blocks come but do not become final: credit deposits later; withdrawals go on",
    VerdictKind.DEEP_REORG: "blocks whose deposits may be credited were replaced: stop crediting, then check what was",
    VerdictKind.CHAIN_SPLIT: "nodes contradict each other: neither credit nor send until one branch has won",
    VerdictKind.CONGESTION: "the network is much busier than usual: what pays little waits long",
    VerdictKind.UPGRADE: "the network stopped for its planned upgrade: our nodes need the new version to go on",
    VerdictKind.SERVICE_DOWN: "it does not answer, or not as it should",
    VerdictKind.SERVICE_SLOW: "it answers, but slowly",
    VerdictKind.SERVICE_IMPAIRED: "it answers, and shows that not all of it works",
    VerdictKind.SILENT: "what should report by itself has not done so in time",
    VerdictKind.MONITORING_DEGRADED: "too little was seen to say anything; the page keeps what it shows",
    VerdictKind.BLIND: "nothing at all was seen: look at our own network first; the page keeps what it shows",
}

#: Verdicts of the running watch that say nothing against a look that was good.
_NO_TROUBLE = frozenset({VerdictKind.OPERATIONAL, *KEEPS_LAST_STATE})

_HEADS = ("TARGET", "ROLE", "STATE", "SEEN", "HEIGHT", "LAG", "LATENCY", "WHY")


def tell(outcomes: "Sequence[Outcome]", running: Mapping[str, MonitorRecord], explorers: Mapping[str, str]) -> None:
    """Print every outcome, then the sum; by id of the monitor what the running watch says, and where to look it up.

    One look knows nothing of before: a standstill, a reorganisation and a restart show only to who watches.
    """
    for outcome in outcomes:
        verdict = outcome.raw
        say(f"{verdict.monitor}: {verdict.kind.value.replace('_', ' ')}")
        if verdict.kind in MEANS:
            say(f"  means     {MEANS[verdict.kind]}")
        say(f"  shown as  {_shown(verdict)}")
        say(f"  because   {verdict.reasoning}")
        known = running.get(verdict.monitor)
        if known is not None and known.verdict != verdict.kind.value:
            say(f"  but       {_standing(known)}")
        explorer = explorers.get(verdict.monitor)
        if explorer is not None and not verdict.is_clear:
            say(f"  look up   {explorer}")
        readings = {node.name: node for node in outcome.nodes}
        table(_HEADS, [_row(seen, readings.get(seen.target)) for seen in outcome.observations], indent="  ")
        say()
    say(_sum(outcomes, running))


def _shown(verdict: "Verdict") -> str:
    """The states of this look alone; a major outage is held back while only one signal says it."""
    parts = []
    for way, status in verdict.statuses.items():
        is_held = status is Status.MAJOR_OUTAGE and not verdict.corroborated
        words = "degraded performance (major outage once a second signal agrees)" if is_held else _words(status)
        parts.append(f"{way.value} {words}" if way else words)
    return ", ".join(parts) or "as before: nothing certain was seen"


def _standing(known: MonitorRecord) -> str:
    """What the running watch says, which has looked for longer than this once."""
    verdict = (known.verdict or "").replace("_", " ")
    return f"serve, which has watched for longer, says {verdict} since {when(known.verdict_since)}: " + one_line(
        known.reasoning
    )


def _words(status: Status) -> str:
    return status.value.replace("_", " ")


def _row(seen: "Observation", node: "NodeReading | None") -> tuple[object, ...]:
    return (
        seen.target,
        node.role.value if node else "-",
        node.state.value if node else "-",
        seen.seen.value,
        _or_dash(seen.height),
        _or_dash(node.lag_blocks if node else None),
        "-" if seen.latency_ms is None else f"{seen.latency_ms:.0f} ms",
        (node.why if node else "") or seen.note,
    )


def _or_dash(value: object) -> object:
    return "-" if value is None else value


def _sum(outcomes: "Sequence[Outcome]", running: Mapping[str, MonitorRecord]) -> str:
    troubled = [one.raw.monitor for one in outcomes if TROUBLED & set(one.raw.statuses.values())]
    unsure = [one.raw.monitor for one in outcomes if one.raw.monitor not in troubled and not one.raw.is_clear]
    parts = [f"{len(outcomes) - len(troubled) - len(unsure)} of {len(outcomes)} well"]
    if troubled:
        parts.append(f"trouble at {', '.join(troubled)}")
    if unsure:
        parts.append(f"nothing certain about {', '.join(unsure)}")
    known = [
        one.raw.monitor
        for one in outcomes
        if one.raw.is_clear and one.raw.monitor in running and running[one.raw.monitor].verdict not in _NO_TROUBLE
    ]
    if known:
        parts.append(f"but serve sees trouble at {', '.join(known)}")
    return "; ".join(parts) + "."

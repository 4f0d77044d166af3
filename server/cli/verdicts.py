"""What one round of looking says, in the order in which a tired operator needs it: per monitor the verdict, what
customers would see, why, and then each node; at the very end, how many monitors see trouble.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from records.components import TROUBLED, Status
from server.cli.output import say, table

if TYPE_CHECKING:
    from monitors.nodes import NodeReading
    from monitors.rounds import Outcome
    from records.observations import Observation
    from records.verdicts import Verdict

_HEADS = ("  TARGET", "ROLE", "STATE", "SEEN", "HEIGHT", "LAG", "LATENCY", "WHY")


def tell(outcomes: "Sequence[Outcome]") -> None:
    """Print every outcome, then the sum."""
    for outcome in outcomes:
        verdict = outcome.raw
        say(f"{verdict.monitor}: {verdict.kind.value.replace('_', ' ')}")
        say(f"  shown as  {_shown(verdict)}")
        say(f"  because   {verdict.reasoning}")
        readings = {node.name: node for node in outcome.nodes}
        table(_HEADS, [_row(seen, readings.get(seen.target)) for seen in outcome.observations])
        say()
    say(_sum(outcomes))


def _shown(verdict: "Verdict") -> str:
    """The states of this look alone; a major outage is held back while only one signal says it."""
    parts = []
    for way, status in verdict.statuses.items():
        is_held = status is Status.MAJOR_OUTAGE and not verdict.corroborated
        words = "degraded performance (major outage once a second signal agrees)" if is_held else _words(status)
        parts.append(f"{way.value} {words}" if way else words)
    return ", ".join(parts) or "as before: nothing certain was seen"


def _words(status: Status) -> str:
    return status.value.replace("_", " ")


def _row(seen: "Observation", node: "NodeReading | None") -> tuple[object, ...]:
    return (
        f"  {seen.target}",
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


def _sum(outcomes: "Sequence[Outcome]") -> str:
    troubled = [one.raw.monitor for one in outcomes if TROUBLED & set(one.raw.statuses.values())]
    unsure = [one.raw.monitor for one in outcomes if one.raw.monitor not in troubled and not one.raw.is_clear]
    parts = [f"{len(outcomes) - len(troubled) - len(unsure)} of {len(outcomes)} well"]
    if troubled:
        parts.append(f"trouble at {', '.join(troubled)}")
    if unsure:
        parts.append(f"nothing certain about {', '.join(unsure)}")
    return "; ".join(parts) + "."

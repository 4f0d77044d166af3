"""What the judge concluded about one monitored thing, and why, in words."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from records.components import Cause, Direction, Status


class VerdictKind(StrEnum):
    """The conclusions there are; each has public words in every language."""

    OPERATIONAL = "operational"
    #: Own nodes lag, stall or are down while references advance.
    OUR_SIDE = "our_side"
    #: Every node, ours and others', stands still.
    NETWORK_HALT = "network_halt"
    #: Own nodes stand still and nobody can be asked whether the network does.
    NO_NEW_BLOCKS = "no_new_blocks"
    FINALITY_DELAY = "finality_delay"
    DEEP_REORG = "deep_reorg"
    CHAIN_SPLIT = "chain_split"
    CONGESTION = "congestion"
    #: The chain stands, or nodes are left behind, because its planned upgrade is under way.
    UPGRADE = "upgrade"
    #: A service does not answer, or answers wrongly.
    SERVICE_DOWN = "service_down"
    #: A service answers, but slowly.
    SERVICE_SLOW = "service_slow"
    #: A service answers, but says or shows that not all of it works.
    SERVICE_IMPAIRED = "service_impaired"
    #: A heartbeat did not come.
    SILENT = "silent"
    #: We cannot see it: throttled, unsupported, or no data yet.
    MONITORING_DEGRADED = "monitoring_degraded"
    #: We cannot see anything at all: our own network is the suspect.
    BLIND = "blind"


#: Verdicts that say nothing about the watched thing: the last known state stays, with its age.
KEEPS_LAST_STATE = frozenset({VerdictKind.MONITORING_DEGRADED, VerdictKind.BLIND})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The judge's conclusion after one round."""

    #: `chain:bitcoin`, or the id of a monitor, e.g. `website`.
    monitor: str
    kind: VerdictKind
    #: Since when this conclusion holds.
    since: datetime
    at: datetime
    #: Chain it is about; None for a service.
    chain: str | None
    #: Component a service monitor names; None for chains.
    component: str | None
    #: State per direction for a chain; a service has one state under None.
    statuses: dict[Direction | None, Status]
    #: Whether two independent signals agree; without, the public state is held at degraded.
    corroborated: bool
    cause: Cause
    #: Why, for a tired operator: "3 of 3 own nodes are 14 blocks behind the reference head".
    reasoning: str
    #: Numbers for the public words and the page: `height`, `last_block_at` (ISO), `block_age_seconds` (by our clock),
    #: `usual_seconds` (from block to block), `fee`, `fee_ratio`, `nodes_ok`, `nodes_total`, `reorg_depth`,
    #: `upgrade_height`; only those that were seen.
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_clear(self) -> bool:
        """Whether all is well, by what was seen."""
        return self.kind is VerdictKind.OPERATIONAL

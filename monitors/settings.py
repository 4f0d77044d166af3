"""What is watched and how it is judged, as values: the configuration after it was read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitors.wishes import Limits, Wish


class Role(StrEnum):
    """What a node is to us."""

    #: We send or credit through it.
    OWN = "own"
    #: Somebody else's: compared with, never counted as capacity, never alone the cause of a public outage.
    REFERENCE = "reference"


class Process(StrEnum):
    """How a chain makes blocks, which decides what a gap means."""

    #: Proof of work: gaps are exponential, and two blocks of the same height are everyday business.
    LOTTERY = "lottery"
    #: Slots or a sequencer: a few missing blocks already mean something.
    SLOTS = "slots"


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When a chain or node counts as bad. Defaults and their sources: `monitors.chain_table`."""

    #: Usual time from block to block; never learned, so that a halt cannot stretch it.
    block_time_seconds: float
    #: More blocks than this behind the reference head: the operator is told.
    lag_warn_blocks: int
    #: More than this: the node is of no use.
    lag_critical_blocks: int
    #: No new block for this long, by our clock.
    stall_warn_seconds: float
    stall_critical_seconds: float
    #: No new final block for this long while blocks come; None where the chain has no finality to ask for.
    finality_stall_seconds: float | None
    #: The newest final block may be this far behind the newest; None where nothing is known of it.
    finality_lag_blocks: int | None
    reorg_warn_blocks: int
    #: From this depth the verdict is a deep reorganisation; None: confirmations - 1, and at least `reorg_warn_blocks`.
    reorg_critical_blocks: int | None
    #: Fewer peers than this: the operator is told. None where peers say nothing (rollups).
    peers_warn: int | None
    #: Fewer outgoing peers than this: the operator is told.
    peers_out_warn: int | None
    #: The fee as a multiple of its own median from which the chain counts as congested.
    fee_ratio: float
    #: Hours of fees that make the median.
    fee_window_hours: int
    #: Share of the mempool in use from which the chain counts as congested.
    mempool_full: float


@dataclass(frozen=True, kw_only=True)
class Hysteresis:
    """How sure to be before a verdict changes."""

    #: Bad rounds in a row, and
    worse_after: int = 3
    #: the time they must have lasted.
    worse_for_seconds: float = 10.0
    #: Good rounds in a row, and
    better_after: int = 4
    #: new blocks since the first of them (chains only).
    better_blocks: int = 2
    #: More changes between good and bad than this within the window: the better state is not believed.
    flip_limit: int = 3
    flip_window_seconds: float = 1800.0


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node of a chain."""

    name: str
    url: str = field(repr=False)
    role: Role = Role.OWN
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Its own limits where they differ from the chain's.
    thresholds: Thresholds | None = None


@dataclass(frozen=True, kw_only=True)
class ChainMonitor:
    """One chain, looked at through several nodes. Build it with `monitors.chains.chain_monitor`."""

    chain: str
    #: Key in `monitors.checks.CHAIN_CHECKS`.
    kind: str
    #: What every right node must say: a chain id, or the hash of the identity block. None: not compared.
    network: str | None
    #: Height whose hash tells the network (0: genesis; later where two chains share their beginning).
    identity_block: int = 0
    nodes: tuple[Node, ...]
    every_seconds: float
    deadline_seconds: float = 5.0
    #: Blocks on top of a deposit before it is credited.
    confirmations: int
    process: Process
    thresholds: Thresholds
    hysteresis: Hysteresis = field(default_factory=Hysteresis)
    #: Client name and version known to be bad, e.g. `("erigon", "2.40.0")`.
    bad_versions: tuple[tuple[str, str], ...] = ()
    #: Client name and the least version that the chain needs, e.g. `("Geth", "1.16.7")`.
    min_versions: tuple[tuple[str, str], ...] = ()
    #: Where an operator looks the network up; None where nobody knows of any.
    explorer: str | None = None

    @property
    def id(self) -> str:
        """`chain:bitcoin`."""
        return f"chain:{self.chain}"

    @property
    def reorg_critical_blocks(self) -> int:
        """The depth from which credited deposits may vanish."""
        if self.thresholds.reorg_critical_blocks is not None:
            return self.thresholds.reorg_critical_blocks
        return max(self.confirmations - 1, self.thresholds.reorg_warn_blocks)

    @property
    def credit_seconds(self) -> float:
        """How long crediting a deposit usually takes."""
        return max(self.confirmations, 1) * self.thresholds.block_time_seconds


@dataclass(frozen=True, kw_only=True)
class Expect:
    """What a right answer of an HTTP service looks like; only what is given is compared."""

    #: Accepted statuses; empty: any from 200 to 299.
    status: tuple[int, ...] = ()
    #: Text that the body must contain.
    contains: str | None = None
    #: Values by dotted path, e.g. `{"data.0.state": "up"}`.
    json: Mapping[str, object] = field(default_factory=dict)
    #: Slower than this counts as slow.
    slow_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceMonitor:
    """One service: something that answers, or a job that should report."""

    id: str
    #: Key in `monitors.checks.SERVICE_CHECKS`, e.g. `http`.
    kind: str
    #: Address (`https://…`, `host:port`); empty for what reports by itself.
    url: str = field(default="", repr=False)
    every_seconds: float = 30.0
    deadline_seconds: float = 5.0
    component: str | None = None
    expect: Expect = field(default_factory=Expect)
    #: What is particular to its kind; None where nothing is.
    wish: Wish | None = None
    #: When a number that it measures is too much.
    limits: Limits = field(default_factory=Limits)
    #: Heartbeat and push: no beat for longer than this is silence.
    grace_seconds: float = 300.0
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    hysteresis: Hysteresis = field(default_factory=lambda: Hysteresis(worse_for_seconds=0.0, better_blocks=0))


Monitor = ChainMonitor | ServiceMonitor

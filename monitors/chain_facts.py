"""The form in which we write down what is usual on a chain: each number with its source."""

from dataclasses import dataclass

from monitors.settings import Process


@dataclass(frozen=True)
class Sourced:
    """A number and where it comes from."""

    value: float
    source: str


@dataclass(frozen=True, kw_only=True)
class ChainFacts:
    """What is usual on one chain. Fields as in `monitors.settings.Thresholds`."""

    #: Key in `monitors.checks.CHAIN_CHECKS`.
    kind: str
    #: What the main network says when asked who it is: a chain id, or the hash of `identity_block`.
    network: str
    identity_block: int = 0
    process: Process
    confirmations: Sourced
    block_time_seconds: Sourced
    lag_warn_blocks: Sourced
    lag_critical_blocks: Sourced
    stall_warn_seconds: Sourced
    stall_critical_seconds: Sourced
    finality_stall_seconds: Sourced | None = None
    finality_lag_blocks: Sourced | None = None
    reorg_warn_blocks: Sourced = Sourced(2, "ours")
    #: None: confirmations - 1 (policy).
    reorg_critical_blocks: Sourced | None = None
    peers_warn: Sourced | None = None
    peers_out_warn: Sourced | None = None
    fee_ratio: Sourced = Sourced(5, "ours")
    fee_window_hours: Sourced
    mempool_full: Sourced = Sourced(0.9, "ours")
    bad_versions: tuple[tuple[str, str], ...] = ()

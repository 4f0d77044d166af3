"""What is usual on chains whose nodes are the only ones of their kind here. Sources: as in `monitors.chain_table`."""

from monitors.chain_facts import ChainFacts, Sourced
from monitors.settings import Process

_WEEK_HOURS = Sourced(168, "ours")
_WEEK_HOURS = Sourced(168, "ours")

SINGLES: dict[str, ChainFacts] = {
    "tron": ChainFacts(
        kind="tron",
        network="00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc",
        process=Process.SLOTS,
        # A block is solid once 19 of 27 producers built on it.
        confirmations=Sourced(19, "protocol"),
        block_time_seconds=Sourced(3, "protocol"),
        lag_warn_blocks=Sourced(5, "dc"),
        lag_critical_blocks=Sourced(10, "dc"),
        stall_warn_seconds=Sourced(30, "ours"),
        stall_critical_seconds=Sourced(120, "ours"),
        finality_lag_blocks=Sourced(100, "ours"),
        peers_warn=Sourced(5, "ours"),
        fee_window_hours=_WEEK_HOURS,
    ),
    "polkadot": ChainFacts(
        kind="substrate",
        network="0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3",
        process=Process.SLOTS,
        confirmations=Sourced(3, "ours"),
        block_time_seconds=Sourced(6, "protocol"),
        lag_warn_blocks=Sourced(5, "dc"),
        lag_critical_blocks=Sourced(10, "dc"),
        stall_warn_seconds=Sourced(180, "sub"),
        stall_critical_seconds=Sourced(600, "sub"),
        finality_stall_seconds=Sourced(480, "sub"),
        # Ten, and as many as come in those eight minutes, for finality that crawls instead of standing still.
        finality_lag_blocks=Sourced(90, "ours"),
        # Only final blocks are compared, and those are never replaced.
        reorg_warn_blocks=Sourced(1, "ours"),
        reorg_critical_blocks=Sourced(1, "ours"),
        peers_warn=Sourced(3, "ours"),
        fee_window_hours=_WEEK_HOURS,
    ),
    "stellar": ChainFacts(
        kind="stellar",
        network="Public Global Stellar Network ; September 2015",
        process=Process.SLOTS,
        confirmations=Sourced(1, "protocol"),
        block_time_seconds=Sourced(5, "protocol"),
        lag_warn_blocks=Sourced(10, "dc"),
        lag_critical_blocks=Sourced(20, "dc"),
        # Its documentation wants a ledger younger than 10 s; between two looks we may see it 5 s later.
        stall_warn_seconds=Sourced(15, "ours"),
        stall_critical_seconds=Sourced(30, "ours"),
        reorg_warn_blocks=Sourced(1, "ours"),
        reorg_critical_blocks=Sourced(1, "ours"),
        peers_warn=Sourced(3, "ours"),
        fee_window_hours=_WEEK_HOURS,
    ),
    "cardano": ChainFacts(
        kind="cardano",
        network="mainnet",
        # Who may make a block is drawn by lot for every slot: one slot in twenty has one, and some have two.
        process=Process.LOTTERY,
        confirmations=Sourced(15, "ours"),
        block_time_seconds=Sourced(20, "protocol"),
        lag_warn_blocks=Sourced(3, "ours"),
        lag_critical_blocks=Sourced(10, "ours"),
        stall_warn_seconds=Sourced(290, "calc"),
        stall_critical_seconds=Sourced(380, "calc"),
        fee_window_hours=_WEEK_HOURS,
    ),
    "ton": ChainFacts(
        kind="ton",
        network="17a3a92992aabea785a7a090985a265cd31f323d849da51239737e321fb05569",
        process=Process.SLOTS,
        confirmations=Sourced(1, "protocol"),
        block_time_seconds=Sourced(1, "dc"),
        lag_warn_blocks=Sourced(20, "dc"),
        lag_critical_blocks=Sourced(40, "dc"),
        stall_warn_seconds=Sourced(60, "ours"),
        stall_critical_seconds=Sourced(180, "ours"),
        reorg_warn_blocks=Sourced(1, "ours"),
        reorg_critical_blocks=Sourced(1, "ours"),
        fee_window_hours=_WEEK_HOURS,
    ),
    "monero": ChainFacts(
        kind="monero",
        network="418015bb9ae982a1975da7d79277c2705727a56894ba0fb246adaabb1f4632e3",
        process=Process.LOTTERY,
        # Nobody can spend an output before.
        confirmations=Sourced(10, "protocol"),
        block_time_seconds=Sourced(120, "protocol"),
        lag_warn_blocks=Sourced(2, "ours"),
        lag_critical_blocks=Sourced(5, "ours"),
        stall_warn_seconds=Sourced(1500, "calc"),
        stall_critical_seconds=Sourced(2040, "calc"),
        reorg_warn_blocks=Sourced(3, "ours"),
        reorg_critical_blocks=Sourced(6, "ours"),
        peers_warn=Sourced(2, "ours"),
        peers_out_warn=Sourced(2, "ours"),
        fee_window_hours=_WEEK_HOURS,
    ),
}

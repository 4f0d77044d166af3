"""What is usual on chains whose nodes speak a language of their own. Sources: as in `monitors.chain_table`."""

from monitors.chain_facts import ChainFacts, Sourced
from monitors.settings import Process

_WEEK_HOURS = Sourced(168, "ours")
_SLOT_SECONDS = 12
_SLOTS_PER_EPOCH = 32
#: Consensus specification: after so many epochs without finality the chain leaks the stake of those who are absent.
_MIN_EPOCHS_TO_INACTIVITY_PENALTY = 4

FAMILIES: dict[str, ChainFacts] = {
    "ethereum-beacon": ChainFacts(
        kind="beacon",
        # The root of the validators at genesis.
        network="0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95",
        process=Process.SLOTS,
        # Two epochs: what is justified and then finalised when all goes well.
        confirmations=Sourced(2 * _SLOTS_PER_EPOCH, "protocol"),
        block_time_seconds=Sourced(_SLOT_SECONDS, "protocol"),
        # Behind the clock: one slot for the block that is still coming, and some that bring none.
        lag_warn_blocks=Sourced(4, "ours"),
        lag_critical_blocks=Sourced(14, "ours"),
        stall_warn_seconds=Sourced(5 * _SLOT_SECONDS, "ours"),
        stall_critical_seconds=Sourced(15 * _SLOT_SECONDS, "ours"),
        finality_stall_seconds=Sourced(
            _MIN_EPOCHS_TO_INACTIVITY_PENALTY * _SLOTS_PER_EPOCH * _SLOT_SECONDS, "protocol"
        ),
        # More than four whole epochs, whatever the slot within the present one.
        finality_lag_blocks=Sourced((_MIN_EPOCHS_TO_INACTIVITY_PENALTY + 1) * _SLOTS_PER_EPOCH - 1, "protocol"),
        peers_warn=Sourced(3, "pd"),
        fee_window_hours=_WEEK_HOURS,
    ),
    "cosmos-hub": ChainFacts(
        kind="cosmos",
        network="cosmoshub-4",
        process=Process.SLOTS,
        # A block is final as soon as it is there.
        confirmations=Sourced(1, "protocol"),
        block_time_seconds=Sourced(6, "dc"),
        lag_warn_blocks=Sourced(1, "dc"),
        lag_critical_blocks=Sourced(6, "dc"),
        stall_warn_seconds=Sourced(60, "ours"),
        stall_critical_seconds=Sourced(600, "td"),
        peers_warn=Sourced(3, "ours"),
        fee_window_hours=_WEEK_HOURS,
    ),
    "solana": ChainFacts(
        kind="solana",
        network="5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
        process=Process.SLOTS,
        # From the newest slot to the newest final one.
        confirmations=Sourced(32, "protocol"),
        block_time_seconds=Sourced(0.4, "protocol"),
        lag_warn_blocks=Sourced(100, "dc"),
        lag_critical_blocks=Sourced(1000, "dc"),
        stall_warn_seconds=Sourced(15, "ag"),
        stall_critical_seconds=Sourced(30, "ag"),
        finality_stall_seconds=Sourced(30, "ours"),
        finality_lag_blocks=Sourced(150, "ours"),
        fee_window_hours=_WEEK_HOURS,
    ),
    "xrpl": ChainFacts(
        kind="xrpl",
        # The network's id; servers that do not say it are of unknown network.
        network="0",
        process=Process.SLOTS,
        # A validated ledger is final.
        confirmations=Sourced(1, "protocol"),
        block_time_seconds=Sourced(4, "dc"),
        lag_warn_blocks=Sourced(5, "dc"),
        lag_critical_blocks=Sourced(10, "dc"),
        stall_warn_seconds=Sourced(7, "xr"),
        stall_critical_seconds=Sourced(20, "xr"),
        # Seven and fewer are worth a warning.
        peers_warn=Sourced(8, "xr"),
        fee_window_hours=_WEEK_HOURS,
    ),
}

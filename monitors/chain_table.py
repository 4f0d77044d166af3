"""What is usual on each chain, number by number, each with its source. Everything here can be set otherwise.

Sources: `dc` drpcorg/public chains.yaml; `cl` smartcontractkit/chainlink defaults; `pd` ethereum-optimism proxyd;
`calc` computed: for proof of work the gap that chance alone brings once a year (warn) or once in a hundred years
(critical), block time × ln(blocks in that time); `td` blockpane/tenderduty; `xr` xrpl-dev-portal health
check; `ag` anza-xyz/agave; `sub` the alerting rules of polkadot-sdk; `protocol` follows from the chain's own rules;
`ours` our proposal.
"""

from monitors.chain_facts import ChainFacts, Sourced
from monitors.chain_families import FAMILIES
from monitors.chain_singles import SINGLES
from monitors.settings import Process

_MINUTE = 60
_WEEK_HOURS = Sourced(168, "ours")
_WEEK_HOURS = Sourced(168, "ours")
_FROM_TWO_BLOCKS = Sourced(2, "ours")
#: drpcorg/public compatible-clients.yaml.
_BAD_EVM = (
    ("erigon", "2.40.0"),
    ("erigon", "3.1.0"),
    ("reth", "1.4.0"),
    ("reth", "1.4.1"),
    ("reth", "1.4.2"),
)


def _lottery(
    *,
    network: str,
    block_time_seconds: float,
    lag: tuple[float, float],
    stall_minutes: tuple[float, float],
    confirmations: int,
    identity_block: int = 0,
) -> ChainFacts:
    """A proof-of-work chain of Bitcoin Core's family."""
    return ChainFacts(
        kind="bitcoin",
        network=network,
        identity_block=identity_block,
        process=Process.LOTTERY,
        confirmations=Sourced(confirmations, "ours"),
        block_time_seconds=Sourced(block_time_seconds, "protocol"),
        lag_warn_blocks=Sourced(lag[0], "dc"),
        lag_critical_blocks=Sourced(lag[1], "dc"),
        stall_warn_seconds=Sourced(stall_minutes[0] * _MINUTE, "calc"),
        stall_critical_seconds=Sourced(stall_minutes[1] * _MINUTE, "calc"),
        peers_warn=Sourced(2, "ours"),
        peers_out_warn=Sourced(2, "ours"),
        fee_window_hours=_WEEK_HOURS,
    )


def _slots(
    *,
    network: int,
    block_time: Sourced,
    lag: tuple[float, float],
    stall: tuple[Sourced, Sourced],
    finality: Sourced,
    confirmations: int,
    peers_warn: Sourced | None = None,
    reorg_warn_blocks: Sourced = _FROM_TWO_BLOCKS,
) -> ChainFacts:
    """A chain with slots or a sequencer that speaks Ethereum's JSON-RPC."""
    return ChainFacts(
        kind="evm",
        network=str(network),
        process=Process.SLOTS,
        confirmations=Sourced(confirmations, "ours"),
        block_time_seconds=block_time,
        lag_warn_blocks=Sourced(lag[0], "dc"),
        lag_critical_blocks=Sourced(lag[1], "dc"),
        stall_warn_seconds=stall[0],
        stall_critical_seconds=stall[1],
        finality_stall_seconds=finality,
        reorg_warn_blocks=reorg_warn_blocks,
        peers_warn=peers_warn,
        fee_window_hours=_WEEK_HOURS,
        bad_versions=_BAD_EVM,
    )


#: Bitcoin and Bitcoin Cash share their beginning; this is the first height at which they differ.
_CASH_FORK_BLOCK = 478_559

#: Chains whose nodes speak a language that many chains share.
_SHARED: dict[str, ChainFacts] = {
    "bitcoin": _lottery(
        network="00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148",
        identity_block=_CASH_FORK_BLOCK,
        block_time_seconds=600,
        lag=(1, 3),
        stall_minutes=(109, 155),
        confirmations=3,
    ),
    "bitcoin-cash": _lottery(
        network="000000000000000000651ef99cb9fcbe0dadde1d424bd9f15ff20136191a5eec",
        identity_block=_CASH_FORK_BLOCK,
        block_time_seconds=600,
        lag=(1, 3),
        stall_minutes=(109, 155),
        confirmations=15,
    ),
    "litecoin": _lottery(
        network="12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2",
        block_time_seconds=150,
        lag=(2, 5),
        stall_minutes=(31, 42),
        confirmations=12,
    ),
    "dogecoin": _lottery(
        network="1a91e3dace36e2be3bf030a65679fe821aa1d6ef92e7c9902eb318182c355691",
        block_time_seconds=60,
        lag=(5, 10),
        stall_minutes=(13, 18),
        confirmations=40,
    ),
    "zcash": _lottery(
        network="00040fe8ec8471911baa1db1266ea15dd06b4a8a5c453883c000b031973dce08",
        block_time_seconds=75,
        lag=(1, 6),
        stall_minutes=(16, 22),
        confirmations=24,
    ),
    "ethereum": _slots(
        network=1,
        block_time=Sourced(12, "protocol"),
        lag=(1, 6),
        stall=(Sourced(60, "ours"), Sourced(180, "cl")),
        finality=Sourced(9 * _MINUTE, "cl"),
        confirmations=32,
        peers_warn=Sourced(3, "pd"),
    ),
    "base": _slots(
        network=8453,
        block_time=Sourced(2, "protocol"),
        lag=(20, 40),
        stall=(Sourced(20, "ours"), Sourced(40, "cl")),
        finality=Sourced(15 * _MINUTE, "cl"),
        confirmations=60,
    ),
    "optimism": _slots(
        network=10,
        block_time=Sourced(2, "protocol"),
        lag=(20, 40),
        stall=(Sourced(20, "ours"), Sourced(40, "cl")),
        finality=Sourced(15 * _MINUTE, "cl"),
        confirmations=60,
    ),
    "arbitrum": _slots(
        network=42161,
        block_time=Sourced(0.26, "dc"),
        lag=(20, 40),
        stall=(Sourced(60, "ours"), Sourced(180, "ours")),
        finality=Sourced(30 * _MINUTE, "ours"),
        confirmations=240,
    ),
    "polygon": _slots(
        network=137,
        block_time=Sourced(2.7, "dc"),
        lag=(10, 20),
        stall=(Sourced(15, "ours"), Sourced(30, "cl")),
        finality=Sourced(6 * _MINUTE, "cl"),
        confirmations=128,
        # Reorganisations of some blocks are everyday business there; hundreds were seen.
        reorg_warn_blocks=Sourced(16, "ours"),
    ),
    "bsc": _slots(
        network=56,
        block_time=Sourced(0.75, "dc"),
        lag=(50, 1000),
        stall=(Sourced(15, "ours"), Sourced(60, "ours")),
        finality=Sourced(2 * _MINUTE, "ours"),
        confirmations=15,
        peers_warn=Sourced(3, "pd"),
    ),
}

CHAIN_TABLE: dict[str, ChainFacts] = _SHARED | FAMILIES | SINGLES

"""What a check saw at one target in one look, including "could not see"."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from records.findings import Sighting


class Seen(StrEnum):
    """How a look ended. Only `ok` says anything about the target's health."""

    OK = "ok"
    #: Refused, DNS, TLS, timeout, reset.
    TRANSPORT = "transport"
    #: 429 or the node's own limit: our fault, says nothing about the node.
    THROTTLED = "throttled"
    #: 401 or 403.
    AUTH = "auth"
    #: The node is there but has no room: work queue full, 503.
    OVERLOADED = "overloaded"
    #: Starting: Bitcoin Core's -28.
    WARMING = "warming"
    #: Not JSON, wrong id, wrong type, too big.
    GARBAGE = "garbage"
    RPC_ERROR = "rpc_error"
    #: The node does not know this method: says nothing about its health.
    UNSUPPORTED = "unsupported"


#: Classes that tell nothing about the target: they yield unknown, never down.
TELLS_NOTHING = frozenset({Seen.THROTTLED, Seen.UNSUPPORTED})


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One look at one target. Fields that were not seen are None: never observed is not "0 behind"."""

    #: Id of the monitor, e.g. `chain:bitcoin` or `http:website`.
    monitor: str
    #: Configured name of the node or service, e.g. `btc-1`. Never an address.
    target: str
    at: datetime
    #: Our monotonic clock at the end of the look, in seconds.
    at_monotonic: float
    seen: Seen
    #: From the request to the whole answer.
    latency_ms: float | None = None
    #: For operators only: what went wrong, without address, key or raw answer.
    note: str = ""
    #: Height of the newest block.
    height: int | None = None
    #: Hash of the newest block.
    head_hash: str | None = None
    #: Hash of the block before it.
    parent_hash: str | None = None
    #: The block's own time; a second opinion only, miners and clocks lie.
    block_at: datetime | None = None
    #: Height the chain calls final.
    finalized_height: int | None = None
    #: Chain id, or hash of the genesis block.
    network: str | None = None
    #: Blocks the node itself says it still has to fetch; may only make a verdict worse.
    syncing_behind: int | None = None
    peers: int | None = None
    peers_out: int | None = None
    #: Block hashes by height, newest 256 at most, where the check could see them: for forks and reorganisations.
    hashes: dict[int, str] = field(default_factory=dict)
    #: Depth of the deepest fork the node itself reports.
    fork_depth: int | None = None
    #: Present fee in the chain's own unit (wei per gas; satoshi per vbyte).
    fee: float | None = None
    #: Mempool use from 0 to 1.
    mempool_full: float | None = None
    version: str | None = None
    #: Further facts a check saw, for operators, e.g. `{"status": 200}`.
    facts: dict[str, str | int | float | bool] = field(default_factory=dict)
    #: What somebody else announces, where the target is a source of that.
    sighting: Sighting | None = None

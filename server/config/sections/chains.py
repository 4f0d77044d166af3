"""The networks we watch, through which nodes, and when we call them ill."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from server.config.values import (
    AT_LEAST_ONE,
    NO_SWITCH,
    Duration,
    Identifier,
    Line,
    Secret,
    SecretWebAddress,
    Section,
    WebAddress,
    between,
    wrong,
)

_LIMIT = r"[0-9]{1,9}(\.[0-9]{1,6})?(ms|s|m|h|d|blocks?)?"


def _limit(value: object) -> object:
    """A number, or text with a unit; the monitors convert blocks to time and back with the chain's block time."""
    if not isinstance(value, int | float | str) or isinstance(value, bool) or not re.fullmatch(_LIMIT, str(value)):
        raise wrong("is not a limit", "write 3, 3blocks, 90s or 2m")
    return value


Limit = Annotated[
    int | float | str,
    BeforeValidator(_limit),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": f"^{_LIMIT}$"}]}),
]
Count = Annotated[int, Field(ge=1, le=1_000), NO_SWITCH]


class Auth(Section):
    """How we prove ourselves to whom we ask: name and password, a bearer token, or headers of the provider's."""

    username: Line | None = None
    """Name for HTTP basic authentication (rpcuser)."""
    password: Secret | None = None
    """Password for HTTP basic authentication (rpcpassword)."""
    token: Secret | None = None
    """Token sent as Authorization: Bearer."""
    headers: dict[Line, Secret] = Field(default={})
    """Other headers to send along: {x-api-key: "${NODE_KEY}"}."""

    @model_validator(mode="after")
    def _one_whole_way(self) -> "Auth":
        if (self.username is None) != (self.password is None):
            raise wrong("has a username or a password, but not both", "give both, or neither")
        if self.username is not None and self.token is not None:
            raise wrong("has two ways in", "give username and password, or token")
        return self


class Thresholds(Section):
    """When lag, standstill, finality and fees count as bad; what is not given is as usual for the chain.

    Blocks may be given as time and times as blocks: `lag_warn_blocks: 60s`, `stall_warn_seconds: 5blocks`.
    """

    block_time_seconds: Limit | None = None
    """Usual time from block to block."""
    lag_warn_blocks: Limit | None = None
    """More blocks behind the reference head than this: the operator is told."""
    lag_critical_blocks: Limit | None = None
    """More blocks behind than this: the node counts as of no use."""
    stall_warn_seconds: Limit | None = None
    """Time without a new block after which the chain counts as slow."""
    stall_critical_seconds: Limit | None = None
    """Time without a new block after which it counts as standing still."""
    finality_stall_seconds: Limit | None = None
    """Time without a newly final block after which deposits count as delayed."""
    finality_lag_blocks: Limit | None = None
    """Blocks the newest final one may be behind the newest before deposits count as delayed."""
    reorg_warn_blocks: Limit | None = None
    """Depth of a reorganisation worth a look."""
    reorg_critical_blocks: Limit | None = None
    """Depth from which credited deposits may vanish. Default: confirmations - 1."""
    peers_warn: Limit | None = None
    """Fewer peers than this: the operator is told."""
    peers_out_warn: Limit | None = None
    """Fewer outgoing peers than this: the operator is told."""
    fee_ratio: Annotated[float, Field(gt=1, le=10_000), NO_SWITCH] | None = None
    """Fee, as a multiple of its own median, from which the chain counts as congested."""
    fee_window_hours: Annotated[int, Field(ge=1, le=8_784), NO_SWITCH] | None = None
    """Hours of fees that make the median."""
    mempool_full: Annotated[float, Field(gt=0, le=1), NO_SWITCH] | None = None
    """Share of the mempool in use, from 0 to 1, from which the chain counts as congested."""


class Node(Section):
    """One node that is asked about its chain."""

    name: Identifier
    """What operators call it; never shown in public: btc-1."""
    url: SecretWebAddress
    """Address of its RPC; may carry a provider's key, so it is kept secret."""
    role: Literal["own", "reference"] = "own"
    """own: we send and credit through it. reference: somebody else's, to compare with only."""
    auth: Auth = Auth()
    """How we prove ourselves to it."""
    thresholds: Thresholds = Thresholds()
    """This node's own limits, where they differ from the chain's."""


class Hysteresis(Section):
    """How sure to be before the public state changes. What is not given comes from the monitors' defaults."""

    worse_after: Count | None = None
    """Bad looks in a row before the state gets worse (3)."""
    worse_for: Annotated[Duration, between("0s", "1d")] | None = None
    """Time those bad looks must have lasted (10s for chains, 0s for services)."""
    better_after: Count | None = None
    """Good looks in a row before it gets better (4)."""
    flip_limit: Count | None = None
    """Changes within flip_window above which the better state is not believed (3)."""
    flip_window: Annotated[Duration, between("1m", "1d")] | None = None
    """Time over which changes are counted (30m)."""
    recovery: Annotated[Duration, between("0s", "1d")] = timedelta(minutes=10)
    """How long checks must pass before an incident that the monitor opened counts as over (10m)."""


class ChainHysteresis(Hysteresis):
    """How sure to be before the public state of a chain changes."""

    better_blocks: Count | None = None
    """New blocks, besides, before a chain gets better (2)."""


#: Numbers with dots, in quotes where YAML would read a number.
Version = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9}){0,5}$")]


class ChainSettings(Section):
    """One network."""

    chain: Identifier
    """Its name: bitcoin, ethereum … Components name it too."""
    kind: Identifier | None = None
    """Which protocol its nodes speak; needed where the name is not in our table: evm, bitcoin … (docs/monitors)."""
    chain_id: int | str | None = None
    """What its nodes must say they are on, if not the main one: chain id, hash of block 0, or name of the network."""
    every: Annotated[Duration, between("1s", "10m")] | None = None
    """How often nodes are asked. Default: half the block time, at least 5 s, at most 30 s."""
    timeout: Annotated[Duration, between("100ms", "60s")] = timedelta(seconds=5)
    """Longest wait for a node's whole answer."""
    nodes: Annotated[tuple[Node, ...], AT_LEAST_ONE]
    """Nodes that are asked."""
    confirmations: Annotated[int, Field(ge=1, le=100_000), NO_SWITCH] | None = None
    """Confirmations after which a deposit is credited."""
    min_versions: dict[Annotated[str, Field(min_length=1, max_length=64)], Version] = Field(default={})
    """Least version of a client that the next upgrade needs: {geth: 1.16.7}; none is built in. Older is outdated."""
    explorer: WebAddress | None = None
    """Explorer that operators are led to when the network seems ill. Default: a public one of the main network."""
    thresholds: Thresholds = Thresholds()
    """When lag, standstill, finality and fees count as bad."""
    hysteresis: ChainHysteresis = ChainHysteresis()
    """How sure to be before the public state changes."""

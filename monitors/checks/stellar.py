"""Look at a Stellar node through whichever of its three interfaces the address serves.

Core's own (`/info`), Horizon (`/`), or Stellar RPC (JSON-RPC). Which one it is, is found out by asking and remembered.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from monitors.checks.rest import ask_path, ask_paths
from monitors.checks.ring import remember
from monitors.checks.rpc import Call, Reply, ask_all
from monitors.checks.seldom import seldom
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, iso_moment, moment, table, whole, words
from records.observations import Observation, Seen

Facts = dict[str, str | int | float | bool]

#: Failures that would be the same in every language.
_WHATEVER_THE_LANGUAGE = frozenset({Seen.TRANSPORT, Seen.THROTTLED, Seen.OVERLOADED, Seen.WARMING})
_SYNCED = "Synced!"
_RPC_CALLS = [
    Call(method="getLatestLedger"),
    Call(method="getHealth"),
    Call(method="getNetwork"),
    Call(method="getVersionInfo"),
    Call(method="getFeeStats"),
]


async def look(target: Target, tools: Tools) -> Observation:
    """One look in the language that worked last, else in each of them until one works."""
    failures = []
    for name in sorted(_DIALECTS, key=lambda name: name != tools.memory.dialect):
        try:
            seen = await _DIALECTS[name](target, tools)
        except CouldNotSee as error:
            failures.append(error)
            if name == tools.memory.dialect or error.seen in _WHATEVER_THE_LANGUAGE:
                break
        else:
            tools.memory.dialect = name
            return seen
    tools.memory.dialect = tools.memory.dialect if failures[0].seen in _WHATEVER_THE_LANGUAGE else ""
    told = [error for error in failures if error.seen is not Seen.UNSUPPORTED]
    return could_not_see(target, tools, (told or failures)[0])


async def _core(target: Target, tools: Tools) -> Observation:
    (reply,), latency_ms = await ask_paths(target, tools, ["/info"])
    info = table(table(reply.result).get("info"))
    ledger = table(info.get("ledger"))
    height, head = whole(ledger.get("num")), block_hash(ledger.get("hash"))
    if height is None or head is None:
        raise CouldNotSee(Seen.GARBAGE, "there is no ledger in the answer", latency_ms=latency_ms)
    await _know(tools, {height: head})
    facts = _quorum(info.get("quorum"))
    state = words(info.get("state"), longest=40)
    if state is not None and state != _SYNCED:
        facts["syncing"] = True
    facts |= _age(ledger) | _outdated(ledger.get("version"), info.get("protocol_version"))
    peers = table(info.get("peers")).get("authenticated_count", info.get("numPeers"))
    return _observation(
        target,
        tools,
        latency_ms=latency_ms,
        height=height,
        head=head,
        closed_at=moment(ledger.get("closeTime")),
        network=words(info.get("network")),
        version=words(info.get("build")),
        peers=whole(peers),
        facts=facts,
    )


def _age(ledger: Mapping[str, object]) -> Facts:
    """Seconds since the last ledger closed, by the node's own clock."""
    age = whole(ledger.get("age"))
    return {} if age is None else {"ledger_age_seconds": age}


def _quorum(quorum: object) -> Facts:
    """How many more validators may fail before this node stops, and whether the network hangs together.

    Older nodes write the figures under the number of the ledger instead of `qset`.
    """
    known = table(quorum)
    figures = [table(value) for name, value in known.items() if name == "qset" or name.isdigit()]
    fail_at = [count for count in (whole(entry.get("fail_at")) for entry in figures) if count is not None]
    facts: Facts = {"quorum_fail_at": min(fail_at)} if fail_at else {}
    if flag(table(known.get("transitive")).get("intersection")) is False:
        facts["quorum_splits"] = True
    return facts


def _outdated(current: object, supported: object) -> Facts:
    """Whether the network speaks a newer protocol than the node can."""
    spoken, known = whole(current), whole(supported)
    return {"impaired": "upgrade_required"} if spoken is not None and known is not None and spoken > known else {}


async def _horizon(target: Target, tools: Tools) -> Observation:
    (reply,), latency_ms = await ask_paths(target, tools, ["/"])
    root = table(reply.result)
    height = whole(root.get("history_latest_ledger"))
    if height is None:
        raise CouldNotSee(Seen.GARBAGE, "there is no ledger in the answer", latency_ms=latency_ms)
    ledger = table((await ask_path(target, tools, f"/ledgers/{height}")).result)
    head, parent = block_hash(ledger.get("hash")), block_hash(ledger.get("prev_hash"))
    if head is None:
        raise CouldNotSee(Seen.GARBAGE, "the newest ledger has no hash", latency_ms=latency_ms)
    await _know(tools, {height: head} | ({height - 1: parent} if parent and height else {}))
    core = whole(root.get("core_latest_ledger"))
    closed_at = iso_moment(root.get("history_latest_ledger_closed_at")) or iso_moment(ledger.get("closed_at"))
    return _observation(
        target,
        tools,
        latency_ms=latency_ms,
        height=height,
        head=head,
        parent=parent,
        closed_at=closed_at,
        network=words(root.get("network_passphrase")),
        version=words(root.get("horizon_version")),
        # What it serves is the history; that its core is further says only what is still to be taken in.
        behind=None if core is None else max(core - height, 0),
        fee=await _horizon_fee(target, tools),
        facts=_outdated(root.get("current_protocol_version"), root.get("supported_protocol_version")),
    )


async def _horizon_fee(target: Target, tools: Tools) -> float | None:
    async def ask() -> object:
        stats = table((await ask_path(target, tools, "/fee_stats")).result)
        return whole(table(stats.get("fee_charged")).get("p50"))

    fee = await seldom(tools.memory, "fee_stats", ask)
    return float(fee) if isinstance(fee, int) else None


async def _rpc(target: Target, tools: Tools) -> Observation:
    answered = await ask_all(target, tools, _RPC_CALLS)
    latest, health, network, version, fees = answered.replies
    ledger = table(latest.or_raise())
    height, head = whole(ledger.get("sequence")), block_hash(ledger.get("id"))
    if height is None or head is None:
        raise CouldNotSee(Seen.GARBAGE, "there is no ledger in the answer", latency_ms=answered.latency_ms)
    await _know(tools, {height: head})
    said = table(health.result)
    fee = whole(table(table(fees.result).get("inclusionFee")).get("p50"))
    return _observation(
        target,
        tools,
        latency_ms=answered.latency_ms,
        height=height,
        head=head,
        closed_at=moment(said.get("latestLedgerCloseTime")),
        network=words(table(network.result).get("passphrase")),
        version=words(table(version.result).get("version")),
        fee=None if fee is None else float(fee),
        facts={"syncing": True} if _is_unwell(health) else {},
    )


def _is_unwell(health: Reply) -> bool:
    """Whether it says so itself: an error when its last ledger is older than 30 s, or another status."""
    if health.seen is Seen.OK:
        return table(health.result).get("status") != "healthy"
    return health.seen is Seen.RPC_ERROR


_DIALECTS: dict[str, Callable[[Target, Tools], Awaitable[Observation]]] = {
    "core": _core,
    "horizon": _horizon,
    "rpc": _rpc,
}


async def _know(tools: Tools, fresh: dict[int, str]) -> None:
    async def hash_at(height: int) -> str | None:
        # A closed ledger never changes, so there is nothing to ask again.
        return None

    await remember(tools.memory, fresh, hash_at)


def _observation(
    target: Target,
    tools: Tools,
    *,
    latency_ms: float,
    height: int,
    head: str,
    closed_at: datetime | None,
    network: str | None,
    version: str | None,
    facts: Facts,
    parent: str | None = None,
    behind: int | None = None,
    peers: int | None = None,
    fee: float | None = None,
) -> Observation:
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=latency_ms,
        height=height,
        head_hash=head,
        parent_hash=parent,
        block_at=closed_at,
        # A ledger that closed is final.
        finalized_height=height,
        network=network,
        syncing_behind=behind,
        peers=peers,
        hashes=dict(tools.memory.hashes),
        fee=fee,
        version=version,
        facts=facts,
    )

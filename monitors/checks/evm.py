"""Look at a node that speaks Ethereum's JSON-RPC: geth and its kin, and the rollups."""

import time

from monitors.checks.evm_rarely import rare_facts
from monitors.checks.ring import remember, remember_landmark
from monitors.checks.rpc import Call, Reply, ask_all, ask_one
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, moment, table, whole, words
from records.observations import Observation, Seen

_CALLS = [
    Call(method="eth_chainId"),
    Call(method="eth_getBlockByNumber", params=("latest", False)),
    Call(method="eth_getBlockByNumber", params=("finalized", False)),
    Call(method="eth_getBlockByNumber", params=("safe", False)),
    Call(method="eth_syncing"),
    Call(method="net_peerCount"),
    Call(method="web3_clientVersion"),
]


async def look(target: Target, tools: Tools) -> Observation:
    """One batch of seven calls, a second one each minute, then as many single ones as it takes to compare nodes."""
    try:
        answered = await ask_all(target, tools, _CALLS)
        chain_id, latest, finalized, safe, syncing, peers, version = answered.replies
        height, head_hash, block = _head(latest)
        parent = block_hash(block.get("parentHash"))
        fresh = {height: head_hash} | ({height - 1: parent} if parent is not None and height > 0 else {})
        await _know_hashes(target, tools, fresh)
        facts = await rare_facts(target, tools)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    network, fee = whole(chain_id.result), whole(block.get("baseFeePerGas"))
    safe_height = whole(table(safe.result).get("number"))
    if safe_height is not None:
        facts["safe_height"] = safe_height
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=answered.latency_ms,
        height=height,
        head_hash=head_hash,
        parent_hash=parent,
        block_at=moment(block.get("timestamp")),
        finalized_height=whole(table(finalized.result).get("number")),
        network=None if network is None else str(network),
        syncing_behind=_behind(syncing),
        peers=whole(peers.result),
        hashes=dict(tools.memory.hashes),
        fee=None if fee is None else float(fee),
        version=words(version.result),
        facts=facts,
    )


def _head(latest: Reply) -> tuple[int, str, dict[str, object]]:
    """Height, hash and the rest of the newest block. Raises CouldNotSee without one: there is nothing to judge."""
    block = table(latest.or_raise())
    height, own = whole(block.get("number")), block_hash(block.get("hash"))
    if height is None or own is None:
        raise CouldNotSee(Seen.GARBAGE, "the newest block is not a block")
    return height, own, block


def _behind(reply: Reply) -> int | None:
    """Blocks the node says it lacks.

    By the numbers and not by the type: nodes of BSC always answer with an object (erpc#275), and some wrap the
    answer as `{"Ok": false}`.
    """
    if reply.seen is not Seen.OK:
        return None
    if reply.result is False or table(reply.result).get("Ok") is False:
        return 0
    current, highest = (whole(table(reply.result).get(key)) for key in ("currentBlock", "highestBlock"))
    return None if current is None or highest is None else max(highest - current, 0)


async def _know_hashes(target: Target, tools: Tools, fresh: dict[int, str]) -> None:
    """Brings the memory of this node's chain up to date, with a landmark where blocks come faster than looks."""

    async def hash_at(height: int) -> str | None:
        reply = await ask_one(target, tools, Call(method="eth_getBlockByNumber", params=(hex(height), False)))
        return block_hash(table(reply.result).get("hash"))

    await remember(tools.memory, fresh, hash_at)
    await remember_landmark(tools.memory, max(fresh), hash_at, every_blocks=target.landmark_blocks)

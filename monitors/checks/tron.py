"""Look at a Tron node (java-tron) by its HTTP interface."""

import re
import time
from collections.abc import Mapping

from monitors.checks.rest import Post, ask_path, ask_paths
from monitors.checks.ring import remember, remember_landmark
from monitors.checks.rpc import Reply
from monitors.checks.seldom import seldom
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, moment, rows, table, whole, words
from records.observations import Observation, Seen

#: The newest block without its transactions, which can make more than we accept.
_NEWEST = Post(path="/wallet/getblock", document={"detail": False})
#: The same from nodes that do not know that path yet, transactions and all.
_NEWEST_WHOLE = Post(path="/wallet/getnowblock", document={})
_NEWEST_SOLID = Post(path="/walletsolidity/getblock", document={"detail": False})
_NODE = Post(path="/wallet/getnodeinfo", document={})
_POINT = re.compile(r"Num:([0-9]{1,15}),ID:[0-9a-fA-F]{64}")
#: The first eight of a hash's 32 bytes are the height.
_HEIGHT_DIGITS = 16


async def look(target: Target, tools: Tools) -> Observation:
    """Two calls side by side, and as many as it takes to compare this node with others."""
    try:
        (newest, node), latency_ms = await _state(target, tools)
        height, head, raw = _head(newest)
        parent = block_hash(raw.get("parentHash"))
        await _know_hashes(target, tools, {height: head} | ({height - 1: parent} if parent and height else {}))
        info = table(node.result)
        solid = _point(info.get("solidityBlock")) if info else await _solid(target, tools)
        network = await _network(target, tools)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    stamp_ms = whole(raw.get("timestamp"))
    version = words(table(info.get("configNodeInfo")).get("codeVersion"), longest=40)
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
        block_at=None if stamp_ms is None else moment(stamp_ms // 1000),
        finalized_height=solid,
        network=network,
        peers=whole(info.get("currentConnectCount")),
        peers_out=whole(info.get("activeConnectCount")),
        hashes=dict(tools.memory.hashes),
        version=None if version is None else f"java-tron/{version}",
        facts={"syncing": True} if _is_syncing(info) else {},
    )


async def _state(target: Target, tools: Tools) -> tuple[list[Reply], float]:
    try:
        return await ask_paths(target, tools, [_NEWEST, _NODE])
    except CouldNotSee as error:
        if error.seen is not Seen.UNSUPPORTED:
            raise
    return await ask_paths(target, tools, [_NEWEST_WHOLE, _NODE])


def _head(newest: Reply) -> tuple[int, str, Mapping[str, object]]:
    """Height, hash and header of the newest block. Raises CouldNotSee without one: errors come with status 200 too."""
    raw, head = _header(newest), block_hash(table(newest.result).get("blockID"))
    height = whole(raw.get("number"))
    if height is None or head is None or int(head[:_HEIGHT_DIGITS], 16) != height:
        raise CouldNotSee(Seen.GARBAGE, "the newest block is not a block")
    return height, head, raw


def _header(block: Reply) -> dict[str, object]:
    return table(table(table(block.result).get("block_header")).get("raw_data"))


def _point(text: object) -> int | None:
    """The height in `Num:66987547,ID:0000…120c`, which is how the node writes a block."""
    match = _POINT.fullmatch(text) if isinstance(text, str) else None
    return None if match is None else int(match[1])


async def _solid(target: Target, tools: Tools) -> int | None:
    """The newest block that two thirds of the producers built on, where the node says nothing of itself."""
    return whole(_header(await ask_path(target, tools, _NEWEST_SOLID)).get("number"))


def _is_syncing(info: Mapping[str, object]) -> bool:
    """Whether most of its peers have blocks that it still fetches from them; one strange peer says nothing."""
    ahead = [flag(table(peer).get("needSyncFromPeer")) is True for peer in rows(info.get("peerList"))]
    return 2 * sum(ahead) > len(ahead)


async def _network(target: Target, tools: Tools) -> str | None:
    async def ask() -> object:
        return await _hash_at(target, tools, target.identity_block)

    network = await seldom(tools.memory, "network", ask)
    return network if isinstance(network, str) else None


async def _hash_at(target: Target, tools: Tools, height: int) -> str | None:
    wanted = Post(path="/wallet/getblock", document={"id_or_num": str(height), "detail": False})
    reply = await ask_path(target, tools, wanted)
    if reply.seen is Seen.UNSUPPORTED:
        reply = await ask_path(target, tools, Post(path="/wallet/getblockbynum", document={"num": height}))
    # A height that the node does not have is an empty object.
    return block_hash(table(reply.result).get("blockID"))


async def _know_hashes(target: Target, tools: Tools, fresh: dict[int, str]) -> None:
    async def hash_at(height: int) -> str | None:
        return await _hash_at(target, tools, height)

    await remember(tools.memory, fresh, hash_at)
    await remember_landmark(tools.memory, max(fresh), hash_at, every_blocks=target.landmark_blocks)

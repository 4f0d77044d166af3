"""Look at a Monero node (monerod) by its JSON-RPC."""

import time
from dataclasses import replace
from datetime import datetime

from monitors.checks.rest import joined
from monitors.checks.ring import remember
from monitors.checks.rpc import Call, Reply, ask_all, ask_one
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, moment, rows, table, whole, words
from records.observations import Observation, Seen

_PATH = "/json_rpc"
#: Heights up to the newest that are asked for in every look: a natural fork is shorter.
_RECENT_BLOCKS = 12
#: Forks that a node reports further below the head than this are history, not news.
_FORK_IS_NEWS_BLOCKS = 720

_CALLS = [Call(method="get_info"), Call(method="get_fee_estimate"), Call(method="get_alternate_chains")]


async def look(target: Target, tools: Tools) -> Observation:
    """Three calls for the node's state, then two for its newest blocks and its network."""
    target = _at_json_rpc(target)
    # monerod takes a batch for a broken document, and writes that to its log.
    tools.memory.refuses_batches = True
    try:
        answered = await ask_all(target, tools, _CALLS)
        info_reply, fee_reply, forks = answered.replies
        info = table(info_reply.or_raise())
        tip = _tip(info)
        newest, genesis = await _headers(target, tools, tip)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    fee = whole(table(fee_reply.result).get("fee"))
    # A restricted interface hides these, and writes 0 in their place.
    peers, peers_out = (None, None) if flag(info.get("restricted")) is not False else _peers(info)
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=answered.latency_ms,
        height=tip,
        head_hash=tools.memory.hashes[tip],
        parent_hash=tools.memory.hashes.get(tip - 1),
        block_at=_stamp(newest),
        network=_network(info, genesis),
        syncing_behind=_behind(info, tip),
        peers=peers,
        peers_out=peers_out,
        hashes=dict(tools.memory.hashes),
        fork_depth=_fork_depth(forks, tip),
        fee=None if fee is None else float(fee),
        version=_version(info),
        facts=_facts(info),
    )


def _at_json_rpc(target: Target) -> Target:
    """The address with `/json_rpc`, where it is not written already."""
    return target if _PATH in target.url else replace(target, url=joined(target.url, _PATH))


def _tip(info: dict[str, object]) -> int:
    """Height of the newest block, which is one less than what the node calls its height: that counts its blocks.

    While a node borrows answers from another (bootstrap daemon) only `height_without_bootstrap` is its own; a
    restricted interface writes 0 there. Raises CouldNotSee for a busy node, and for what is no height.
    """
    if info.get("status") == "BUSY":
        raise CouldNotSee(Seen.WARMING, "the node is busy: it is starting or fetching blocks")
    count, own = whole(info.get("height")), whole(info.get("height_without_bootstrap"))
    if flag(info.get("untrusted")) is True and own:
        count = own
    if not count:
        raise CouldNotSee(Seen.GARBAGE, "the chain's state is not what the protocol says")
    return count - 1


async def _headers(target: Target, tools: Tools, tip: int) -> tuple[dict[str, object], str | None]:
    """The newest block's header, and the hash of the identity block; the newest hashes go into the memory."""

    async def hash_at(height: int) -> str | None:
        return _hash_of(await ask_one(target, tools, _header_call(height)))

    first = max(tip - _RECENT_BLOCKS + 1, 0)
    wanted = Call(method="get_block_headers_range", params={"start_height": first, "end_height": tip})
    answered = await ask_all(target, tools, [wanted, _header_call(target.identity_block)])
    recent, identity = answered.replies
    headers = {
        whole(header.get("height")): header for header in map(table, rows(table(recent.or_raise()).get("headers")))
    }
    known = {height: block_hash(header.get("hash")) for height, header in headers.items()}
    fresh = {height: block for height, block in known.items() if height is not None and block is not None}
    if max(fresh, default=-1) != tip:
        raise CouldNotSee(Seen.GARBAGE, "the newest blocks are not what the protocol says")
    await remember(tools.memory, fresh, hash_at)
    return headers[tip], _hash_of(identity)


def _header_call(height: int) -> Call:
    return Call(method="get_block_header_by_height", params={"height": height})


def _hash_of(reply: Reply) -> str | None:
    return block_hash(table(table(reply.result).get("block_header")).get("hash"))


def _stamp(header: dict[str, object]) -> datetime | None:
    """The block's time; the first block has none, and says 0."""
    return moment(header.get("timestamp")) if header.get("timestamp") else None


def _network(info: dict[str, object], genesis: str | None) -> str | None:
    """The hash of the first block for main networks, else the name: a private chain begins with the main one's block.

    Not by the name alone either, for chains that descend from Monero call theirs `mainnet` as well.
    """
    name = words(info.get("nettype"), longest=20)
    return genesis if name == "mainnet" else name


def _behind(info: dict[str, object], tip: int) -> int | None:
    """Blocks still to fetch. The target is 0 once the node is synchronised, and before it has met a peer."""
    target_height = whole(info.get("target_height"))
    if target_height:
        return max(target_height - 1 - tip, 0)
    return 0 if flag(info.get("synchronized")) is True else None


def _peers(info: dict[str, object]) -> tuple[int | None, int | None]:
    going, coming = whole(info.get("outgoing_connections_count")), whole(info.get("incoming_connections_count"))
    return (None if going is None or coming is None else going + coming), going


def _fork_depth(reply: Reply, tip: int) -> int | None:
    """Length of the longest recent branch beside the main one; no list at all means that there is none."""
    if reply.seen is not Seen.OK:
        return None
    branches = map(table, rows(table(reply.result).get("chains")))
    news = [
        whole(branch.get("length")) or 0
        for branch in branches
        if (whole(branch.get("height")) or 0) > tip - _FORK_IS_NEWS_BLOCKS
    ]
    return max(news, default=0)


def _version(info: dict[str, object]) -> str | None:
    version = words(info.get("version"), longest=60)
    return None if version is None else f"monerod/{version}"


def _facts(info: dict[str, object]) -> dict[str, str | int | float | bool]:
    facts: dict[str, str | int | float | bool] = {}
    if flag(info.get("synchronized")) is False or flag(info.get("busy_syncing")) is True:
        facts["syncing"] = True
    offline, waiting = flag(info.get("offline")), whole(info.get("tx_pool_size"))
    if offline is not None:
        facts["network_active"] = not offline
    if waiting is not None:
        facts["mempool_transactions"] = waiting
    if flag(info.get("update_available")) is True and flag(info.get("restricted")) is False:
        facts["warns"] = True
    return facts

"""Look at The Open Network's masterchain through the HTTP interface of toncenter (version 2)."""

import base64
import binascii
import time
from datetime import datetime

from monitors.checks.rest import ask_path, ask_paths
from monitors.checks.ring import remember, remember_landmark
from monitors.checks.rpc import Reply
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import moment, rows, table, whole
from records.observations import Observation, Seen

_HASH_BYTES = 32
#: A node whose newest block is older than this by its own time, and which goes on, is still fetching (ours).
_LATE_SECONDS = 60.0
#: The masterchain, where all shards are sealed.
_MASTERCHAIN = "workchain=-1&shard=-9223372036854775808"


async def look(target: Target, tools: Tools) -> Observation:
    """Two calls, and as many as it takes to compare this node with others."""
    try:
        (reply,), latency_ms = await ask_paths(target, tools, ["/getMasterchainInfo"])
        info = _result(reply)
        last = table(info.get("last"))
        height, head = whole(last.get("seqno")), _hash(last.get("root_hash"))
        if height is None or head is None:
            raise CouldNotSee(Seen.GARBAGE, "the newest block is not a block", latency_ms=latency_ms)
        header = table(table((await _header(target, tools, height)).result).get("result"))
        parent, before = _parent(header, height), max(tools.memory.hashes, default=height)
        await _know_hashes(target, tools, {height: head} | ({height - 1: parent} if parent and height else {}))
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    made_at = moment(header.get("gen_utime"))
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
        block_at=made_at,
        # Two thirds of the validators signed it: there is nothing to wait for.
        finalized_height=height,
        network=_hash(table(info.get("init")).get("root_hash")),
        hashes=dict(tools.memory.hashes),
        facts={"syncing": True} if height > before and _is_late(tools, made_at) else {},
    )


def _is_late(tools: Tools, made_at: datetime | None) -> bool:
    """Whether the newest block is old. Only a node that goes on is late by that: in a halt of the network none does."""
    return made_at is not None and (tools.now() - made_at).total_seconds() > _LATE_SECONDS


def _result(reply: Reply) -> dict[str, object]:
    """What is inside `{"ok": true, "result": …}`. Raises CouldNotSee for `{"ok": false}`, which comes with 200 too."""
    document = table(reply.result)
    if document.get("ok") is False:
        code = whole(document.get("code"))
        raise CouldNotSee(Seen.THROTTLED if code == 429 else Seen.RPC_ERROR, "the node answered with an error")
    return table(document.get("result"))


async def _header(target: Target, tools: Tools, height: int) -> Reply:
    return await ask_path(target, tools, f"/getBlockHeader?{_MASTERCHAIN}&seqno={height}")


def _parent(header: dict[str, object], height: int) -> str | None:
    """Hash of the block before; several are named after shards merge, which the masterchain never does."""
    before = [table(block) for block in rows(header.get("prev_blocks"))]
    return next((_hash(block.get("root_hash")) for block in before if whole(block.get("seqno")) == height - 1), None)


def _hash(value: object) -> str | None:
    """32 bytes in hex from the base64 that the interface writes; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == _HASH_BYTES else None


async def _know_hashes(target: Target, tools: Tools, fresh: dict[int, str]) -> None:
    async def hash_at(height: int) -> str | None:
        reply = await ask_path(target, tools, f"/lookupBlock?{_MASTERCHAIN}&seqno={height}")
        return _hash(table(table(reply.result).get("result")).get("root_hash"))

    await remember(tools.memory, fresh, hash_at)
    await remember_landmark(tools.memory, max(fresh), hash_at, every_blocks=target.landmark_blocks)

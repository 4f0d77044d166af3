"""Look at a Substrate node: Polkadot, Kusama, their parachains, and other chains built with it."""

import time

from monitors.checks.ring import remember
from monitors.checks.rpc import Call, Reply, ask_all
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, rows, table, whole, words
from records.observations import Observation, Seen

#: Final heights whose hashes are asked for in every look.
_RECENT_BLOCKS = 12

_CALLS = [
    Call(method="chain_getHeader"),
    Call(method="chain_getFinalizedHead"),
    Call(method="system_health"),
    Call(method="system_syncState"),
    Call(method="system_version"),
    Call(method="state_getRuntimeVersion"),
]


async def look(target: Target, tools: Tools) -> Observation:
    """A batch for the node's state, then one for the hashes of its newest and of its final blocks."""
    try:
        answered = await ask_all(target, tools, _CALLS)
        header, final_head, health, sync, version, runtime = answered.replies
        newest = table(header.or_raise())
        height, final_hash = whole(newest.get("number")), block_hash(final_head.result)
        if height is None:
            raise CouldNotSee(Seen.GARBAGE, "the newest block is not a block")
        head, final, network = await _blocks(target, tools, height, final_hash)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=answered.latency_ms,
        height=height,
        head_hash=head,
        parent_hash=block_hash(newest.get("parentHash")),
        finalized_height=final,
        network=network,
        syncing_behind=_behind(sync),
        peers=_peers(table(health.result)),
        hashes=dict(tools.memory.hashes),
        version=words(version.result),
        facts=_facts(table(health.result), table(runtime.result)),
    )


def _behind(sync: Reply) -> int | None:
    """Blocks to the highest that its peers told it of; nodes that know of none say nothing or 0."""
    state = table(sync.result)
    current, highest = whole(state.get("currentBlock")), whole(state.get("highestBlock"))
    return None if current is None or highest is None else max(highest - current, 0)


def _peers(health: dict[str, object]) -> int | None:
    """Number of peers; None where the node says that it should have none, as on a network of one."""
    return None if flag(health.get("shouldHavePeers")) is False else whole(health.get("peers"))


def _facts(health: dict[str, object], runtime: dict[str, object]) -> dict[str, str | int | float | bool]:
    facts: dict[str, str | int | float | bool] = {}
    if flag(health.get("isSyncing")) is True:
        facts["syncing"] = True
    spec = whole(runtime.get("specVersion"))
    if spec is not None:
        facts["spec_version"] = spec
    return facts


async def _blocks(
    target: Target, tools: Tools, height: int, final_hash: str | None
) -> tuple[str, int | None, str | None]:
    """Hash of the newest block, height of the final one, and the network. Raises CouldNotSee without the first.

    Only final blocks are remembered for comparison: above them short forks are everyday business (BABE gives a slot
    to several authors), below them a single differing block is a disaster.
    """
    calls = [
        Call(method="chain_getBlockHash", params=(height,)),
        Call(method="chain_getBlockHash", params=(target.identity_block,)),
        Call(method="chain_getHeader", params=(final_hash,)),
    ]
    answered = await ask_all(target, tools, calls if final_hash is not None else calls[:2])
    newest, identity, *final_header = answered.replies
    head = block_hash(newest.or_raise())
    if head is None:
        raise CouldNotSee(Seen.GARBAGE, "the newest block has no hash")
    final = whole(table(final_header[0].result).get("number")) if final_header else None
    if final is not None and final_hash is not None:
        await _know_final(target, tools, final, final_hash)
    return head, final, block_hash(identity.result)


async def _know_final(target: Target, tools: Tools, final: int, final_hash: str) -> None:
    async def hashes_at(heights: list[int]) -> dict[int, str]:
        # The method takes a list and answers with one.
        (reply,) = (await ask_all(target, tools, [Call(method="chain_getBlockHash", params=(heights,))])).replies
        pairs = zip(heights, map(block_hash, rows(reply.result)), strict=False)
        return {height: block for height, block in pairs if block is not None}

    async def hash_at(height: int) -> str | None:
        return (await hashes_at([height])).get(height)

    recent = await hashes_at(list(range(max(final - _RECENT_BLOCKS + 1, 0), final)))
    await remember(tools.memory, recent | {final: final_hash}, hash_at)

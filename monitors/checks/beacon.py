"""Look at a node of Ethereum's consensus layer, by the Beacon API that all its clients serve.

Slots are fixed in time, so the clock says how far the chain must be: the one reference that needs no second node.
Specification: https://ethereum.github.io/beacon-APIs/
"""

import asyncio
import time
from dataclasses import replace
from datetime import datetime

from monitors.checks.rest import ask_path, ask_paths
from monitors.checks.ring import remember
from monitors.checks.rpc import Reply
from monitors.checks.seldom import seldom
from monitors.checks.target import Memory, Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, moment, rows, table, whole, words
from records.observations import Observation, Seen

_PATHS = [
    "/eth/v1/beacon/headers/head",
    "/eth/v1/node/syncing",
    "/eth/v1/beacon/states/head/finality_checkpoints",
    "/eth/v1/beacon/genesis",
    "/eth/v1/node/peer_count",
]
#: An upgrade without a date stands at the last epoch that can be counted to.
_FAR_FUTURE_SLOT = 1 << 40
_SPEC_SECONDS = 3600.0
_VERSION_SECONDS = 600.0
#: What is remembered of a slot that brought no block.
_NO_BLOCK = "none"

Facts = dict[str, str | int | float | bool]


async def look(target: Target, tools: Tools) -> Observation:
    """Five questions side by side; seldom three more; one more when the newest block does not join the last one."""
    try:
        replies, latency_ms = await ask_paths(target, tools, _PATHS)
        head, syncing, finality, genesis, peers = (table(table(reply.result).get("data")) for reply in replies)
        slot, root, parent = _head(head)
        await _know_roots(target, tools, slot, root, parent)
        spec, schedule, version = await _seldom(target, tools)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    epoch_slots = whole(table(spec).get("SLOTS_PER_EPOCH"))
    final_epoch = whole(table(finality.get("finalized")).get("epoch"))
    begun, slot_seconds = moment(genesis.get("genesis_time")), _slot_seconds(table(spec))
    clock = _clock_slot(begun, slot_seconds, tools.now())
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=latency_ms,
        height=slot,
        head_hash=root,
        parent_hash=parent,
        block_at=None if begun is None or not slot_seconds else moment(int(begun.timestamp()) + slot * slot_seconds),
        finalized_height=None if final_epoch is None or not epoch_slots else final_epoch * epoch_slots,
        network=block_hash(genesis.get("genesis_validators_root")),
        syncing_behind=_behind(syncing, clock),
        peers=whole(peers.get("connected")),
        hashes=dict(tools.memory.hashes),
        version=words(table(version).get("version")),
        facts=_facts(syncing, clock) | _next_fork(schedule, slot, epoch_slots),
    )


def _head(head: dict[str, object]) -> tuple[int, str, str | None]:
    """Slot, root and parent's root of the newest block. Raises CouldNotSee without one: there is nothing to judge."""
    message = table(table(head.get("header")).get("message"))
    slot, root = whole(message.get("slot")), block_hash(head.get("root"))
    if slot is None or root is None:
        raise CouldNotSee(Seen.GARBAGE, "the newest header is not a header")
    return slot, root, block_hash(message.get("parent_root"))


def _slot_seconds(spec: dict[str, object]) -> int | None:
    """Newer nodes say SLOT_DURATION_MS, older ones SECONDS_PER_SLOT."""
    duration_ms = whole(spec.get("SLOT_DURATION_MS"))
    return duration_ms // 1000 if duration_ms is not None else whole(spec.get("SECONDS_PER_SLOT"))


def _clock_slot(begun: datetime | None, slot_seconds: int | None, now: datetime) -> int | None:
    """The slot that the clock shows; None before genesis, or when the node does not say when it all began."""
    if begun is None or not slot_seconds or now < begun:
        return None
    return int((now - begun).total_seconds() // slot_seconds)


def _behind(syncing: dict[str, object], clock: int | None) -> int | None:
    """Slots the node says it lacks.

    The distance counts from the clock and so grows on every node while the network stands still. Unless the node calls
    itself syncing, our own clock measures the same, and without mistaking a halt for a node that catches up.
    """
    distance = whole(syncing.get("sync_distance"))
    return distance if flag(syncing.get("is_syncing")) is not False or clock is None else None


def _facts(syncing: dict[str, object], clock: int | None) -> Facts:
    facts: Facts = {}
    if clock is not None:
        facts["clock_height"] = clock
    if flag(syncing.get("is_syncing")) is True:
        facts["syncing"] = True
    if flag(syncing.get("el_offline")) is True:
        facts["impaired"] = "execution_offline"
    elif flag(syncing.get("is_optimistic")) is True:
        facts["impaired"] = "optimistic"
    return facts


async def _know_roots(target: Target, tools: Tools, slot: int, root: str, parent: str | None) -> None:
    """Brings the memory of this node's chain up to date.

    The parent names no slot; where its root is the newest that we know, it is known to be there.
    """

    async def root_at(wanted: int) -> str | None:
        reply = await ask_path(target, tools, f"/eth/v1/beacon/headers/{wanted}")
        if reply.seen is Seen.UNSUPPORTED:
            # 404: no block in this slot. If we knew one there, it was replaced by nothing.
            return _NO_BLOCK
        return block_hash(table(table(reply.result).get("data")).get("root"))

    memory: Memory = tools.memory
    before = max((known for known, block in memory.hashes.items() if known < slot and block != _NO_BLOCK), default=None)
    joined = before is not None and parent is not None and memory.hashes[before] == parent
    seen = {slot: root} | ({before: parent} if joined and before is not None and parent is not None else {})
    await remember(memory, seen, root_at)


def _next_fork(schedule: object, slot: int, epoch_slots: int | None) -> Facts:
    """The next upgrade that the node has in its schedule; what lies at the end of time is not planned."""
    if schedule is None or not epoch_slots:
        return {}
    slots = [(whole(table(fork).get("epoch")) or 0) * epoch_slots for fork in rows(schedule)]
    return {"upgrade_height": min((at for at in slots if slot < at < _FAR_FUTURE_SLOT), default=0)}


async def _seldom(target: Target, tools: Tools) -> tuple[object, object, object]:
    """The chain's constants, its schedule of upgrades, the node's version.

    In half the time of a look: what they take must not spoil it.
    """
    hurried = replace(target, deadline_seconds=target.deadline_seconds / 2)

    async def data(path: str, every_seconds: float) -> object:
        async def ask() -> object:
            reply: Reply = await ask_path(hurried, tools, path)
            return table(reply.result).get("data")

        return await seldom(tools.memory, path, ask, every_seconds=every_seconds)

    return await asyncio.gather(
        data("/eth/v1/config/spec", _SPEC_SECONDS),
        data("/eth/v1/config/fork_schedule", _VERSION_SECONDS),
        data("/eth/v1/node/version", _VERSION_SECONDS),
    )

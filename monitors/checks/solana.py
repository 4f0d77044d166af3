"""Look at a node of Solana. Heights are slots: a slot may pass without a block, so block heights are fewer.

Methods: https://solana.com/docs/rpc
"""

import asyncio
import re
import time
from dataclasses import dataclass, replace
from statistics import median

from monitors.checks.ring import remember_final, remember_landmark
from monitors.checks.rpc import Call, Reply, ask_all, ask_one
from monitors.checks.seldom import seldom
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import number, rows, table, whole, words
from records.observations import Observation, Seen

_CALLS = [
    Call(method="getLatestBlockhash", params=({"commitment": "processed"},)),
    Call(method="getSlot", params=({"commitment": "finalized"},)),
    Call(method="getHealth"),
    Call(method="getMaxShredInsertSlot"),
    Call(method="getGenesisHash"),
]
_SELDOM_CALLS = [
    Call(method="getVersion"),
    Call(method="getEpochInfo", params=({"commitment": "finalized"},)),
    Call(method="getRecentPerformanceSamples", params=(1,)),
    Call(method="getRecentPrioritizationFees"),
]
_VOTES = Call(method="getVoteAccounts", params=({"commitment": "confirmed", "keepUnstakedDelinquents": False},))
_VOTES_SECONDS = 300.0
#: "Node is behind": the same number as the limit of Ethereum's nodes, so it is told apart by the method.
_NODE_UNHEALTHY = -32005
#: Slots over which a share of empty ones means something: some twenty seconds.
_FEWEST_SLOTS = 50
_HASH = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}")

Facts = dict[str, str | int | float | bool]


@dataclass(frozen=True, kw_only=True)
class _Minute:
    """What is asked once a minute."""

    version: str | None
    feature_set: int | None
    slot: int | None
    block_height: int | None
    seconds_per_slot: float | None
    #: Share of the slots since the minute before that brought no block.
    skip_rate: float | None
    fee: float | None


async def look(target: Target, tools: Tools) -> Observation:
    """One batch of five; a landmark every other look; once a minute four questions more, every five one for votes."""
    try:
        answered = await ask_all(target, tools, _CALLS)
        head, final, health, shreds, genesis = answered.replies
        slot, head_hash = _head(head)
        finalized = whole(final.result)
        await _know_landmark(target, tools, finalized)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    minute, delinquent = await asyncio.gather(_minute(target, tools), _delinquent_stake(target, tools))
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=answered.latency_ms,
        height=slot,
        head_hash=head_hash,
        finalized_height=finalized,
        network=_hash(genesis.result),
        syncing_behind=_behind(health, shreds, slot),
        hashes=dict(tools.memory.hashes),
        fee=minute.fee if minute else None,
        version=minute.version if minute else None,
        facts=_facts(health, minute, delinquent),
    )


def _head(reply: Reply) -> tuple[int, str]:
    """Slot and blockhash of the newest block. Raises CouldNotSee without one: there is nothing to judge."""
    answer = table(reply.or_raise())
    slot = whole(table(answer.get("context")).get("slot"))
    head = _hash(table(answer.get("value")).get("blockhash"))
    if slot is None or head is None:
        raise CouldNotSee(Seen.GARBAGE, "the newest block is not a block")
    return slot, head


def _hash(value: object) -> str | None:
    """A hash of 32 bytes in base 58; None for anything else."""
    return value if isinstance(value, str) and _HASH.fullmatch(value) else None


def _behind(health: Reply, shreds: Reply, slot: int) -> int | None:
    """Slots the node lacks: by its own word, or because blocks that it was sent are ahead of those it has replayed.

    Its "ok" proves nothing: nodes said so 2,500 slots behind (agave#5071). What it was sent shows that even alone.
    """
    said = whole(table(health.data).get("numSlotsBehind")) if health.code == _NODE_UNHEALTHY else None
    sent = whole(shreds.result)
    known = [behind for behind in (said, None if sent is None else max(sent - slot, 0)) if behind is not None]
    return max(known, default=None)


def _facts(health: Reply, minute: _Minute | None, delinquent: float | None) -> Facts:
    found: dict[str, int | float | None] = {"delinquent_stake": delinquent}
    if minute is not None:
        found |= {
            "feature_set": minute.feature_set,
            "block_height": minute.block_height,
            "seconds_per_block": minute.seconds_per_slot,
            "skip_rate": minute.skip_rate,
        }
    facts: Facts = {name: value for name, value in found.items() if value is not None}
    # Nodes also call themselves unhealthy when they are not (solana#16957), so this is told and decides nothing.
    return facts | {"warns": True} if health.code == _NODE_UNHEALTHY else facts


async def _know_landmark(target: Target, tools: Tools, finalized: int | None) -> None:
    """Slots come faster than looks, so nodes are compared at final ones that all of them are asked for."""

    async def hash_at(slot: int) -> str | None:
        options = {"commitment": "finalized", "transactionDetails": "none", "rewards": False}
        options["maxSupportedTransactionVersion"] = 0
        reply = await ask_one(target, tools, Call(method="getBlock", params=(slot, options)))
        # An error for a slot without a block: then this landmark is none, on any node.
        return _hash(table(reply.result).get("blockhash"))

    if finalized is not None:
        remember_final(tools.memory, {}, height=finalized)
        await remember_landmark(tools.memory, finalized, hash_at, every_blocks=target.landmark_blocks)


async def _minute(target: Target, tools: Tools) -> _Minute | None:
    before = tools.memory.seldom.get("minute")

    async def ask() -> object:
        try:
            replies = (await ask_all(_hurried(target), tools, _SELDOM_CALLS)).replies
        except CouldNotSee:
            return None
        return _read_minute(replies, before[2] if before else None)

    found = await seldom(tools.memory, "minute", ask)
    return found if isinstance(found, _Minute) else None


def _read_minute(replies: tuple[Reply, ...], before: object) -> _Minute:
    version, epoch, samples, fees = (reply.result for reply in replies)
    sample = table(rows(samples)[0]) if rows(samples) else {}
    slots, seconds = whole(sample.get("numSlots")), number(sample.get("samplePeriodSecs"))
    paid = [fee for row in rows(fees) if (fee := whole(table(row).get("prioritizationFee"))) is not None]
    fresh = _Minute(
        version=words(table(version).get("solana-core")),
        feature_set=whole(table(version).get("feature-set")),
        slot=whole(table(epoch).get("absoluteSlot")),
        block_height=whole(table(epoch).get("blockHeight")),
        seconds_per_slot=round(seconds / slots, 3) if slots and seconds and seconds > 0 else None,
        skip_rate=None,
        fee=float(median(paid)) if paid else None,
    )
    return replace(fresh, skip_rate=_skip_rate(before, fresh) if isinstance(before, _Minute) else None)


def _skip_rate(before: _Minute, now: _Minute) -> float | None:
    """The share of slots between two looks that brought no block; None when they are too few to say."""
    if before.slot is None or before.block_height is None or now.slot is None or now.block_height is None:
        return None
    slots, blocks = now.slot - before.slot, now.block_height - before.block_height
    if slots < _FEWEST_SLOTS or not 0 <= blocks <= slots:
        return None
    return round(1 - blocks / slots, 3)


async def _delinquent_stake(target: Target, tools: Tools) -> float | None:
    """Share of the stake that does not vote. Asked seldom: the answer names every validator."""

    async def ask() -> object:
        try:
            votes = table((await ask_one(_hurried(target), tools, _VOTES)).result)
        except CouldNotSee:
            return None
        voting, missing = _stake(votes.get("current")), _stake(votes.get("delinquent"))
        return round(missing / (voting + missing), 4) if voting + missing > 0 else None

    return number(await seldom(tools.memory, "votes", ask, every_seconds=_VOTES_SECONDS))


def _stake(accounts: object) -> int:
    return sum(whole(table(account).get("activatedStake")) or 0 for account in rows(accounts))


def _hurried(target: Target) -> Target:
    """For questions that may fail: what they take must not spoil the look."""
    return replace(target, deadline_seconds=target.deadline_seconds / 2)

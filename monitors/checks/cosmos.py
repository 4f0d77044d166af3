"""Look at a node of CometBFT (once Tendermint), the engine of Cosmos Hub and its kin, by its own RPC.

One address serves all: what the application knows (its version, the upgrade it waits for) is asked through the engine.
Reference: https://docs.cometbft.com/main/rpc/
"""

import asyncio
import base64
import time
from dataclasses import replace

from monitors.checks.protobuf import first_bytes, first_whole
from monitors.checks.ring import remember
from monitors.checks.rpc import Call, ask_all, ask_one
from monitors.checks.seldom import seldom
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, iso_moment, rows, table, whole, words
from records.observations import Observation, Seen

_CALLS = [
    Call(method="status"),
    # No range means the newest twenty.
    Call(method="blockchain", params=("0", "0")),
    Call(method="num_unconfirmed_txs"),
]
_ABOUT_APP = [
    Call(method="abci_info"),
    Call(method="abci_query", params=("/cosmos.upgrade.v1beta1.Query/CurrentPlan", "", "0", False)),
]
#: Fields of QueryCurrentPlanResponse and of Plan (cosmos/upgrade/v1beta1).
_PLAN_FIELD, _HEIGHT_FIELD = 1, 3

Facts = dict[str, str | int | float | bool]


async def look(target: Target, tools: Tools) -> Observation:
    """One batch; once a minute one more for the application, and one question for the peers."""
    try:
        answered = await ask_all(target, tools, _CALLS)
        status, chain, waiting = answered.replies
        said = table(status.or_raise())
        sync, node = table(said.get("sync_info")), table(said.get("node_info"))
        height, head = _head(sync)
        await _know_hashes(target, tools, {height: head} | _hashes(chain.result, height))
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    app, peers = await asyncio.gather(_app(target, tools), _peers(target, tools))
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=answered.latency_ms,
        height=height,
        head_hash=head,
        parent_hash=tools.memory.hashes.get(height - 1),
        block_at=iso_moment(sync.get("latest_block_time")),
        # Two thirds of the votes are in every block: what is there is final.
        finalized_height=height,
        network=words(node.get("network")),
        peers=peers,
        hashes=dict(tools.memory.hashes),
        version=words(app.get("version")),
        facts=_facts(sync, table(waiting.result)) | _plan(app),
    )


def _head(sync: dict[str, object]) -> tuple[int, str]:
    """Height and hash of the newest block; heights are text. Raises CouldNotSee without one."""
    height, head = whole(sync.get("latest_block_height")), block_hash(sync.get("latest_block_hash"))
    if height == 0 or (height is not None and sync.get("latest_block_hash") == ""):
        raise CouldNotSee(Seen.WARMING, "the node has no block yet")
    if height is None or head is None:
        raise CouldNotSee(Seen.GARBAGE, "the node's state is not what the protocol says")
    return height, head


def _hashes(chain: object, height: int) -> dict[int, str]:
    """Hashes of the newest blocks up to `height`: one may have come between the two answers."""
    found = {}
    for meta in map(table, rows(table(chain).get("block_metas"))):
        at, block = whole(table(meta.get("header")).get("height")), block_hash(table(meta.get("block_id")).get("hash"))
        if at is not None and at < height and block is not None:
            found[at] = block
    return found


def _facts(sync: dict[str, object], waiting: dict[str, object]) -> Facts:
    facts: Facts = {}
    # "false" proves nothing: a node that waits for an upgrade or whose disk is full says so too.
    if flag(sync.get("catching_up")) is True:
        facts["syncing"] = True
    numbers = {"earliest_height": sync.get("earliest_block_height"), "mempool_txs": waiting.get("total")}
    return facts | {name: value for name, said in numbers.items() if (value := whole(said)) is not None}


def _plan(app: dict[str, object]) -> Facts:
    """The height at which the chain stops for its next upgrade; 0 when the application says that there is none."""
    height = app.get("plan")
    return {"upgrade_height": height, "upgrade_stops": True} if isinstance(height, int) else {}


async def _know_hashes(target: Target, tools: Tools, seen: dict[int, str]) -> None:
    async def hash_at(height: int) -> str | None:
        reply = await ask_one(target, tools, Call(method="blockchain", params=(str(height), str(height))))
        return _hashes(reply.result, height + 1).get(height)

    await remember(tools.memory, seen, hash_at)


async def _app(target: Target, tools: Tools) -> dict[str, object]:
    """Version of the application and height of its upgrade; what it did not say is missing.

    Asked apart from the engine: an application that stands may not answer, while the engine does.
    """

    async def ask() -> object:
        try:
            info, plan = (await ask_all(_hurried(target), tools, _ABOUT_APP)).replies
        except CouldNotSee:
            return None
        about = table(table(info.result).get("response"))
        version = "/".join(part for key in ("data", "version") if (part := words(about.get(key))))
        found = {"version": version or None, "plan": _plan_height(table(table(plan.result).get("response")))}
        return {name: value for name, value in found.items() if value is not None} or None

    return table(await seldom(tools.memory, "app", ask))


def _plan_height(response: dict[str, object]) -> int | None:
    """From the application's answer: the height, 0 for "no plan", None for "did not say"."""
    if whole(response.get("code")) != 0:
        return None
    value = response.get("value")
    if value in (None, ""):
        return 0
    try:
        plan = first_bytes(base64.b64decode(str(value), validate=True), _PLAN_FIELD)
        return 0 if plan is None else first_whole(plan, _HEIGHT_FIELD)
    except ValueError:
        return None


async def _peers(target: Target, tools: Tools) -> int | None:
    """How many peers; asked seldom and by itself, since the answer describes each of them at length."""

    async def ask() -> object:
        try:
            reply = await ask_one(_hurried(target), tools, Call(method="net_info"))
        except CouldNotSee:
            return None
        return whole(table(reply.result).get("n_peers"))

    return whole(await seldom(tools.memory, "peers", ask))


def _hurried(target: Target) -> Target:
    """For questions that may fail: what they take must not spoil the look."""
    return replace(target, deadline_seconds=target.deadline_seconds / 2)

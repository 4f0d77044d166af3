"""What is asked of an EVM node once a minute: fee for blobs, forks it knows, how a rollup follows its base layer.

Each of the three is something that many nodes do not know; that is not seen, and nothing more.
"""

from monitors.checks.rpc import Call, Reply, ask_all
from monitors.checks.seldom import seldom
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.jsonwire import table, whole, words

Facts = dict[str, str | int | float | bool]

_CALLS = [
    Call(method="eth_blobBaseFee"),
    # EIP-7910.
    Call(method="eth_config"),
    # The OP stack's own, where the address leads to the rollup's node too.
    Call(method="optimism_syncStatus"),
]


async def rare_facts(target: Target, tools: Tools) -> Facts:
    """Facts `blob_base_fee` (wei), `next_fork_at` (Unix time, 0 for none), `feature_set` (hash of the next fork),
    `l1_blocks_behind`; only those that were seen.

    Raises nothing: the look itself goes on.
    """

    async def ask() -> Facts | None:
        try:
            answered = await ask_all(target, tools, _CALLS)
        except CouldNotSee:
            return None
        blob, forks, rollup = answered.replies
        return _blob(blob) | _forks(forks) | _rollup(rollup)

    known = await seldom(tools.memory, "evm", ask)
    return dict(known) if isinstance(known, dict) else {}


def _blob(reply: Reply) -> Facts:
    fee = whole(reply.result)
    return {} if fee is None else {"blob_base_fee": fee}


def _forks(reply: Reply) -> Facts:
    """A client not set up for the next fork says null for it; one that does not know the method says nothing."""
    config = table(reply.result)
    if not table(config.get("current")) or "next" not in config:
        return {}
    if config["next"] is None:
        return {"next_fork_at": 0}
    following = table(config["next"])
    at, fork = whole(following.get("activationTime")), words(following.get("forkId"))
    said: Facts = {}
    if at is not None:
        said["next_fork_at"] = at
    if fork is not None:
        said["feature_set"] = fork
    return said


def _rollup(reply: Reply) -> Facts:
    """Blocks of the base layer that the rollup's node has yet to read; deposits wait for them."""
    status = table(reply.result)
    current, newest = (whole(table(status.get(name)).get("number")) for name in ("current_l1", "head_l1"))
    return {} if current is None or newest is None else {"l1_blocks_behind": max(newest - current, 0)}

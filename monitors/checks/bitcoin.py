"""Look at a node of Bitcoin Core's family: Bitcoin, Litecoin, Dogecoin, Bitcoin Cash, Zcash."""

import time
from datetime import datetime

from monitors.checks.ring import remember
from monitors.checks.rpc import Call, Reply, ask_all, ask_one
from monitors.checks.seldom import seldom
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, moment, number, rows, table, whole, words
from records.observations import Observation, Seen

#: Heights below the newest that are asked for in every look: a natural fork is shorter.
_RECENT_BLOCKS = 12
#: Forks that a node reports further below the head than this are history, not news.
_FORK_IS_NEWS_BLOCKS = 144
#: Coins per thousand vbytes, as nodes say it, to the smallest unit per vbyte.
_PER_VBYTE = 100_000

#: What nodes write when their version will not do, in small letters: Bitcoin Core when blocks signal rules that it does
#: not know, zcashd before the height at which it stops by itself.
_SIGNS = {
    "end_of_support": ("deprecated", "end of support", "end-of-support"),
    "unknown_rules": ("unknown new rules activated", "versionbits", "unknown block versions"),
}

_CALLS = [
    Call(method="getblockchaininfo"),
    Call(method="getnetworkinfo"),
    Call(method="getchaintips"),
    Call(method="getmempoolinfo"),
    Call(method="estimatesmartfee", params=(6,)),
]


async def look(target: Target, tools: Tools) -> Observation:
    """One batch for the node's state, one for the hashes of its newest blocks."""
    try:
        answered = await ask_all(target, tools, _CALLS)
        info = table(answered.replies[0].or_raise())
        height, head = whole(info.get("blocks")), block_hash(info.get("bestblockhash"))
        if height is None or head is None:
            raise CouldNotSee(Seen.GARBAGE, "the chain's state is not what the protocol says")
        network, block_at = await _know_hashes(target, tools, height, head)
        fee = _fee(answered.replies[4]) or await _older_fee(target, tools, answered.replies[4])
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    _, net_info, tips, pool, _ = answered.replies
    net = table(net_info.result)
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
        block_at=block_at,
        network=network,
        syncing_behind=_behind(info, height),
        peers=whole(net.get("connections")),
        peers_out=whole(net.get("connections_out")),
        hashes=dict(tools.memory.hashes),
        fork_depth=_fork_depth(tips, height),
        fee=fee,
        mempool_full=_mempool_full(table(pool.result)),
        version=words(net.get("subversion")),
        facts=_facts(info, net),
    )


def _behind(info: dict[str, object], height: int) -> int | None:
    """Blocks still to fetch. Headers can be fewer than blocks after `invalidateblock`, so the difference is clamped."""
    headers = whole(info.get("headers"))
    return None if headers is None else max(headers - height, 0)


def _fork_depth(tips: Reply, height: int) -> int | None:
    """Length of the longest recent branch that the node checked and left."""
    if tips.seen is not Seen.OK:
        return None
    left = [
        whole(tip.get("branchlen")) or 0
        for tip in map(table, rows(tips.result))
        if tip.get("status") == "valid-fork" and (whole(tip.get("height")) or 0) > height - _FORK_IS_NEWS_BLOCKS
    ]
    return max(left, default=0)


def _fee(reply: Reply) -> float | None:
    """Smallest units per vbyte to be in within six blocks; `errors` instead of a rate means unknown, not free."""
    rate = number(table(reply.result).get("feerate"))
    return None if rate is None or rate <= 0 else rate * _PER_VBYTE


async def _older_fee(target: Target, tools: Tools, smart: Reply) -> float | None:
    """From the older call, where a node (Bitcoin Cash, Zcash) does not know the newer; -1 means that it cannot say."""
    if smart.seen is not Seen.UNSUPPORTED:
        return None

    async def ask() -> object:
        try:
            reply = await ask_one(target, tools, Call(method="estimatefee"))
            if reply.seen is Seen.RPC_ERROR:
                # Zcash's and older nodes want to hear within how many blocks.
                reply = await ask_one(target, tools, Call(method="estimatefee", params=(6,)))
        except CouldNotSee:
            return None
        return number(reply.result) or 0.0

    rate = number(await seldom(tools.memory, "estimatefee", ask))
    return None if rate is None or rate <= 0 else rate * _PER_VBYTE


def _mempool_full(pool: dict[str, object]) -> float | None:
    """Use from 0 to 1; 1 as soon as the node asks more than its usual minimum, which it does only when full."""
    used, most = number(pool.get("usage")), number(pool.get("maxmempool"))
    asked, usual = number(pool.get("mempoolminfee")), number(pool.get("minrelaytxfee"))
    if asked is not None and usual is not None and asked > usual:
        return 1.0
    return None if used is None or not most else min(used / most, 1.0)


def _facts(info: dict[str, object], net: dict[str, object]) -> dict[str, str | int | float | bool]:
    facts: dict[str, str | int | float | bool] = {}
    downloading, networking = flag(info.get("initialblockdownload")), flag(net.get("networkactive"))
    if downloading is not None:
        facts["initial_download"] = downloading
    if networking is not None:
        facts["network_active"] = networking
    warnings = _warnings(info) or _warnings(net)
    if warnings:
        # The text is the node's own and may be long or strange; that there is one is what the operator needs.
        facts["warns"] = True
    needs = next((need for need, signs in _SIGNS.items() if any(sign in warnings for sign in signs)), None)
    if needs is not None:
        facts["must_upgrade"] = needs
    return facts


def _warnings(said: dict[str, object]) -> str:
    """In small letters: one text in older nodes, a list of them from Bitcoin Core 28 on."""
    warnings = said.get("warnings")
    texts = rows(warnings) if isinstance(warnings, list) else [warnings]
    return " ".join(text for text in texts if isinstance(text, str)).strip().lower()


async def _know_hashes(target: Target, tools: Tools, height: int, head: str) -> tuple[str | None, datetime | None]:
    """Brings the memory of this node's chain up to date. Returns which network it is on, and its newest block's time.

    The network is asked for every time: behind one address a node may be started anew on another. A node still below
    the identity block does not know it yet, which is not seen, rather than wrong.
    """

    async def hash_at(wanted: int) -> str | None:
        reply = await ask_one(target, tools, _hash_call(wanted))
        return block_hash(reply.result)

    heights = list(range(max(height - _RECENT_BLOCKS + 1, 0), height + 1))
    calls = [_hash_call(target.identity_block), Call(method="getblockheader", params=(head,))]
    answered = await ask_all(target, tools, calls + [_hash_call(wanted) for wanted in heights])
    identity, header, *recent = answered.replies
    hashes = {wanted: block_hash(reply.result) for wanted, reply in zip(heights, recent, strict=True)}
    await remember(tools.memory, {wanted: block for wanted, block in hashes.items() if block is not None}, hash_at)
    return block_hash(identity.result), moment(table(header.result).get("time"))


def _hash_call(height: int) -> Call:
    return Call(method="getblockhash", params=(height,))

"""Look up a transaction on a node of Bitcoin Core's family.

With `txindex` such a node finds every transaction. Without it, it knows what waits, and outputs that are not spent yet:
enough for most fresh deposits, and no ground to say that anything else does not exist.
"""

from monitors.checks.rpc import Call, Reply, ask_all
from monitors.checks.target import Target, Tools
from monitors.jsonwire import block_hash, flag, number, rows, table, whole
from monitors.transactions.sight import Question, Saw, Sight, Trace, fee_of
from records.observations import Seen

#: Coins to the smallest unit.
_UNITS = 100_000_000
#: The first outputs of a transaction, of which one is mostly unspent while it is fresh.
_OUTPUTS = 4
#: Inputs remembered and asked for: one that is spent otherwise is enough.
_INPUTS = 3
#: What a node without an index says (from 2013 on), in small letters.
_SAYS_NO_INDEX = "-txindex"


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """One batch; a second one when the transaction is gone and what it spent is known."""
    trace = question.trace
    # By number: the oldest of the family take no true and false here.
    raw = Call(method="getrawtransaction", params=(question.hash, 1))
    calls = [Call(method="getmempoolentry", params=(question.hash,)), raw, Call(method="getindexinfo")]
    calls += [Call(method="gettxout", params=(question.hash, position, False)) for position in range(_OUTPUTS)]
    if trace is not None and trace.block_hash is not None:
        calls.append(Call(method="getrawtransaction", params=(question.hash, True, trace.block_hash)))
    entry, found, indexes, *others = (await ask_all(target, tools, calls)).replies
    _refuse_silence(entry)
    inputs = _inputs(found)
    if table(entry.result):
        return _waiting(question, table(entry.result), inputs)
    in_block = _in_block(question, found) or _by_outputs(question, others[:_OUTPUTS])
    if in_block is not None:
        return in_block
    if found.seen is Seen.OK and "blockhash" not in table(found.result):
        # It came between the two questions.
        return Saw(sight=Sight.WAITING, inputs=inputs)
    left = _left(found) or (_left_known(others[-1], trace) if trace is not None and trace.block_hash else None)
    if left is not None:
        return left
    is_indexed = _is_indexed(found, indexes)
    if trace is not None and trace.inputs:
        return await _by_inputs(question, target, tools, trace, is_indexed)
    return Saw(sight=Sight.UNSEEN if is_indexed else Sight.HIDDEN)


def _refuse_silence(entry: Reply) -> None:
    """Raises CouldNotSee when the node did not answer; that it does not know the transaction is an answer."""
    if entry.seen not in (Seen.OK, Seen.RPC_ERROR):
        entry.or_raise()


def _waiting(question: Question, entry: dict[str, object], inputs: tuple[tuple[str, int], ...]) -> Saw:
    offered = _rate(entry)
    return Saw(
        sight=Sight.WAITING,
        can_raise=flag(entry.get("bip125-replaceable")) is True,
        inputs=inputs,
        **fee_of(offered, question.node.fee),  # type: ignore[arg-type] # fields by name
    )


def _rate(entry: dict[str, object]) -> float | None:
    """Smallest units per vbyte that miners go by: held back by what it waits for, lifted by what waits for it."""
    fees = table(entry.get("fees"))
    own = _per_byte(fees.get("modified") or fees.get("base") or entry.get("fee"), entry.get("vsize"), entry.get("size"))
    # Older members of the family write these sums in smallest units, newer ones in coins under `fees`.
    before = _per_byte(fees.get("ancestor"), entry.get("ancestorsize"), None)
    after = _per_byte(fees.get("descendant"), entry.get("descendantsize"), None)
    if own is None:
        return None
    return max(own if before is None else min(own, before), after or 0.0)


def _per_byte(coins: object, vsize: object, size: object) -> float | None:
    fee, length = number(coins), whole(vsize) or whole(size)
    return None if fee is None or not length else fee * _UNITS / length


def _in_block(question: Question, found: Reply) -> Saw | None:
    told = table(found.result)
    confirmations, block = whole(told.get("confirmations")), block_hash(told.get("blockhash"))
    if block is None or not confirmations:
        return None
    return _included(question, confirmations, block, _inputs(found))


def _by_outputs(question: Question, outputs: list[Reply]) -> Saw | None:
    """An output that is there and unspent proves the transaction, and counts its confirmations from its best block."""
    there = [table(each.result) for each in outputs if whole(table(each.result).get("confirmations"))]
    if not there:
        return None
    confirmations, node = whole(there[0].get("confirmations")) or 1, question.node
    if node.height is None or block_hash(there[0].get("bestblock")) != node.head_hash:
        return Saw(sight=Sight.INCLUDED, confirmations=confirmations)
    height = node.height - confirmations + 1
    return Saw(
        sight=Sight.INCLUDED, block_height=height, block_hash=node.hashes.get(height), confirmations=confirmations
    )


def _included(question: Question, confirmations: int, block: str, inputs: tuple[tuple[str, int], ...]) -> Saw:
    height = _height(question, confirmations, block)
    return Saw(sight=Sight.INCLUDED, block_height=height, block_hash=block, confirmations=confirmations, inputs=inputs)


def _height(question: Question, confirmations: int, block: str) -> int | None:
    """Of the block, which the node does not tell.

    Counted back from the head it may be off by the blocks that came since our look; so not where hashes are known.
    """
    node = question.node
    known = next((height for height, known in node.hashes.items() if known == block), None)
    if known is not None or node.height is None:
        return known
    counted = node.height - confirmations + 1
    return None if counted in node.hashes or counted < 0 else counted


def _left(found: Reply) -> Saw | None:
    """The index still leads to the block, which counts no confirmations: the chain has left it."""
    told = table(found.result)
    block = block_hash(told.get("blockhash"))
    if block is None or whole(told.get("confirmations")):
        return None
    return Saw(sight=Sight.LEFT, block_hash=block, inputs=_inputs(found))


def _left_known(found: Reply, trace: Trace) -> Saw | None:
    """The block in which we saw it, asked by name: the node says whether it is still part of the chain."""
    if flag(table(found.result).get("in_active_chain")) is not False:
        return None
    return Saw(sight=Sight.LEFT, block_height=trace.block_height, block_hash=trace.block_hash, inputs=_inputs(found))


def _inputs(found: Reply) -> tuple[tuple[str, int], ...]:
    spent = [
        (block_hash(each.get("txid")), whole(each.get("vout")))
        for each in map(table, rows(table(found.result).get("vin")))
    ]
    return tuple((txid, position) for txid, position in spent[:_INPUTS] if txid is not None and position is not None)


def _is_indexed(found: Reply, indexes: Reply) -> bool:
    """Whether the node would have found it in any block: by its list of indexes, else by the words of its refusal."""
    if indexes.seen is Seen.OK:
        return flag(table(table(indexes.result).get("txindex")).get("synced")) is True
    return found.seen is Seen.RPC_ERROR and bool(found.words) and _SAYS_NO_INDEX not in found.words.lower()


async def _by_inputs(question: Question, target: Target, tools: Tools, trace: Trace, is_indexed: bool) -> Saw:
    """Where the coins went that it would have spent: nowhere yet, into what waits, or into a block."""
    spent = [{"txid": txid, "vout": position} for txid, position in trace.inputs]
    calls = [Call(method="gettxspendingprevout", params=(spent,))]
    for txid, position in trace.inputs:
        calls += [Call(method="gettxout", params=(txid, position, waiting)) for waiting in (True, False)]
    named, *outputs = (await ask_all(target, tools, calls)).replies
    takers = (block_hash(table(each).get("spendingtxid")) for each in rows(named.result))
    taker = next((each for each in takers if each not in (None, question.hash)), None)
    if taker is not None:
        return Saw(sight=Sight.REPLACED, replaced_by=taker)
    pairs = list(zip(outputs[::2], outputs[1::2], strict=True))
    known = [(bool(table(a.result)), bool(table(b.result))) for a, b in pairs if a.seen is b.seen is Seen.OK]
    if any(in_blocks and not with_waiting for with_waiting, in_blocks in known):
        return Saw(sight=Sight.REPLACED)
    if known and all(with_waiting for with_waiting, _ in known):
        return Saw(sight=Sight.UNSEEN)
    # Spent in a block: by another transaction, or, where there is no index to tell, by this one.
    return Saw(sight=Sight.REPLACED if known and is_indexed else Sight.HIDDEN)

"""Look up a transaction on a node that speaks Ethereum's JSON-RPC.

Such a node forgets a waiting transaction once another of the same sender and number is in a block, or its own room is
full. What became of it then shows in the sender's count: https://ethereum.org/developers/docs/apis/json-rpc/
"""

from monitors.checks.rpc import Call, Reply, ask_all
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, table, whole, words
from monitors.transactions.sight import Question, Saw, Sight, fee_of
from records.observations import Seen


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """One batch; a second one when the transaction is in no block and its sender is known."""
    calls = [
        Call(method="eth_getTransactionByHash", params=(question.hash,)),
        Call(method="eth_getTransactionReceipt", params=(question.hash,)),
    ]
    found, receipt = (await ask_all(target, tools, calls)).replies
    transaction = table(found.or_raise())
    included = _included(receipt)
    if included is not None:
        return included
    if transaction and block_hash(transaction.get("hash")) != question.hash:
        raise CouldNotSee(Seen.GARBAGE, "the answer is about another transaction")
    height = whole(transaction.get("blockNumber"))
    if height is not None:
        # Its receipt is not there yet: whether it failed is not known, that it is in a block is.
        return Saw(sight=Sight.INCLUDED, block_height=height, block_hash=block_hash(transaction.get("blockHash")))
    sender, nonce = words(transaction.get("from"), longest=42), whole(transaction.get("nonce"))
    if not transaction and question.trace is not None:
        sender, nonce = question.trace.sender, question.trace.nonce
    if sender is None or nonce is None:
        return Saw(sight=Sight.WAITING if transaction else Sight.UNSEEN)
    return await _by_sender(question, target, tools, transaction, sender, nonce)


async def _by_sender(
    question: Question, target: Target, tools: Tools, transaction: dict[str, object], sender: str, nonce: int
) -> Saw:
    """Asks for the receipt once more, since it may have come meanwhile: then the sender's count is no surprise."""
    calls = [
        Call(method="eth_getTransactionCount", params=(sender, "latest")),
        # Not every client knows it; it is the only one that names what took the place.
        Call(method="eth_getTransactionBySenderAndNonce", params=(sender, hex(nonce))),
        Call(method="eth_getTransactionReceipt", params=(question.hash,)),
    ]
    counted, other, receipt = (await ask_all(target, tools, calls)).replies
    included = _included(receipt)
    if included is not None:
        return included
    count, instead = whole(counted.result), block_hash(table(other.result).get("hash"))
    if instead == question.hash:
        instead = None
    if (count is not None and count > nonce) or (instead is not None and not transaction):
        return Saw(sight=Sight.REPLACED, replaced_by=instead, sender=sender, nonce=nonce)
    if not transaction:
        return Saw(sight=Sight.UNSEEN)
    offered = whole(transaction.get("maxFeePerGas")) or whole(transaction.get("gasPrice"))
    return Saw(
        sight=Sight.WAITING,
        earlier_missing=count is not None and count < nonce,
        sender=sender,
        nonce=nonce,
        **fee_of(None if offered is None else float(offered), question.node.fee, is_ceiling=True),  # type: ignore[arg-type] # fields by name
    )


def _included(reply: Reply) -> Saw | None:
    """What the receipt says; None without one. Receipts from before 2017 do not say whether it failed."""
    receipt = table(reply.result)
    height = whole(receipt.get("blockNumber"))
    if height is None:
        return None
    failed = receipt.get("status") is not None and whole(receipt.get("status")) == 0
    return Saw(
        sight=Sight.FAILED if failed else Sight.INCLUDED,
        block_height=height,
        block_hash=block_hash(receipt.get("blockHash")),
    )

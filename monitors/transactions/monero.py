"""Look up a transaction on a Monero node: https://docs.getmonero.org/rpc-library/monerod-rpc/#get_transactions"""

from dataclasses import replace

from monitors.checks.rest import Post, ask_path
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.jsonwire import flag, rows, table, whole, words
from monitors.transactions.sight import Question, Saw, Sight
from records.observations import Seen


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """One call, without what proves the transaction, which is long."""
    # Operators may have written the address of its JSON-RPC; this call stands beside that.
    target = replace(target, url=target.url.replace("/json_rpc", "", 1))
    wanted = {"txs_hashes": [question.hash], "decode_as_json": False, "prune": True}
    answer = table((await ask_path(target, tools, Post(path="/get_transactions", document=wanted))).or_raise())
    if words(answer.get("status")) == "BUSY":
        raise CouldNotSee(Seen.OVERLOADED, "the node has no room for more questions")
    if words(answer.get("status")) != "OK":
        raise CouldNotSee(Seen.RPC_ERROR, "the node answered with an error")
    if question.hash in rows(answer.get("missed_tx")):
        return Saw(sight=Sight.UNSEEN)
    told = next((each for each in map(table, rows(answer.get("txs"))) if each.get("tx_hash") == question.hash), None)
    if told is None:
        raise CouldNotSee(Seen.GARBAGE, "the answer is not what the protocol says")
    if flag(told.get("in_pool")) is True:
        return Saw(sight=Sight.WAITING)
    height = whole(told.get("block_height"))
    if height is None:
        raise CouldNotSee(Seen.GARBAGE, "the answer is not what the protocol says")
    return Saw(sight=Sight.INCLUDED, block_height=height, block_hash=question.node.hashes.get(height))

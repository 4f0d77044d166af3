"""Look up a transaction on a Tron node (java-tron): https://developers.tron.network/reference/gettransactioninfobyid"""

from monitors.checks.rest import Post, ask_path, ask_paths
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, table, whole, words
from monitors.transactions.sight import Question, Saw, Sight
from records.observations import Seen

_SUCCESS = frozenset({None, "", "SUCCESS", "DEFAULT"})


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """Two calls side by side; a third for what waits, where the transaction is in no block."""
    wanted = {"value": question.hash}
    (info, whole_one), _ = await ask_paths(
        target,
        tools,
        [
            Post(path="/wallet/gettransactioninfobyid", document=wanted),
            Post(path="/wallet/gettransactionbyid", document=wanted),
        ],
    )
    told = table(info.result)
    height = whole(told.get("blockNumber"))
    if height is not None:
        return _included(question, told, height)
    if "Error" in told:
        raise CouldNotSee(Seen.RPC_ERROR, "the node answered with an error")
    if block_hash(table(whole_one.result).get("txID")) == question.hash:
        # In a block whose results are not written down yet.
        return Saw(sight=Sight.WAITING)
    # Older nodes do not serve that path: then nothing is known of what waits.
    waiting = await ask_path(target, tools, Post(path="/wallet/gettransactionfrompending", document=wanted))
    if block_hash(table(waiting.result).get("txID")) == question.hash:
        return Saw(sight=Sight.WAITING)
    return Saw(sight=Sight.UNSEEN)


def _included(question: Question, told: dict[str, object], height: int) -> Saw:
    if block_hash(told.get("id")) != question.hash:
        raise CouldNotSee(Seen.GARBAGE, "the answer is about another transaction")
    outcome = words(table(told.get("receipt")).get("result"))
    failed = words(told.get("result")) == "FAILED" or outcome not in _SUCCESS
    solid = question.node.finalized_height
    return Saw(
        sight=Sight.FAILED if failed else Sight.INCLUDED,
        block_height=height,
        is_final=solid is not None and height <= solid,
    )

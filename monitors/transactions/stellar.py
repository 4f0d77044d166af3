"""Look up a transaction on a Stellar node: by Horizon or Stellar RPC; Core's own interface finds none by its hash."""

from monitors.checks.rest import ask_document
from monitors.checks.rpc import Call, ask_one
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, table, whole, words
from monitors.transactions.sight import Question, Saw, Sight
from records.observations import Seen

#: What Horizon's answer for "not found" ends with, among its kinds of problem.
_NOT_FOUND = "not_found"


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """One question, in the language in which the node was looked at a moment ago."""
    match tools.memory.dialect:
        case "horizon":
            return await _horizon(question, target, tools)
        case "rpc":
            return await _rpc(question, target, tools)
    return Saw(sight=Sight.HIDDEN)


async def _horizon(question: Question, target: Target, tools: Tools) -> Saw:
    status, document = await ask_document(
        target, tools, f"/transactions/{question.hash}", statuses=frozenset({200, 404})
    )
    told = table(document)
    if status == 404:
        if not (words(told.get("type")) or "").endswith(_NOT_FOUND):
            raise CouldNotSee(Seen.UNSUPPORTED, "the node does not serve the path")
        return Saw(sight=Sight.UNSEEN)
    height = whole(told.get("ledger"))
    if height is None or block_hash(told.get("hash")) != question.hash:
        raise CouldNotSee(Seen.GARBAGE, "the answer is not what the protocol says")
    failed = flag(told.get("successful")) is False
    return Saw(sight=Sight.FAILED if failed else Sight.INCLUDED, block_height=height, is_final=True)


async def _rpc(question: Question, target: Target, tools: Tools) -> Saw:
    reply = await ask_one(target, tools, Call(method="getTransaction", params={"hash": question.hash}))
    told = table(reply.or_raise())
    match words(told.get("status")):
        case "SUCCESS":
            return Saw(sight=Sight.INCLUDED, block_height=whole(told.get("ledger")), is_final=True)
        case "FAILED":
            return Saw(sight=Sight.FAILED, block_height=whole(told.get("ledger")), is_final=True)
        case "NOT_FOUND":
            # It keeps a day or a week of ledgers; older ones are not found either.
            return Saw(sight=Sight.UNSEEN)
    raise CouldNotSee(Seen.GARBAGE, "the answer is not what the protocol says")

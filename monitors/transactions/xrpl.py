"""Look up a transaction on a server of the XRP Ledger: https://xrpl.org/docs/references/http-websocket-apis/…/tx

A validated ledger is final. A transaction mostly names the last ledger that may take it; after that it is void.
"""

from monitors.checks.rest import Post, ask_path
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, table, whole, words
from monitors.transactions.sight import Question, Saw, Sight
from records.observations import Seen

_LIMITS = frozenset({"slowDown", "tooBusy"})
#: `tes` is success; `tec` is in the ledger, took its fee, and did nothing else.
_SUCCESS = "tes"


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """One call."""
    wanted = Post(path="", document={"method": "tx", "params": [{"transaction": question.hash, "binary": False}]})
    reply = await ask_path(target, tools, wanted)
    result = table(table(reply.or_raise()).get("result"))
    error = words(result.get("error"))
    if error in _LIMITS:
        raise CouldNotSee(Seen.THROTTLED, "the node limits how often we may ask")
    if error == "txnNotFound":
        # A server whose history has gaps may lack just the ledger that it is in.
        return Saw(sight=Sight.HIDDEN if question.node.facts.get("history_gaps") else Sight.UNSEEN)
    if error is not None:
        raise CouldNotSee(Seen.RPC_ERROR, "the node answered with an error")
    # Newer answers (api_version 2) keep the transaction's own fields apart.
    body = table(result.get("tx_json")) or result
    if block_hash(result.get("hash") or body.get("hash")) != question.hash.lower():
        raise CouldNotSee(Seen.GARBAGE, "the answer is about another transaction")
    return _saw(question, result, body)


def _saw(question: Question, result: dict[str, object], body: dict[str, object]) -> Saw:
    if flag(result.get("validated")) is True:
        outcome = words(table(result.get("meta")).get("TransactionResult")) or ""
        return Saw(
            sight=Sight.INCLUDED if outcome.startswith(_SUCCESS) else Sight.FAILED,
            block_height=whole(result.get("ledger_index")) or whole(body.get("ledger_index")),
            is_final=True,
        )
    last, head = whole(body.get("LastLedgerSequence")), question.node.height
    is_void = last is not None and head is not None and head > last
    return Saw(sight=Sight.EXPIRED if is_void else Sight.WAITING)

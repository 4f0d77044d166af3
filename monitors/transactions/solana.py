"""Look up a transaction on a node of Solana, by its first signature: https://solana.com/docs/rpc/http/getsignaturestatuses

There is no mempool: what is in no block is not seen, and a transaction is void about a minute after it was signed.
"""

from monitors.checks.rpc import Call, ask_one
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.jsonwire import rows, table, whole, words
from monitors.transactions.sight import Question, Saw, Sight
from records.observations import Seen


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """One call; the node searches the history that it keeps, too."""
    call = Call(method="getSignatureStatuses", params=([question.hash], {"searchTransactionHistory": True}))
    answer = table((await ask_one(target, tools, call)).or_raise())
    statuses = rows(answer.get("value"))
    if len(statuses) != 1:
        raise CouldNotSee(Seen.GARBAGE, "the answer is not what the protocol says")
    if statuses[0] is None:
        return Saw(sight=Sight.UNSEEN)
    status = table(statuses[0])
    slot = whole(status.get("slot"))
    if slot is None:
        raise CouldNotSee(Seen.GARBAGE, "the answer is not what the protocol says")
    return Saw(
        sight=Sight.INCLUDED if status.get("err") is None else Sight.FAILED,
        block_height=slot,
        # Null once it is final; before, the votes on top of it, as slots.
        confirmations=whole(status.get("confirmations")),
        is_final=words(status.get("confirmationStatus")) == "finalized",
    )

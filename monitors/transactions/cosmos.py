"""Look up a transaction on a node of CometBFT: https://docs.cometbft.com/main/rpc/#/Info/tx

A block is final as soon as it is there. Nodes may keep no index of transactions; then they say so.
"""

import base64
import binascii
import hashlib

from monitors.checks.rpc import Call, Reply, ask_all
from monitors.checks.target import Target, Tools
from monitors.client import CouldNotSee
from monitors.jsonwire import rows, table, whole, words
from monitors.transactions.sight import Question, Saw, Sight
from records.observations import Seen

#: As many as the node gives at once.
_WAITING = 100


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """One batch: blocks, and the first of what waits."""
    digest = base64.b64encode(bytes.fromhex(question.hash)).decode()
    calls = [
        Call(method="tx", params=(digest, False)),
        Call(method="unconfirmed_txs", params=(str(_WAITING),)),
    ]
    found, waiting = (await ask_all(target, tools, calls)).replies
    if found.seen is Seen.OK:
        return _included(question, table(found.result))
    if found.seen is not Seen.RPC_ERROR:
        found.or_raise()
    if _waits(question, table(waiting.result)):
        return Saw(sight=Sight.WAITING)
    return Saw(sight=_absence(found, table(waiting.result)))


def _included(question: Question, told: dict[str, object]) -> Saw:
    height = whole(told.get("height"))
    if height is None or (words(told.get("hash")) or "").upper() != question.hash:
        raise CouldNotSee(Seen.GARBAGE, "the answer is not what the protocol says")
    code = whole(table(told.get("tx_result")).get("code"))
    return Saw(sight=Sight.FAILED if code else Sight.INCLUDED, block_height=height, is_final=True)


def _waits(question: Question, pool: dict[str, object]) -> bool:
    return any(_hash(each) == question.hash for each in rows(pool.get("txs")) if isinstance(each, str))


def _hash(encoded: str) -> str | None:
    try:
        return hashlib.sha256(base64.b64decode(encoded, validate=True)).hexdigest().upper()
    except (binascii.Error, ValueError):
        return None


def _absence(found: Reply, pool: dict[str, object]) -> Sight:
    """Whether "not there" means anything: not without an index, nor when more waits than we were shown."""
    said = f"{found.words} {found.data if isinstance(found.data, str) else ''}".lower()
    if "indexing is disabled" in said:
        return Sight.HIDDEN
    if "not found" not in said:
        found.or_raise()
    total = whole(pool.get("total"))
    return Sight.HIDDEN if total is None or total > _WAITING else Sight.UNSEEN

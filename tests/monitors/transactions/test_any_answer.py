"""Whatever a node answers about a transaction, it ends in a sight or in "could not see", and breaks nothing."""

import json
import random
import re

import pytest

from monitors.checks.target import Memory, Target, Tools
from monitors.client import Client, CouldNotSee
from monitors.transactions import FAMILIES
from monitors.transactions.combine import Asked, NodeSaw, combine
from monitors.transactions.sight import Question, Sight, Trace
from tests.monitors.cast import seen_at
from tests.monitors.fault_server import FaultServer, response
from tests.monitors.transactions.asking import BEGIN

HASH, COIN = "ab" * 32, "cd" * 32
TRACE = Trace(
    at=BEGIN, sender="0x" + "11" * 20, nonce=7, inputs=((COIN, 0), (COIN, 1)), block_height=90, block_hash=COIN
)
WORDS = ["0x1", HASH, "0x" + HASH, "", "tesSUCCESS", "-1", "9" * 25, "\u202e", "<script>", "SUCCESS", "NOT_FOUND", "OK"]
KEYS = [
    *["hash", "from", "nonce", "blockNumber", "blockHash", "status", "maxFeePerGas", "gasPrice", "txid", "vin", "vout"],
    *["fees", "base", "ancestor", "ancestorsize", "vsize", "bip125-replaceable", "blockhash", "confirmations"],
    *["bestblock", "in_active_chain", "txindex", "synced", "spendingtxid", "value", "slot", "err", "result", "error"],
    *["validated", "ledger_index", "meta", "TransactionResult", "tx_json", "LastLedgerSequence", "id", "receipt"],
    *["txID", "height", "tx_result", "code", "txs", "total", "ledger", "successful", "type", "missed_tx", "tx_hash"],
    *["in_pool", "block_height", "confirmationStatus"],
]


def any_value(dice: random.Random, depth: int = 2) -> object:
    """Some JSON, made of the words that the families look for."""
    plain: list[object] = [None, True, False, 0, -1, 7, 1 << 70, 0.5, -1e300, dice.choice(WORDS)]
    if depth == 0 or dice.random() < 0.3:
        return dice.choice(plain)
    if dice.random() < 0.3:
        return [any_value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {key: any_value(dice, depth - 1) for key in dice.sample(KEYS, 14)}


def any_document(dice: random.Random) -> object:
    if dice.random() < 0.4:
        return any_value(dice)
    frames: list[object] = [
        {"id": dice.choice([index, index, index, "1"]), dice.choice(["result", "error"]): any_value(dice)}
        for index in range(1, 9)
    ]
    return frames if dice.random() < 0.7 else frames[0]


@pytest.mark.parametrize("kind", sorted(FAMILIES))
@pytest.mark.parametrize("seed", range(2))
async def test_no_answer_of_any_shape_breaks_a_question(client: Client, faults: FaultServer, kind: str, seed: int):
    dice = random.Random(seed)
    target = Target(monitor="chain:x", name="x-1", url=faults.url("node"), deadline_seconds=2.0)
    node = seen_at(100)
    for _ in range(40):
        tools = Tools(client=client, memory=Memory(dialect=dice.choice(["horizon", "rpc", "core"])))
        faults.script["node"] = [response(json.dumps(any_document(dice)).encode()) for _ in range(4)]
        hash_ = ("0x" if kind in ("evm", "substrate") else "") + HASH
        trace = dice.choice([None, TRACE])
        try:
            saw = await FAMILIES[kind](Question(hash=hash_, node=node, trace=trace), target, tools)
        except CouldNotSee:
            continue
        assert saw.sight in Sight
        assert saw.replaced_by is None or re.fullmatch(r"(0x)?[0-9a-f]{64}", saw.replaced_by)
        asked = Asked(chain="x", hash=hash_, at=BEGIN, needed=3, trace=trace)
        answer = combine(asked, [NodeSaw(saw=saw, node=node)])
        assert answer.confirmations is None or answer.confirmations >= 1

"""Whatever a node answers, a look ends in an observation, and a strange answer never looks healthy by accident."""

import json
import random

import pytest

from monitors.checks import CHAIN_CHECKS
from monitors.checks.target import Target, Tools
from monitors.client import Client
from records.observations import Seen
from tests.monitors.fault_server import FaultServer, response

WORDS = ["0x1", "0x" + "ab" * 32, "", "main", "-1", "9" * 25, "\u202e", "result", "valid-fork", "0x_1"]
KEYS = [
    *["number", "hash", "parentHash", "timestamp", "baseFeePerGas", "currentBlock", "highestBlock", "Ok"],
    *["blocks", "headers", "bestblockhash", "initialblockdownload", "connections", "networkactive", "feerate"],
    *["usage", "maxmempool", "mempoolminfee", "minrelaytxfee", "status", "branchlen", "height", "time", "warnings"],
    *["data", "root", "header", "message", "slot", "parent_root", "finalized", "epoch", "genesis_time", "connected"],
    *["blockID", "block_header", "raw_data", "solidityBlock", "peerList", "needSyncFromPeer", "currentConnectCount"],
    *["isSyncing", "shouldHavePeers", "highestBlock", "specVersion", "ledger", "num", "quorum", "qset", "fail_at"],
    *["history_latest_ledger", "core_latest_ledger", "prev_hash", "sequence", "passphrase", "lastKnownTip", "id"],
    *["connectionStatus", "networkSynchronization", "ok", "last", "seqno", "root_hash", "prev_blocks", "gen_utime"],
    *["height_without_bootstrap", "target_height", "synchronized", "nettype", "block_header", "chains", "length"],
    *["SECONDS_PER_SLOT", "SLOTS_PER_EPOCH", "sync_distance", "is_syncing", "el_offline", "version"],
    *["sync_info", "latest_block_height", "latest_block_hash", "block_metas", "block_id", "n_peers", "response"],
    *["context", "value", "blockhash", "numSlots", "samplePeriodSecs", "absoluteSlot", "blockHeight", "current"],
    *["result", "info", "error", "validated_ledger", "seq", "age", "server_state", "complete_ledgers", "drops"],
]


def any_value(dice: random.Random, depth: int = 3) -> object:
    """Some JSON, made of the words that the checks look for."""
    plain: list[object] = [None, True, False, 0, -1, 7, 1 << 70, 0.5, -1e300, dice.choice(WORDS)]
    if depth == 0 or dice.random() < 0.3:
        return dice.choice(plain)
    if dice.random() < 0.3:
        return [any_value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {key: any_value(dice, depth - 1) for key in dice.sample(KEYS, 12)}


def any_document(dice: random.Random, calls: int) -> object:
    if dice.random() < 0.1:
        return any_value(dice)
    frames: list[object] = []
    for index in range(1, calls + 1):
        name = dice.choices(["result", "error"], [9, 1])[0]
        frames.append({"id": dice.choice([index, index, index, "1", None, True]), name: any_value(dice)})
    dice.shuffle(frames)
    return frames if dice.random() < 0.9 else frames[0]


@pytest.mark.parametrize("kind", sorted(CHAIN_CHECKS))
@pytest.mark.parametrize("seed", range(3))
async def test_no_answer_of_any_shape_breaks_a_look(client: Client, faults: FaultServer, kind: str, seed: int):
    dice = random.Random(seed)
    tools = Tools(client=client)
    target = Target(monitor="chain:x", name="x-1", url=faults.url("node"), deadline_seconds=2.0)
    for _ in range(40):
        faults.script["node"] = [response(json.dumps(any_document(dice, 14)).encode()) for _ in range(6)]
        seen = await CHAIN_CHECKS[kind](target, tools)
        if seen.seen is Seen.OK:
            assert seen.height is not None
            assert seen.head_hash is not None
        else:
            assert seen.note
            assert seen.height is None

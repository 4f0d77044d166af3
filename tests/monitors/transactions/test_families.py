"""Families whose nodes cannot run here: the documented shapes of their answers, from fake nodes at the wire."""

import base64
import hashlib
from typing import Any

import pytest

from monitors.client import Client
from records.transactions import Answer, Found, Why
from tests.monitors.fakes.cardano import FakeOgmios
from tests.monitors.fakes.cosmos import FakeCosmos
from tests.monitors.fakes.monero import FakeMonerod
from tests.monitors.fakes.server import FakeNode
from tests.monitors.fakes.server import RpcError as FakeError
from tests.monitors.fakes.solana import FakeSolana
from tests.monitors.fakes.stellar import FakeCore, FakeHorizon, FakeStellarRpc
from tests.monitors.fakes.substrate import FakeSubstrate
from tests.monitors.fakes.ton import FakeToncenter
from tests.monitors.fakes.tron import FakeTron
from tests.monitors.fakes.xrpl import FakeXrpl
from tests.monitors.transactions.asking import Asking, own

HEX = "ab" * 32
SIGNATURE = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW"


async def asked(client: Client, chain: str, node: FakeNode, hash_: str, *, needed: int | None = 1) -> Answer:
    return await Asking(client, chain, [own("node-1", node.url)], needed=needed).about(hash_)


async def solana(client: Client, status: object) -> Answer:
    async with FakeSolana() as node:
        node.changed["getSignatureStatuses"] = {"context": {"slot": node.slot}, "value": [status]}
        return await asked(client, "solana", node, SIGNATURE, needed=32)


async def test_solana_counts_votes_then_calls_it_final(client):
    status = {"slot": 379_999_995, "confirmations": 5, "err": None, "confirmationStatus": "confirmed"}
    answer = await solana(client, status)
    assert (answer.found, answer.confirmations, answer.block_height) == (Found.CONFIRMING, 5, 379_999_995)
    done = {"slot": 379_000_000, "confirmations": None, "err": None, "confirmationStatus": "finalized"}
    assert (await solana(client, done)).found is Found.FINAL
    assert (await solana(client, done | {"err": {"InstructionError": [0, "Custom"]}})).found is Found.FAILED


async def test_solana_has_no_mempool_so_what_is_in_no_block_is_not_seen(client):
    assert (await solana(client, None)).found is Found.NOT_SEEN


class Xrpl(FakeXrpl):
    """With one transaction."""

    def __init__(self, **told: Any) -> None:
        super().__init__()
        self.told = {"hash": HEX.upper(), **told}

    def _result(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        return self.told if name == "tx" else super()._result(name, params)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"validated": True, "ledger_index": 99_999_990, "meta": {"TransactionResult": "tesSUCCESS"}}, Found.FINAL),
        ({"validated": True, "ledger_index": 99_999_990, "meta": {"TransactionResult": "tecPATH_DRY"}}, Found.FAILED),
        ({"validated": False, "LastLedgerSequence": 100_000_010}, Found.WAITING),
        ({"validated": False, "tx_json": {"LastLedgerSequence": 99_999_999}}, Found.DROPPED),
        ({"hash": "CD" * 32, "validated": True}, Found.CANNOT_TELL),
    ],
)
async def test_xrpl_tells_by_the_ledger_and_by_the_last_one_that_may_take_it(client, told, found):
    async with Xrpl(**told) as node:
        assert (await asked(client, "xrpl", node, HEX)).found is found


async def test_xrpl_says_not_seen_only_where_its_history_is_whole(client):
    async with FakeXrpl() as node:
        node.errors["tx"] = ("txnNotFound", 29)
        assert (await asked(client, "xrpl", node, HEX)).found is Found.NOT_SEEN
        node.complete = "32570-6595042,6595050-100000000"
        answer = await asked(client, "xrpl", node, HEX)
        assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.NO_INDEX)
        node.errors["tx"] = ("slowDown", 10)
        assert (await asked(client, "xrpl", node, HEX)).why is Why.BUSY


class Tron(FakeTron):
    """With answers to the questions about transactions."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        super().__init__()
        self.answers = answers

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        name = path.rpartition("/")[2]
        if name.startswith("gettransaction") and path not in self.without:
            assert body == {"value": HEX}
            return 200, self.answers.get(name, {})
        return await super().answer(method, path, body)


@pytest.mark.parametrize(
    ("info", "found", "confirmations"),
    [
        ({"receipt": {"result": "SUCCESS"}}, Found.CONFIRMING, 6),
        ({"receipt": {"net_usage": 267}}, Found.CONFIRMING, 6),
        ({"receipt": {"result": "OUT_OF_ENERGY"}, "result": "FAILED"}, Found.FAILED, 6),
    ],
)
async def test_tron_tells_by_the_receipt(client, info, found, confirmations):
    async with Tron(gettransactioninfobyid={"id": HEX, "blockNumber": 66_987_560, **info}) as node:
        answer = await asked(client, "tron", node, HEX, needed=19)
    assert (answer.found, answer.confirmations) == (found, confirmations)


async def test_tron_tells_what_waits_and_what_is_not_there(client):
    async with Tron(gettransactionfrompending={"txID": HEX}) as node:
        assert (await asked(client, "tron", node, HEX)).found is Found.WAITING
    async with Tron() as node:
        assert (await asked(client, "tron", node, HEX)).found is Found.NOT_SEEN
        node.without.add("/wallet/gettransactioninfobyid")
        assert (await asked(client, "tron", node, HEX)).found is Found.CANNOT_TELL


MISSING = FakeError(-32603, "Internal error", f"tx ({HEX.upper()}) not found")


async def cosmos(client: Client, **changed: object) -> Answer:
    async with FakeCosmos() as node:
        node.changed = {"tx": MISSING, "unconfirmed_txs": {"n_txs": "0", "total": "0", "txs": []}, **changed}
        return await asked(client, "cosmos-hub", node, HEX)


async def test_cosmos_is_final_as_soon_as_it_is_in_a_block(client):
    told = {"hash": HEX.upper(), "height": "21998990", "index": 1, "tx_result": {"code": 0}}
    assert (await cosmos(client, tx=told)).found is Found.FINAL
    assert (await cosmos(client, tx=told | {"tx_result": {"code": 11}})).found is Found.FAILED


async def test_cosmos_finds_what_waits_by_hashing_it(client):
    raw = b"a transaction"
    hash_ = hashlib.sha256(raw).hexdigest()
    pool = {"n_txs": "1", "total": "1", "txs": [base64.b64encode(raw).decode()]}
    async with FakeCosmos() as node:
        node.changed = {"tx": MISSING, "unconfirmed_txs": pool}
        assert (await asked(client, "cosmos-hub", node, hash_)).found is Found.WAITING


async def test_cosmos_says_not_seen_only_with_an_index_and_the_whole_pool(client):
    assert (await cosmos(client)).found is Found.NOT_SEEN
    crowded = {"n_txs": "100", "total": "4000", "txs": []}
    assert (await cosmos(client, unconfirmed_txs=crowded)).why is Why.NO_INDEX
    bare = FakeError(-32603, "Internal error", "transaction indexing is disabled")
    assert (await cosmos(client, tx=bare)).why is Why.NO_INDEX
    assert (await cosmos(client, tx=FakeError(-32603, "Internal error", "disk is full"))).why is Why.UNREACHABLE


class Horizon(FakeHorizon):
    """With one answer about transactions."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__()
        self.told = (status, document)

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        return self.told if path.startswith("/transactions/") else await super().answer(method, path, body)


@pytest.mark.parametrize(
    ("status", "document", "found"),
    [
        (200, {"hash": HEX, "ledger": 58_999_990, "successful": True}, Found.FINAL),
        (200, {"hash": HEX, "ledger": 58_999_990, "successful": False}, Found.FAILED),
        (404, {"type": "https://stellar.org/horizon-errors/not_found", "status": 404}, Found.NOT_SEEN),
        (404, {"error": "no such page"}, Found.CANNOT_TELL),
    ],
)
async def test_stellar_by_horizon(client, status, document, found):
    async with Horizon(status, document) as node:
        assert (await asked(client, "stellar", node, HEX)).found is found


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"status": "SUCCESS", "ledger": 58_999_990}, Found.FINAL),
        ({"status": "FAILED", "ledger": 58_999_990}, Found.FAILED),
        ({"status": "NOT_FOUND"}, Found.NOT_SEEN),
        ({}, Found.CANNOT_TELL),
    ],
)
async def test_stellar_by_its_rpc(client, told, found):
    async with FakeStellarRpc() as node:
        node.changed["getTransaction"] = told
        assert (await asked(client, "stellar", node, HEX)).found is found


@pytest.mark.parametrize(
    ("chain", "make", "hash_"),
    [
        ("stellar", FakeCore, HEX),
        ("polkadot", FakeSubstrate, "0x" + HEX),
        ("cardano", FakeOgmios, HEX),
        ("ton", FakeToncenter, HEX),
    ],
)
async def test_nodes_that_find_nothing_by_hash_say_so_and_never_not_seen(client, chain, make, hash_):
    async with make() as node:
        answer = await asked(client, chain, node, hash_)
    assert (answer.found, answer.why, answer.nodes_answered) == (Found.CANNOT_TELL, Why.NO_INDEX, 1)


class Monero(FakeMonerod):
    """With one answer about transactions."""

    def __init__(self, **told: Any) -> None:
        super().__init__()
        self.told = {"status": "OK", **told}

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        if path == "/get_transactions":
            return 200, self.told
        return await super().answer(method, path, body)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"txs": [{"tx_hash": HEX, "in_pool": False, "block_height": 3_549_998}]}, Found.CONFIRMING),
        ({"txs": [{"tx_hash": HEX, "in_pool": False, "block_height": 3_549_000}]}, Found.FINAL),
        ({"txs": [{"tx_hash": HEX, "in_pool": True}]}, Found.WAITING),
        ({"missed_tx": [HEX]}, Found.NOT_SEEN),
        ({"status": "BUSY"}, Found.CANNOT_TELL),
        ({"txs": []}, Found.CANNOT_TELL),
    ],
)
async def test_monero(client, told, found):
    async with Monero(**told) as node:
        assert (await asked(client, "monero", node, HEX, needed=10)).found is found


@pytest.mark.parametrize("chain", ["ethereum", "bitcoin", "solana", "xrpl", "tron", "cosmos-hub", "stellar", "monero"])
@pytest.mark.parametrize("answer", [(200, None), (200, []), (200, {"result": 7}), (200, "x"), (500, {}), (429, {})])
async def test_nonsense_is_no_answer(client, chain, answer):
    async with FakeXrpl() as node:
        node.instead = answer
        hash_ = SIGNATURE if chain == "solana" else HEX
        told = await asked(client, chain, node, hash_)
    assert told.found is Found.CANNOT_TELL
    assert told.why in (Why.UNREACHABLE, Why.BUSY)

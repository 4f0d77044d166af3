"""Transactions on real EVM nodes: each thing that can become of one."""

from typing import Any

import pytest

from monitors.client import Client
from records.transactions import FeeLevel, Found, Why
from tests.monitors.fakes.evm import FakeEvm
from tests.monitors.fakes.server import RpcError as FakeError
from tests.monitors.transactions.asking import Asking, own
from tests.nodes import Anvil, AnvilChain

NOBODY = "0x00000000000000000000000000000000000000aa"
#: Creation code of a contract that reverts whatever it is told: 5 bytes of `PUSH1 0 PUSH1 0 REVERT`.
REVERTS = "0x600580600b6000396000f360006000fd"
UNKNOWN = "0x" + "ab" * 32
GWEI = 10**9


@pytest.fixture
def asking(client: Client, anvils: AnvilChain) -> Asking:
    nodes = [own(f"eth-{number}", node.url) for number, node in enumerate(anvils.nodes[:2], 1)]
    return Asking(client, "ethereum", nodes, network=str(anvils.chain_id))


def send(node: Anvil, *, nonce: int | None = None, to: str | None = NOBODY, **more: object) -> str:
    sender = node.rpc("eth_accounts")[0]
    fields = {"from": sender, "to": to, "value": "0x1", "gas": hex(100_000), **more}
    return str(node.rpc("eth_sendTransaction", fields | ({} if nonce is None else {"nonce": hex(nonce)})))


def send_to_all(chain: AnvilChain, **more: Any) -> str:
    hashes = {send(node, maxFeePerGas=hex(10 * GWEI), maxPriorityFeePerGas=hex(GWEI), **more) for node in chain.nodes}
    assert len(hashes) == 1
    return hashes.pop()


def pending(**changes: object) -> dict[str, object]:
    """What a node answers that holds UNKNOWN among what waits."""
    sender = "0x" + "11" * 20
    transaction = {"hash": UNKNOWN, "from": sender, "nonce": "0x5", "blockNumber": None, "maxFeePerGas": hex(10 * GWEI)}
    return {"eth_getTransactionByHash": transaction | changes, "eth_getTransactionReceipt": None}


async def test_it_waits_then_counts_confirmations_then_is_final(asking, anvils):
    hash_ = send_to_all(anvils)
    waiting = await asking.about(hash_)
    assert (waiting.found, waiting.fee_level, waiting.why) == (Found.WAITING, FeeLevel.ENOUGH, None)
    assert (waiting.nodes_asked, waiting.nodes_answered) == (2, 2)
    anvils.mine()
    first = await asking.about(hash_)
    assert (first.found, first.confirmations, first.needed) == (Found.CONFIRMING, 1, 3)
    assert (first.block_height, first.is_disputed) == (21, False)
    anvils.mine()
    assert (await asking.about(hash_)).confirmations == 2
    anvils.mine()
    assert (await asking.about(hash_)).found is Found.FINAL


async def test_what_no_node_knows_is_not_seen(asking):
    answer = await asking.about(UNKNOWN)
    assert (answer.found, answer.confirmations, answer.why) == (Found.NOT_SEEN, None, None)


async def test_seen_by_one_beats_not_seen_by_the_other(asking, anvils):
    hash_ = send(anvils.nodes[1], maxFeePerGas=hex(10 * GWEI), maxPriorityFeePerGas=hex(GWEI))
    assert (await asking.about(hash_)).found is Found.WAITING


async def test_a_fee_below_the_present_level_is_told(client):
    # anvil forgets such transactions at the next block; real nodes keep them.
    async with FakeEvm() as node:
        node.changed = pending(maxFeePerGas=hex(GWEI // 5)) | {"eth_getTransactionCount": "0x5"}
        answer = await Asking(client, "ethereum", [own("eth-1", node.url)]).about(UNKNOWN)
    assert (answer.found, answer.fee_level, answer.fee_ratio) == (Found.WAITING, FeeLevel.BELOW, 0.2)


async def test_a_client_that_cannot_name_the_other_still_tells_of_it(client):
    async with FakeEvm() as node:
        node.changed = pending() | {"eth_getTransactionCount": "0x6"}
        answer = await Asking(client, "ethereum", [own("eth-1", node.url)]).about(UNKNOWN)
    assert "eth_getTransactionBySenderAndNonce" in node.asked
    assert (answer.found, answer.replaced_by) == (Found.REPLACED, None)


async def test_an_answer_about_another_transaction_is_not_believed(client):
    async with FakeEvm() as node:
        node.changed = pending(hash="0x" + "cd" * 32)
        answer = await Asking(client, "ethereum", [own("eth-1", node.url)]).about(UNKNOWN)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.UNREACHABLE)


async def test_a_node_that_limits_us_is_left_in_peace(client):
    async with FakeEvm() as node:
        node.changed = {"eth_getTransactionByHash": FakeError(-32005, "limit exceeded")}
        asking = Asking(client, "ethereum", [own("eth-1", node.url)])
        first = await asking.about(UNKNOWN)
        asked = len(node.asked)
        again = await asking.about(UNKNOWN)
        assert len(node.asked) == asked
    assert (first.found, first.why) == (again.found, again.why) == (Found.CANNOT_TELL, Why.BUSY)


async def test_one_whose_turn_has_not_come_says_so(asking, anvils):
    hash_ = send(anvils.nodes[0], nonce=7, maxFeePerGas=hex(10 * GWEI), maxPriorityFeePerGas=hex(GWEI))
    answer = await asking.about(hash_)
    assert (answer.found, answer.earlier_missing) == (Found.WAITING, True)


async def test_a_reverted_one_has_failed(asking, anvils):
    for node in anvils.nodes:
        send(node, to=None, data=REVERTS, value="0x0", maxFeePerGas=hex(10 * GWEI), maxPriorityFeePerGas=hex(GWEI))
    anvils.mine()
    contract = anvils.nodes[0].rpc("eth_getBlockByNumber", "latest", True)["transactions"][0]["hash"]
    address = anvils.nodes[0].rpc("eth_getTransactionReceipt", contract)["contractAddress"]
    hash_ = send_to_all(anvils, to=address, value="0x0")
    anvils.mine()
    answer = await asking.about(hash_)
    assert (answer.found, answer.confirmations) == (Found.FAILED, 1)


async def test_a_dropped_one_was_there_before(asking, anvils):
    hash_ = send_to_all(anvils)
    first = await asking.about(hash_)
    for node in anvils.nodes:
        node.rpc("anvil_dropTransaction", hash_)
    answer = await asking.about(hash_)
    assert (answer.found, answer.seen_before_at) == (Found.DROPPED, first.at)


async def test_a_replaced_one_names_what_took_its_place(asking, anvils):
    hash_ = send_to_all(anvils, nonce=0)
    assert (await asking.about(hash_)).found is Found.WAITING
    others = {
        send(node, nonce=0, value="0x2", maxFeePerGas=hex(30 * GWEI), maxPriorityFeePerGas=hex(20 * GWEI))
        for node in anvils.nodes
    }
    replaced = await asking.about(hash_)
    anvils.mine()
    later = await asking.about(hash_)
    assert (replaced.found, later.found) == (Found.REPLACED, Found.REPLACED)
    assert {replaced.replaced_by, later.replaced_by} == others


async def test_a_block_that_was_replaced_is_noticed(asking, anvils):
    hash_ = send_to_all(anvils)
    anvils.mine(2)
    assert (await asking.about(hash_)).confirmations == 2
    for node in anvils.nodes:
        node.rpc("anvil_reorg", 2, [])
    answer = await asking.about(hash_)
    assert (answer.found, answer.block_height) == (Found.REORGANISED, 21)


async def test_two_branches_are_not_averaged(asking, anvils):
    hash_ = send_to_all(anvils)
    anvils.mine_apart(0)
    anvils.mine(1, skip=(0,))
    answer = await asking.about(hash_)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.SPLIT)


async def test_a_node_behind_does_not_say_not_seen(asking, anvils):
    hash_ = send(anvils.nodes[2])
    anvils.mine(5, skip=(0, 1))
    asking.watched = type(asking.watched)(verdict=asking.watched.verdict, height=25, is_fresh=True)
    answer = await asking.about(hash_)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.BEHIND)


async def test_frozen_and_dead_nodes_leave_the_answer_to_the_others(asking, anvils):
    hash_ = send_to_all(anvils)
    anvils.nodes[0].freeze()
    answer = await asking.about(hash_)
    anvils.nodes[0].thaw()
    assert (answer.found, answer.nodes_answered, answer.nodes_asked) == (Found.WAITING, 1, 2)
    for node in anvils.nodes[:2]:
        node.kill()
    answer = await asking.about(hash_)
    assert (answer.found, answer.why, answer.nodes_answered) == (Found.CANNOT_TELL, Why.UNREACHABLE, 0)


async def test_a_node_of_another_network_is_not_believed(asking, anvils):
    hash_ = send_to_all(anvils)
    for node in anvils.nodes:
        node.set_chain_id(5)
    answer = await asking.about(hash_)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.UNREACHABLE)

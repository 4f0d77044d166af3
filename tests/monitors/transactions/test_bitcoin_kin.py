"""What newer and older nodes of Bitcoin Core's family say otherwise than the real one in `test_bitcoin`."""

import pytest

from records.transactions import FeeLevel, Found, Why
from tests.monitors.fakes.bitcoin import FakeBitcoin
from tests.monitors.fakes.server import RpcError as FakeError
from tests.monitors.transactions.asking import Asking, own

HASH, OTHER, COIN = "ab" * 32, "cd" * 32, "ef" * 32
NOT_WAITING = FakeError(-5, "Transaction not in mempool")
NOT_INDEXED = FakeError(
    -5, "No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries."
)
NOWHERE = FakeError(-5, "No such mempool or blockchain transaction. Use gettransaction for wallet transactions.")
INDEXED = {"txindex": {"synced": True, "best_block_height": 900_000}}


@pytest.fixture
async def node():
    async with FakeBitcoin() as made:
        made.changed = {"getmempoolentry": NOT_WAITING, "getrawtransaction": NOWHERE, "gettxout": None}
        yield made


@pytest.fixture
def asking(client, node) -> Asking:
    return Asking(client, "bitcoin", [own("btc-1", node.url)], network="00" * 32)


def waits(node: FakeBitcoin, *, rate: float = 10.0, **more: object) -> None:
    """The node holds it among what waits, at so many satoshi per vbyte; the present level is ten."""
    fees = {"base": rate * 200 / 1e8, "modified": rate * 200 / 1e8}
    entry = {"vsize": 200, "fees": fees, "bip125-replaceable": False, **more}
    raw = {"txid": HASH, "vin": [{"txid": COIN, "vout": 1}]}
    node.changed |= {"getmempoolentry": entry, "getrawtransaction": raw}


def is_gone(node: FakeBitcoin, **more: object) -> None:
    node.changed |= {"getmempoolentry": NOT_WAITING, "getrawtransaction": NOWHERE, "getindexinfo": INDEXED, **more}


@pytest.mark.parametrize(("rate", "level"), [(4, FeeLevel.BELOW), (10, FeeLevel.ENOUGH), (30, FeeLevel.ABOVE)])
async def test_the_fee_is_told_against_the_present_level(asking, node, rate, level):
    waits(node, rate=rate)
    answer = await asking.about(HASH)
    assert (answer.found, answer.fee_level, answer.fee_ratio) == (Found.WAITING, level, rate / 10)


async def test_a_poor_parent_holds_it_back_and_a_rich_child_lifts_it(asking, node):
    waits(node, fees={"base": 4000 / 1e8, "ancestor": 2000 / 1e8, "descendant": 4000 / 1e8},
          ancestorsize=1000, descendantsize=200)  # fmt: skip
    assert (await asking.about(HASH)).fee_ratio == 2.0
    waits(node, fees={"base": 400 / 1e8, "descendant": 12_000 / 1e8}, descendantsize=400)
    assert (await asking.about(HASH)).fee_ratio == 3.0


async def test_an_older_node_shows_by_its_words_whether_it_has_an_index(asking, node):
    assert (await asking.about(HASH)).found is Found.NOT_SEEN
    node.changed["getrawtransaction"] = NOT_INDEXED
    answer = await asking.about(HASH)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.NO_INDEX)


async def test_an_index_that_is_not_complete_is_none(asking, node):
    node.changed["getindexinfo"] = {"txindex": {"synced": False, "best_block_height": 1}}
    assert (await asking.about(HASH)).why is Why.NO_INDEX


async def test_a_newer_node_names_what_took_its_place(asking, node):
    waits(node)
    await asking.about(HASH)
    is_gone(node, gettxspendingprevout=[{"txid": COIN, "vout": 1, "spendingtxid": OTHER}])
    answer = await asking.about(HASH)
    assert (answer.found, answer.replaced_by) == (Found.REPLACED, OTHER)


async def test_coins_that_are_still_there_mean_that_it_was_dropped(asking, node):
    waits(node)
    seen = await asking.about(HASH)
    is_gone(node, gettxspendingprevout=[{"txid": COIN, "vout": 1}], gettxout=None)
    assert (await asking.about(HASH)).found is Found.REPLACED
    node.changed["gettxout"] = {"confirmations": 0, "bestblock": node.hash_at(node.height)}
    answer = await asking.about(HASH)
    assert (answer.found, answer.seen_before_at) == (Found.DROPPED, seen.at)


async def test_without_an_index_spent_coins_leave_it_open(asking, node):
    waits(node)
    await asking.about(HASH)
    is_gone(node, getrawtransaction=NOT_INDEXED, getindexinfo={})
    assert (await asking.about(HASH)).why is Why.NO_INDEX


async def test_warm_up_and_a_full_queue_are_no_answer(asking, node):
    node.changed["getmempoolentry"] = FakeError(-28, "Loading block index...")
    assert (await asking.about(HASH)).why is Why.UNREACHABLE
    node.changed["getmempoolentry"] = FakeError(-32005, "limit exceeded")
    assert (await asking.about(HASH)).why is Why.BUSY

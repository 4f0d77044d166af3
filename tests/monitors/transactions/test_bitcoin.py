"""Transactions on real nodes of Bitcoin Core's family, with an index of transactions and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitors.client import Client
from records.transactions import Found, Why
from tests.monitors.transactions.asking import Asking, own
from tests.nodes import Litecoin, LitecoinPair, wait_for

UNKNOWN = "ab" * 32
#: What a block pays, before fees, on the test network's first 150 blocks.
REWARD = 50
MATURE = 101


class Spender:
    """Spends block rewards of a node without a wallet: they are paid to scripts that anybody may satisfy."""

    def __init__(self, node: Litecoin) -> None:
        self.node = node

    def reward(self, height: int) -> str:
        block = self.node.rpc("getblock", self.node.rpc("getblockhash", height))
        return str(block["tx"][0])

    def spend(self, height: int, *, fee: float = 0.001, sequence: int = 0) -> str:
        """Sends the reward of the block at `height`; with `sequence` 0 it may be replaced (BIP 125)."""
        inputs = [{"txid": self.reward(height), "vout": 0, "sequence": sequence}]
        raw = self.node.rpc("createrawtransaction", inputs, [{ADDRESS: round(REWARD - fee, 8)}])
        return str(self.node.rpc("sendrawtransaction", raw, 0))


#: An address of the private test network whose key nobody needs: outputs only have to be there.
ADDRESS = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[LitecoinPair]:
    """Two nodes with enough blocks that rewards may be spent; only the first has an index."""
    made = LitecoinPair()
    made.a.command.append("-txindex=1")
    for node in (made.a, made.b):
        # Rewards go to bare scripts, which nodes pass on only when told to.
        # Litecoin, unlike Bitcoin, lets no fee be raised unless told to.
        node.command += ["-acceptnonstdtxn=1", "-mempoolreplacement=1"]
    with made as pair:
        # Their rewards go to a script that anybody satisfies with nothing.
        pair.a.rpc("generatetodescriptor", 5, "raw(51)")
        pair.mine(MATURE)
        wait_for(lambda: bool(pair.a.rpc("getindexinfo")["txindex"]["synced"]), "the index")
        yield pair


@pytest.fixture
def spender(pair: LitecoinPair) -> Spender:
    return Spender(pair.a)


def asking_of(client: Client, *nodes: Litecoin) -> Asking:
    made = [own(f"ltc-{n}", node.url, user="u", password="p") for n, node in enumerate(nodes, 1)]
    return Asking(client, "litecoin", made, network=LitecoinPair.GENESIS)


async def test_it_waits_then_counts_confirmations_with_and_without_an_index(client, pair, spender):
    both, bare = asking_of(client, pair.a, pair.b), asking_of(client, pair.b)
    hash_ = spender.spend(1)
    wait_for(lambda: hash_ in pair.b.rpc("getrawmempool"), "the transaction at the other node")
    waiting = await both.about(hash_)
    assert (waiting.found, waiting.can_raise, waiting.nodes_answered) == (Found.WAITING, True, 2)
    assert (await bare.about(hash_)).found is Found.WAITING
    pair.mine(2)
    for asking in (both, bare):
        answer = await asking.about(hash_)
        assert (answer.found, answer.confirmations, answer.block_height) == (Found.CONFIRMING, 2, MATURE + 6)
        assert not answer.is_disputed
    pair.mine(1)
    assert (await both.about(hash_)).found is Found.FINAL


async def test_only_a_node_with_an_index_says_not_seen(client, pair):
    assert (await asking_of(client, pair.a).about(UNKNOWN)).found is Found.NOT_SEEN
    answer = await asking_of(client, pair.b).about(UNKNOWN)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.NO_INDEX)
    assert (await asking_of(client, pair.b, pair.a).about(UNKNOWN)).found is Found.NOT_SEEN


async def test_a_raised_fee_is_a_replacement_that_is_named_once_it_shows(client, pair, spender):
    asking = asking_of(client, pair.a)
    hash_ = spender.spend(1)
    assert (await asking.about(hash_)).found is Found.WAITING
    spender.spend(1, fee=0.01)
    answer = await asking.about(hash_)
    # This old node cannot name what spends the coins now; newer ones do (tests with a fake).
    assert (answer.found, answer.replaced_by) == (Found.REPLACED, None)
    pair.mine()
    assert (await asking.about(hash_)).found is Found.REPLACED


async def test_a_block_that_was_left_is_noticed(client, pair, spender):
    asking = asking_of(client, pair.a)
    hash_ = spender.spend(1)
    pair.mine()
    confirmed = await asking.about(hash_)
    assert confirmed.confirmations == 1
    pair.a.rpc("invalidateblock", pair.a.head)
    again = await asking.about(hash_)
    assert (again.found, again.waits_again, again.block_height) == (Found.REORGANISED, True, confirmed.block_height)


async def test_a_left_block_shows_in_the_index_to_whoever_asks_first(client, pair, spender):
    hash_ = spender.spend(1)
    pair.mine()
    block = pair.a.head
    pair.part(0, 0)
    spender_b = Spender(pair.b)
    pair.b.rpc("invalidateblock", block)
    # The other branch spends the same coins otherwise, so the first cannot wait again.
    other = spender_b.spend(1, fee=0.02)
    pair.b.mine(3)
    pair.b.rejoin()
    pair.a.rpc("setnetworkactive", True)
    wait_for(lambda: pair.a.head == pair.b.head, "the reorganisation", seconds=60)
    answer = await asking_of(client, pair.a).about(hash_)
    assert (answer.found, answer.waits_again) == (Found.REORGANISED, False)
    assert (await asking_of(client, pair.a).about(other)).found is Found.FINAL


async def test_a_node_cut_off_from_its_peers_does_not_say_not_seen(client, pair):
    pair.a.rpc("setnetworkactive", False)
    wait_for(lambda: pair.a.rpc("getconnectioncount") == 0, "the loss of all peers")
    answer = await asking_of(client, pair.a).about(UNKNOWN)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.BLIND)


async def test_a_wrong_password_leaves_us_without_an_answer(client, pair):
    asking = asking_of(client, pair.a)
    asking = Asking(client, "litecoin", [own("ltc-1", pair.a.url, user="u", password="no")], network=asking.network)
    answer = await asking.about(UNKNOWN)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.UNREACHABLE)

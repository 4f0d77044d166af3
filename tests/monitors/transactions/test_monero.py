"""A real Monero node on a private network: what a miner earns is a transaction like any other."""

import json

from records.transactions import Found, Why
from tests.monitors.transactions.asking import Asking, own
from tests.nodes import Monerod


async def test_a_real_node_counts_confirmations_and_never_says_not_seen_offline(client):
    with Monerod() as node:
        node.mine(20)
        block = node.rpc("get_block", height=19)
        earned = json.loads(block["json"])
        assert earned["tx_hashes"] == []
        for url in (node.url, node.url + "json_rpc"):
            asking = Asking(client, "monero", [own("xmr-1", url)], network="fakechain", needed=10)
            answer = await asking.about(block["miner_tx_hash"])
            assert (answer.found, answer.confirmations, answer.block_height) == (Found.CONFIRMING, 2, 19)
        unknown = await asking.about("ab" * 32)
        # The test's node is told to stay offline, so what it does not know says nothing.
        assert (unknown.found, unknown.why) == (Found.CANNOT_TELL, Why.BLIND)

"""The look at Bitcoin Core's family: two real Litecoin nodes, and answers captured from such."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from monitors.checks.bitcoin import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from records.observations import Seen
from tests.monitors.fault_server import FaultServer, response
from tests.nodes import Litecoin, LitecoinPair, wait_for

SAMPLES = Path(__file__).parent.parent / "samples/litecoind"


def target(node: Litecoin, *, password: str = "p", identity_block: int = 0) -> Target:
    return Target(
        monitor="chain:litecoin",
        name="ltc-1",
        url=node.url,
        user="u",
        password=password,
        deadline_seconds=4.0,
        identity_block=identity_block,
    )


def sample(name: str) -> object:
    return json.loads((SAMPLES / name).read_text())["result"]


async def look_at_script(client: Client, faults: FaultServer, **changed: str):
    """One look at a node that answers as captured."""
    files = {
        "info": "getblockchaininfo.json",
        "network": "getnetworkinfo.json",
        "tips": "getchaintips.json",
        "pool": "getmempoolinfo.json",
        "fee": "estimatesmartfee.json",
        **changed,
    }
    state = [{"id": index, "result": sample(name), "error": None} for index, name in enumerate(files.values(), 1)]
    block = [{"id": 1, "result": sample("getblockhash.genesis.json")}, {"id": 2, "result": {"time": 1_790_000_000}}]
    hashes = [{"id": index, "result": f"{index:064x}", "error": None} for index in range(3, 15)]
    faults.script["node"] = [response(json.dumps(state).encode()), response(json.dumps(block + hashes).encode())]
    return await look(Target(monitor="chain:litecoin", name="ltc-1", url=faults.url("node")), Tools(client=client))


async def test_a_real_node_shows_head_network_and_peers(client: Client, litecoins: LitecoinPair):
    seen = await look(target(litecoins.a), Tools(client=client))
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.head_hash) == (20, litecoins.a.head)
    assert seen.network == LitecoinPair.GENESIS
    assert (seen.syncing_behind, seen.peers, seen.peers_out) == (0, 1, 0)
    assert seen.facts["network_active"] is True
    assert seen.facts["initial_download"] is False
    assert seen.fee is None, "no estimate is unknown, not free"
    assert seen.mempool_full is not None
    assert seen.mempool_full < 0.1
    assert sorted(seen.hashes) == list(range(9, 21))
    assert seen.block_at is not None


async def test_a_real_reorganisation_shows_in_the_hashes_and_in_the_nodes_own_words(
    client: Client, litecoins: LitecoinPair
):
    tools = Tools(client=client)
    litecoins.part(3, 5)
    before = await look(target(litecoins.a), tools)
    litecoins.b.rejoin()
    litecoins.wait_until_same()
    after = await look(target(litecoins.a), tools)
    assert (before.height, after.height) == (23, 25)
    changed = [height for height in before.hashes if after.hashes.get(height) != before.hashes[height]]
    assert [height for height in changed if height in after.hashes] == [21, 22, 23]
    assert after.fork_depth == 3


async def test_an_isolated_node_has_no_peers(client: Client, litecoins: LitecoinPair):
    litecoins.b.isolate()
    seen = await look(target(litecoins.b), Tools(client=client))
    assert (seen.peers, seen.facts["network_active"]) == (0, False)


async def test_a_wrong_password_is_our_login_and_not_the_nodes_health(client: Client, litecoins: LitecoinPair):
    seen = await look(target(litecoins.a, password="wrong"), Tools(client=client))
    assert (seen.seen, seen.note) == (Seen.AUTH, "the node refuses our login")


async def test_a_node_below_the_identity_block_is_of_unknown_network(client: Client, litecoins: LitecoinPair):
    seen = await look(target(litecoins.a, identity_block=500), Tools(client=client))
    assert (seen.seen, seen.network) == (Seen.OK, None)


async def test_a_starting_node_never_looks_dead_for_long_nor_healthy_too_early(client: Client, litecoins: LitecoinPair):
    litecoins.a.rpc("stop")
    wait_for(lambda: not litecoins.a.answers("getblockcount"), "the stop")
    litecoins.a.kill()
    # So that it has something to do first, as a node with years of blocks has.
    litecoins.a.command += ["-checkblocks=0", "-checklevel=4"]
    litecoins.a.start()
    classes = []
    while Seen.OK not in classes:
        classes.append((await look(target(litecoins.a), Tools(client=client))).seen)
    assert set(classes) == {Seen.TRANSPORT, Seen.WARMING, Seen.OK}
    assert classes == sorted(classes, key=[Seen.TRANSPORT, Seen.WARMING, Seen.OK].index)


async def test_a_real_node_whose_work_queue_is_full_is_overloaded_and_not_down(client: Client, tmp_path: Path):
    node = Litecoin(tmp_path, extra=("-rpcworkqueue=1", "-rpcthreads=1"))
    node.start()
    try:
        wait_for(lambda: node.answers("getblockcount"), "the start of litecoind")
        # Its one thread waits for a block that never comes, and what is asked meanwhile fills the queue.
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(node.rpc, "waitfornewblock", 3_000)
            classes, until = [], time.monotonic() + 20
            while Seen.OVERLOADED not in classes and time.monotonic() < until:
                if waiting.done():
                    # A look of ours came first, and the one that was to hold the thread was itself refused.
                    waiting = pool.submit(node.rpc, "waitfornewblock", 3_000)
                seen = await look(replace(target(node), deadline_seconds=0.2), Tools(client=client))
                classes.append(seen.seen)
            assert classes[-1] is Seen.OVERLOADED
            assert "queue" not in seen.note.lower(), "the node's own words are not passed on"
        while seen.seen is not Seen.OK:
            seen = await look(target(node), Tools(client=client))
    finally:
        node.kill()


async def test_captured_answers_are_read(client: Client, faults: FaultServer):
    seen = await look_at_script(client, faults)
    assert (seen.seen, seen.height, seen.version) == (Seen.OK, 101, "/LitecoinCore:0.21.2.1/")
    assert seen.network == sample("getblockhash.genesis.json")


async def test_headers_fewer_than_blocks_are_not_a_negative_lag(client: Client, faults: FaultServer):
    assert (await look_at_script(client, faults, info="getblockchaininfo.after_invalidate.json")).syncing_behind == 0


async def test_a_fresh_node_is_in_its_initial_download(client: Client, faults: FaultServer):
    files = {"info": "getblockchaininfo.fresh.json"}
    state = [{"id": 1, "result": sample(files["info"])}]
    faults.script["node"] = [response(json.dumps(state).encode()), response(b"[]")]
    seen = await look(Target(monitor="m", name="n", url=faults.url("node")), Tools(client=client))
    assert seen.facts["initial_download"] is True


async def test_a_captured_reorganisation_has_its_depth(client: Client, faults: FaultServer):
    assert (await look_at_script(client, faults, tips="getchaintips.after_reorg.json")).fork_depth == 3


@pytest.mark.parametrize(
    ("name", "seen"), [("warmup_minus28.json", Seen.WARMING), ("getzmqnotifications.json", Seen.UNSUPPORTED)]
)
async def test_captured_refusals_are_classed_by_their_body(client: Client, faults: FaultServer, name: str, seen: Seen):
    body = (SAMPLES / name).read_bytes()
    faults.script["node"] = [response(body, status="500 Internal Server Error")]
    observation = await look(Target(monitor="m", name="n", url=faults.url("node")), Tools(client=client))
    assert observation.seen is seen


async def test_a_full_work_queue_is_overload(client: Client, faults: FaultServer):
    seen = await look(Target(monitor="m", name="n", url=faults.url("work-queue")), Tools(client=client))
    assert seen.seen is Seen.OVERLOADED


async def test_a_mempool_that_asks_more_than_usual_is_full(client: Client, faults: FaultServer, tmp_path: Path):
    pool = {"usage": 1, "maxmempool": 300_000_000, "mempoolminfee": 0.00005, "minrelaytxfee": 0.00001}
    frames = [{"id": 1, "result": sample("getblockchaininfo.json")}, {"id": 4, "result": pool}]
    frames.append({"id": 5, "result": {"feerate": 0.0002, "blocks": 6}})
    faults.script["node"] = [response(json.dumps(frames).encode()), response(b"[]")]
    seen = await look(Target(monitor="m", name="n", url=faults.url("node")), Tools(client=client))
    assert (seen.mempool_full, seen.fee) == (1.0, 20.0)
    assert (seen.peers, seen.fork_depth) == (None, None)

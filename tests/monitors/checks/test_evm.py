"""The look at EVM nodes: real anvils, captured answers, and servers that go wrong."""

import json
from pathlib import Path

import pytest

from monitors.checks.evm import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from records.observations import Seen
from tests.monitors.fault_server import FaultServer, response
from tests.nodes import AnvilChain

SAMPLES = Path(__file__).parent.parent / "samples"
KEY = "k3y-in-the-address"


def target(url: str, **more: object) -> Target:
    return Target(monitor="chain:ethereum", name="eth-1", url=url, deadline_seconds=2.0, **more)  # type: ignore[arg-type] # names of fields


def result(name: str) -> object:
    return json.loads((SAMPLES / name).read_text())["result"]


def scripted(**changed: object) -> bytes:
    """A batch as captured from anvil, with some answers changed; an exception is an error of the node."""
    answers = {
        "chain": "0x1",
        "latest": result("anvil/eth_getBlockByNumber.json"),
        "finalized": result("anvil/eth_getBlockByNumber.finalized.json"),
        "safe": result("anvil/eth_getBlockByNumber.finalized.json"),
        "syncing": False,
        "peers": "0x7",
        "version": "Geth/v1.16.0",
        **changed,
    }
    frames: list[dict[str, object]] = []
    for index, value in enumerate(answers.values(), 1):
        if isinstance(value, Exception):
            frames.append({"id": index, "error": {"code": value.args[0], "message": value.args[1]}})
        else:
            frames.append({"id": index, "result": value})
    return response(json.dumps(frames).encode())


async def look_at_script(client: Client, faults: FaultServer, **changed: object):
    block = response(json.dumps({"id": 1, "result": {"hash": "0x" + "cc" * 32}}).encode())
    faults.script["node"] = [scripted(**changed), block]
    return await look(target(faults.url("node")), Tools(client=client))


async def test_a_real_node_shows_its_head_chain_and_finality(client: Client, anvils: AnvilChain):
    seen = await look(target(anvils.nodes[0].url), Tools(client=client))
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.network, seen.syncing_behind) == (20, "31337", 0)
    assert seen.finalized_height == 12
    assert seen.peers is None, "anvil does not know the method: that is not 0 peers"
    assert seen.hashes[20] == seen.head_hash
    assert seen.hashes[19] == seen.parent_hash
    assert 16 in seen.hashes
    assert seen.version is not None
    assert seen.version.startswith("anvil/")
    assert seen.fee is not None


async def test_nodes_in_lock_step_have_the_same_hashes(client: Client, anvils: AnvilChain):
    seen = [await look(target(node.url), Tools(client=client)) for node in anvils.nodes]
    assert len({one.head_hash for one in seen}) == 1


async def test_a_reorganisation_is_followed_down_to_where_it_began(client: Client, anvils: AnvilChain):
    node, tools = anvils.nodes[0], Tools(client=client)
    before = await look(target(node.url), tools)
    for _ in range(10):
        anvils.mine(1, skip=[1, 2])
        before = await look(target(node.url), tools)
    node.roll_back(7)
    anvils.mine_apart(0, 9)
    after = await look(target(node.url), tools)
    assert after.height == 32
    changed = [
        height for height in after.hashes if before.hashes.get(height, after.hashes[height]) != after.hashes[height]
    ]
    assert min(changed) == 24
    assert all(
        after.hashes[height] == node.rpc("eth_getBlockByNumber", hex(height), False)["hash"] for height in after.hashes
    )


async def test_a_frozen_node_answers_not_in_time(client: Client, anvils: AnvilChain):
    anvils.nodes[0].freeze()
    seen = await look(
        Target(monitor="m", name="n", url=anvils.nodes[0].url, deadline_seconds=0.3), Tools(client=client)
    )
    assert (seen.seen, seen.note) == (Seen.TRANSPORT, "no whole answer in time")
    anvils.nodes[0].thaw()
    assert (await look(target(anvils.nodes[0].url), Tools(client=client))).seen is Seen.OK


async def test_a_killed_node_refuses(client: Client, anvils: AnvilChain):
    anvils.nodes[0].kill()
    seen = await look(target(anvils.nodes[0].url), Tools(client=client))
    assert (seen.seen, seen.facts) == (Seen.TRANSPORT, {"refused": True})


async def test_a_node_that_changed_its_chain_says_so(client: Client, anvils: AnvilChain):
    anvils.nodes[0].set_chain_id(5)
    assert (await look(target(anvils.nodes[0].url), Tools(client=client))).network == "5"


@pytest.mark.parametrize(
    ("syncing", "behind"),
    [
        (False, 0),
        ({"currentBlock": "0x10", "highestBlock": "0x20"}, 16),
        ({"currentBlock": "0x20", "highestBlock": "0x10"}, 0),
        ({"currentBlock": 5, "highestBlock": 9}, 4),
        ({"Ok": False}, 0),
        ({"stages": []}, None),
        (True, None),
        (RuntimeError(-32601, "Method not found"), None),
    ],
)
async def test_syncing_is_read_from_the_numbers(client: Client, faults: FaultServer, syncing, behind):
    assert (await look_at_script(client, faults, syncing=syncing)).syncing_behind == behind


@pytest.mark.parametrize(
    "finalized", [None, RuntimeError(-32000, "finalized block not found"), RuntimeError(-39001, "Unknown block"), "0x5"]
)
async def test_a_chain_without_finality_has_none(client: Client, faults: FaultServer, finalized):
    seen = await look_at_script(client, faults, finalized=finalized)
    assert (seen.seen, seen.finalized_height) == (Seen.OK, None)


@pytest.mark.parametrize("peers", [RuntimeError(-32601, "Method not found"), "many", None, {}])
async def test_peers_that_were_not_said_are_unknown(client: Client, faults: FaultServer, peers):
    assert (await look_at_script(client, faults, peers=peers)).peers is None


async def test_a_quirky_client_with_finality_at_the_head_is_read_as_it_says(client: Client, faults: FaultServer):
    block = result("ganache/eth_getBlockByNumber.finalized.json")
    seen = await look_at_script(client, faults, latest=block, finalized=block)
    assert seen.height == seen.finalized_height


@pytest.mark.parametrize(
    ("latest", "seen"),
    [
        (None, Seen.GARBAGE),
        ([], Seen.GARBAGE),
        ({"number": "0x1"}, Seen.GARBAGE),
        ({"number": "0x1", "hash": "0x12"}, Seen.GARBAGE),
        ({"number": "-1", "hash": "0x" + "a" * 64}, Seen.GARBAGE),
        (RuntimeError(-32601, "Method not found"), Seen.UNSUPPORTED),
        (RuntimeError(-32005, "limit exceeded"), Seen.THROTTLED),
        (RuntimeError(-32000, "secret words from 10.0.0.7"), Seen.RPC_ERROR),
    ],
)
async def test_without_a_newest_block_nothing_was_seen(client: Client, faults: FaultServer, latest, seen):
    observation = await look_at_script(client, faults, latest=latest)
    assert observation.seen is seen
    assert observation.height is None
    assert "10.0.0.7" not in observation.note


@pytest.mark.parametrize("path", ["reset", "truncated", "html", "throttled", "unauthorised", "redirect", "wrong-id"])
async def test_no_observation_shows_address_key_or_raw_answer(client: Client, faults: FaultServer, path: str):
    seen = await look(target(faults.url(path) + f"?{KEY}", user="u", password="hunter2"), Tools(client=client))
    assert seen.seen is not Seen.OK
    assert not any(secret in repr(seen) for secret in (KEY, "127.0.0.1", "hunter2", "Just a moment", str(faults.port)))


async def test_a_limit_tells_how_long_to_stay_away(client: Client, faults: FaultServer):
    seen = await look(target(faults.url("throttled")), Tools(client=client))
    assert seen.facts["retry_after_seconds"] == 17.0

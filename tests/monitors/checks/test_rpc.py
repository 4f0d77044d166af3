"""How answers of nodes are classed, singly and in batches."""

import json
from pathlib import Path

import pytest

from monitors.checks.rpc import Call, ask_all, ask_one, class_of_error
from monitors.checks.target import Target, Tools
from monitors.client import Client, CouldNotSee
from records.observations import Seen
from tests.monitors.fault_server import FaultServer, response, rpc_response

SAMPLES = Path(__file__).parent.parent / "samples"
CALLS = [Call(method="eth_chainId"), Call(method="eth_blockNumber")]


def target(faults: FaultServer, path: str) -> Target:
    return Target(monitor="chain:ethereum", name="eth-1", url=faults.url(path), deadline_seconds=0.6)


async def failure(client: Client, faults: FaultServer, path: str) -> CouldNotSee:
    with pytest.raises(CouldNotSee) as caught:
        (await ask_one(target(faults, path), Tools(client=client), CALLS[0])).or_raise()
    return caught.value


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("throttled", Seen.THROTTLED),
        ("limited", Seen.THROTTLED),
        ("unauthorised", Seen.AUTH),
        ("forbidden", Seen.AUTH),
        ("warming", Seen.WARMING),
        ("work-queue", Seen.OVERLOADED),
        ("unavailable", Seen.OVERLOADED),
        ("bad-gateway", Seen.TRANSPORT),
        ("server-error-json", Seen.RPC_ERROR),
        ("not-found-json", Seen.UNSUPPORTED),
        ("redirect", Seen.GARBAGE),
        ("wrong-id", Seen.GARBAGE),
        ("no-id", Seen.GARBAGE),
        ("no-result", Seen.GARBAGE),
        ("a-string", Seen.GARBAGE),
        ("html", Seen.GARBAGE),
        ("deep", Seen.GARBAGE),
        ("huge-number", Seen.GARBAGE),
        ("nan", Seen.GARBAGE),
        ("big", Seen.GARBAGE),
        ("gzip-bomb", Seen.GARBAGE),
        ("truncated", Seen.TRANSPORT),
        ("hang", Seen.TRANSPORT),
    ],
)
async def test_each_answer_has_its_class(client: Client, faults: FaultServer, path: str, seen: Seen):
    assert (await failure(client, faults, path)).seen is seen


@pytest.mark.parametrize(
    "path", ["throttled", "warming", "unauthorised", "work-queue", "unavailable", "html", "redirect", "big", "hang"]
)
async def test_a_batch_is_not_asked_again_singly_when_the_node_itself_is_the_reason(
    client: Client, faults: FaultServer, path: str
):
    tools = Tools(client=client)
    with pytest.raises(CouldNotSee) as caught:
        await ask_all(target(faults, path), tools, CALLS)
    assert caught.value.seen is (await failure(client, faults, path)).seen
    assert not tools.memory.refuses_batches
    assert faults.seen[path] == 2


@pytest.mark.parametrize(
    "refusal",
    [
        response(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch is not supported"}}'),
        response(b"no batches", status="400 Bad Request"),
        response(b'{"message":"too many"}', status="413 Content Too Large"),
    ],
)
async def test_where_batches_are_refused_calls_go_singly_from_then_on(
    client: Client, faults: FaultServer, refusal: bytes
):
    faults.script["node"] = [refusal, rpc_response("0x1")]
    tools = Tools(client=client)
    for _ in range(2):
        answered = await ask_all(target(faults, "node"), tools, CALLS)
        assert [reply.result for reply in answered.replies] == ["0x1", "0x1"]
    assert faults.seen["node"] == 1 + 2 + 2


async def test_a_batch_is_put_in_order_and_a_missing_answer_is_garbage_for_its_call_alone(
    client: Client, faults: FaultServer
):
    faults.script["node"] = [response(b'[{"id":2,"result":"two"},{"id":9,"result":"x"},7]')]
    answered = await ask_all(target(faults, "node"), Tools(client=client), CALLS)
    assert [(reply.seen, reply.result) for reply in answered.replies] == [(Seen.GARBAGE, None), (Seen.OK, "two")]


async def test_a_captured_batch_keeps_what_the_node_does_not_know_apart(client: Client, faults: FaultServer):
    faults.script["node"] = [response((SAMPLES / "anvil/batch.json").read_bytes())]
    calls = [*CALLS, Call(method="net_peerCount")]
    answered = await ask_all(target(faults, "node"), Tools(client=client), calls)
    assert [reply.seen for reply in answered.replies] == [Seen.OK, Seen.OK, Seen.UNSUPPORTED]


@pytest.mark.parametrize("client_name", ["anvil", "ganache", "hardhat"])
def test_each_client_has_its_own_way_to_say_that_it_does_not_know_a_method(client_name: str):
    error = json.loads((SAMPLES / client_name / "nonexistent_method.json").read_text())["error"]
    assert class_of_error(error["code"], error["message"]) is Seen.UNSUPPORTED


@pytest.mark.parametrize(
    ("code", "message", "seen"),
    [
        (-32000, "header not found", Seen.RPC_ERROR),
        (-32000, "the method net_peerCount does not exist/is not available", Seen.UNSUPPORTED),
        (429, "over the plan", Seen.THROTTLED),
        (-32000, "Too Many Requests", Seen.THROTTLED),
        (-28, "Verifying blocks...", Seen.WARMING),
        (None, "", Seen.RPC_ERROR),
    ],
)
def test_errors_are_classed_by_code_and_words(code, message, seen):
    assert class_of_error(code, message) is seen


async def test_parameters_go_by_position_or_by_name(client: Client, faults: FaultServer):
    faults.script["node"] = [rpc_response(1)]
    asked = Target(monitor="m", name="n", url=faults.url("node"))
    await ask_one(asked, Tools(client=client), Call(method="m", params=(7,)))
    await ask_one(asked, Tools(client=client), Call(method="m", params={"height": 7}))
    assert [json.loads(body)["params"] for body in faults.bodies] == [[7], {"height": 7}]

import json

import pytest

from server.demo.rpc import Refused, reply


def answer(method: str, params: list[object]) -> object:
    if method == "add":
        return sum(int(str(each)) for each in params)
    raise Refused(-32601, "Method not found", status=404)


def test_a_call_gets_its_result():
    sent = reply(b'{"id": 7, "method": "add", "params": [1, 2]}', answer)
    assert sent.status == 200
    assert json.loads(sent.body) == {"jsonrpc": "2.0", "id": 7, "result": 3, "error": None}


def test_a_refusal_alone_carries_its_status_and_in_a_batch_does_not():
    alone = reply(b'{"id": 1, "method": "none"}', answer)
    assert alone.status == 404
    assert json.loads(alone.body)["error"] == {"code": -32601, "message": "Method not found"}
    batch = reply(b'[{"id": 1, "method": "none"}, {"id": 2, "method": "add"}]', answer)
    assert batch.status == 200
    assert [each["id"] for each in json.loads(batch.body)] == [1, 2]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[" * 100_000, b"3", b"{}", b'{"method": 3}'])
def test_what_is_no_call_is_an_error_in_the_protocols_words(body):
    sent = reply(body, answer)
    assert sent.status == 400
    assert json.loads(sent.body)["error"]["code"] in (-32700, -32600)

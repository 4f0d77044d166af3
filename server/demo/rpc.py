"""JSON-RPC as nodes speak it: one call or a batch, results and refusals."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Method and parameters to the result; raises Refused.
Answer = Callable[[str, list[Any]], Any]


class Refused(Exception):
    """The node refuses a call, with its own code and words."""

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        #: HTTP status of the whole answer when the call came alone.
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    body: bytes


def reply(body: bytes, answer: Answer) -> Reply:
    """The reply to a request's body."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return _json(400, _error(None, -32700, "parse error"))
    if isinstance(document, list):
        return _json(200, [_one(call, answer)[1] for call in document])
    return _json(*_one(document, answer))


def _one(call: object, answer: Answer) -> tuple[int, dict[str, Any]]:
    if not isinstance(call, dict) or not isinstance(call.get("method"), str):
        return 400, _error(None, -32600, "invalid request")
    params = call.get("params") or []
    try:
        result = answer(call["method"], params if isinstance(params, list) else [])
    except Refused as error:
        return error.status, _error(call.get("id"), error.code, str(error))
    return 200, {"jsonrpc": "2.0", "id": call.get("id"), "result": result, "error": None}


def _error(call_id: object, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call_id, "result": None, "error": {"code": code, "message": message}}


def _json(status: int, document: object) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())

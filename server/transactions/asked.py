"""Read what somebody asks: a form or JSON, small, and never from the address."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request

from monitors.transactions.forms import LONGEST_CHARACTERS
from records.errors import Fault, Invalid

_LONGEST_BODY_BYTES = 4096
_JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A network, if one was chosen, and what was typed."""

    chain: str | None
    hash: str


def wants_json(request: Request) -> bool:
    """Whether a program asks: it accepts JSON and no page, or speaks JSON itself."""
    accepts = request.headers.get("accept", "")
    return ("text/html" not in accepts and _JSON in accepts) or _is_json(request)


async def read(request: Request) -> Asked:
    """What is asked for. Raises Invalid with what is wrong about it."""
    body = await _body(request)
    fields = _of_json(body) if _is_json(request) else _of_form(body)
    if not fields["hash"].strip():
        raise Invalid(Fault(path="/hash", message="is missing", hint="the hash of the transaction"))
    return Asked(chain=fields["chain"].strip() or None, hash=fields["hash"][:LONGEST_CHARACTERS])


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _JSON


async def _body(request: Request) -> bytes:
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        if len(parts) > _LONGEST_BODY_BYTES:
            raise Invalid(Fault(path="", message=f"is longer than {_LONGEST_BODY_BYTES} bytes", hint="send one hash"))
    return bytes(parts)


def _of_json(body: bytes) -> dict[str, str]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid(Fault(path="", message="is not JSON", hint='{"chain": "bitcoin", "hash": "…"}')) from None
    if not isinstance(document, dict):
        raise Invalid(Fault(path="", message="is not an object", hint='{"chain": "bitcoin", "hash": "…"}'))
    found = {name: document.get(name) or "" for name in ("chain", "hash")}
    wrong = [name for name, value in found.items() if not isinstance(value, str)]
    if wrong:
        raise Invalid([Fault(path=f"/{name}", message="is not text") for name in wrong])
    return {name: str(value) for name, value in found.items()}


def _of_form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        raise Invalid(Fault(path="", message="is not a form", hint="fields chain and hash")) from None
    return {name: pairs.get(name, [""])[0] for name in ("chain", "hash")}

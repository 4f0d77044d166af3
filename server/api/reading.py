"""Read a request's body and query into something named, or say every fault with its place."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from records.errors import Fault, Invalid
from server.problems import Malformed, NotThisType, TooLarge

MAX_BODY_BYTES = 1024 * 1024
_MAX_DEPTH = 32
#: A reader that gets more faults than this at once reads none of them.
_MAX_FAULTS = 100
M = TypeVar("M", bound=BaseModel)


async def read_body(request: Request, limit_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The whole body. Raises TooLarge as soon as that is known."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise TooLarge(f"The body has more than {limit_bytes} bytes, the most this address takes.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit_bytes:
            raise TooLarge(f"The body has more than {limit_bytes} bytes, the most this address takes.")
    return bytes(body)


async def read_json(request: Request) -> Any:
    """The body as JSON; an empty one counts as `{}`. Raises NotThisType, TooLarge, Malformed, Invalid."""
    body = await read_body(request)
    if not body:
        return {}
    check_type(request, "application/json")
    return parse_json(body)


def check_type(request: Request, *wanted: str) -> None:
    """Raises NotThisType when the body says it is something else, or compressed."""
    media_type, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.strip().lower()
    if media_type.strip().lower() not in wanted or charset not in ("", "charset=utf-8", 'charset="utf-8"'):
        raise NotThisType(f"Send the body as Content-Type: {wanted[0]}, in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotThisType("Send the body uncompressed.")


def parse_json(body: bytes) -> Any:
    """JSON that every part behind this door can carry: bounded depth, finite numbers, storable text, no double keys.

    Raises Malformed for what is no JSON, Invalid for values that cannot be kept.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_without_doubles)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except RecursionError as error:
        raise Malformed(f"The body is nested more than {_MAX_DEPTH} levels deep.") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except ValueError as error:
        # A number with thousands of digits, NaN, or a key that stands twice.
        raise Malformed(f"The body is not JSON as we read it: {error}.") from error
    faults = list(_unstorable(value))
    if faults:
        raise Invalid(faults[:_MAX_FAULTS])
    return value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def _unstorable(value: Any) -> Iterator[Fault]:
    """Everything in a JSON value that a database or an answer could not carry."""
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        path, one, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise Malformed(f"The body is nested more than {_MAX_DEPTH} levels deep.")
        if isinstance(one, dict):
            for key in one:
                if not is_storable(key):
                    yield Fault(path=path, message="a key has a character that is no text", hint="remove it")
            waiting += [(f"{path}/{escaped(key)}", each, depth + 1) for key, each in one.items() if is_storable(key)]
        elif isinstance(one, list):
            waiting += [(f"{path}/{index}", each, depth + 1) for index, each in enumerate(one)]
        elif isinstance(one, str) and not is_storable(one):
            yield Fault(path=path, message="has a character that is no text", hint="remove NUL and half characters")
        elif isinstance(one, float) and not math.isfinite(one):
            yield Fault(path=path, message="is too large a number")


def is_storable(text: str) -> bool:
    """Whether a database can keep it: no NUL (PostgreSQL refuses it), no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def fitted(model: type[M], value: Any, context: Mapping[str, Any], *, within: str = "") -> M:
    """`value` as a `model`. Raises Invalid with every fault."""
    try:
        return model.model_validate(value, context=dict(context))
    except ValidationError as error:
        faults = [_fault(each, within) for each in error.errors(include_url=False, include_input=False)]
        raise Invalid(faults[:_MAX_FAULTS]) from None


_MESSAGES = {
    "missing": ("is missing", ""),
    "extra_forbidden": ("is not known here", "remove it, or look for a mistyped name"),
    "model_type": ("is not an object", ""),
    "model_attributes_type": ("is not an object", ""),
    "string_type": ("is not text", ""),
    "bool_type": ("is not true or false", ""),
    "list_type": ("is not a list", ""),
    "tuple_type": ("is not a list", ""),
    "dict_type": ("is not an object", ""),
    "none_required": ("is not supported yet", "leave it out"),
}


def _fault(error: Mapping[str, Any], within: str) -> Fault:
    path = within + "".join(f"/{escaped(str(part))}" for part in error["loc"] if part != "[key]")
    message, hint = _MESSAGES.get(error["type"], (_sentence(error["msg"]), ""))
    if error["type"] == "enum":
        message, hint = "is none of the values there are", f"use {error['ctx']['expected'].replace(' or ', ', ')}"
    return Fault(path=path, message=message, hint=error.get("ctx", {}).get("hint", hint))


def _sentence(text: str) -> str:
    return text[:1].lower() + text[1:]


def query_of(request: Request) -> dict[str, str | list[str]]:
    """The query's parameters; one that stands several times is a list. Raises Invalid for text no database keeps."""
    found: dict[str, str | list[str]] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if not all(is_storable(text) for text in (name, *values)):
            raise Invalid(Fault(path="/query", message="a parameter has a character that is no text"))
        found[name] = values[0] if len(values) == 1 else values
    return found

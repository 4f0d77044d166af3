"""Ask a node by JSON-RPC, singly or in a batch, and class what it answers."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitors.checks.target import Target, Tools
from monitors.client import Answer, CouldNotSee, Request
from monitors.jsonwire import read_json, table
from records.observations import Seen

#: Statuses by which servers refuse a batch as such.
_REFUSES_BATCH = frozenset({400, 405, 413, 415, 501})
#: Errors that concern the node or our account, so that asking again singly would not help.
_NOT_ABOUT_BATCHES = frozenset({Seen.THROTTLED, Seen.WARMING, Seen.OVERLOADED, Seen.AUTH})


@dataclass(frozen=True, kw_only=True)
class Call:
    """One question to a node."""

    method: str
    #: By position, or by name where the node wants it so (monerod).
    params: tuple[object, ...] | Mapping[str, object] = ()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer of a node: a result, or the class of its refusal."""

    seen: Seen
    result: object = None
    #: The node's own error code.
    code: int | None = None
    #: What the node adds to its error.
    data: object = None
    #: Its own words for the error. They may hold anything: to be compared with, never shown.
    words: str = field(default="", repr=False)

    def or_raise(self) -> object:
        """The result. Raises CouldNotSee when there is none."""
        if self.seen is not Seen.OK:
            raise CouldNotSee(self.seen, _NOTES[self.seen], code=self.code)
        return self.result


@dataclass(frozen=True, kw_only=True)
class Replies:
    """Answers in the order of the calls."""

    replies: tuple[Reply, ...]
    latency_ms: float


_NOTES = {
    Seen.THROTTLED: "the node limits how often we may ask",
    Seen.WARMING: "the node is starting",
    Seen.OVERLOADED: "the node has no room for more questions",
    Seen.AUTH: "the node refuses our login",
    Seen.UNSUPPORTED: "the node does not know the method",
    Seen.RPC_ERROR: "the node answered with an error",
    Seen.GARBAGE: "the answer is not what the protocol says",
}


class _BatchRefused(Exception):
    """The server takes no batches."""


async def ask_all(target: Target, tools: Tools, calls: list[Call]) -> Replies:
    """Replies to `calls`, in one batch, or singly where the server refuses batches (remembered per target).

    Raises CouldNotSee when the target gave no usable answer at all.
    """
    if not tools.memory.refuses_batches:
        try:
            return await _batch(target, tools, calls)
        except _BatchRefused:
            tools.memory.refuses_batches = True
    answers = await asyncio.gather(*(_single(target, tools, call) for call in calls))
    latency_ms = max((latency for _, latency in answers), default=0.0)
    return Replies(replies=tuple(reply for reply, _ in answers), latency_ms=latency_ms)


async def ask_one(target: Target, tools: Tools, call: Call) -> Reply:
    """The reply to one call. Raises CouldNotSee when the target gave no usable answer at all."""
    reply, _ = await _single(target, tools, call)
    return reply


async def _batch(target: Target, tools: Tools, calls: list[Call]) -> Replies:
    answer = await tools.client.ask(_request(target, [_frame(index, call) for index, call in enumerate(calls, 1)]))
    document = _document(answer)
    if isinstance(document, list):
        return Replies(replies=_in_order(document, len(calls)), latency_ms=answer.latency_ms)
    if isinstance(document, dict) and "error" in document:
        reply = _reply(document)
        if reply.seen in _NOT_ABOUT_BATCHES:
            reply.or_raise()
        raise _BatchRefused
    if answer.status in _REFUSES_BATCH:
        raise _BatchRefused
    raise by_status(answer)


async def _single(target: Target, tools: Tools, call: Call) -> tuple[Reply, float]:
    answer = await tools.client.ask(_request(target, _frame(1, call)))
    document = _document(answer)
    if not isinstance(document, dict) or not ("result" in document or "error" in document):
        raise by_status(answer)
    if isinstance(document.get("error"), str):
        # A proxy's own words, such as {"error": "Bad gateway"}: the status says more.
        raise by_status(answer)
    if document.get("id") not in (1, None) or (document.get("id") is None and document.get("error") is None):
        raise CouldNotSee(Seen.GARBAGE, "the answer belongs to another question")
    return _reply(document), answer.latency_ms


def _frame(index: int, call: Call) -> dict[str, object]:
    params = dict(call.params) if isinstance(call.params, Mapping) else list(call.params)
    return {"jsonrpc": "2.0", "id": index, "method": call.method, "params": params}


def _request(target: Target, document: object) -> Request:
    return Request(
        method="POST",
        url=target.url,
        body=json.dumps(document).encode(),
        headers={"Content-Type": "application/json", **target.headers},
        user=target.user,
        password=target.password,
        bearer=target.bearer,
        deadline_seconds=target.deadline_seconds,
    )


def _document(answer: Answer) -> object:
    """The JSON in the answer; None when there is none but the status alone says what is wrong.

    Bitcoin Core sends its errors with status 404 and 500, so the body is read before the status is judged.
    Raises CouldNotSee for limits and logins, which outrank any body, and for text that is not JSON.
    """
    if answer.status in (401, 403, 429):
        raise by_status(answer)
    try:
        return read_json(answer.body)
    except CouldNotSee:
        if answer.status in _REFUSES_BATCH:
            return None
        if answer.status != 200:
            raise by_status(answer) from None
        raise


def by_status(answer: Answer) -> CouldNotSee:
    """What an answer amounts to whose body says nothing of use."""
    seen, note = _class_of_status(answer)
    return CouldNotSee(seen, note, latency_ms=answer.latency_ms, retry_after_seconds=answer.retry_after_seconds)


def _class_of_status(answer: Answer) -> tuple[Seen, str]:
    # The text is Bitcoin Core's: https://github.com/bitcoin/bitcoin/issues/7611
    if answer.status == 503 or b"Work queue depth exceeded" in answer.body[:200]:
        return Seen.OVERLOADED, _NOTES[Seen.OVERLOADED]
    match answer.status:
        case 401 | 403:
            return Seen.AUTH, _NOTES[Seen.AUTH]
        case 429:
            return Seen.THROTTLED, _NOTES[Seen.THROTTLED]
        case 502 | 504:
            return Seen.TRANSPORT, "a gateway says the node does not answer"
        case status if 300 <= status < 400:
            return Seen.GARBAGE, "the answer sends us elsewhere, which we do not follow"
    return Seen.GARBAGE, f"{_NOTES[Seen.GARBAGE]} (status {answer.status})"


def _in_order(document: list[object], count: int) -> tuple[Reply, ...]:
    """Replies by id; a call without its reply is garbage for that call alone."""
    by_id = {entry.get("id"): entry for entry in map(table, document) if isinstance(entry.get("id"), int)}
    return tuple(_reply(by_id.get(index, {})) for index in range(1, count + 1))


def _reply(document: dict[str, object]) -> Reply:
    error = document.get("error")
    if isinstance(error, dict):
        code = _code(error.get("code"))
        message = str(error.get("message", ""))[:500]
        return Reply(seen=class_of_error(code, message), code=code, data=error.get("data"), words=message)
    if error is not None or "result" not in document:
        return Reply(seen=Seen.GARBAGE)
    return Reply(seen=Seen.OK, result=document["result"])


def _code(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def class_of_error(code: int | None, message: str) -> Seen:
    """What a node's error means.

    -32601 is the protocol's "no such method"; hardhat says -32004, ganache -32700 with geth's words. -32005 is the
    limit of EIP-1474. -28 is Bitcoin Core's warm-up.
    """
    text = message.lower()
    if code in (-32601, -32004) or "does not exist/is not available" in text:
        return Seen.UNSUPPORTED
    if "method" in text and ("not supported" in text or "not available" in text or "not found" in text):
        return Seen.UNSUPPORTED
    if code in (-32005, 429) or "rate limit" in text or "too many requests" in text:
        return Seen.THROTTLED
    if code == -28:
        return Seen.WARMING
    return Seen.OVERLOADED if "work queue depth exceeded" in text else Seen.RPC_ERROR

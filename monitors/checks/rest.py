"""Ask a node by paths below its address (REST), and class what it answers."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from monitors.checks.rpc import Reply, by_status
from monitors.checks.target import Target, Tools
from monitors.client import Answer, CouldNotSee, Request
from monitors.jsonwire import read_json
from records.observations import Seen

#: "Not here" and "not this way": the node does not serve the path.
_UNSUPPORTED = frozenset({404, 405, 501})
_STATES = frozenset({202, 500})


@dataclass(frozen=True, kw_only=True)
class Post:
    """A path that takes its question as a JSON document."""

    path: str
    document: object


async def ask_paths(target: Target, tools: Tools, paths: Sequence[str | Post]) -> tuple[list[Reply], float]:
    """Replies to `paths` (GET, where it is no Post), side by side, and the time until the last of them.

    A path that failed is a Reply of that class. Raises CouldNotSee when the first one failed: put the path first
    without which nothing can be judged.
    """
    answers = await asyncio.gather(*(_try(target, tools, path) for path in paths))
    first = answers[0][0]
    if isinstance(first, CouldNotSee):
        raise first
    replies = [Reply(seen=reply.seen) if isinstance(reply, CouldNotSee) else reply for reply, _ in answers]
    return replies, max(latency_ms for _, latency_ms in answers)


async def ask_path(target: Target, tools: Tools, path: str | Post) -> Reply:
    """The reply to `path` (GET, where it is no Post); one that failed is a Reply of that class."""
    reply, _ = await _try(target, tools, path)
    return Reply(seen=reply.seen) if isinstance(reply, CouldNotSee) else reply


async def ask_state(target: Target, tools: Tools, path: str) -> tuple[object, float]:
    """The document at `path` of a server that says by status 202 or 500 how it is, and how long that took.

    Raises CouldNotSee without a document.
    """
    answer = await tools.client.ask(_request(target, path))
    if answer.status not in _STATES:
        return _reply(answer).result, answer.latency_ms
    try:
        return read_json(answer.body), answer.latency_ms
    except CouldNotSee:
        raise by_status(answer) from None


async def ask_document(target: Target, tools: Tools, path: str, *, statuses: frozenset[int]) -> tuple[int, object]:
    """The status and document at `path` of a server whose status is part of the answer, such as 404 for "no such one".

    Raises CouldNotSee for any other status, and without a document.
    """
    answer = await tools.client.ask(_request(target, path))
    if answer.status not in statuses:
        raise by_status(answer)
    return answer.status, read_json(answer.body)


async def _try(target: Target, tools: Tools, path: str | Post) -> tuple[Reply | CouldNotSee, float]:
    try:
        answer = await tools.client.ask(_request(target, path))
        return _reply(answer), answer.latency_ms
    except CouldNotSee as error:
        return error, error.latency_ms or 0.0


def _request(target: Target, path: str | Post) -> Request:
    headers = {"Accept": "application/json"}
    if isinstance(path, Post):
        headers["Content-Type"] = "application/json"
    return Request(
        method="POST" if isinstance(path, Post) else "GET",
        url=joined(target.url, path.path if isinstance(path, Post) else path),
        body=json.dumps(path.document).encode() if isinstance(path, Post) else None,
        headers={**headers, **target.headers},
        user=target.user,
        password=target.password,
        bearer=target.bearer,
        deadline_seconds=target.deadline_seconds,
    )


def joined(address: str, path: str) -> str:
    """`path` below `address`, whose query (a provider's key) stays.

    >>> joined("https://node.example/v3/?key=k", "/eth/v1/node/version")
    'https://node.example/v3/eth/v1/node/version?key=k'
    """
    parts, (below, _, query) = urlsplit(address), path.partition("?")
    queries = "&".join(part for part in (query, parts.query) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + below, queries, ""))


def _reply(answer: Answer) -> Reply:
    if answer.status in _UNSUPPORTED:
        raise CouldNotSee(Seen.UNSUPPORTED, "the node does not serve the path", latency_ms=answer.latency_ms)
    if answer.status != 200:
        raise by_status(answer)
    return Reply(seen=Seen.OK, result=read_json(answer.body))

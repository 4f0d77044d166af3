"""Ask for a document only if it changed since the last look: others' pages are not ours to wear out (RFC 9110, 13).

A server that says "not modified" has been seen, and what it said before still stands.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from monitors.checks.target import Edition, Memory, Tools
from monitors.client import Answer, Request
from records.findings import Sighting

_NOT_MODIFIED = 304


async def read_if_changed(
    tools: Tools, request: Request, read: Callable[[Answer], Awaitable[Sighting]]
) -> tuple[Sighting, Answer]:
    """What `read` makes of the document, or made of it when it last changed. Raises CouldNotSee."""
    known = tools.memory.edition
    answer = await tools.client.ask(request if known is None else replace(request, headers=_if_changed(request, known)))
    if answer.status == _NOT_MODIFIED and known is not None:
        return known.sighting, answer
    sighting = await read(answer)
    _remember(tools.memory, answer, sighting)
    return sighting, answer


def _if_changed(request: Request, known: Edition) -> dict[str, str]:
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {**request.headers, **{name: value for name, value in conditions.items() if value is not None}}


def _remember(memory: Memory, answer: Answer, sighting: Sighting) -> None:
    """A document that was cut off is asked for again, whole."""
    has_mark = answer.etag is not None or answer.last_modified is not None
    memory.edition = (
        Edition(etag=answer.etag, last_modified=answer.last_modified, sighting=sighting)
        if has_mark and sighting.is_whole
        else None
    )

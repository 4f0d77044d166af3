"""Look at a web service: does it answer, rightly, and how fast."""

import time

from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import Answer, CouldNotSee, Request
from monitors.jsonwire import read_json
from monitors.settings import Expect
from records.observations import Observation, Seen


async def look(target: Target, tools: Tools) -> Observation:
    """One GET, compared with what is expected."""
    try:
        answer = await tools.client.ask(_request(target))
        _compare(answer, target.expect)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=answer.latency_ms,
        facts={"status": answer.status},
    )


def _request(target: Target) -> Request:
    return Request(
        url=target.url,
        headers=target.headers,
        user=target.user,
        password=target.password,
        bearer=target.bearer,
        deadline_seconds=target.deadline_seconds,
    )


def _compare(answer: Answer, expect: Expect) -> None:
    """Raises CouldNotSee, in the class that fits, for an answer other than the expected one."""
    if not _status_fits(answer.status, expect):
        raise CouldNotSee(
            _class_of(answer.status),
            f"the service answered with status {answer.status}",
            latency_ms=answer.latency_ms,
            retry_after_seconds=answer.retry_after_seconds,
        )
    if expect.contains is not None and expect.contains.encode() not in answer.body:
        raise CouldNotSee(Seen.GARBAGE, "the answer lacks the expected text", latency_ms=answer.latency_ms)
    if expect.json:
        _compare_json(answer, expect)


def _status_fits(status: int, expect: Expect) -> bool:
    return status in expect.status if expect.status else 200 <= status < 300


def _class_of(status: int) -> Seen:
    classes = {401: Seen.AUTH, 403: Seen.AUTH, 429: Seen.THROTTLED, 503: Seen.OVERLOADED}
    return classes.get(status, Seen.GARBAGE)


def _compare_json(answer: Answer, expect: Expect) -> None:
    document = read_json(answer.body)
    for path, wanted in expect.json.items():
        if not _same(at_path(document, path), wanted):
            note = f"the answer's value at {path} is not the expected one"
            raise CouldNotSee(Seen.GARBAGE, note, latency_ms=answer.latency_ms)


def _same(found: object, wanted: object) -> bool:
    # In Python 1 == True; in JSON they differ.
    return isinstance(found, bool) == isinstance(wanted, bool) and found == wanted


def at_path(document: object, path: str) -> object:
    """The value at a dotted path; numbers index lists. None where there is none.

    >>> at_path({"data": [{"state": "up"}]}, "data.0.state")
    'up'
    """
    for step in path.split("."):
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document

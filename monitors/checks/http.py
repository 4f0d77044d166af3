"""Look at a web service: does it answer, rightly, and how fast."""

from datetime import datetime
from urllib.parse import urlsplit

from monitors.checks.seldom import seldom
from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.checks.tls import certificate_end, days_left
from monitors.client import Answer, CouldNotSee, Request
from monitors.jsonwire import read_json
from monitors.settings import Expect
from monitors.wishes import TlsWish
from records.observations import Observation, Seen

#: Certificates are renewed weeks before they end.
_CERTIFICATE_SECONDS = 3600.0


async def look(target: Target, tools: Tools) -> Observation:
    """One GET, compared with what is expected; and now and then a look at the certificate."""
    try:
        answer = await tools.client.ask(request_of(target))
        _compare(answer, target.expect)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    days = await _certificate_days(target, tools, target.deadline_seconds - answer.latency_ms / 1000)
    facts = {"status": answer.status} | ({} if days is None else {"tls_days_left": days})
    return saw(target, tools, facts, latency_ms=answer.latency_ms)


async def _certificate_days(target: Target, tools: Tools, deadline_seconds: float) -> float | None:
    """Days left of the certificate; None without TLS, or when it could not be seen: the answer tells that better."""
    parts = urlsplit(target.url)
    if parts.scheme != "https" or parts.hostname is None:
        return None
    host, port = parts.hostname, parts.port or 443

    async def ask() -> object:
        try:
            return await certificate_end(host, port, TlsWish(), deadline_seconds)
        except CouldNotSee:
            return None

    ends_at = await seldom(tools.memory, "certificate", ask, every_seconds=_CERTIFICATE_SECONDS)
    return days_left(ends_at, tools.now()) if isinstance(ends_at, datetime) else None


def request_of(target: Target) -> Request:
    """The plain request that asks the target."""
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
    compare_body(answer, expect)


def compare_body(answer: Answer, expect: Expect) -> None:
    """Raises CouldNotSee for a body other than the expected one."""
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

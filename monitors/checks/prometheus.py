"""Look at a number that a Prometheus knows. When it does not answer, that says nothing of what it measures."""

import math
from urllib.parse import quote

from monitors.checks.rest import joined
from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.client import Answer, CouldNotSee, Request
from monitors.jsonwire import read_json, rows, table
from monitors.wishes import PrometheusWish
from records.observations import Observation, Seen

_LIMITED = frozenset({429, 503})


async def look(target: Target, tools: Tools) -> Observation:
    """One instant query (`/api/v1/query`), whose result must be one number."""
    assert isinstance(target.wish, PrometheusWish), "the settings bring a query"
    try:
        answer = await tools.client.ask(_request(target, target.wish.query))
        value = _value(_result(answer))
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    if value is None and not target.wish.empty_is_good:
        return could_not_see(
            target,
            tools,
            CouldNotSee(Seen.UNSUPPORTED, "the query has no result", latency_ms=answer.latency_ms),
        )
    return saw(target, tools, {} if value is None else {"value": value}, latency_ms=answer.latency_ms)


def _request(target: Target, query: str) -> Request:
    return Request(
        url=joined(target.url, "/api/v1/query?query=" + quote(query, safe="")),
        headers={"Accept": "application/json", **target.headers},
        user=target.user,
        password=target.password,
        bearer=target.bearer,
        deadline_seconds=target.deadline_seconds,
    )


def _result(answer: Answer) -> dict[str, object]:
    """The `data` of a good answer. Raises CouldNotSee for any other."""
    if answer.status in (401, 403):
        raise CouldNotSee(Seen.AUTH, "Prometheus refuses our login", latency_ms=answer.latency_ms)
    if answer.status in _LIMITED:
        raise CouldNotSee(
            Seen.THROTTLED,
            "Prometheus has no room for the query",
            latency_ms=answer.latency_ms,
            retry_after_seconds=answer.retry_after_seconds,
        )
    # 400: bad parameters, 422: the query cannot be executed; both with a JSON body that says `error`.
    if answer.status in (400, 422):
        raise CouldNotSee(Seen.RPC_ERROR, "Prometheus cannot execute the query", latency_ms=answer.latency_ms)
    document = table(read_json(answer.body)) if answer.status == 200 else {}
    if document.get("status") != "success":
        raise CouldNotSee(Seen.GARBAGE, "the answer is not Prometheus", latency_ms=answer.latency_ms)
    return table(document.get("data"))


def _value(data: dict[str, object]) -> float | None:
    """The number of a scalar, or of a vector with one element; None for an empty vector."""
    result = data.get("result")
    match data.get("resultType"):
        case "scalar":
            return _number(result)
        case "vector" if not rows(result) and isinstance(result, list):
            return None
        case "vector" if len(rows(result)) == 1:
            return _number(table(rows(result)[0]).get("value"))
        case "vector":
            raise CouldNotSee(Seen.UNSUPPORTED, "the query has several results; let it give one, e.g. with max()")
    raise CouldNotSee(Seen.UNSUPPORTED, "the query's result is not a number")


def _number(sample: object) -> float:
    """The value of `[time, "1.5"]`."""
    pair = rows(sample)
    text = pair[1] if len(pair) == 2 else None
    try:
        value = float(text) if isinstance(text, str) and len(text) < 64 else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise CouldNotSee(Seen.UNSUPPORTED, "the query's result is not a number")
    return value

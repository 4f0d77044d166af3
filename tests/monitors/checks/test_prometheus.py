"""The look at a number of a Prometheus, against a server that answers in the documented shape."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitors.checks.prometheus import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.services import conclude_service
from monitors.settings import ServiceMonitor
from monitors.wishes import Limit, Limits, PrometheusWish
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.fakes.server import FakeNode
from tests.nodes import free_port

STAMP = 1763812800.781


class FakePrometheus(FakeNode):
    """Knows one result (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

    def __init__(self, result: Any, kind: str = "vector") -> None:
        super().__init__()
        self._data = {"resultType": kind, "result": result}

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        self.asked.append(path)
        return 200, {"status": "success", "data": self._data}


def element(value: str) -> dict[str, object]:
    return {"metric": {"__name__": "withdrawals_waiting", "job": "wallet"}, "value": [STAMP, value]}


async def see(client: Client, url: str, *, empty_is_good: bool = False):
    wish = PrometheusWish(query='max(waiting{job="a&b"}) > 1', empty_is_good=empty_is_good)
    target = Target(monitor="backlog", name="backlog", url=url, deadline_seconds=0.6, wish=wish)
    return await look(target, Tools(client=client))


@pytest.mark.parametrize(
    ("kind", "result", "value"),
    [
        ("vector", [element("12.5")], 12.5),
        ("scalar", [STAMP, "7"], 7.0),
        ("vector", [element("-1e3")], -1000.0),
    ],
)
async def test_one_number_is_what_is_measured(client: Client, kind, result, value):
    async with FakePrometheus(result, kind) as server:
        seen = await see(client, server.url)
        assert (seen.seen, seen.facts) == (Seen.OK, {"value": value})
        assert seen.latency_ms is not None


async def test_the_query_arrives_as_it_is_written_and_the_address_may_have_a_path(client: Client):
    async with FakePrometheus([element("1")]) as server:
        await see(client, server.url + "/prom/")
        (asked,) = map(urlsplit, server.asked)
    assert asked.path == "/prom/api/v1/query"
    assert parse_qs(asked.query) == {"query": ['max(waiting{job="a&b"}) > 1']}


@pytest.mark.parametrize(
    ("kind", "result", "note"),
    [
        ("vector", [], "the query has no result"),
        ("vector", [element("NaN")], "the query's result is not a number"),
        ("vector", [element("+Inf")], "the query's result is not a number"),
        ("vector", [element("many")], "the query's result is not a number"),
        ("vector", [{"metric": {}}], "the query's result is not a number"),
        ("vector", [element("1"), element("2")], "the query has several results; let it give one, e.g. with max()"),
        ("matrix", [{"metric": {}, "values": []}], "the query's result is not a number"),
        ("vector", "none", "the query has several results; let it give one, e.g. with max()"),
    ],
)
async def test_what_is_not_one_number_is_unknown(client: Client, kind, result, note):
    async with FakePrometheus(result, kind) as server:
        seen = await see(client, server.url)
    assert (seen.seen, seen.note) == (Seen.UNSUPPORTED, note)


async def test_no_result_may_be_good_news(client: Client):
    async with FakePrometheus([]) as server:
        seen = await see(client, server.url, empty_is_good=True)
    assert (seen.seen, seen.facts) == (Seen.OK, {})


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (422, {"status": "error", "errorType": "execution", "error": "query timed out at host-17"}, Seen.RPC_ERROR),
        (400, {"status": "error", "errorType": "bad_data", "error": "parse error"}, Seen.RPC_ERROR),
        (401, {}, Seen.AUTH),
        (503, {}, Seen.THROTTLED),
        (404, {}, Seen.GARBAGE),
        (200, {"status": "error"}, Seen.GARBAGE),
        (200, ["success"], Seen.GARBAGE),
    ],
)
async def test_a_prometheus_that_cannot_be_asked_says_nothing_of_what_it_measures(
    client: Client, status, document, kind
):
    async with FakePrometheus([]) as server:
        server.instead = (status, document)
        seen = await see(client, server.url)
    assert seen.seen is kind
    assert "host-17" not in seen.note
    monitor = ServiceMonitor(id="backlog", kind="prometheus", wish=PrometheusWish(query="x"))
    assert conclude_service(monitor, seen).kind is VerdictKind.MONITORING_DEGRADED


async def test_a_prometheus_that_is_gone_says_nothing_either(client: Client):
    seen = await see(client, f"http://127.0.0.1:{free_port()}")
    monitor = ServiceMonitor(id="backlog", kind="prometheus", wish=PrometheusWish(query="x"))
    assert conclude_service(monitor, seen).kind is VerdictKind.MONITORING_DEGRADED


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("50", VerdictKind.OPERATIONAL, "it answers as expected"),
        ("51", VerdictKind.OPERATIONAL, "the measured value is 51, above 50"),
        ("201", VerdictKind.SERVICE_IMPAIRED, "the measured value is 201, above 200"),
        ("5001", VerdictKind.SERVICE_DOWN, "the measured value is 5001, above 5000"),
        ("-1", VerdictKind.SERVICE_DOWN, "the measured value is -1, below 0"),
    ],
)
async def test_the_limits_say_how_grave_a_number_is(client: Client, value, kind, words):
    limits = Limits(told=Limit(above=50), degraded=Limit(above=200), down=Limit(above=5000, below=0))
    async with FakePrometheus([element(value)]) as server:
        seen = await see(client, server.url)
    conclusion = conclude_service(ServiceMonitor(id="backlog", kind="prometheus", limits=limits), seen)
    assert (conclusion.kind, conclusion.reasoning) == (kind, words)

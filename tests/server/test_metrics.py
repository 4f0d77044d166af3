"""What Prometheus reads."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from records.components import Cause
from records.observations import Observation, Seen
from records.store import looks, meta, monitors, throttles
from records.throttles import Limits, Slowing, Why
from records.verdicts import Verdict, VerdictKind
from tests.server.conftest import NOW
from tests.server.telling import fan_out

INCIDENT = {
    "name": "Trouble", "body": "Words.", "components": [{"id": "eth-withdrawals", "status": "partial_outage"}],
}  # fmt: skip


def scraped(client):
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name.removeprefix("forewarn_"), *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_it_counts_what_is_queued_open_and_overdue(anybody, ops, store, clock):
    ops.put("/api/v1/customers/c-1", json={"email": "ana@example.org", "tags": ["holds:ETH"]})
    ops.post("/api/v1/incidents", json=INCIDENT)
    ops.post("/api/v1/incidents", json=INCIDENT | {"publish": False})
    fan_out(store, clock())
    clock.forward(minutes=30)
    found = scraped(anybody)
    assert found["queue_deliveries", "email"] == 1
    assert found["queue_oldest_age_seconds", "email"] == 1800
    assert found["queue_deliveries", "social:mastodon"] == 1
    assert found["incidents_open", "major"] == 1
    assert found["incidents_open", "critical"] == 0
    assert found["incident_drafts",] == 1
    assert found["promises_overdue",] == 1
    assert found["notices_in_flight", "sending"] == 1
    assert found["component_severity", "eth-withdrawals"] == 4
    assert found["store_up",] == 1


def test_it_tells_verdicts_and_their_age(anybody, store, context):
    verdict = Verdict(
        monitor="chain:ethereum", kind=VerdictKind.OUR_SIDE, since=NOW, at=NOW, chain="ethereum", component=None,
        statuses={}, corroborated=True, cause=Cause.OPERATIONAL, reasoning="behind",
    )  # fmt: skip
    monitors.keep_round(store, "chain:ethereum", verdict, "{}", seen_at=NOW - timedelta(seconds=7))
    meta.beat(store, "monitors", "one", NOW - timedelta(seconds=3))
    found = scraped(anybody)
    assert found["monitor_verdict", "chain:ethereum", "our_side"] == 1
    assert found["monitor_seen_age_seconds", "chain:ethereum"] == 7
    assert found["part_pulse_age_seconds", "monitors"] == 3


def a_look(target, at=NOW, seen=Seen.OK, **changes):
    return Observation(monitor="chain:ethereum", target=target, at=at, at_monotonic=0.0, seen=seen, **changes)


def test_it_tells_how_each_target_was_seen_last(anybody, store, clock):
    looks.keep(
        store,
        [
            a_look("eth-1", latency_ms=40.0, height=107),
            a_look("eth-2", latency_ms=80.0, height=100),
            a_look("eth-3", seen=Seen.TRANSPORT, note="refused by 10.0.0.7"),
            a_look("eth-4", seen=Seen.THROTTLED),
        ],
    )
    found = scraped(anybody)
    assert [found["target_up", "chain:ethereum", f"eth-{number}"] for number in (1, 2, 3)] == [1, 1, 0]
    assert ("target_up", "chain:ethereum", "eth-4") not in found, "our own limit says nothing about the node"
    assert found["target_seen", "chain:ethereum", "eth-4", "throttled"] == 1
    assert found["target_latency_seconds", "chain:ethereum", "eth-1"] == pytest.approx(0.04, rel=0.04)
    assert found["target_height", "chain:ethereum", "eth-1"] == 107
    assert found["target_lag_blocks", "chain:ethereum", "eth-2"] == 7
    assert "10.0.0.7" not in anybody.get("/metrics").text
    clock.forward(minutes=5)
    assert ("target_up", "chain:ethereum", "eth-1") not in scraped(anybody), "an old look is no news"


def test_it_tells_the_age_of_the_page_where_one_is_held(anybody, app):
    assert ("page_age_seconds",) not in scraped(anybody)
    app.state.current_site = lambda: SimpleNamespace(generated_at=NOW - timedelta(seconds=11))
    assert scraped(anybody)["page_age_seconds",] == 11


def test_no_address_stands_in_it(anybody, ops, store, clock):
    ops.put("/api/v1/customers/c-1", json={"email": "ana@example.org", "tags": ["holds:ETH"]})
    ops.post("/api/v1/incidents", json=INCIDENT)
    fan_out(store, clock())
    text = anybody.get("/metrics").text
    for secret in ("ana@example.org", "127.0.0.1", "c-1", "token"):
        assert secret not in text


def test_it_tells_who_slows_us_down_and_for_how_long_nothing_goes_there(anybody, store, clock):
    told = Slowing(channel="email", operator="google", why=Why.BUSY, observed_per_second=40.0, concurrency=8)
    with store.tx():
        throttles.slow(store, Limits(bucket="email"), told, clock())
    found = scraped(anybody)
    assert found["throttle_rate_per_second", "email", "google"] == 20
    assert found["throttle_held_seconds", "email", "google"] == 60

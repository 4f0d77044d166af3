"""What others announce, from a look at them to the API and the operators' board; and what others report to us."""

from datetime import timedelta
from typing import Any

import pytest

from monitors.checks import CHECKS
from monitors.checks.target import Tools
from monitors.client import Client
from monitors.rounds import Outcome, State, play
from monitors.targets import targets_of
from records.components import Status
from records.findings import Finding, FindingKind, Severity, Sighting
from records.observations import Observation, Seen
from records.store import components
from records.times import iso
from records.verdicts import VerdictKind
from server.bridge import Bridge
from server.config.monitors import service_monitors
from server.context import Context
from server.inbox import StoreInbox
from server.wiring import apply_configuration
from tests.server.conftest import NOW, Clock
from tests.server.house import context_on
from tests.server.test_bridge import verdict

TOKEN = "0123456789abcdef"
MONITORS: list[dict[str, Any]] = [
    {"id": "rpc-status", "kind": "statuspage", "target": "https://status.example", "chain": "ethereum"},
    {"id": "sweeper", "kind": "push", "token": "p" * 16, "every": "1m", "component": "website"},
    {"id": "alerts", "kind": "alertmanager", "token": TOKEN, "match": {"service": "web"}, "component": "website"},
]
FINDING = Finding(
    id="one",
    source="rpc-status",
    chain="ethereum",
    component=None,
    kind=FindingKind.UPSTREAM_INCIDENT,
    title="Elevated <error> rates",
    url="https://status.example/1",
    severity=Severity.MAJOR,
    since=NOW - timedelta(hours=1),
    content_hash="h",
)


@pytest.fixture
def context(store, clock: Clock) -> Context:
    made = context_on(store, now=clock, monitors=MONITORS)
    apply_configuration(made)
    return made


def seeing(*found: Finding, whole: bool = True) -> Observation:
    return Observation(
        monitor="rpc-status",
        target="rpc-status",
        at=NOW,
        at_monotonic=1.0,
        seen=Seen.OK,
        latency_ms=3.5,
        sighting=Sighting(findings=found, is_whole=whole),
    )


async def keep(context: Context, *found: Finding) -> None:
    said = verdict(VerdictKind.OPERATIONAL, Status.OPERATIONAL)
    about_nothing = type(said)(**{**vars(said), "monitor": "rpc-status", "chain": None, "statuses": {}})
    await Bridge(context, {}).on_round("rpc-status", [seeing(*found)], about_nothing, "s")


async def test_what_a_source_shows_is_listed_until_it_is_over(context, ops):
    await keep(context, FINDING)
    (item,) = ops.get("/api/v1/findings").json()["items"]
    assert item == {
        "id": "one",
        "source": "rpc-status",
        "chain": "ethereum",
        "component_id": None,
        "kind": "upstream_incident",
        "title": "Elevated <error> rates",
        "url": "https://status.example/1",
        "severity": "major",
        "since": iso(FINDING.since),
        "ended_at": None,
        "required": False,
    }
    await keep(context)
    assert ops.get("/api/v1/findings").json()["items"] == []


async def test_findings_are_not_for_everybody(context, anybody):
    assert anybody.get("/api/v1/findings").status_code == 401


async def test_a_source_sets_no_state(context, store):
    before = {each.id: each.status for each in components.all_components(store)}
    await keep(context, FINDING)
    assert {each.id: each.status for each in components.all_components(store)} == before


async def look(context: Context, monitor_id: str) -> Outcome:
    """One look at a monitor that waits to be told, through the real store."""
    (monitor,) = [one for one in service_monitors(context.settings) if one.id == monitor_id]
    inbox = StoreInbox(context.call, context.desk.store)
    async with Client() as client:
        (target,) = targets_of(monitor)
        seen = await CHECKS[monitor.kind](target, Tools(client=client, inbox=inbox, now=context.now))
    outcome = play(monitor, State(), [seen], now=context.now(), monotonic=1.0)
    await Bridge(context, {}).on_round(monitor_id, [seen], outcome.raw, outcome.state.to_json())
    return outcome


def website(store) -> Status:
    return next(each.status for each in components.all_components(store) if each.id == "website")


async def test_a_pushed_state_reaches_its_component_and_silence_does_too(context, anybody, store, clock: Clock):
    await look(context, "alerts")
    assert (await look(context, "sweeper")).raw.kind is VerdictKind.MONITORING_DEGRADED
    anybody.post("/hooks/push/" + "p" * 16, json={"status": "degraded", "message": "12 wait"})
    outcome = await look(context, "sweeper")
    assert outcome.raw.reasoning == "it calls itself degraded, it says “12 wait”"
    assert website(store) is Status.DEGRADED
    anybody.post("/hooks/push/" + "p" * 16, json={"status": "up"})
    await look(context, "sweeper")
    assert website(store) is Status.OPERATIONAL
    clock.forward(minutes=7)
    assert (await look(context, "sweeper")).raw.kind is VerdictKind.SILENT


async def test_an_alert_reaches_its_component_and_its_end_clears_it(context, anybody, store):
    anybody.post("/hooks/push/" + "p" * 16, json={"status": "up"})
    await look(context, "sweeper")
    alert = {"status": "firing", "labels": {"service": "web", "severity": "warning"}, "fingerprint": "f"}
    for _ in range(2):
        sent = anybody.post(f"/hooks/alertmanager/{TOKEN}", json={"version": "4", "alerts": [alert]})
        assert sent.status_code == 204
        assert (await look(context, "alerts")).raw.kind is VerdictKind.SERVICE_IMPAIRED
    assert website(store) is Status.DEGRADED
    over = {"version": "4", "alerts": [alert | {"status": "resolved"}]}
    anybody.post(f"/hooks/alertmanager/{TOKEN}", json=over)
    await look(context, "alerts")
    assert website(store) is Status.OPERATIONAL


async def test_a_token_that_was_changed_in_the_settings_opens_no_door_any_more(context, anybody, store, clock: Clock):
    again = [one | ({"token": "q" * 16} if one["id"] != "rpc-status" else {}) for one in MONITORS]
    again[2] = again[2] | {"token": "r" * 16}
    changed = context_on(store, now=clock, monitors=again)
    assert apply_configuration(changed)
    anybody.post("/hooks/push/" + "p" * 16, json={"status": "down"})
    assert (await look(changed, "sweeper")).raw.kind is VerdictKind.MONITORING_DEGRADED

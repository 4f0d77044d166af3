"""The contract with every client of the Statuspage v2 read API: exact keys, no value they do not know."""

import re
from datetime import timedelta
from typing import Any

import pytest

from records.components import Status
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.desk.maintenance import cancel, extend
from records.incidents import Impact, Stage
from records.store import meta
from records.store.engine import Store
from records.verdicts import VerdictKind
from statuspage.api_v2 import documents
from statuspage.networks import contact, networks
from statuspage.page import Page
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

NOW = world.NOW
OURS = {"forewarn"}
PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    "id", "name", "status", "created_at", "updated_at", "position", "description", "showcase", "start_date",
    "group_id", "page_id", "group", "only_show_if_degraded",
}  # fmt: skip
INCIDENT = {
    "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact", "shortlink",
    "started_at", "page_id", "incident_updates", "components",
}  # fmt: skip
UPDATE = {
    "id", "status", "body", "incident_id", "created_at", "updated_at", "display_at", "affected_components",
    "deliver_notifications", "custom_tweet", "tweet_id",
}  # fmt: skip
ID = re.compile(r"[0-9a-z]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def answers(store: Store, page: Page = world.PAGE) -> dict[str, Any]:
    return documents(read_snapshot(store, page, NOW))


def summary(store: Store, page: Page = world.PAGE) -> dict[str, Any]:
    document: dict[str, Any] = answers(store, page)["/api/v2/summary.json"]
    return document


def trouble(store: Store, status: Status, impact: Impact | None = None, name: str = "app") -> None:
    entry = IncidentEntry(name={"en": "T"}, body={"en": "t"}, statuses={name: status}, impact=impact)
    open_incident(world.desk(store), entry, world.ANA, NOW)


def test_every_document_has_the_keys_that_clients_expect(books):
    world.mockup(books)
    told = answers(books)
    lists = {
        "/api/v2/summary.json": {"components", "incidents", "scheduled_maintenances", "status"},
        "/api/v2/status.json": {"status"},
        "/api/v2/components.json": {"components"},
        "/api/v2/incidents.json": {"incidents"},
        "/api/v2/incidents/unresolved.json": {"incidents"},
        "/api/v2/scheduled-maintenances.json": {"scheduled_maintenances"},
        "/api/v2/scheduled-maintenances/upcoming.json": {"scheduled_maintenances"},
        "/api/v2/scheduled-maintenances/active.json": {"scheduled_maintenances"},
    }
    assert {path: set(document) for path, document in told.items()} == {
        path: {"page"} | keys for path, keys in lists.items()
    }


def test_page_and_status(books):
    world.mockup(books)
    told = summary(books)
    assert set(told["page"]) - OURS == PAGE
    assert ID.fullmatch(told["page"]["id"])
    assert set(told["status"]) == {"indicator", "description"}


def test_a_component(books):
    world.mockup(books)
    rows = summary(books)["components"]
    group, bitcoin = rows[0], rows[2]
    assert set(bitcoin) - OURS == COMPONENT
    assert set(group) - OURS == COMPONENT | {"components"}
    assert group["group"] is True
    assert group["group_id"] is None
    assert bitcoin["id"] in group["components"]
    assert bitcoin["group_id"] == group["id"]
    assert bitcoin["name"] == "Bitcoin withdrawals"
    assert bitcoin["status"] == "degraded_performance"
    assert bitcoin["description"] is None
    assert all(ID.fullmatch(row["id"]) and TIME.fullmatch(row["created_at"]) for row in rows)


def test_an_incident_and_its_updates_newest_first(books):
    world.mockup(books)
    incident = summary(books)["incidents"][0]
    assert set(incident) - OURS == INCIDENT
    assert incident["status"] == "identified"
    assert incident["impact"] == "minor"
    assert incident["shortlink"] == f"https://status.acme.example/incidents/{incident['id']}"
    assert [update["status"] for update in incident["incident_updates"]] == ["identified", "investigating"]
    for update in incident["incident_updates"]:
        assert set(update) == UPDATE
        assert update["incident_id"] == incident["id"]
    first = incident["incident_updates"][-1]["affected_components"]
    assert first == [
        {
            "code": "btcwithdrawa",
            "name": "Bitcoin withdrawals",
            "old_status": "operational",
            "new_status": "degraded_performance",
        }
    ]
    assert [set(row) - OURS for row in incident["components"]] == [COMPONENT]


def test_a_planned_event(books):
    world.mockup(books)
    running, upcoming = summary(books)["scheduled_maintenances"]
    for event in (running, upcoming):
        assert set(event) - OURS == INCIDENT | {"scheduled_for", "scheduled_until"}
        assert event["impact"] == "maintenance"
        assert all(set(update) == UPDATE for update in event["incident_updates"])
    assert (running["status"], upcoming["status"]) == ("in_progress", "scheduled")
    assert running["components"][0]["status"] == "under_maintenance"


def test_a_window_that_moves_by_the_clock_still_says_a_sentence(books):
    world.mockup(books)
    event = world.upgrade_solana(books)
    extend(world.desk(books), event.id, event.scheduled_until + timedelta(hours=1), world.ANA, NOW)
    told = next(each for each in summary(books)["scheduled_maintenances"] if each["id"] == event.id)
    said = [update["body"] for update in told["incident_updates"]]
    assert said[:2] == ["It takes longer than planned; the new end stands below.", "It has begun."]


def test_lists_hold_what_their_names_say(books):
    world.mockup(books)
    told = answers(books)
    assert len(told["/api/v2/incidents.json"]["incidents"]) == 3
    assert len(told["/api/v2/incidents/unresolved.json"]["incidents"]) == 1
    planned = {
        name: [event["forewarn"]["ref"] for event in told[path]["scheduled_maintenances"]]
        for name, path in (
            ("all", "/api/v2/scheduled-maintenances.json"),
            ("upcoming", "/api/v2/scheduled-maintenances/upcoming.json"),
            ("active", "/api/v2/scheduled-maintenances/active.json"),
        )
    }
    assert planned == {"all": ["MNT-2", "MNT-1"], "upcoming": ["MNT-2"], "active": ["MNT-1"]}


def test_unknown_stands_in_the_extra_key_only(books):
    world.build(books)
    world.lose_litecoin(books)
    row = next(row for row in summary(books)["components"] if row["forewarn"]["key"] == "ltc-deposits")
    assert row["status"] == "operational"
    assert row["forewarn"]["status"] == "unknown"
    assert summary(books)["page"]["forewarn"]["unknown"] == 2
    assert summary(books)["status"] == {"indicator": "none", "description": "All Systems Operational"}


@pytest.mark.parametrize(
    ("status", "impact", "indicator", "description"),
    [
        (Status.DEGRADED, None, "minor", "Partially Degraded Service"),
        (Status.PARTIAL_OUTAGE, None, "major", "Partial System Outage"),
        (Status.MAJOR_OUTAGE, None, "critical", "Major System Outage"),
        (Status.OPERATIONAL, Impact.MINOR, "minor", "Minor Service Outage"),
        (Status.OPERATIONAL, Impact.CRITICAL, "critical", "Major System Outage"),
        # Trading bots read anything but `none` as a halt.
        (Status.OPERATIONAL, Impact.NONE, "none", "All Systems Operational"),
        (Status.DEGRADED, Impact.NONE, "none", "All Systems Operational"),
    ],
)
def test_the_indicator(books, status, impact, indicator, description):
    world.build(books)
    trouble(books, status, impact)
    assert summary(books)["status"] == {"indicator": indicator, "description": description}


def test_maintenance_is_an_indicator_only_behind_the_switch(books):
    world.build(books)
    world.upgrade_solana(books)
    switched = Page(name="Acme", url="https://status.acme.example", has_maintenance_indicator=True)
    assert summary(books)["status"] == {"indicator": "none", "description": "Service Under Maintenance"}
    assert summary(books, switched)["status"]["indicator"] == "maintenance"


def test_a_cancelled_window_is_not_told_as_a_state_nobody_knows(books):
    world.build(books)
    event = world.upgrade_solana(books, is_running=False)
    cancel(world.desk(books), event.id, world.ANA, NOW)
    assert answers(books)["/api/v2/scheduled-maintenances.json"]["scheduled_maintenances"] == []


def test_a_resolved_incident_says_when(books):
    world.build(books)
    incident = world.past_incident(books, "Late", days=1, minutes=18)
    told = answers(books)["/api/v2/incidents.json"]["incidents"][0]
    assert told["id"] == incident.id
    assert TIME.fullmatch(told["resolved_at"])
    assert told["incident_updates"][0]["affected_components"][0]["new_status"] == "operational"
    more = UpdateEntry(stage=Stage.POSTMORTEM, body={"en": "The review."})
    update_incident(world.desk(books), incident.id, more, world.ANA, NOW)
    assert answers(books)["/api/v2/incidents.json"]["incidents"][0]["status"] == "postmortem"


def test_no_value_is_one_that_clients_do_not_know(books):
    world.mockup(books)
    meta.write(books, "blind_since", NOW.isoformat())
    known = {
        "components": {"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"},
        "incidents": {"investigating", "identified", "monitoring", "resolved", "postmortem"},
        "scheduled_maintenances": {"scheduled", "in_progress", "verifying", "completed"},
    }
    for document in answers(books).values():
        for kind, values in known.items():
            assert {row["status"] for row in document.get(kind, [])} <= values


def test_nothing_that_only_operators_may_see_is_in_it(books):
    world.mockup(books)
    told = repr(answers(books))
    for secret in ("10.0.0.7", "btc-1", "user:ana", "node"):
        assert secret not in told.replace("nodes", "")


def test_networks_say_what_moves(books):
    world.mockup(books)
    told = {row["network"]: row for row in networks(read_snapshot(books, world.PAGE, NOW))["networks"]}
    assert set(told["bitcoin"]) == {
        "network", "asset", "deposit_enabled", "withdraw_enabled", "status", "reason", "since", "eta", "weather",
    }  # fmt: skip
    assert told["bitcoin"]["deposit_enabled"] is True
    assert told["bitcoin"]["withdraw_enabled"] is True
    assert told["bitcoin"]["reason"] == "Bitcoin withdrawals are delayed"
    assert told["bitcoin"]["eta"] is None
    assert told["solana"]["deposit_enabled"] is False
    assert told["solana"]["reason"] == "Solana network upgrade"
    assert told["solana"]["eta"] == "2026-11-22T15:10:20.000Z"
    assert told["litecoin"]["deposit_enabled"] is None
    assert told["ethereum"]["reason"] is None


def test_networks_tell_the_weather(books):
    world.build(books)
    told = {row["network"]: row["weather"] for row in networks(read_snapshot(books, world.PAGE, NOW))["networks"]}
    assert told["bitcoin"] == {
        "note": None, "fees": "high", "fee_ratio": 2.4, "mempool_full": None, "last_block_age_seconds": 360,
        "last_block_at": "2026-11-22T13:56:20.000Z", "confirmations": 3, "confirmed_after_seconds": 1800.0,
        "seen_at": "2026-11-22T14:02:00.000Z",
    }  # fmt: skip
    assert told["ethereum"]["fees"] == "usual"


def test_without_current_data_the_weather_says_so_and_claims_no_number(books):
    world.build(books)
    world.look(books, "bitcoin", kind=VerdictKind.BLIND)
    told = {row["network"]: row["weather"] for row in networks(read_snapshot(books, world.PAGE, NOW))["networks"]}
    assert told["bitcoin"]["note"] == "no current data"
    assert [told["bitcoin"][name] for name in ("fees", "fee_ratio", "last_block_age_seconds")] == [None] * 3


def test_contact_is_there_without_login(books):
    told = contact(read_snapshot(books, world.PAGE, NOW))
    assert told["contact"]["phone"] == "+1 555 0100"
    assert told["official_domains"] == ["acme.example", "acmewallet.example"]


def test_an_overdue_promise_is_told(books):
    world.build(books)
    world.delay_bitcoin(books)
    late = read_snapshot(books, world.PAGE, NOW + timedelta(minutes=29))
    assert documents(late)["/api/v2/summary.json"]["incidents"][0]["forewarn"]["is_overdue"] is True

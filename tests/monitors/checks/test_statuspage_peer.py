"""The look at somebody else's status page, in the shape that Statuspage publishes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from monitors.checks.statuspage_peer import look, read_summary
from monitors.checks.target import Target, Tools
from monitors.client import Answer, Client, CouldNotSee
from monitors.wishes import FeedWish
from records.findings import FindingKind, Severity
from records.observations import Seen
from tests.monitors.fakes.server import FakeNode
from tests.monitors.fault_server import FaultServer


def incident(**changes: Any) -> dict[str, Any]:
    return {
        "id": "abc123def456",
        "name": "Elevated error rates on JSON-RPC",
        "status": "investigating",
        "impact": "major",
        "shortlink": "https://stspg.example/abc",
        "created_at": "2026-11-21T18:03:00.000Z",
        "started_at": "2026-11-21T18:02:11.000Z",
        "resolved_at": None,
        "components": [{"id": "c1", "name": "Ethereum Mainnet", "status": "partial_outage"}],
        "incident_updates": [{"id": "u1", "status": "investigating", "body": "We see errors."}],
        **changes,
    }


def maintenance(**changes: Any) -> dict[str, Any]:
    planned = {
        "status": "scheduled",
        "impact": "maintenance",
        "scheduled_for": "2026-11-25T13:00:00.000Z",
        "scheduled_until": "2026-11-25T15:00:00.000Z",
    }
    return incident(id="mnt999", name="Node upgrade", **(planned | changes))


def summary(incidents: Any = (), planned: Any = (), **changes: Any) -> dict[str, Any]:
    return {
        "page": {"id": "p1", "name": "Example RPC"},
        "components": [],
        "incidents": list(incidents),
        "scheduled_maintenances": list(planned),
        "status": {"indicator": "none", "description": "All Systems Operational"},
        **changes,
    }


def read(document: object, wish: FeedWish | None = None, status: int = 200):
    answer = Answer(status=status, body=json.dumps(document).encode(), latency_ms=1.0, retry_after_seconds=None)
    return read_summary(answer, "infura", wish or FeedWish(chain="ethereum"))


def test_open_incidents_and_planned_work_become_findings():
    sighting = read(summary([incident()], [maintenance()]))
    assert sighting.is_whole
    open_one, planned = sighting.findings
    assert (open_one.kind, open_one.severity) == (FindingKind.UPSTREAM_INCIDENT, Severity.MAJOR)
    assert (open_one.title, open_one.url) == ("Elevated error rates on JSON-RPC", "https://stspg.example/abc")
    assert (open_one.since, open_one.ended_at) == (datetime(2026, 11, 21, 18, 2, 11, tzinfo=UTC), None)
    assert (planned.kind, planned.severity) == (FindingKind.UPSTREAM_MAINTENANCE, Severity.NONE)
    assert (planned.since, planned.ended_at) == (
        datetime(2026, 11, 25, 13, tzinfo=UTC),
        datetime(2026, 11, 25, 15, tzinfo=UTC),
    )
    assert (open_one.chain, open_one.source) == ("ethereum", "infura")


def test_nothing_open_is_whole_too():
    assert read(summary()) == read(summary(scheduled_maintenances=None))
    assert read(summary()).is_whole


@pytest.mark.parametrize("status", ["in_progress", "verifying"])
def test_planned_work_that_runs_beyond_its_time_is_not_over(status):
    (one,) = read(summary(planned=[maintenance(status=status)])).findings
    assert one.ended_at is None


def test_what_is_resolved_says_when():
    (one,) = read(summary([incident(status="resolved", resolved_at="2026-11-21T20:00:00Z")])).findings
    assert one.ended_at == datetime(2026, 11, 21, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Worse"},
        {"status": "identified"},
        {"impact": "critical"},
        {"incident_updates": [{"id": "u1", "body": "We see errors. Edited."}]},
        {"components": []},
    ],
)
def test_every_change_changes_the_hash_and_none_the_id(changes):
    (before,), (after,) = read(summary([incident()])).findings, read(summary([incident(**changes)])).findings
    assert (before.id, before.content_hash != after.content_hash) == (after.id, True)


@pytest.mark.parametrize(
    ("words", "count"), [(("ethereum mainnet",), 1), (("errors",), 1), (("JSON-RPC",), 1), (("Solana",), 0)]
)
def test_words_are_looked_for_in_name_components_and_updates(words, count):
    assert len(read(summary([incident()]), FeedWish(words=words)).findings) == count


@pytest.mark.parametrize(
    "broken",
    [
        incident(id=None),
        incident(name=7),
        incident(started_at="yesterday", created_at=None),
        incident(started_at="2026-11-21T18:02:11"),
        "incident",
        None,
    ],
)
def test_an_entry_that_lacks_what_makes_one_is_passed_over(broken):
    assert len(read(summary([broken, incident(id="good")])).findings) == 1


def test_a_page_with_an_endless_list_is_read_in_part_and_then_proves_nothing_gone():
    sighting = read(summary([incident(id=f"i{number}") for number in range(500)]))
    assert (len(sighting.findings), sighting.is_whole) == (200, False)


def test_odd_values_lead_to_no_crash():
    odd = incident(impact=["x"], components={"a": 1}, incident_updates="many", shortlink=7, status={"a": 1})
    assert len(read(summary([odd])).findings) == 1


@pytest.mark.parametrize(
    "document", [[], {}, {"page": {}}, {"page": {}, "incidents": {}}, {"incidents": []}, {"error": "no such page"}]
)
def test_json_that_is_no_summary_could_not_be_seen(document):
    with pytest.raises(CouldNotSee) as caught:
        read(document)
    assert (caught.value.seen, caught.value.note) == (Seen.GARBAGE, "the answer is no status page's summary")


class FakePage(FakeNode):
    """Serves a summary."""

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        self.asked.append(path)
        return 200, summary([incident()])


@pytest.mark.parametrize(
    ("path", "asked"),
    [("", "/api/v2/summary.json"), ("/page/", "/page/api/v2/summary.json"), ("/own.json?k=1", "/own.json?k=1")],
)
async def test_the_address_is_that_of_the_page_or_of_a_json_itself(client: Client, path, asked):
    async with FakePage() as page:
        target = Target(monitor="infura", name="infura", url=page.url + path, wish=FeedWish())
        seen = await look(target, Tools(client=client))
        assert (seen.seen, page.asked) == (Seen.OK, [asked])
        assert seen.sighting is not None
        assert len(seen.sighting.findings) == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("html", Seen.GARBAGE),
        ("deep", Seen.GARBAGE),
        ("gzip-bomb", Seen.GARBAGE),
        ("throttled", Seen.THROTTLED),
        ("unauthorised", Seen.AUTH),
        ("unavailable", Seen.OVERLOADED),
        ("redirect", Seen.GARBAGE),
        ("hang", Seen.TRANSPORT),
    ],
)
async def test_whatever_else_comes_is_could_not_see(client: Client, faults: FaultServer, path: str, kind: Seen):
    target = Target(monitor="infura", name="infura", url=faults.url(path), deadline_seconds=0.5, wish=FeedWish())
    seen = await look(target, Tools(client=client))
    assert (seen.seen, seen.sighting) == (kind, None)

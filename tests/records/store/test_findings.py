"""What feeds and other status pages announce, and what of it is news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from records.findings import Change, Finding, FindingKind, Severity, Sighting
from records.store import findings, monitors

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
INCIDENT = Finding(
    id="one", source="infura", chain="ethereum", component=None, kind=FindingKind.UPSTREAM_INCIDENT,
    title="Elevated error rates <b>", url="https://status.example/1", severity=Severity.MAJOR, since=NOW - HOUR,
    content_hash="h1",
)  # fmt: skip
RELEASE = replace(INCIDENT, id="two", kind=FindingKind.CLIENT_RELEASE, ended_at=NOW + 9 * HOUR)


@pytest.fixture(autouse=True)
def sources(store):
    for name in ("infura", "geth"):
        monitors.put_monitor(store, name, kind="feed", chain=None, component_id=None, every_ms=60_000)


def keep(store, *found: Finding, at: datetime = NOW, whole: bool = True, source: str = "infura"):
    changes = findings.keep(store, source, Sighting(findings=found, is_whole=whole), at)
    return [(change, finding.id) for change, finding in changes]


def test_a_finding_is_kept_whole(store):
    assert keep(store, INCIDENT) == [(Change.NEW, "one")]
    assert findings.open_findings(store, NOW) == [INCIDENT]


def test_the_same_again_is_no_news_and_an_edited_one_is(store):
    keep(store, INCIDENT)
    assert keep(store, INCIDENT) == []
    assert keep(store, replace(INCIDENT, content_hash="h2", title="Worse")) == [(Change.EDITED, "one")]
    assert [found.title for found in findings.open_findings(store, NOW)] == ["Worse"]


def test_what_is_over_ends_and_is_listed_no_more(store):
    keep(store, INCIDENT)
    assert keep(store, replace(INCIDENT, content_hash="h2", ended_at=NOW)) == [(Change.ENDED, "one")]
    assert findings.open_findings(store, NOW) == []


def test_the_first_reading_tells_what_is_open_and_no_history(store):
    past = replace(INCIDENT, id="past", ended_at=NOW - HOUR)
    assert keep(store, INCIDENT, past, RELEASE) == [(Change.NEW, "one")]
    assert findings.open_findings(store, NOW) == [INCIDENT]


def test_a_release_is_news_from_the_second_reading_on_and_at_once_when_it_must_not_be_skipped(store):
    must = replace(RELEASE, id="must", required=True)
    assert keep(store, RELEASE, must) == [(Change.NEW, "must")]
    assert keep(store, RELEASE, must, replace(RELEASE, id="new")) == [(Change.NEW, "new")]


def test_old_releases_stay_history_however_their_text_is_edited(store):
    keep(store, RELEASE)
    assert keep(store, replace(RELEASE, content_hash="typo")) == []
    assert keep(store, replace(RELEASE, content_hash="now-mandatory", required=True)) == [(Change.EDITED, "two")]


def test_what_a_whole_source_shows_no_more_is_over_and_a_truncated_one_proves_nothing(store):
    keep(store, INCIDENT)
    assert keep(store, whole=False) == []
    assert keep(store, at=NOW + HOUR) == [(Change.ENDED, "one")]
    assert findings.open_findings(store, NOW + HOUR) == []


def test_sources_do_not_end_each_others_findings(store):
    keep(store, INCIDENT)
    keep(store, replace(INCIDENT, id="other", source="geth"), source="geth")
    assert {found.id for found in findings.open_findings(store, NOW)} == {"one", "other"}


def test_what_a_source_said_does_not_count_once_it_is_read_no_more(store):
    keep(store, INCIDENT)
    monitors.retire_all_but(store, ["geth"], NOW)
    assert findings.open_findings(store, NOW) == []
    assert not findings.has_upstream_incident(store, "ethereum", NOW)


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (INCIDENT, True),
        (replace(INCIDENT, chain="bitcoin"), False),
        (replace(INCIDENT, chain=None), False),
        (replace(INCIDENT, kind=FindingKind.UPSTREAM_MAINTENANCE), False),
        (replace(INCIDENT, ended_at=NOW - HOUR), False),
        (replace(INCIDENT, since=NOW + HOUR), False),
    ],
)
def test_only_an_open_incident_about_the_chain_is_an_upstream_incident(store, finding, expected):
    keep(store, finding)
    assert findings.has_upstream_incident(store, "ethereum", NOW) is expected


def test_an_incident_that_was_gone_for_one_reading_is_open_again(store):
    keep(store, INCIDENT)
    keep(store)
    assert keep(store, INCIDENT, at=NOW + HOUR) == [(Change.EDITED, "one")]
    assert [found.id for found in findings.open_findings(store, NOW + HOUR)] == ["one"]


def test_what_came_cut_off_is_no_first_reading(store):
    assert keep(store, RELEASE, whole=False) == []
    older = replace(RELEASE, id="older")
    assert keep(store, RELEASE, older) == []
    assert keep(store, RELEASE, older, replace(RELEASE, id="new")) == [(Change.NEW, "new")]


def test_an_incident_edited_in_a_source_with_one_date_keeps_its_beginning_and_planned_work_may_move(store):
    planned = replace(INCIDENT, id="planned", kind=FindingKind.UPSTREAM_MAINTENANCE)
    keep(store, INCIDENT, planned)
    keep(store, *(replace(one, since=NOW + HOUR, content_hash="h2") for one in (INCIDENT, planned)))
    found = {one.id: one.since for one in findings.open_findings(store, NOW)}
    assert found == {"one": INCIDENT.since, "planned": NOW + HOUR}


def test_what_is_over_is_forgotten_in_the_end_and_what_is_open_never(store):
    planned = replace(INCIDENT, id="planned", ended_at=NOW + HOUR)
    keep(store, INCIDENT, replace(INCIDENT, id="past", ended_at=NOW - HOUR), planned)
    assert findings.forget(store, NOW) == 0, "it was found at this moment"
    assert findings.forget(store, NOW + timedelta(minutes=1)) == 1
    assert findings.open_findings(store, NOW) == [INCIDENT, planned]
    assert findings.forget(store, NOW + 2 * HOUR) == 1
    assert keep(store, INCIDENT, planned, at=NOW + 3 * HOUR) == [], "an old entry that is still listed is no news"

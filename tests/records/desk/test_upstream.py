"""A provider's open incident suggests whose trouble ours is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from records.components import Cause
from records.desk.judgement import take_verdict
from records.findings import Finding, FindingKind, Sighting
from records.store import findings, monitors
from records.verdicts import VerdictKind
from tests.cast import HOUR, NOW, a_verdict, acme, describe

FINDING = Finding(
    id="one", source="rpc-status", chain="bitcoin", component=None, kind=FindingKind.UPSTREAM_INCIDENT,
    title="Errors", since=NOW - HOUR, content_hash="h",
)  # fmt: skip


def opened_cause(store, verdict, *found: Finding) -> Cause:
    desk = acme(store, watched=True)
    monitors.put_monitor(store, "rpc-status", kind="statuspage", chain=None, component_id=None, every_ms=60_000)
    findings.keep(store, "rpc-status", Sighting(findings=found, is_whole=True), NOW)
    incident = take_verdict(desk, verdict, describe, verdict.at)
    assert incident is not None
    return incident.cause


@pytest.mark.parametrize(
    ("found", "cause"),
    [
        ((), Cause.LEDGER),
        ((FINDING,), Cause.THIRD_PARTY),
        ((replace(FINDING, chain="ethereum"),), Cause.LEDGER),
        ((replace(FINDING, kind=FindingKind.UPSTREAM_MAINTENANCE),), Cause.LEDGER),
        ((replace(FINDING, ended_at=NOW - timedelta(minutes=1)),), Cause.LEDGER),
    ],
)
def test_an_open_upstream_incident_about_the_chain_suggests_a_third_party(store, found, cause):
    verdict = replace(a_verdict(VerdictKind.NETWORK_HALT), cause=Cause.LEDGER)
    assert opened_cause(store, verdict, *found) is cause


def test_a_cause_that_says_more_stays(store):
    verdict = replace(a_verdict(VerdictKind.NETWORK_HALT), cause=Cause.CYBER)
    assert opened_cause(store, verdict, FINDING) is Cause.CYBER

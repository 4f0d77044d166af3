"""Nodes that will not do for much longer are told before the day, once each, until they are seen to."""

import pytest

from records.desk.readiness import note_outdated
from records.findings import Change, FindingKind
from records.store import findings
from records.verdicts import VerdictKind
from tests.cast import HOUR, MINUTE, NOW, a_verdict, acme

OLD = {"eth-1": "its version is below what the chain needs"}


@pytest.fixture
def desk(store):
    return acme(store, watched=True)


def seen(desk, outdated, now=NOW, kind=VerdictKind.OPERATIONAL):
    facts = {"outdated": outdated} if outdated else {}
    verdict = a_verdict(kind, monitor="chain:ethereum", at=now, facts=facts)
    return [change for change, _ in note_outdated(desk.store, verdict, now)]


def test_an_outdated_node_is_a_finding_of_its_chain(store, desk):
    assert seen(desk, OLD) == [Change.NEW]
    (found,) = findings.open_findings(store, NOW)
    assert (found.kind, found.chain, found.source) == (FindingKind.NODE_OUTDATED, "ethereum", "chain:ethereum")
    assert found.title == "eth-1: its version is below what the chain needs"
    assert found.required


def test_it_is_told_once_and_keeps_its_beginning(store, desk):
    seen(desk, OLD)
    assert seen(desk, OLD, NOW + MINUTE) == []
    assert seen(desk, OLD | {"eth-2": "its version is known to be bad"}, NOW + HOUR) == [Change.NEW]
    assert sorted(each.since for each in findings.open_findings(store, NOW + HOUR)) == [NOW, NOW + HOUR]


def test_it_ends_when_the_node_is_upgraded_and_comes_back_when_it_is_not_for_long(store, desk):
    seen(desk, OLD)
    assert seen(desk, {}, NOW + MINUTE) == [Change.ENDED]
    assert findings.open_findings(store, NOW + 2 * MINUTE) == []
    assert len(seen(desk, OLD, NOW + HOUR)) == 1
    assert len(findings.open_findings(store, NOW + HOUR)) == 1


def test_a_round_that_saw_nothing_ends_nothing(store, desk):
    seen(desk, OLD)
    assert seen(desk, {}, NOW + MINUTE, kind=VerdictKind.MONITORING_DEGRADED) == []
    assert len(findings.open_findings(store, NOW + MINUTE)) == 1


def test_nodes_that_are_well_leave_nothing(store, desk):
    assert seen(desk, {}) == []
    assert findings.open_findings(store, NOW) == []

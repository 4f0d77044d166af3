"""A mass failure is said once."""

from datetime import timedelta
from typing import Any

import pytest

from records.components import Component, Status
from records.desk.configuration import MonitorEntry, configure
from records.desk.desk import Desk
from records.desk.incidents import UpdateEntry, update_incident
from records.desk.judgement import take_verdict
from records.incidents import Stage
from records.people import COMMAND_LINE
from records.store import components, incidents, notices
from records.store.engine import Store
from records.verdicts import VerdictKind
from server.words import describer
from tests.cast import ANA, MINUTE, NOW, SECOND, a_component, a_verdict, acme, clear

SERVICES = [f"service-{number:02}" for number in range(30)]


def _watched(store: Store, *, auto_publish: bool) -> tuple[Desk, list[Component]]:
    desk = acme(store)
    wanted = [a_component(each, each.capitalize(), auto_publish=auto_publish) for each in SERVICES]
    monitors = [MonitorEntry(id=each, kind="http", every=10 * SECOND, component_id=each) for each in SERVICES]
    configure(desk, wanted, monitors, COMMAND_LINE, NOW - MINUTE)
    for each in SERVICES:
        take_verdict(desk, clear(each, at=NOW - MINUTE), _describe(wanted), NOW - MINUTE)
    return desk, wanted


def _describe(known: list[Component]) -> Any:
    return describer(("en", "fr"), known, timedelta(minutes=10))


def _round(desk: Desk, known: list[Component], now: Any, *, broken: list[str]) -> None:
    for each in SERVICES:
        down = a_verdict(VerdictKind.SERVICE_DOWN, monitor=each, deposits=Status.MAJOR_OUTAGE, at=now)
        take_verdict(desk, down if each in broken else clear(each, at=now), _describe(known), now)


@pytest.mark.parametrize("auto_publish", [True, False])
def test_what_breaks_in_the_same_minute_becomes_one_incident(store, auto_publish):
    desk, known = _watched(store, auto_publish=auto_publish)
    _round(desk, known, NOW, broken=SERVICES)
    found = incidents.open_incidents(store) if auto_publish else incidents.drafts(store)
    assert len(found) == 3, "two may break by chance; from the third on it is one failure"
    assert all(components.component(store, each).status is Status.MAJOR_OUTAGE for each in SERVICES)
    _round(desk, known, NOW + MINUTE, broken=SERVICES)
    found = incidents.open_incidents(store) if auto_publish else incidents.drafts(store)
    assert len(found) == 3
    whole = min(found, key=lambda each: each.number)
    assert {each for one in found for each in one.statuses} == set(SERVICES)
    assert whole.name == {"en": "Several services have trouble", "fr": "Plusieurs services rencontrent un problème"}
    if auto_publish:
        assert "and 2" in whole.updates[-1].body["en"]
        # Three first words and one more a minute, instead of thirty.
        assert len(notices.notices(store)) <= 5


def test_a_mass_failure_is_over_when_all_of_it_is(store):
    desk, known = _watched(store, auto_publish=True)
    for minute in range(2):
        _round(desk, known, NOW + minute * MINUTE, broken=SERVICES)
    whole = min(incidents.open_incidents(store), key=lambda each: each.number)
    _round(desk, known, NOW + 2 * MINUTE, broken=SERVICES[10:])
    partly = incidents.incident(store, whole.id)
    assert partly.stage is Stage.INVESTIGATING, "what joined is still broken"
    assert partly.statuses[SERVICES[0]] is Status.OPERATIONAL
    for minute in range(3, 20):
        _round(desk, known, NOW + minute * MINUTE, broken=[])
    over = incidents.incident(store, whole.id)
    assert over.stage is Stage.RESOLVED
    assert incidents.open_incidents(store) == []
    assert incidents.drafts(store) == []


def test_two_that_break_in_the_same_minute_have_words_of_their_own(store):
    desk, known = _watched(store, auto_publish=True)
    _round(desk, known, NOW, broken=SERVICES[:2])
    _round(desk, known, NOW + 2 * MINUTE, broken=SERVICES[:3])
    assert sorted(len(each.statuses) for each in incidents.open_incidents(store)) == [1, 1, 1]


def test_what_a_person_has_taken_up_is_left_to_them(store):
    desk, known = _watched(store, auto_publish=True)
    _round(desk, known, NOW, broken=SERVICES[:3])
    for each in incidents.open_incidents(store):
        update_incident(desk, each.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "The network."}), ANA, NOW)
    _round(desk, known, NOW + 10 * SECOND, broken=SERVICES[:4])
    assert len(incidents.open_incidents(store)) == 4

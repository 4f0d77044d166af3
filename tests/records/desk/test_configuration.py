"""Components and monitors match a configuration; what they remember stays."""

from dataclasses import replace

import pytest

from records.components import Status, audience_of
from records.desk.configuration import MonitorEntry, configure
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.judgement import take_verdict
from records.errors import NotFound
from records.incidents import Stage
from records.notices import NoticeKind
from records.people import COMMAND_LINE
from records.store import components, days, incidents, meta, monitors, notices
from records.store.people import audit_entries
from tests.cast import (
    ANA,
    HOUR,
    MINUTE,
    MONITORS,
    NOW,
    SECOND,
    a_verdict,
    acme,
    acme_components,
    an_incident,
    clear,
    describe,
)


@pytest.fixture
def desk(store):
    return acme(store, watched=True, auto_publish=True)


def _configure(desk, wanted=None, watched=MONITORS, now=NOW):
    wanted = acme_components(auto_publish=True) if wanted is None else wanted
    configure(desk, wanted, watched, COMMAND_LINE, now)


def _ids(store):
    return [each.id for each in components.all_components(store)]


def _without(*ids):
    return [each for each in acme_components(auto_publish=True) if each.id not in ids]


def test_components_come_in_page_order_as_configured(store, desk):
    assert _ids(store) == [each.id for each in acme_components()]
    kept = components.component(store, "btc-deposits")
    wanted = acme_components()[1]
    for name in ("name", "group_id", "chain", "asset", "direction", "position", "public_id"):
        assert getattr(kept, name) == getattr(wanted, name)


def test_a_changed_description_keeps_state_history_and_public_id(store, desk):
    take_verdict(desk, a_verdict(deposits=Status.PARTIAL_OUTAGE), describe, NOW)
    renamed = [
        replace(each, name={"en": "BTC in"}, public_id="zzzzzzzzzzzz", position=50)
        if each.id == "btc-deposits"
        else each
        for each in acme_components()
    ]
    _configure(desk, renamed, now=NOW + MINUTE)
    kept = components.component(store, "btc-deposits")
    assert (kept.name, kept.public_id) == ({"en": "BTC in"}, acme_components()[1].public_id)
    assert (kept.status, kept.status_since) == (Status.PARTIAL_OUTAGE, NOW)
    assert _ids(store)[-1] == "btc-deposits"


def test_a_component_taken_away_leaves_the_page_and_comes_back_with_its_history(store, desk):
    _configure(desk, _without("website"), MONITORS[:2])
    assert "website" not in _ids(store)
    with pytest.raises(NotFound):
        components.component(store, "website")
    assert days.changes_since(store, NOW)["website"]
    _configure(desk, now=NOW + HOUR)
    assert components.component(store, "website").status is Status.UNKNOWN
    take_verdict(desk, clear("website", at=NOW + HOUR), describe, NOW + HOUR)
    assert components.component(store, "website").status is Status.OPERATIONAL


def test_applying_the_same_again_changes_no_state(store, desk):
    before = [(each.id, each.status, each.signal) for each in components.all_components(store)]
    _configure(desk)
    assert [(each.id, each.status, each.signal) for each in components.all_components(store)] == before
    entry = audit_entries(store, subject="configuration")[0]
    assert entry.detail == {"components": 7, "monitors": 3, "retired": 0}


def test_applying_makes_the_page_be_built_again(store, desk):
    before = meta.page_revision(store)
    _configure(desk)
    assert meta.page_revision(store) > before


def test_a_monitor_keeps_what_it_remembers_and_forgets_it_when_taken_away(store, desk):
    monitors.keep_round(store, "chain:bitcoin", clear(), '{"streak": 3}', seen_at=NOW)
    _configure(desk)
    assert monitors.judge_state(store, "chain:bitcoin") == '{"streak": 3}'
    _configure(desk, watched=MONITORS[1:])
    assert monitors.judge_state(store, "chain:bitcoin") is None
    assert [each.id for each in monitors.all_monitors(store)] == ["chain:ethereum", "website"]
    assert components.component(store, "btc-deposits").signal is None
    _configure(desk)
    assert monitors.judge_state(store, "chain:bitcoin") is None
    assert components.component(store, "btc-deposits").signal is Status.UNKNOWN


def test_the_draft_of_a_monitor_taken_away_goes_with_it(store):
    desk = acme(store, watched=True)
    draft = take_verdict(desk, a_verdict(), describe, NOW)
    assert draft is not None
    _configure(desk, watched=MONITORS[1:])
    assert incidents.incident(store, draft.id).discarded_at == NOW
    assert components.component(store, "btc-deposits").status is Status.OPERATIONAL


def test_the_published_incident_of_a_monitor_taken_away_waits_for_a_person_who_can_still_tell(store, desk):
    incident = take_verdict(desk, a_verdict(), describe, NOW)
    assert incident is not None
    _configure(desk, watched=MONITORS[1:], now=NOW + MINUTE)
    after = incidents.incident(store, incident.id)
    assert after.stage is Stage.MONITORING
    assert "A person confirms" in after.updates[-1].body["en"]
    assert [each.kind for each in notices.notices(store)] == [NoticeKind.INCIDENT_OPENED]
    update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}), ANA, NOW + HOUR)
    assert notices.notices(store)[0].kind is NoticeKind.INCIDENT_RESOLVED


def test_what_a_monitor_said_of_a_component_it_no_longer_watches_does_not_count(store, desk):
    take_verdict(desk, a_verdict(monitor="website", deposits=Status.PARTIAL_OUTAGE), describe, NOW)
    moved = [*MONITORS[:2], MonitorEntry(id="website", kind="http", every=30 * SECOND, component_id="trading")]
    _configure(desk, watched=moved, now=NOW + MINUTE)
    assert components.component(store, "website").signal is None
    assert components.component(store, "trading").signal is Status.UNKNOWN


def test_a_chain_monitor_speaks_of_deposits_and_withdrawals_only(store, desk):
    trading = [replace(each, chain="bitcoin") if each.id == "trading" else each for each in acme_components()]
    _configure(desk, trading)
    assert components.component(store, "trading").signal is None
    assert components.component(store, "trading").status is Status.OPERATIONAL


def test_what_a_component_affects_unless_it_says_otherwise():
    found = {each.id: audience_of(each) for each in acme_components()}
    assert found["btc-deposits"] == "network:bitcoin or holds:BTC"
    assert found["trading"] == "product:trading"
    assert found["website"] == "everyone"


def test_heartbeats_belong_to_the_monitor_that_the_configuration_names(store, desk):
    monitors.put_heartbeat(store, "website", "hash-1")
    assert monitors.beat(store, "hash-1", NOW)
    assert not monitors.beat(store, "hash-2", NOW)
    assert monitors.last_beat(store, "website") == NOW
    monitors.put_heartbeat(store, "website", "hash-2")
    assert not monitors.beat(store, "hash-1", NOW)
    assert monitors.last_beat(store, "website") is None
    monitors.put_heartbeat(store, "chain:bitcoin", "hash-2")
    assert monitors.beat(store, "hash-2", NOW + MINUTE)
    assert monitors.last_beat(store, "chain:bitcoin") == NOW + MINUTE


def test_many_components_at_once_may_be_affected(store, desk):
    tokens = [
        replace(acme_components()[3], id=f"t-{n}", public_id=f"{n:012}", asset=f"TOKEN{n}", position=n)
        for n in range(300)
    ]
    _configure(desk, [*acme_components(), *tokens])
    incident = open_incident(desk, an_incident(statuses={each.id: Status.DEGRADED for each in tokens}), ANA, NOW)
    assert incident.audience.startswith("network:ethereum or holds:TOKEN0 or holds:TOKEN1 or ")
    assert len(incident.audience) > 4_000

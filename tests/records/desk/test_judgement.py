"""From a verdict to what the public sees: states by themselves, words only where a person allowed it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from records.components import Cause, Direction, Status
from records.desk import judgement
from records.desk.configuration import MonitorEntry, configure
from records.desk.incidents import (
    IncidentEntry,
    UpdateEntry,
    discard_incident,
    edit_draft,
    open_incident,
    publish_incident,
    update_incident,
)
from records.desk.judgement import mark_silent, set_kill_switch, take_verdict
from records.errors import EditedMeanwhile
from records.incidents import Impact, Stage
from records.notices import NoticeKind
from records.people import COMMAND_LINE
from records.store import components, incidents, meta, monitors, notices, shares
from records.store.engine import open_store
from records.store.people import audit_entries
from records.verdicts import KEEPS_LAST_STATE, VerdictKind
from tests.cast import (
    ANA,
    DAY,
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
    fan_out,
    told,
)

OK, DEGRADED, PARTIAL, MAJOR = Status.OPERATIONAL, Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE
BTC = ["ada", "carmen", "dmitri", "fay"]


@pytest.fixture
def desk(store):
    """Everything may publish by itself, and all monitors have seen all well."""
    return acme(store, watched=True, auto_publish=True)


@pytest.fixture
def cautious(store):
    """Nothing may publish by itself."""
    return acme(store, watched=True)


def _take(desk, verdict):
    return take_verdict(desk, verdict, describe, verdict.at)


def _shown(store):
    found = {each.id: each.status for each in components.all_components(store)}
    return found["btc-deposits"], found["btc-withdrawals"]


def _kinds(store, incident):
    return [each.kind for each in reversed(notices.notices(store, subject_id=incident.id))]


@pytest.mark.parametrize("kind", list(VerdictKind))
def test_each_verdict_moves_states_or_keeps_the_last(store, desk, kind):
    troubled = kind is not VerdictKind.OPERATIONAL and kind not in KEEPS_LAST_STATE
    status = {True: PARTIAL, False: OK if kind is VerdictKind.OPERATIONAL else Status.UNKNOWN}[troubled]
    _take(desk, a_verdict(deposits=DEGRADED, withdrawals=OK, at=NOW - MINUTE))
    incident = _take(desk, a_verdict(kind, deposits=status, withdrawals=status))
    if kind in KEEPS_LAST_STATE:
        assert _shown(store) == (DEGRADED, OK)
        assert incident is not None
        assert incident.stage is Stage.INVESTIGATING
    elif troubled:
        assert _shown(store) == (PARTIAL, PARTIAL)
        assert incident is not None
        assert (incident.impact, incident.stage) == (Impact.MAJOR, Stage.INVESTIGATING)
    else:
        assert _shown(store) == (OK, OK)
        assert incident is not None
        assert incident.stage is Stage.MONITORING
    assert components.component(store, "eth-deposits").status is OK
    assert components.component(store, "website").status is OK


@pytest.mark.parametrize("kind", list(VerdictKind))
def test_each_verdict_about_a_service_speaks_of_its_one_component(store, desk, kind):
    incident = _take(desk, a_verdict(kind, monitor="website", deposits=DEGRADED))
    expected = OK if kind in KEEPS_LAST_STATE else DEGRADED
    assert components.component(store, "website").status is expected
    assert (incident is None) == (kind in KEEPS_LAST_STATE)
    assert _shown(store) == (OK, OK)


def test_what_a_monitor_watches_is_unknown_until_it_has_seen_something(store):

    desk = acme(store)
    assert _shown(store) == (OK, OK)
    configure(desk, acme_components(), MONITORS, COMMAND_LINE, NOW)
    found = {each.id: each.status for each in components.all_components(store)}
    assert [each for each, status in found.items() if status is OK] == ["bitcoin", "trading"]
    assert _take(desk, clear(at=NOW + SECOND)) is None
    assert _shown(store) == (OK, OK)
    assert components.component(store, "eth-deposits").status is Status.UNKNOWN


def test_a_major_outage_needs_two_signals_that_agree(store, desk):
    incident = _take(desk, a_verdict(deposits=MAJOR, withdrawals=PARTIAL, corroborated=False))
    assert _shown(store) == (DEGRADED, PARTIAL)
    assert incident.impact is Impact.MAJOR
    incident = _take(desk, a_verdict(deposits=MAJOR, withdrawals=PARTIAL, at=NOW + MINUTE))
    assert _shown(store) == (MAJOR, PARTIAL)
    assert incident.impact is Impact.CRITICAL


def test_where_it_was_allowed_a_monitor_publishes_and_tells(store, desk):
    incident = _take(desk, a_verdict(deposits=OK, withdrawals=PARTIAL))
    assert incident.is_open
    assert (incident.opened_by, incident.monitor, incident.cause) == ("monitor", "chain:bitcoin", Cause.LEDGER)
    assert (incident.started_at, incident.detected_at) == (NOW, NOW)
    assert incident.statuses == {"btc-withdrawals": PARTIAL}
    assert incident.name == {"en": "network_halt at btc-withdrawals"}
    fan_out(store)
    assert told(store, incident.id) == [BTC]


def test_elsewhere_a_monitor_only_drafts_but_the_state_is_shown_at_once(store, cautious):
    incident = _take(cautious, a_verdict())
    assert incident.is_draft
    assert notices.notices(store) == []
    assert _shown(store) == (DEGRADED, DEGRADED)


def test_one_component_that_may_not_publish_makes_it_a_draft(store, desk):
    store.run("UPDATE components SET auto_publish = 0 WHERE id = 'btc-deposits'")
    assert _take(desk, a_verdict()).is_draft
    assert _take(desk, a_verdict(monitor="chain:ethereum")).is_open


def test_the_kill_switch_stops_all_publishing_by_monitors_until_it_is_released(store, desk):
    set_kill_switch(desk, ANA, NOW, stop=True)
    assert _take(desk, a_verdict()).is_draft
    set_kill_switch(desk, ANA, NOW, stop=False)
    assert _take(desk, a_verdict(monitor="website")).is_open
    deeds = [(entry.deed, entry.actor) for entry in audit_entries(store, subject="auto_publish")]
    assert deeds == [("auto_publish.allow", "user:ana"), ("auto_publish.stop", "user:ana")]


def test_the_same_verdict_again_says_nothing_new(store, desk):
    first = _take(desk, a_verdict())
    revision = meta.page_revision(store)
    again = _take(desk, a_verdict(at=NOW + MINUTE))
    assert again == first
    assert meta.page_revision(store) == revision
    assert components.component(store, "btc-deposits").signal_at == NOW + MINUTE


def test_a_draft_goes_away_when_all_is_well_before_anybody_looked(store, cautious):
    draft = _take(cautious, a_verdict())
    assert _take(cautious, clear(at=NOW + MINUTE)) is None
    assert incidents.incident(store, draft.id).discarded_at == NOW + MINUTE
    assert audit_entries(store, subject=draft.id)[0].detail["reason"] == "recovered before anybody published it"
    assert notices.notices(store) == []
    assert _take(cautious, a_verdict(at=NOW + HOUR)).ref == "INC-2"


def test_a_draft_follows_what_the_monitor_sees(store, cautious):
    draft = _take(cautious, a_verdict(deposits=OK))
    after = _take(cautious, a_verdict(deposits=PARTIAL, withdrawals=MAJOR, at=NOW + MINUTE))
    assert after.id == draft.id
    assert after.is_draft
    assert after.statuses == {"btc-deposits": PARTIAL, "btc-withdrawals": MAJOR}
    assert after.impact is Impact.CRITICAL
    assert len(after.updates) == 2
    assert notices.notices(store) == []


def test_a_draft_that_a_person_edited_is_theirs(store, cautious):
    draft = _take(cautious, a_verdict(deposits=DEGRADED, withdrawals=OK))
    edit = IncidentEntry(
        name={"en": "Ana's own words"}, body=draft.updates[-1].body, statuses=draft.statuses, publish=False
    )
    edit_draft(cautious, draft.id, edit, ANA, NOW)
    _take(cautious, a_verdict(deposits=PARTIAL, withdrawals=PARTIAL, at=NOW + MINUTE))
    assert incidents.incident(store, draft.id).name == {"en": "Ana's own words"}
    _take(cautious, clear(at=NOW + 2 * MINUTE))
    assert incidents.incident(store, draft.id).is_draft, "her work is not thrown away because checks pass again"


def test_publishing_a_draft_that_changed_meanwhile_is_refused(store, cautious):
    draft = _take(cautious, a_verdict(deposits=DEGRADED, withdrawals=OK))
    _take(cautious, a_verdict(deposits=PARTIAL, withdrawals=PARTIAL, at=NOW + MINUTE))
    with pytest.raises(EditedMeanwhile):
        publish_incident(cautious, draft.id, ANA, NOW + 2 * MINUTE, version=draft.version)
    assert incidents.incident(store, draft.id).is_draft


def test_a_draft_that_widens_widens_whom_it_concerns(store, cautious):
    store.run("UPDATE components SET audience = 'region:RO' WHERE id = 'btc-deposits'")
    draft = _take(cautious, a_verdict(deposits=OK))
    assert draft.audience == "network:bitcoin or holds:BTC"
    wider = _take(cautious, a_verdict(at=NOW + MINUTE))
    assert set(wider.audience.split(" or ")) == {"network:bitcoin", "holds:BTC", "region:RO"}


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        ((OK, DEGRADED), (OK, PARTIAL), True),
        ((OK, DEGRADED), (DEGRADED, DEGRADED), True),
        ((OK, PARTIAL), (DEGRADED, OK), True),
        ((DEGRADED, MAJOR), (MAJOR, MAJOR), True),
        ((PARTIAL, PARTIAL), (DEGRADED, DEGRADED), False),
        ((PARTIAL, PARTIAL), (OK, PARTIAL), False),
        ((MAJOR, OK), (PARTIAL, OK), False),
    ],
)
def test_customers_hear_when_it_gets_worse_or_wider_not_when_it_eases(store, desk, first, second, is_told):
    _take(desk, a_verdict(deposits=first[0], withdrawals=first[1]))
    after = _take(desk, a_verdict(deposits=second[0], withdrawals=second[1], at=NOW + MINUTE))
    assert len(after.updates) == 1 + is_told
    assert _kinds(store, after) == [NoticeKind.INCIDENT_OPENED] + [NoticeKind.INCIDENT_UPDATED] * is_told


def test_what_eases_is_shown_at_once_and_wakes_nobody(store, desk):
    incident = _take(desk, a_verdict(deposits=MAJOR, withdrawals=MAJOR))
    assert _shown(store) == (MAJOR, MAJOR)
    revision = meta.page_revision(store)
    milder = replace(a_verdict(deposits=DEGRADED, withdrawals=DEGRADED, at=NOW + MINUTE), kind=VerdictKind.CONGESTION)
    after = _take(desk, milder)
    assert _shown(store) == (DEGRADED, DEGRADED), "what works again in part is not shown as broken"
    assert after.name["en"] == "congestion at btc-deposits, btc-withdrawals", "nor does the headline go on saying so"
    assert meta.page_revision(store) > revision
    assert (after.id, len(after.updates)) == (incident.id, 1)
    assert _kinds(store, incident) == [NoticeKind.INCIDENT_OPENED]
    assert after.impact is Impact.CRITICAL, "what it was is not forgotten"


def test_recovery_is_watched_for_a_while_and_then_told_to_whoever_heard(store, desk):
    incident = _take(desk, a_verdict())
    fan_out(store)
    watching = _take(desk, clear(at=NOW + 5 * MINUTE))
    assert (watching.stage, watching.monitoring_at) == (Stage.MONITORING, NOW + 5 * MINUTE)
    assert watching.impact is Impact.MINOR, "what it was is not forgotten"
    assert _shown(store) == (OK, OK)
    assert _take(desk, clear(at=NOW + 14 * MINUTE)).stage is Stage.MONITORING
    over = _take(desk, clear(at=NOW + 15 * MINUTE))
    assert (over.stage, over.resolved_at) == (Stage.RESOLVED, NOW + 15 * MINUTE)
    fan_out(store, NOW + 15 * MINUTE)
    assert told(store, incident.id) == [BTC, BTC, BTC]
    assert _kinds(store, incident)[-1] is NoticeKind.INCIDENT_RESOLVED
    assert _take(desk, clear(at=NOW + HOUR)) is None


def test_each_monitor_may_have_its_own_time_of_calm(store, desk):
    _take(desk, a_verdict())
    _take(desk, clear(at=NOW + MINUTE))
    quick = desk.recovering_within(30 * SECOND)
    assert _take(quick, clear(at=NOW + MINUTE + 29 * SECOND)).stage is Stage.MONITORING
    assert _take(quick, clear(at=NOW + MINUTE + 30 * SECOND)).stage is Stage.RESOLVED


def test_it_is_over_only_once_what_waited_is_worked_off(store, desk):
    counter = MonitorEntry(id="uncredited", kind="prometheus", every=10 * SECOND, backlog_of="btc-deposits")
    configure(desk, acme_components(auto_publish=True), [*MONITORS, counter], COMMAND_LINE, NOW - HOUR)
    _take(desk, a_verdict())
    _take(desk, clear(at=NOW + MINUTE))

    def count(kind, at):
        verdict = replace(a_verdict(kind, monitor="uncredited", deposits=PARTIAL, at=at), component=None)
        monitors.keep_round(store, "uncredited", verdict, "{}", seen_at=at)
        assert _take(desk, verdict) is None, "it opens no incident of its own"

    assert _take(desk, clear(at=NOW + HOUR)).stage is Stage.MONITORING, "nobody has counted yet"
    count(VerdictKind.SERVICE_IMPAIRED, NOW + HOUR)
    assert _shown(store) == (OK, OK), "what waits is no state of the service"
    assert _take(desk, clear(at=NOW + 2 * HOUR)).stage is Stage.MONITORING
    count(VerdictKind.OPERATIONAL, NOW + 2 * HOUR)
    assert _take(desk, clear(at=NOW + 3 * HOUR)).stage is Stage.RESOLVED


def test_a_relapse_while_watching_goes_on_in_the_same_incident(store, desk):
    incident = _take(desk, a_verdict())
    _take(desk, clear(at=NOW + MINUTE))
    again = _take(desk, a_verdict(at=NOW + 2 * MINUTE))
    assert (again.id, again.stage) == (incident.id, Stage.INVESTIGATING)
    assert _shown(store) == (DEGRADED, DEGRADED)
    _take(desk, clear(at=NOW + 3 * MINUTE))
    assert _take(desk, clear(at=NOW + 12 * MINUTE)).stage is Stage.MONITORING, "the calm is counted anew"
    assert _take(desk, clear(at=NOW + 13 * MINUTE)).stage is Stage.RESOLVED


def test_trouble_that_ends_and_comes_again_is_another_incident(store, desk):
    first = _take(desk, a_verdict())
    _take(desk, clear(at=NOW + MINUTE))
    _take(desk, clear(at=NOW + HOUR))
    second = _take(desk, a_verdict(at=NOW + 2 * HOUR))
    assert second.id != first.id
    assert second.ref == "INC-2"


def test_what_a_monitor_cannot_see_is_no_recovery(store, desk):
    _take(desk, a_verdict())
    for minute, kind in enumerate(sorted(KEEPS_LAST_STATE), 1):
        after = _take(
            desk, a_verdict(kind, deposits=Status.UNKNOWN, withdrawals=Status.UNKNOWN, at=NOW + minute * MINUTE)
        )
        assert after.stage is Stage.INVESTIGATING


def test_a_verdict_that_is_neither_trouble_nor_clear_leaves_the_incident_alone(store, desk):
    incident = _take(desk, a_verdict())
    after = _take(desk, a_verdict(VerdictKind.CONGESTION, deposits=OK, withdrawals=OK, at=NOW + MINUTE))
    assert (after.id, after.stage) == (incident.id, Stage.INVESTIGATING)


def test_once_a_person_has_spoken_the_incident_is_theirs(store, desk):
    incident = _take(desk, a_verdict())
    said = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "We know why."})
    update_incident(desk, incident.id, said, ANA, NOW + MINUTE)
    for verdict in (
        a_verdict(deposits=MAJOR, withdrawals=MAJOR, at=NOW + 2 * MINUTE),
        clear(at=NOW + 3 * MINUTE),
        clear(at=NOW + HOUR),
        a_verdict(at=NOW + 2 * HOUR),
    ):
        after = _take(desk, verdict)
        assert (after.id, after.stage, len(after.updates)) == (incident.id, Stage.IDENTIFIED, 2)
    assert _shown(store) == (DEGRADED, DEGRADED)


def test_a_draft_that_a_person_published_as_it_stood_is_still_the_monitors(store, cautious):
    draft = _take(cautious, a_verdict())
    publish_incident(cautious, draft.id, ANA, NOW + MINUTE)
    assert _take(cautious, clear(at=NOW + 2 * MINUTE)).stage is Stage.MONITORING
    assert _take(cautious, clear(at=NOW + HOUR)).stage is Stage.RESOLVED


@pytest.mark.parametrize(
    ("changes", "is_drafted"),
    [
        ({"since": NOW}, False),
        ({"since": NOW, "deposits": OK}, False),
        ({"since": NOW, "deposits": PARTIAL}, True),
        ({"since": NOW + 2 * MINUTE}, True),
    ],
)
def test_what_a_person_called_no_incident_is_drafted_again_only_when_it_is_worse_or_new(
    store, cautious, changes, is_drafted
):
    draft = _take(cautious, a_verdict())
    discard_incident(cautious, draft.id, ANA, NOW + MINUTE)
    again = _take(cautious, a_verdict(at=NOW + 2 * MINUTE, **changes))
    assert (again is not None) == is_drafted
    assert _shown(store)[1] is DEGRADED, "the page tells the truth all the same"


def test_a_restart_goes_on_with_the_same_incident(store, desk, store_url):

    incident = _take(desk, a_verdict())
    other = open_store(store_url)
    again = _take(replace(desk, store=other), a_verdict(at=NOW + MINUTE))
    other.close()
    assert again == incident
    assert len(incidents.published_incidents(store)) == 1


def test_one_fault_opens_one_incident_even_from_several_threads_at_once(store, desk):
    def look():
        return _take(desk, a_verdict()).id

    with ThreadPoolExecutor(4) as threads:
        seen = {future.result(timeout=60) for future in [threads.submit(look) for _ in range(12)]}
    assert len(seen) == 1
    assert [each.id for each in incidents.published_incidents(store)] == list(seen)
    assert len(notices.notices(store)) == 1


def test_the_database_itself_refuses_a_second_open_incident_of_a_monitor(store, desk):
    open_incident(desk, an_incident(), ANA, NOW, monitor="website")
    with pytest.raises(Exception, match=r"(?i)unique"):
        open_incident(desk, an_incident(), ANA, NOW, monitor="website")
    assert len(incidents.published_incidents(store)) == 1


def test_deeds_of_monitors_people_and_the_clock_do_not_stop_each_other(store, desk):
    """On PostgreSQL they would lock rows in different orders, and one of them be killed."""

    def monitors_look(monitor):
        for minute in range(6):
            _take(desk, a_verdict(monitor=monitor, at=NOW + minute * MINUTE, deposits=[DEGRADED, PARTIAL][minute % 2]))
            _take(desk, clear(monitor, at=NOW + minute * MINUTE + SECOND))

    def people_work():
        for _ in range(6):
            statuses = {"btc-deposits": DEGRADED, "eth-deposits": DEGRADED, "website": DEGRADED}
            incident = open_incident(desk, an_incident(statuses=statuses), ANA, NOW)
            over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}, override_reason="a drill")
            update_incident(desk, incident.id, over, ANA, NOW + MINUTE)

    def time_passes():
        for minute in range(12):
            mark_silent(desk, NOW + minute * MINUTE)

    with ThreadPoolExecutor(5) as threads:
        jobs = [threads.submit(monitors_look, monitor.id) for monitor in MONITORS]
        jobs += [threads.submit(people_work), threads.submit(time_passes)]
        for job in jobs:
            job.result(timeout=120)
    assert len(incidents.published_incidents(store)) >= 9


def test_an_incident_is_not_over_while_another_monitor_still_sees_trouble(store, desk):

    second = MonitorEntry(id="website-2", kind="tcp", every=30 * SECOND, component_id="website")
    configure(desk, acme_components(auto_publish=True), [*MONITORS, second], COMMAND_LINE, NOW)
    incident = _take(desk, a_verdict(monitor="website"))
    other = _take(desk, replace(a_verdict(monitor="website"), monitor="website-2"))
    assert other.id != incident.id
    _take(desk, clear("website", at=NOW + MINUTE))
    after = _take(desk, clear("website", at=NOW + HOUR))
    assert after.stage is Stage.MONITORING
    assert components.component(store, "website").status is DEGRADED
    _take(desk, replace(clear("website", at=NOW + HOUR), monitor="website-2"))
    assert _take(desk, clear("website", at=NOW + HOUR + SECOND)).stage is Stage.RESOLVED


def _round(desk, monitor, at):
    verdict = clear(monitor, at=at)
    monitors.keep_round(desk.store, monitor, verdict, "{}", seen_at=at)
    _take(desk, verdict)


def test_two_intervals_without_data_make_a_component_unknown_never_green(store, desk):
    _round(desk, "chain:bitcoin", NOW)
    _round(desk, "website", NOW)
    _round(desk, "chain:ethereum", NOW + MINUTE)
    assert mark_silent(desk, NOW + 50 * SECOND) == []
    assert mark_silent(desk, NOW + 51 * SECOND) == ["btc-deposits", "btc-withdrawals"]
    assert _shown(store) == (Status.UNKNOWN, Status.UNKNOWN)
    assert components.component(store, "website").status is OK
    assert mark_silent(desk, NOW + 91 * SECOND) == ["website"]
    assert mark_silent(desk, NOW + 91 * SECOND) == []
    _round(desk, "chain:bitcoin", NOW + DAY)
    assert _shown(store) == (OK, OK)
    assert components.component(store, "btc-deposits").signal_at == NOW + DAY


def test_while_nothing_at_all_is_seen_states_stay_as_they_were_and_the_page_says_so(store, desk):
    for monitor in MONITORS:
        _round(desk, monitor.id, NOW)
    revision = meta.page_revision(store)
    unseen = a_verdict(VerdictKind.BLIND, deposits=Status.UNKNOWN, withdrawals=Status.UNKNOWN, at=NOW + MINUTE)
    assert _take(desk, unseen) is None
    assert judgement.blind_since(desk) == NOW + MINUTE
    assert meta.page_revision(store) > revision
    assert mark_silent(desk, NOW + HOUR) == []
    # A deed that brings every state up to date must not undo the freeze.
    open_incident(desk, an_incident(statuses={"trading": DEGRADED}, channels=()), ANA, NOW + HOUR)
    assert _shown(store) == (OK, OK)
    degraded = replace(unseen, kind=VerdictKind.MONITORING_DEGRADED, at=NOW + HOUR)
    _take(desk, degraded)
    assert judgement.blind_since(desk) == NOW + MINUTE
    _round(desk, "chain:bitcoin", NOW + 2 * HOUR)
    assert judgement.blind_since(desk) is None
    assert mark_silent(desk, NOW + 2 * HOUR) == ["eth-deposits", "eth-withdrawals", "website"]


def test_a_chain_says_nothing_about_other_chains_headings_and_trading(store, desk):
    verdict = a_verdict(deposits=MAJOR, withdrawals=MAJOR)
    incident = _take(desk, replace(verdict, statuses={**verdict.statuses, Direction.TRADING: MAJOR, None: MAJOR}))
    assert set(incident.statuses) == {"btc-deposits", "btc-withdrawals"}


def test_a_process_that_lost_its_network_does_not_freeze_what_another_sees(store, desk):
    for holder, monitor in (("one", "chain:bitcoin"), ("two", "chain:ethereum")):
        assert shares.take(store, holder, [monitor], 1, 60_000)
    lost = a_verdict(VerdictKind.BLIND, deposits=Status.UNKNOWN, withdrawals=Status.UNKNOWN, at=NOW + MINUTE)
    good = replace(clear("chain:ethereum", at=NOW + MINUTE), chain="ethereum")
    revision = meta.page_revision(store)
    for _ in range(3):
        take_verdict(desk, lost, describe, lost.at, holder="one")
        take_verdict(desk, good, describe, good.at, holder="two")
        assert judgement.blind_since(desk) is None
    assert meta.page_revision(store) == revision, "nothing that the public sees went back and forth"
    take_verdict(desk, replace(lost, monitor="chain:ethereum", chain="ethereum"), describe, lost.at, holder="two")
    assert judgement.blind_since(desk) == lost.since

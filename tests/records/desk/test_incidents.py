"""Deeds about incidents: each records the fact and queues the words, or neither."""

from dataclasses import replace

import pytest

from records.components import Cause, Status
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import (
    UpdateEntry,
    discard_incident,
    open_incident,
    publish_incident,
    update_incident,
)
from records.desk.judgement import take_verdict
from records.desk.notices import cancel_notice
from records.desk.tickets import link_tickets, record_ticket
from records.errors import Conflict, EditedMeanwhile, Invalid, MoveRefused, NotFound
from records.incidents import MOVES, Impact, Stage
from records.notices import Category, Lane, NoticeKind
from records.store import components, fanout, incidents, meta, notices
from records.store.people import audit_entries
from records.store.tickets import Filter
from records.tickets import TicketChannel, TicketEntry, TicketKind
from tests.cast import (
    ANA,
    BEN,
    HOUR,
    MINUTE,
    NOW,
    a_verdict,
    acme,
    acme_components,
    an_incident,
    clear,
    deliver,
    describe,
    fan_out,
    the_notice,
    told,
)

BTC = ["ada", "carmen", "dmitri", "fay"]
BODY = {"en": "We know more."}


@pytest.fixture
def desk(store):
    return acme(store)


def _update(desk, incident, stage, now=NOW + MINUTE, **changes):
    return update_incident(desk, incident.id, UpdateEntry(stage=stage, body=BODY, **changes), ANA, now)


def _status(store, component_id):
    return components.component(store, component_id).status


def _everything(store):
    """What a deed may change, to see that a failed one changed nothing."""
    tables = (
        "incidents",
        "incident_updates",
        "incident_components",
        "notices",
        "fanouts",
        "deliveries",
        "ledger",
        "audit",
        "component_states",
        "counters",
        "meta",
    )
    return {table: sorted(map(str, store.rows(f"SELECT * FROM {table}"))) for table in tables}


def test_an_opened_incident_is_public_promised_and_told_to_whom_it_affects(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    assert (incident.ref, incident.stage, incident.impact) == ("INC-1", Stage.INVESTIGATING, Impact.MAJOR)
    assert incident.published_at == incident.declared_at == incident.first_public_at == NOW
    assert incident.first_customer_notice_at == NOW
    assert incident.next_update_at == NOW + 15 * MINUTE
    assert incident.audience == "network:bitcoin or holds:BTC"
    assert incident.channels == ("email", "inapp", "social:acme")
    assert incident.opened_by == "user:ana"
    (said,) = incident.updates
    assert (said.body, said.created_by, said.next_update_at) == (an_incident().body, "user:ana", NOW + 15 * MINUTE)
    assert said.statuses == {"btc-withdrawals": Status.PARTIAL_OUTAGE}
    assert _status(store, "btc-withdrawals") is Status.PARTIAL_OUTAGE
    assert _status(store, "btc-deposits") is Status.OPERATIONAL
    fan_out(store)
    assert told(store, incident.id) == [BTC]


def test_an_incident_is_found_by_what_people_call_it(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    assert incidents.incident(store, "INC-1") == incidents.incident(store, "inc-1") == incident
    for name in ("INC-2", "INC-", "INC-" + "9" * 30, "INC-²", "nothing", ""):
        with pytest.raises(NotFound):
            incidents.incident(store, name)


def test_a_component_is_named_by_its_id_or_its_public_id(store, desk):
    public_id = components.component(store, "btc-withdrawals").public_id
    incident = open_incident(desk, an_incident(statuses={public_id: Status.DEGRADED}), ANA, NOW)
    assert incident.statuses == {"btc-withdrawals": Status.DEGRADED}


def test_an_unknown_component_is_refused_and_nothing_is_kept(store, desk):
    before = _everything(store)
    with pytest.raises(NotFound, match="There is no component doge-deposits"):
        open_incident(desk, an_incident(statuses={"doge-deposits": Status.DEGRADED}), ANA, NOW)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    with pytest.raises(NotFound):
        _update(desk, incident, Stage.IDENTIFIED, statuses={"doge-deposits": Status.DEGRADED})
    with pytest.raises(NotFound):
        _update(desk, replace(incident, id="nothing"), Stage.IDENTIFIED)
    assert incidents.incident(store, incident.id) == incident
    assert len(before["incidents"]) == 0


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": {}}, "/name"),
        ({"body": {"en": "  "}}, "/body"),
        ({"stage": Stage.POSTMORTEM}, "/status"),
        ({"channels": ("fax",)}, "/channels/0"),
        ({"channels": ("email", "social:other")}, "/channels/1"),
        ({"audience": "holds"}, "audience"),
    ],
)
def test_what_cannot_be_told_is_refused_and_nothing_is_kept(store, desk, changes, path):
    before = _everything(store)
    with pytest.raises(Invalid) as refused:
        open_incident(desk, an_incident(**changes), ANA, NOW)
    assert [fault.path for fault in refused.value.faults] == [path]
    assert _everything(store) == before


def test_all_faults_in_the_words_are_reported_together(desk):
    with pytest.raises(Invalid) as refused:
        open_incident(desk, an_incident(name={}, body={}), ANA, NOW)
    assert [fault.path for fault in refused.value.faults] == ["/name", "/body"]


def test_social_stands_for_every_account_once(store):
    desk = replace(acme(store), social_accounts=("acme", "acme-fr"))
    incident = open_incident(desk, an_incident(channels=("social:acme", "social", "inapp", "inapp")), ANA, NOW)
    assert incident.channels == ("social:acme", "social:acme-fr", "inapp")


def test_without_channels_only_the_page_is_told(store, desk):
    before = meta.page_revision(store)
    incident = open_incident(desk, an_incident(channels=()), ANA, NOW)
    assert notices.notices(store) == []
    assert incident.first_customer_notice_at is None
    assert incident.is_open
    assert meta.page_revision(store) > before
    assert _status(store, "btc-withdrawals") is Status.PARTIAL_OUTAGE


def test_a_draft_tells_nobody_and_changes_nothing_on_the_page(store, desk):
    before = meta.page_revision(store)
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    assert draft.is_draft
    assert (draft.published_at, draft.first_customer_notice_at, draft.next_update_at) == (None, None, None)
    _update(desk, draft, Stage.IDENTIFIED)
    assert notices.notices(store) == []
    assert meta.page_revision(store) == before
    assert _status(store, "btc-withdrawals") is Status.OPERATIONAL
    assert incidents.open_incidents(store) == []
    assert [each.id for each in incidents.drafts(store)] == [draft.id]


def test_a_published_draft_tells_as_if_it_had_been_opened_then(store, desk):
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    incident = publish_incident(desk, draft.id, BEN, NOW + MINUTE)
    assert incident.first_public_at == incident.first_customer_notice_at == NOW + MINUTE
    assert incident.started_at == NOW
    assert incident.next_update_at == NOW + 16 * MINUTE
    fan_out(store)
    assert told(store, incident.id) == [BTC]
    with pytest.raises(Conflict, match="is not a draft any more"):
        publish_incident(desk, draft.id, BEN, NOW + MINUTE)
    assert incidents.drafts(store) == []


def test_an_operator_may_rewrite_a_draft_while_publishing_it(store, desk):
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    edit = an_incident(
        name={"en": "Ethereum deposits are late"},
        body={"en": "They arrive later than usual."},
        statuses={"eth-deposits": Status.DEGRADED},
        stage=Stage.MONITORING,
        cause=Cause.THIRD_PARTY,
        channels=("inapp",),
    )
    incident = publish_incident(desk, draft.id, BEN, NOW + MINUTE, edit=edit)
    assert (incident.name, incident.stage, incident.impact) == (edit.name, Stage.MONITORING, Impact.MINOR)
    assert (incident.audience, incident.channels) == ("network:ethereum or holds:ETH", ("inapp",))
    assert incident.monitoring_at == NOW + MINUTE
    assert [update.created_by for update in incident.updates] == ["user:ana", "user:ben"]
    fan_out(store)
    assert told(store, incident.id) == [["bruno", "carmen", "elif"]]


def test_a_draft_published_as_over_is_over(store, desk):
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW, monitor="website")
    incident = publish_incident(desk, draft.id, BEN, NOW + MINUTE, edit=an_incident(stage=Stage.RESOLVED))
    assert (incident.resolved_at, incident.next_update_at) == (NOW + MINUTE, None)
    assert incidents.opened_by_monitor(store, "website") is None
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    with pytest.raises(Invalid, match="cannot start with its review"):
        publish_incident(desk, draft.id, BEN, NOW + MINUTE, edit=an_incident(stage=Stage.POSTMORTEM))


def test_a_discarded_draft_is_gone_and_takes_nothing_more(store, desk):
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    discarded = discard_incident(desk, draft.id, BEN, NOW + MINUTE, reason="a test of ours")
    assert discarded.discarded_at == NOW + MINUTE
    assert incidents.drafts(store) == []
    assert audit_entries(store, subject=draft.id)[0].detail["reason"] == "a test of ours"
    for deed in (
        lambda: discard_incident(desk, draft.id, BEN, NOW),
        lambda: publish_incident(desk, draft.id, BEN, NOW),
        lambda: _update(desk, draft, Stage.IDENTIFIED),
    ):
        with pytest.raises(Conflict):
            deed()


def test_a_draft_that_nobody_saw_cannot_be_resolved(desk):
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    with pytest.raises(Conflict, match="discard it, or publish it first"):
        _update(desk, draft, Stage.RESOLVED)


@pytest.mark.parametrize("before", [Stage.INVESTIGATING, Stage.IDENTIFIED, Stage.MONITORING, Stage.RESOLVED])
@pytest.mark.parametrize("after", list(Stage))
def test_the_desk_moves_incidents_as_the_table_says(desk, before, after):
    incident = open_incident(desk, an_incident(stage=before), ANA, NOW)
    if after in MOVES[before]:
        assert _update(desk, incident, after).stage is after
    else:
        with pytest.raises(MoveRefused, match=f"INC-1 is {before}; from there it can become: "):
            _update(desk, incident, after)


def test_each_move_leaves_its_time_and_its_promise(desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    times = []
    for minute, stage in enumerate(
        (Stage.IDENTIFIED, Stage.MONITORING, Stage.MONITORING, Stage.RESOLVED, Stage.POSTMORTEM, Stage.INVESTIGATING), 1
    ):
        after = _update(desk, incident, stage, NOW + minute * MINUTE)
        times.append(
            [
                None if at is None else (at - NOW) // MINUTE
                for at in (after.monitoring_at, after.resolved_at, after.next_update_at)
            ]
        )
    assert times == [
        [None, None, 31],
        [2, None, 62],
        [2, None, 63],
        [2, 4, None],
        [2, 4, None],
        [2, None, 21],
    ]


def test_an_operator_may_promise_another_time(desk):
    incident = open_incident(desk, an_incident(next_update_at=NOW + 2 * HOUR), ANA, NOW)
    assert incident.next_update_at == incident.updates[0].next_update_at == NOW + 2 * HOUR
    assert not incident.is_overdue(NOW + 2 * HOUR)
    assert incident.is_overdue(NOW + 3 * HOUR)
    incident = _update(desk, incident, Stage.IDENTIFIED, next_update_at=NOW + 5 * HOUR)
    assert incident.next_update_at == NOW + 5 * HOUR


def test_an_edit_made_from_an_older_version_is_refused(desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    after = _update(desk, incident, Stage.IDENTIFIED, version=incident.version)
    assert after.version > incident.version
    with pytest.raises(EditedMeanwhile, match="was changed by somebody else meanwhile"):
        _update(desk, incident, Stage.MONITORING, version=incident.version)


def test_the_store_refuses_to_save_over_a_newer_version(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    _update(desk, incident, Stage.IDENTIFIED)
    with pytest.raises(EditedMeanwhile):
        incidents.save(store, incident)


def test_what_an_update_leaves_out_stays_as_it_was(desk):
    incident = open_incident(
        desk, an_incident(still_works={"en": "Deposits."}, funds={"en": "Safe."}, cause=Cause.THIRD_PARTY), ANA, NOW
    )
    after = _update(desk, incident, Stage.IDENTIFIED)
    kept = ("name", "impact", "cause", "statuses", "still_works", "funds", "what_to_do", "channels", "audience")
    assert [getattr(after, name) for name in kept] == [getattr(incident, name) for name in kept]
    after = _update(desk, incident, Stage.IDENTIFIED, still_works={}, statuses={"btc-withdrawals": Status.DEGRADED})
    assert (after.still_works, after.impact) == ({}, Impact.MINOR)


def test_the_resolution_goes_to_exactly_those_who_were_told(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    # ada sold her bitcoin, bruno bought some: she heard of it, he did not.
    put_customers(
        desk,
        [
            CustomerEntry(external_id="ada", email="ada@mail.example"),
            CustomerEntry(external_id="bruno", email="bruno@mail.example", language="fr", tags=("holds:BTC",)),
        ],
        ANA,
        NOW + MINUTE,
    )
    after = _update(desk, incident, Stage.RESOLVED, NOW + HOUR)
    assert after.resolution_notice_at == NOW + HOUR
    fan_out(store, NOW + HOUR)
    assert told(store, incident.id) == [BTC, BTC]


def test_an_update_goes_to_who_was_told_before_and_to_whom_it_affects_now(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    bought = CustomerEntry(external_id="bruno", email="bruno@mail.example", tags=("holds:BTC",))
    put_customers(desk, [CustomerEntry(external_id="ada"), bought], ANA, NOW + MINUTE)
    _update(desk, incident, Stage.IDENTIFIED, NOW + HOUR)
    fan_out(store, NOW + HOUR)
    assert told(store, incident.id) == [BTC, sorted([*BTC, "bruno"])]


def test_whoever_wrote_a_linked_ticket_hears_each_update_and_the_resolution(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    ticket = TicketEntry(
        external_id="T-1",
        system="freshdesk",
        requester="gus@mail.example",
        channel=TicketChannel.EMAIL,
        kind=TicketKind.COMPLAINT,
        topic="withdrawal",
        subject="Where is my money?",
        text="",
        created_at=NOW,
        resolved_at=None,
    )
    kept = record_ticket(desk, ticket, ANA, NOW)
    assert link_tickets(desk, incident.ref, Filter(ids=[kept.id]), ANA, NOW).known_customers == 1
    _update(desk, incident, Stage.IDENTIFIED, NOW + MINUTE)
    _update(desk, incident, Stage.RESOLVED, NOW + HOUR)
    fan_out(store, NOW + HOUR)
    assert told(store, incident.id) == [BTC, [*BTC, "gus"], [*BTC, "gus"]]


def test_customers_of_a_component_that_comes_to_be_affected_are_told(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    both = {"btc-withdrawals": Status.PARTIAL_OUTAGE, "eth-withdrawals": Status.PARTIAL_OUTAGE}
    after = _update(desk, incident, Stage.IDENTIFIED, statuses=both)
    assert after.audience == "network:bitcoin or holds:BTC or network:ethereum or holds:ETH"
    fan_out(store)
    assert told(store, incident.id) == [BTC, sorted([*BTC, "bruno", "elif"])]


def test_an_audience_chosen_by_hand_stays_as_chosen(store, desk):
    incident = open_incident(desk, an_incident(audience="region:RO"), ANA, NOW)
    after = _update(desk, incident, Stage.IDENTIFIED, statuses={"eth-withdrawals": Status.DEGRADED})
    assert after.audience == "region:RO"


def test_a_review_is_for_the_page_not_for_the_phone_at_night(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    _update(desk, incident, Stage.RESOLVED)
    before = len(notices.notices(store))
    after = _update(desk, incident, Stage.POSTMORTEM, NOW + HOUR)
    assert len(notices.notices(store)) == before
    assert (after.resolved_at, after.stage) == (NOW + MINUTE, Stage.POSTMORTEM)


def test_a_quiet_update_tells_the_page_only_and_the_next_one_customers_again(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    after = _update(desk, incident, Stage.MONITORING, tell=False)
    assert [each.kind for each in notices.notices(store)] == [NoticeKind.INCIDENT_OPENED]
    assert (after.stage, len(after.updates)) == (Stage.MONITORING, 2)
    _update(desk, incident, Stage.RESOLVED)
    assert [each.kind for each in notices.notices(store)] == [
        NoticeKind.INCIDENT_RESOLVED,
        NoticeKind.INCIDENT_OPENED,
    ]


def test_reopening_is_told_as_an_opening_and_shows_again(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    _update(desk, incident, Stage.RESOLVED)
    assert _status(store, "btc-withdrawals") is Status.OPERATIONAL
    after = _update(desk, incident, Stage.INVESTIGATING, NOW + HOUR)
    assert (after.is_open, after.resolved_at) == (True, None)
    assert the_notice(store, incident.id).kind is NoticeKind.INCIDENT_OPENED
    assert _status(store, "btc-withdrawals") is Status.PARTIAL_OUTAGE


def test_a_monitors_old_incident_is_not_reopened_beside_its_new_one(store, desk):
    first = open_incident(desk, an_incident(), ANA, NOW, monitor="website")
    _update(desk, first, Stage.RESOLVED)
    second = open_incident(desk, an_incident(), ANA, NOW + HOUR, monitor="website")
    with pytest.raises(Conflict, match=f"{second.ref} is open for the same monitor"):
        _update(desk, first, Stage.INVESTIGATING, NOW + HOUR)
    _update(desk, second, Stage.RESOLVED, NOW + HOUR)
    assert _update(desk, first, Stage.INVESTIGATING, NOW + HOUR).is_open


def test_while_checks_fail_an_incident_is_resolved_only_with_a_reason(store):
    desk = acme(store, watched=True)
    take_verdict(desk, a_verdict(), describe, NOW)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    with pytest.raises(Conflict, match=r"cannot be resolved: monitors still see trouble at btc-withdrawals\."):
        _update(desk, incident, Stage.RESOLVED)
    after = _update(desk, incident, Stage.RESOLVED, override_reason="the node is ours and is being replaced")
    assert after.stage is Stage.RESOLVED
    entry = audit_entries(store, subject=incident.id)[0]
    assert entry.detail["override_reason"] == "the node is ours and is being replaced"
    assert entry.actor == "user:ana"


def test_once_checks_pass_no_reason_is_needed(store):
    desk = acme(store, watched=True)
    take_verdict(desk, a_verdict(), describe, NOW)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    take_verdict(desk, clear(at=NOW + MINUTE), describe, NOW + MINUTE)
    assert _update(desk, incident, Stage.RESOLVED).resolved_at == NOW + MINUTE


def test_an_incident_entered_when_it_is_over_tells_nobody_it_had_not_told(store, desk):
    incident = open_incident(desk, an_incident(stage=Stage.RESOLVED, started_at=NOW - HOUR), ANA, NOW)
    assert (incident.started_at, incident.resolved_at, incident.next_update_at) == (NOW - HOUR, NOW, None)
    fan_out(store)
    assert told(store, incident.id) == [[]]
    assert _status(store, "btc-withdrawals") is Status.OPERATIONAL


@pytest.mark.parametrize("impact", list(Impact))
def test_grave_words_go_first_and_nobody_can_decline_an_outage(store, desk, impact):
    incident = open_incident(desk, an_incident(impact=impact), ANA, NOW)
    notice = the_notice(store, incident.id)
    assert notice.category is Category.MANDATORY_SERVICE
    assert notice.lane is (Lane.URGENT if impact in (Impact.MAJOR, Impact.CRITICAL) else Lane.NORMAL)
    assert notice.useful_until == NOW + 72 * HOUR


def test_the_facts_of_an_incident_are_exactly_those_documented(store, desk):
    incident = open_incident(desk, an_incident(funds={"en": "Safe."}), ANA, NOW)
    assert the_notice(store, incident.id).facts == {
        "id": incident.id,
        "ref": "INC-1",
        "kind": "incident",
        "name": {"en": "Bitcoin withdrawals are delayed"},
        "stage": "investigating",
        "impact": "major",
        "cause": "operational",
        "body": {"en": "Withdrawals you request now wait their turn."},
        "still_works": {},
        "funds": {"en": "Safe."},
        "what_to_do": {},
        "components": [{"id": "btc-withdrawals", "name": {"en": "Bitcoin withdrawals"}, "status": "partial_outage"}],
        "started_at": "2026-11-22T13:00:00.000Z",
        "resolved_at": None,
        "next_update_at": "2026-11-22T13:15:00.000Z",
        "update_number": 1,
        "corrects_at": None,
    }
    _update(desk, incident, Stage.RESOLVED)
    facts = the_notice(store, incident.id).facts
    assert (facts["body"], facts["resolved_at"], facts["update_number"]) == (BODY, "2026-11-22T13:01:00.000Z", 2)


@pytest.mark.parametrize("deed", ["open", "publish", "update", "resolve", "cancel"])
def test_a_deed_that_fails_in_the_middle_leaves_neither_fact_nor_notice(store, desk, monkeypatch, deed):
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    deliver(store, channels=("email",))
    deeds = {
        "open": lambda: open_incident(desk, an_incident(), ANA, NOW),
        "publish": lambda: publish_incident(desk, draft.id, ANA, NOW, edit=an_incident(body=BODY)),
        "update": lambda: _update(desk, incident, Stage.IDENTIFIED),
        "resolve": lambda: _update(desk, incident, Stage.RESOLVED),
        "cancel": lambda: cancel_notice(desk, the_notice(store, incident.id).id, "user:ana", NOW),
    }
    before, verbs = _everything(store), {name: getattr(store, name) for name in ("run", "many", "together")}
    for limit in range(100):
        left = limit

        def guarded(verb):
            def write(*args, **values):
                nonlocal left
                if left == 0:
                    raise InterruptedError
                left -= 1
                return verb(*args, **values)

            return write

        for name, verb in verbs.items():
            monkeypatch.setattr(store, name, guarded(verb))
        try:
            deeds[deed]()
            break
        except InterruptedError:
            assert _everything(store) == before, f"write {limit} of {deed}"
    monkeypatch.undo()
    assert limit > 2, "nothing was interrupted: the test proves nothing"
    assert _everything(store) != before


def test_a_notice_that_is_decided_is_queued_in_the_same_transaction(store, desk):
    open_incident(desk, an_incident(), ANA, NOW)
    (notice,) = fanout.unfinished_fanouts(store)
    assert store.rows("SELECT customer_id, channel FROM deliveries") == [{"customer_id": 0, "channel": "social:acme"}]
    assert notice.created_by == "user:ana"


def test_every_component_of_the_page_can_be_named(store, desk):
    for each in acme_components():
        incident = open_incident(desk, an_incident(statuses={each.id: Status.DEGRADED}, channels=()), ANA, NOW)
        assert list(incident.statuses) == [each.id]
    everything = incidents.published_incidents(store, limit=50)
    assert len(everything) == len(acme_components()) == len(incidents.open_incidents(store))
    assert incidents.published_incidents(store, since=NOW + MINUTE) == []

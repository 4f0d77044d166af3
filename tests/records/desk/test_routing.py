"""To whom and which way, where the deed did not say."""

from dataclasses import replace

import pytest

from records.components import Status
from records.desk import routing
from records.desk.incidents import UpdateEntry, edit_draft, open_incident, publish_incident, update_incident
from records.desk.judgement import take_verdict
from records.desk.maintenance import announce
from records.desk.windows import run_windows
from records.incidents import Impact, Stage
from records.maintenance import Kind
from records.notices import Category, NoticeKind
from records.people import CLOCK
from records.policies import Policy
from tests.cast import ANA, HOUR, MINUTE, NOW, SECOND, a_verdict, a_window, acme, an_incident, describe, the_notice

GRAVE = Policy(
    kinds=frozenset({NoticeKind.INCIDENT_OPENED, NoticeKind.INCIDENT_UPDATED}),
    impacts=frozenset({Impact.MAJOR, Impact.CRITICAL}),
    audience="everyone",
    channels=("inapp", "email", "social"),
)
MILD = Policy(kinds=frozenset({NoticeKind.INCIDENT_OPENED, NoticeKind.INCIDENT_UPDATED}), channels=("inapp",))
ENDS = Policy(kinds=frozenset({NoticeKind.INCIDENT_RESOLVED}), channels=("email",))
PLANNED = Policy(kinds=frozenset({NoticeKind.MAINTENANCE_ANNOUNCED}), channels=("email",), audience="holds:ETH")
REMINDERS = Policy(kinds=frozenset({NoticeKind.MAINTENANCE_REMINDER}), channels=())
ALL = (GRAVE, MILD, ENDS, PLANNED, REMINDERS)

MILDLY = {"btc-withdrawals": Status.DEGRADED}
BADLY = {"btc-withdrawals": Status.MAJOR_OUTAGE}


def _is_for(notice, *parts):
    return set(notice.audience_rule.split(" or ")) >= set(parts)


def test_the_first_policy_that_fits_decides(store):
    desk = acme(store, policies=ALL)
    assert desk.policy_for(NoticeKind.INCIDENT_OPENED, Impact.CRITICAL) is GRAVE
    assert desk.policy_for(NoticeKind.INCIDENT_OPENED, Impact.MINOR) is MILD
    assert desk.policy_for(NoticeKind.MAINTENANCE_STARTED, None) is None


def test_a_planned_event_has_no_impact_so_any_policy_of_its_kind_fits():
    policy = replace(PLANNED, impacts=frozenset({Impact.MAJOR}))
    assert policy.fits(NoticeKind.MAINTENANCE_ANNOUNCED, None)
    assert not policy.fits(NoticeKind.INCIDENT_OPENED, None)


def test_a_deed_that_names_nothing_follows_the_policy_of_its_impact(store):
    desk = acme(store, policies=ALL)
    mild = the_notice(store, open_incident(desk, an_incident(statuses=MILDLY), ANA, NOW).id)
    assert mild.channels == ("inapp",)
    assert _is_for(mild, "network:bitcoin", "holds:BTC")
    grave = open_incident(desk, an_incident(statuses=BADLY), ANA, NOW)
    assert the_notice(store, grave.id).channels == ("inapp", "email", "social:acme")
    assert grave.audience == "everyone"


def test_each_notice_follows_its_own_policy_and_an_incident_that_gets_worse_that_of_its_impact(store):
    desk = acme(store, policies=ALL)
    incident = open_incident(desk, an_incident(statuses=MILDLY), ANA, NOW)
    worse = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Worse."}, statuses=BADLY)
    update_incident(desk, incident.id, worse, ANA, NOW + MINUTE)
    notice = the_notice(store, incident.id)
    assert notice.channels == ("inapp", "email", "social:acme")
    assert _is_for(notice, "everyone") or notice.audience_rule == "everyone"
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."})
    update_incident(desk, incident.id, over, ANA, NOW + 2 * MINUTE)
    assert the_notice(store, incident.id).channels == ("email",)


def test_what_a_deed_names_stays_for_all_that_follows(store):
    desk = acme(store, policies=ALL)
    chosen = an_incident(statuses=BADLY, channels=("email",), audience="holds:ETH")
    incident = open_incident(desk, chosen, ANA, NOW)
    update = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Found."})
    update_incident(desk, incident.id, update, ANA, NOW + MINUTE)
    notice = the_notice(store, incident.id)
    assert notice.channels == ("email",)
    assert "everyone" not in notice.audience_rule


def test_affected_is_a_choice_too(store):
    desk = acme(store, policies=ALL)
    incident = open_incident(desk, an_incident(statuses=BADLY, audience="affected"), ANA, NOW)
    assert set(incident.audience.split(" or ")) == {"network:bitcoin", "holds:BTC"}
    assert "everyone" not in the_notice(store, incident.id).audience_rule


def test_the_page_only_stays_the_page_only_whatever_policies_say(store):
    desk = acme(store, policies=ALL)
    incident = open_incident(desk, an_incident(statuses=BADLY, channels=()), ANA, NOW)
    update = UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."})
    update_incident(desk, incident.id, update, ANA, NOW + MINUTE)
    with pytest.raises(IndexError):
        the_notice(store, incident.id)


def test_channels_named_by_an_update_are_chosen_from_then_on(store):
    desk = acme(store, policies=ALL)
    incident = open_incident(desk, an_incident(statuses=MILDLY), ANA, NOW)
    for minutes, channels in ((1, ("email",)), (2, None)):
        update = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Found."}, channels=channels)
        update_incident(desk, incident.id, update, ANA, NOW + minutes * MINUTE)
        assert the_notice(store, incident.id).channels == ("email",)


def test_a_draft_that_gets_worse_is_published_as_the_policy_for_that_says(store):
    desk = acme(store, watched=True, policies=ALL)
    draft = take_verdict(desk, a_verdict(), describe, NOW)
    assert draft is not None
    assert draft.channels == ("inapp",)
    worse = a_verdict(withdrawals=Status.MAJOR_OUTAGE, at=NOW + MINUTE)
    take_verdict(desk, worse, describe, NOW + MINUTE)
    publish_incident(desk, draft.id, ANA, NOW + MINUTE)
    assert the_notice(store, draft.id).channels == ("inapp", "email", "social:acme")


def test_an_edited_draft_goes_as_the_edit_says(store):
    desk = acme(store, policies=ALL)
    draft = open_incident(desk, an_incident(statuses=BADLY, channels=("email",), publish=False), ANA, NOW)
    edit_draft(desk, draft.id, an_incident(statuses=MILDLY), ANA, NOW)
    publish_incident(desk, draft.id, ANA, NOW)
    assert the_notice(store, draft.id).channels == ("inapp",)


def test_planned_events_follow_policies_of_their_own(store):
    desk = acme(store, policies=ALL)
    event = announce(desk, a_window(), ANA, NOW)
    notice = the_notice(store, event.id)
    assert (event.audience, event.channels, notice.channels) == ("holds:ETH", ("email",), ("email",))
    # The policy for reminders has no channel: the page has it.
    run_windows(desk, CLOCK, event.scheduled_for - HOUR + SECOND)
    assert the_notice(store, event.id).id == notice.id
    # No policy is about the start: the house's usual way.
    run_windows(desk, CLOCK, event.scheduled_for)
    assert the_notice(store, event.id).channels == ("email", "inapp", "social:acme")


def test_without_policies_the_house_has_its_usual_way(store):
    desk = acme(store)
    assert routing.usual_channels(desk, NoticeKind.INCIDENT_OPENED, Impact.MINOR) == ("email", "inapp", "social:acme")
    assert routing.usual_audience(desk, NoticeKind.INCIDENT_OPENED, Impact.MINOR) == "affected"


def test_a_policy_says_whether_customers_may_decline_a_notice_wholly(store):
    mild = replace(MILD, category=Category.OPTIONAL_SERVICE)
    desk = acme(store, policies=(GRAVE, mild))
    declined = the_notice(store, open_incident(desk, an_incident(statuses=MILDLY), ANA, NOW).id)
    assert declined.category is Category.OPTIONAL_SERVICE
    must = the_notice(store, open_incident(desk, an_incident(statuses=BADLY), ANA, NOW).id)
    assert must.category is Category.MANDATORY_SERVICE


def test_nobody_is_made_to_hear_of_a_promotion(store):
    policy = replace(PLANNED, category=Category.MANDATORY_SERVICE, audience="everyone")
    desk = acme(store, policies=(policy,))
    event = announce(desk, a_window(kind=Kind.PROMOTION, component_ids=()), ANA, NOW)
    assert the_notice(store, event.id).category is Category.OPTIONAL_SERVICE
    window = announce(desk, a_window(), ANA, NOW)
    assert the_notice(store, window.id).category is Category.MANDATORY_SERVICE

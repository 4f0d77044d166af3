"""From settings to the desk."""

from datetime import timedelta

import pytest

from records.incidents import Impact
from records.notices import NoticeKind
from server.wiring import desk_on
from tests.server.house import settings_with

POLICIES = [
    {
        "on": "incident.opened",
        "impact": ["critical"],
        "audience": "everyone",
        "channels": ["inapp"],
        "approval": "auto",
    },
    {"on": ["incident.opened", "incident.resolved"]},
    {"on": "maintenance.announced", "channels": []},
]


def test_the_desk_follows_the_policies_in_their_order(store):
    desk = desk_on(store, settings_with(policies=POLICIES))
    critical = desk.policy_for(NoticeKind.INCIDENT_OPENED, Impact.CRITICAL)
    assert critical is not None
    assert (critical.audience, critical.channels, critical.needs_yes) == ("everyone", ("inapp",), False)
    minor = desk.policy_for(NoticeKind.INCIDENT_OPENED, Impact.MINOR)
    assert minor is not None
    assert (minor.audience, minor.needs_yes) == ("affected", True)
    planned = desk.policy_for(NoticeKind.MAINTENANCE_ANNOUNCED, None)
    assert planned is not None
    assert planned.channels == ()
    assert desk.policy_for(NoticeKind.INCIDENT_UPDATED, Impact.MINOR) is None


@pytest.mark.parametrize(("changes", "channels"), [({}, ("inapp", "email")), ({"smtp": None}, ("inapp",))])
def test_a_policy_that_names_no_channels_goes_every_way_there_is(store, changes, channels):
    desk = desk_on(store, settings_with(policies=POLICIES[1:2], **changes))
    policy = desk.policy_for(NoticeKind.INCIDENT_RESOLVED, Impact.MINOR)
    assert policy is not None
    assert policy.channels == channels


def test_a_second_person_is_asked_only_where_the_settings_say_so(store):
    assert desk_on(store, settings_with()).second_person_above is None
    strict = settings_with(access={"approvals": {"second_person_above": 5}})
    assert desk_on(store, strict).second_person_above == 5


def test_only_what_is_posted_in_the_console_can_be_taken_back(store):
    assert desk_on(store, settings_with()).hold == timedelta()

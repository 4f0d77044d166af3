"""How soon people hear, what waits, and alarms, over the API."""

from datetime import timedelta

import pytest

from records.alarms import AlarmKind, Concern
from records.crm import EVENTS
from records.people import Role
from records.store import alarms, crm, throttles
from records.throttles import Limits, Slowing, Why
from tests.notifier.cast import a_notice, add_customers, queue
from tests.server.api.test_suppressions import walked
from tests.server.conftest import NOW
from tests.server.telling import carry, fan_out

DELIVERY, ALARMS = "/api/v1/delivery", "/api/v1/alarms"


def queued(store):
    add_customers(store, 2, NOW)
    queue(store, a_notice(created_at=NOW), NOW)
    fan_out(store, NOW)


def concern(subject):
    return Concern(
        kind=AlarmKind.PART_SILENT, subject=subject, said=f"{subject} is silent.", hint="start it", since=NOW
    )


def test_an_empty_house_has_nothing_to_tell(ops):
    assert ops.get(DELIVERY).json() == {
        "at": "2026-11-22T13:05:00.000Z",
        "soon": [],
        "waiting": [],
        "slow": [],
        "crm": None,
    }
    assert ops.get(ALARMS).json() == {"items": [], "next_cursor": None}


def test_it_says_how_soon_each_channel_and_lane_was_handed_over(store, ops):
    queued(store)
    carry(store, "email", NOW + timedelta(seconds=1))
    took = {"deliveries": 2, "p50_seconds": 0.75, "p95_seconds": 0.975}
    assert [each for each in ops.get(DELIVERY).json()["soon"] if each["channel"] == "email"] == [
        {"channel": "email", "lane": "urgent", "day": took, "week": took}
    ]


def test_what_was_handed_over_days_ago_counts_in_the_week_alone(store, ops, clock):
    queued(store)
    carry(store, "email", NOW + timedelta(seconds=1))
    clock.forward(days=3)
    (email,) = [each for each in ops.get(DELIVERY).json()["soon"] if each["channel"] == "email"]
    assert email["day"] == {"deliveries": 0, "p50_seconds": None, "p95_seconds": None}
    assert email["week"]["deliveries"] == 2


def test_it_says_what_waits_and_what_stands_in_the_way(store, ops):
    queued(store)
    alarms.report_troubles(store, "one", {"email": (NOW, "relay at connect"), "social:x": (NOW, "away")}, NOW)
    at = "2026-11-22T13:05:00.000Z"
    waiting = {each["channel"]: each for each in ops.get(DELIVERY).json()["waiting"]}
    trouble = {"since": at, "said": "relay at connect"}
    assert waiting["email"] == {"channel": "email", "deliveries": 2, "oldest_at": at, "trouble": trouble}
    assert waiting["social:x"]["deliveries"] == 0
    assert waiting["social:x"]["oldest_at"] is None


def test_it_says_who_slows_us_down_and_how_far_behind_the_crm_is(store, ops):
    told = Slowing(channel="email", operator="google", why=Why.REFUSED, wait=timedelta(minutes=30), said="550 5.7.1")
    with store.tx():
        throttles.slow(store, Limits(bucket="email"), told, NOW)
    crm.follow(store, EVENTS)
    found = ops.get(DELIVERY).json()
    (slow,) = found["slow"]
    assert (slow["operator"], slow["why"], slow["said"]) == ("google", "refused", "550 5.7.1")
    assert slow["held_until"] == "2026-11-22T13:35:00.000Z"
    assert found["crm"] == {"waiting": 0, "oldest_at": None, "taken": 0, "refused": 0, "dropped": 0, "failures": 0}


def test_alarms_that_stand_are_listed_and_those_that_are_over_where_asked(store, ops):
    alarms.keep(store, [concern("clock"), concern("web")], [], NOW)
    alarms.keep(store, [concern("web")], [], NOW + timedelta(minutes=1))
    (standing,) = ops.get(ALARMS).json()["items"]
    assert standing == {
        "id": standing["id"],
        "kind": "part_silent",
        "subject": "web",
        "said": "web is silent.",
        "hint": "start it",
        "since": "2026-11-22T13:05:00.000Z",
        "raised_at": "2026-11-22T13:05:00.000Z",
        "ended_at": None,
    }
    every = {each["subject"]: each["ended_at"] for each in ops.get(ALARMS, params={"state": "all"}).json()["items"]}
    assert every == {"web": None, "clock": "2026-11-22T13:06:00.000Z"}


def test_alarms_come_newest_first_page_by_page_also_where_several_were_raised_at_once(store, ops):
    concerns = [concern(f"part-{number}") for number in range(5)]
    alarms.keep(store, concerns[:3], [], NOW)
    alarms.keep(store, concerns, [], NOW + timedelta(minutes=1))
    seen = walked(ops, ALARMS, limit=2)
    assert len(seen) == 5
    assert {each["subject"] for each in seen[:2]} == {"part-3", "part-4"}
    assert {each["subject"] for each in seen} == {each.subject for each in concerns}


@pytest.mark.parametrize("query", [{"state": "over"}, {"limit": 0}, {"cursor": "nonsense"}])
def test_what_cannot_be_asked_is_refused(ops, query):
    assert ops.get(ALARMS, params=query).status_code == 422


def test_whoever_may_read_may_look(client_as, anybody):
    for address in (DELIVERY, ALARMS):
        assert client_as(Role.VIEWER).get(address).status_code == 200
        assert anybody.get(address).status_code == 401

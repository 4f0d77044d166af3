"""Make one incident of two, and two of one, from the console."""

from records.components import Status
from records.desk.incidents import open_incident
from records.store import incidents
from tests.server.console.conftest import NOW
from tests.server.console.test_incidents import BEN, entry

BOTH = {"btc-withdrawals": Status.DEGRADED, "website": Status.DEGRADED}


def test_an_incident_goes_on_under_another(ana, context):
    one = open_incident(context.desk, entry(name={"en": "Slow site"}, statuses={"website": Status.DEGRADED}), BEN, NOW)
    other = open_incident(context.desk, entry(), BEN, NOW)
    assert "Merge into it" in ana.get(f"/console/incidents/{one.id}").text
    page = ana.post(f"/console/incidents/{one.id}/merge", data={"into": other.id, "version": one.version})
    assert "Merged. Say now what is true for both" in page.text
    assert page.url.path == f"/console/incidents/{other.id}"
    gone = ana.get(f"/console/incidents/{one.id}").text
    assert f'Goes on as <a href="/console/incidents/{other.id}">' in gone
    assert "Merge into it" not in gone
    assert incidents.incident(context.desk.store, other.id).statuses == BOTH


def test_who_was_slower_does_not_merge_what_changed(ana, context):
    one, other = (open_incident(context.desk, entry(), BEN, NOW) for _ in range(2))
    late = ana.post(f"/console/incidents/{one.id}/merge", data={"into": other.id, "version": one.version - 1})
    assert late.status_code == 409
    assert incidents.incident(context.desk.store, one.id).is_open


def test_part_of_it_goes_on_by_itself(ana, context):
    one = open_incident(context.desk, entry(statuses=BOTH), BEN, NOW)
    assert f"/console/incidents/{one.id}/split" in ana.get(f"/console/incidents/{one.id}").text
    path = f"/console/incidents/{one.id}/split"
    words = {"name.en": "The site is slow", "body.en": "It answers <slowly>."}
    refused = ana.post(path, data=words | {"components": ["website", "btc-withdrawals"]})
    assert refused.status_code == 422
    assert "It answers &lt;slowly&gt;." in refused.text
    page = ana.post(path, data=words | {"components": ["website"]})
    assert "Published." in page.text
    new, old = incidents.open_incidents(context.desk.store)
    assert {*new.statuses, *old.statuses} == set(BOTH)
    assert not set(new.statuses) & set(old.statuses)

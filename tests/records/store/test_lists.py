"""Long lists page by page."""

import pytest

from records.desk.incidents import discard_incident, open_incident
from records.desk.maintenance import announce, cancel
from records.maintenance import WindowState
from records.notices import NoticeState, Outcome
from records.store import ledger, lists
from records.store.lists import FIRST, Listed
from tests.cast import ANA, CUSTOMERS, MINUTE, NOW, a_window, acme, an_incident, deliver, fan_out, number_of, the_notice


def walked(read, place):
    """Every entry, read one at a time."""
    found, after = [], None
    while page := read(after):
        found.append(page[0])
        after = place(page[0])
    return found


def test_incidents_are_walked_newest_first_and_by_what_they_are(store):
    desk = acme(store)
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)
    live = open_incident(desk, an_incident(), ANA, NOW)
    gone = open_incident(desk, an_incident(publish=False), ANA, NOW)
    discard_incident(desk, gone.id, ANA, NOW)
    expected = {
        Listed.ALL: [gone.id, live.id, draft.id],
        Listed.DRAFT: [draft.id],
        Listed.OPEN: [live.id],
        Listed.RESOLVED: [],
    }
    for which, ids in expected.items():
        found = walked(
            lambda after, which=which: lists.incidents_before(store, after or FIRST, which=which, limit=1),
            lambda one: one.id,
        )
        assert [each.id for each in found] == ids


def test_windows_and_notices_are_walked_by_state(store):
    desk = acme(store)
    first, second = announce(desk, a_window(), ANA, NOW), announce(desk, a_window(), ANA, NOW)
    cancel(desk, first.id, ANA, NOW)
    assert [each.id for each in lists.maintenances_before(store, FIRST, limit=5)] == [second.id, first.id]
    assert [each.id for each in lists.maintenances_before(store, second.id, limit=5)] == [first.id]
    scheduled = lists.maintenances_before(store, FIRST, states=(WindowState.SCHEDULED,), limit=5)
    assert [each.id for each in scheduled] == [second.id]
    of_first = lists.notices_before(store, FIRST, subject_id=first.id, limit=5)
    assert [each.kind.value for each in of_first] == ["maintenance_cancelled", "maintenance_announced"]
    assert lists.notices_before(store, FIRST, states=(NoticeState.DONE,), limit=5) == []


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_every_delivery_is_walked_once_wherever_a_page_ends(store, limit):
    desk = acme(store)
    incident = open_incident(desk, an_incident(audience="everyone"), ANA, NOW)
    fan_out(store)
    deliver(store, channels=("inapp", "social:acme"))
    notice = the_notice(store, incident.id)
    ledger.note_seen(store, number_of(store, "ada"), notice.id, Outcome.DISPLAYED, NOW + MINUTE)
    found: list[lists.DeliveryRow] = []
    after: lists.Place = (-1, "", 0, "")
    while page := lists.deliveries_after(store, notice.id, after, limit=limit):
        found += page
        last = page[-1]
        after = (last.customer_id, last.channel, last.version, last.outcome.value if last.outcome else "")
    keys = [(each.external_id, each.channel, each.outcome and each.outcome.value) for each in found]
    assert len(keys) == len(set(keys))
    # Each customer on each channel, the public post, and that one of them saw it.
    assert len(keys) == 2 * len(CUSTOMERS) + 2
    assert keys[0] == (None, "social:acme", "accepted")
    assert {("ada", "inapp", "accepted"), ("ada", "inapp", "displayed"), ("ada", "email", None)} <= set(keys)
    assert ("carmen", "email", "suppressed") in keys


def test_a_customers_ledger_is_walked_newest_first(store):
    desk = acme(store)
    for minute in range(3):
        open_incident(desk, an_incident(channels=("email", "inapp")), ANA, NOW + minute * MINUTE)
        fan_out(store, NOW + minute * MINUTE)
        deliver(store, NOW + minute * MINUTE)
    ada = number_of(store, "ada")
    found = walked(
        lambda before: lists.ledger_before(store, ada, before, limit=1),
        lambda one: (int(one.at.timestamp() * 1000), one.notice_id, one.channel, one.outcome.value),
    )
    assert len(found) == 6
    assert found == lists.ledger_before(store, ada, limit=100)
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)

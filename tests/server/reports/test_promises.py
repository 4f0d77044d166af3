"""The account of promises."""

import pytest

from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce, start
from records.incidents import Stage
from server.reports.promises import account, as_json, as_markdown
from tests.cast import ANA, DAY, HOUR, MINUTE, NOW, a_window, acme, an_incident


@pytest.fixture
def desk(store):
    return acme(store)


def test_what_was_kept_and_what_was_not_is_counted_and_named(store, desk):
    incident = open_incident(desk, an_incident(), ANA, NOW)
    update_incident(
        desk, incident.id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "More."}), ANA, NOW + 27 * MINUTE
    )
    soon = a_window(scheduled_for=NOW + HOUR, scheduled_until=NOW + 2 * HOUR, emergency_reason="a leaking | key")
    announce(desk, soon, ANA, NOW)
    start(desk, "MNT-1", ANA, NOW + HOUR)
    announce(desk, a_window(), ANA, NOW)
    found = account(store, NOW - DAY, NOW + DAY, NOW + 3 * HOUR)
    text = as_markdown(found, "en")
    assert "2 promised, 0 kept, 1 late (half of them by over 12 minutes, the worst by 12 minutes), 1 broken." in text
    assert "| INC-1 Bitcoin withdrawals are delayed |" in text
    assert "2 announced, 1 early enough, 1 later than the rule of their kind asks; 1 lasted beyond the end" in text
    assert r"| 60 minutes | 3 days | a leaking \| key |" in text
    told = as_json(found)
    assert [promise["state"] for promise in told["promises"]] == ["late", "broken"]
    assert [(lead["event"], lead["kept"]) for lead in told["leads"]] == [("MNT-2", True), ("MNT-1", False)]
    assert told["overran"] == 1


def test_an_empty_time_says_so(store, desk):
    open_incident(desk, an_incident(), ANA, NOW)
    found = account(store, NOW - 2 * DAY, NOW - DAY, NOW)
    assert "There was no public incident." in as_markdown(found, "en")
    assert as_json(found)["promises"] == []

"""Whom words would reach, said by channel while somebody types; asked about before they go to nobody or everybody."""

import pytest

from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.people import COMMAND_LINE
from records.store import incidents, maintenance
from server.console import reckoning
from server.console.reckoning import Reach
from tests.server.console.conftest import NOW

INCIDENT = {"name.en": "Slow", "body.en": "It is slow.", "state.cards": "degraded_performance", "do": "publish"}
WINDOW = {"name.en": "Work", "body.en": "We work.", "when": "30 nov 22:00 for 2h", "components": "cards"}


def test_the_sum_and_each_channel_are_said(ana):
    asked = {"audience": "holds:BTC or holds:ETH or customer:c-none", "channels": ["email", "inapp"]}
    for form in ("incidents", "maintenances"):
        found = ana.get(f"/console/{form}/check.json", params=asked).json()
        assert (found["customers"], found["percent"]) == (3, 100)
        # c-none has no address.
        assert found["channels"] == ["E-mail 2", "In app 3"]


def test_a_long_count_comes_in_parts_that_add_up(store, context, monkeypatch):
    entries = [CustomerEntry(external_id=f"n-{number}", tags=("holds:BTC",)) for number in range(40)]
    put_customers(context.desk, entries, COMMAND_LINE, NOW)
    monkeypatch.setattr(reckoning, "_PART", 10)
    ticks = iter(range(1_000))
    found, shares = Reach(), []
    for _ in range(5):
        found = reckoning.reach(store, "holds:BTC", found, clock=lambda: float(next(ticks)))
        shares.append(found.percent)
    assert found.is_whole
    assert found.customers == 41
    assert shares == [23, 46, 69, 93, 100]


def test_the_script_asks_on_from_where_a_part_ended(ana, context, monkeypatch):
    monkeypatch.setattr(reckoning, "_PART", 1)
    monkeypatch.setattr(reckoning, "_PATIENCE_SECONDS", -1.0)
    asked = {"audience": "everyone", "channels": ["email"]}
    for _ in range(3):
        found = ana.get("/console/incidents/check.json", params=asked).json()
        assert found["warnings"] == []
        asked |= found["next"]
    found = ana.get("/console/incidents/check.json", params=asked).json()
    assert "next" not in found
    assert (found["customers"], found["channels"]) == (3, ["E-mail 2"])
    assert found["warnings"] == ["This rule matches every customer: 3."]


@pytest.mark.parametrize(
    ("rule", "asks"),
    [("everyone", "This rule matches every customer: 3."), ("holds:XMR", "Nobody matches this rule at present")],
)
def test_a_rule_for_everybody_or_nobody_is_asked_about_and_nothing_is_lost(ana, context, rule, asks):
    first = ana.post("/console/incidents", data={**INCIDENT, "audience": rule, "channels": ["email"]})
    assert asks in first.text
    assert "Nothing was published yet." in first.text
    assert 'value="Slow"' in first.text
    assert incidents.open_incidents(context.desk.store) == []
    said = ana.get("/console/incidents/check.json", params={"audience": rule, "channels": ["email"]}).json()["warnings"]
    heeded = {**INCIDENT, "audience": rule, "channels": ["email"], "heeded": "\n".join(said)}
    assert "Published." in ana.post("/console/incidents", data=heeded).text
    assert len(incidents.open_incidents(context.desk.store)) == 1

    window = ana.post("/console/maintenances", data={**WINDOW, "audience": rule, "channels": ["email"]})
    assert asks in window.text
    assert "Nothing was announced yet." in window.text
    assert maintenance.unfinished(context.desk.store) == []


def test_what_the_components_say_themselves_and_the_page_only_are_not_asked_about(ana, context):
    assert (
        "Published."
        in ana.post("/console/incidents", data={**INCIDENT, "audience": "affected", "channels": "email"}).text
    )
    assert "Published." in ana.post("/console/incidents", data={**INCIDENT, "audience": "holds:XMR"}).text
    assert len(incidents.open_incidents(context.desk.store)) == 2

"""Two people at one thing see each other; whoever saves second reads both texts, and nothing typed is lost."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.incidents import Stage
from records.people import MONITOR, Role
from records.store import board, incidents, leases, people, presence
from server.auth import hash_password
from tests.server.console.conftest import NOW, PASSWORD
from tests.server.console.test_browser import PHONE, WIDE, browsing, enter
from tests.server.console.test_maintenances import planned
from tests.server.console.test_stream import running

ENTRY = IncidentEntry(
    name={"en": "Bitcoin withdrawals are delayed"},
    body={"en": "Withdrawals wait longer than usual."},
    statuses={"btc-withdrawals": Status.DEGRADED},
)
HERS = "Ana: a node of ours is behind."
HIS = "Ben: fees are five times as high as usual, and I typed all of this by hand."


@pytest.fixture
def ben(context, sign_in):
    people.add_user(context.desk.store, "ben", Role.OPS, hash_password(PASSWORD), NOW)
    return sign_in("ben")


@pytest.fixture
def incident(context):
    return open_incident(context.desk, ENTRY, MONITOR, NOW)


def test_whoever_types_is_named_to_the_others_and_not_to_themselves(ana, ben, vi, incident):
    assert ana.post("/console/editing", data={"subject": incident.id}).json() == {
        "others": [],
        "version": incident.version,
    }
    assert ana.get("/console/editing", params={"subject": incident.id}).json()["others"] == []
    assert ben.post("/console/editing", data={"subject": incident.id}).json()["others"] == ["ana"]
    assert vi.get("/console/editing", params={"subject": incident.id}).json()["others"] == ["ana", "ben"]
    ana.post("/console/editing", data={"subject": incident.id, "over": "1"})
    assert vi.get("/console/editing", params={"subject": incident.id}).json()["others"] == ["ben"]


def test_pages_say_it_without_javascript_too(ana, ben, context, incident):
    draft = open_incident(context.desk, replace(ENTRY, publish=False), MONITOR, NOW)
    event = planned(context)
    for subject in (incident, draft, event):
        ben.post("/console/editing", data={"subject": subject.id})
    for address in (f"incidents/{incident.id}", f"incidents/{draft.id}/edit", f"maintenances/{event.id}"):
        assert "ben is editing this" in ana.get(f"/console/{address}").text
    assert ana.get("/console").text.count("ben is editing this") == 4
    assert "is editing this" not in ben.get("/console").text


def test_who_is_gone_is_not_named_for_long(context, vi, ana, incident):
    store = context.desk.store
    leases.take(store, f"editing:{incident.id}:user:ben", "user:ben", -1)
    assert vi.get("/console/editing", params={"subject": incident.id}).json()["others"] == []
    # Whoever comes next sweeps.
    ana.post("/console/editing", data={"subject": incident.id})
    assert [row["holder"] for row in store.rows("SELECT holder FROM leases WHERE name LIKE 'editing:%'")] == [
        "user:ana"
    ]


def test_boards_are_told_when_somebody_comes_and_goes(context, incident):
    store = context.desk.store
    marks = [board.mark(store, NOW)]
    presence.enter(store, incident.id, "user:ben")
    marks.append(board.mark(store, NOW))
    presence.enter(store, incident.id, "user:ben")
    assert board.mark(store, NOW) == marks[1]
    presence.leave(store, incident.id, "user:ben")
    assert marks[1] != marks[0] == board.mark(store, NOW)


def test_who_only_reads_has_nothing_in_hand_and_nothing_is_in_hand_that_is_not_there(vi, ana):
    assert vi.post("/console/editing", data={"subject": "aaaaaaaaaaaa"}).status_code == 403
    assert ana.post("/console/editing", data={"subject": "aaaaaaaaaaaa"}).status_code == 404


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.usefixtures("ben")
async def test_two_browsers_at_one_incident(chromium, context, incident, screen):
    where = f"/console/incidents/{incident.id}"
    async with (
        running(context) as (port, _),
        browsing(chromium, is_told=True, **screen) as anas,
        browsing(chromium, is_told=True, forgives="409", **screen) as bens,
    ):
        address = f"http://127.0.0.1:{port}"
        for page, name in ((anas, "ana"), (bens, "ben")):
            await enter(page, address, name)
            await page.goto(address + where)
            await expect(page.locator("[data-editors]")).to_be_hidden()

        await anas.get_by_label("What changed").first.fill(HERS)
        await expect(bens.locator("[data-editors]")).to_have_text("ana is editing this")
        await bens.get_by_label("What changed").first.fill(HIS)
        await bens.get_by_label("We speak next").fill("in 45 min")
        await expect(anas.locator("[data-editors]")).to_have_text("ben is editing this")

        await anas.get_by_role("button", name="Post to page").click()
        await expect(anas.locator(".done")).to_contain_text("Posted.")
        # Before he posts, he is told that something is newer; what he typed stands.
        await expect(bens.locator("[data-newer]")).to_be_visible()
        await expect(bens.locator("[data-editors]")).to_be_hidden()
        await expect(bens.get_by_label("What changed").first).to_have_value(HIS)

        await bens.get_by_role("button", name="Post to page").click()
        await expect(bens.locator("blockquote.theirs")).to_contain_text(HERS)
        await expect(bens.get_by_label("What changed").first).to_have_value(HIS)
        await expect(bens.get_by_label("We speak next")).to_have_value("in 45 min")
        assert incidents.incident(context.desk.store, incident.id).updates[-1].body == {"en": HERS}

        await bens.get_by_role("button", name="Post to page").click()
        await expect(bens.locator(".done")).to_contain_text("Posted.")
    assert [each.body["en"] for each in incidents.incident(context.desk.store, incident.id).updates][1:] == [HERS, HIS]
    assert incidents.incident(context.desk.store, incident.id).stage is Stage.INVESTIGATING

"""The console in a browser: under its own content policy, by keyboard, in both schemes, on a phone, for everybody."""

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from notifier.compose import frozen
from records.components import Status
from records.desk import people as deeds
from records.desk.incidents import IncidentEntry, open_incident
from records.desk.maintenance import MaintenanceEntry, announce, start
from records.incidents import Stage
from records.observations import Observation, Seen
from records.people import MONITOR, Actor, Role
from records.store import fanout, incidents, looks, maintenance, notices, people
from records.store import tickets as store_of_tickets
from server.wiring import house_of
from tests.server.console.conftest import NOW, PASSWORD
from tests.server.console.test_stream import running

BEN = Actor(name="user:ben", role=Role.OPS)
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "has_touch": True}

# A browser is slow and the routes are tested on both engines elsewhere.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@asynccontextmanager
async def browsing(chromium: Browser, *, is_told: bool = False, forgives: str = "nothing", **options):
    """A page whose clock is the desk's, and which complains of nothing else than what the test `forgives`.

    Unless `is_told`, its board asks for itself.
    """
    context = await chromium.new_context(locale="en-GB", timezone_id="Europe/Bucharest", **options)
    if not is_told:
        await context.route("**/console/stream", lambda route: route.fulfill(status=204))
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.clock.install(time=NOW)
    yield page
    assert [each for each in complaints if forgives not in each] == []
    await context.close()


async def enter(page: Page, address: str, name: str) -> None:
    await page.goto(f"{address}/console")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{address}/console")


async def test_an_incident_from_the_first_word_to_the_last(chromium, address, context):
    async with browsing(chromium, **WIDE) as page:
        await enter(page, address, "ana")
        await page.get_by_role("link", name="Declare", exact=True).click()
        await page.get_by_label("What do customers notice?").first.fill("Bitcoin withdrawals are delayed")
        await page.get_by_label("What is happening").first.fill("Withdrawals wait longer than usual.")
        await page.get_by_label("Bitcoin withdrawals").select_option("partial_outage")
        publish = page.get_by_role("button", name="Publish to page and 1 customer", exact=True)
        await expect(publish).to_be_visible()
        await expect(page.get_by_text("by the states: major")).to_be_attached()
        await page.get_by_role("button", name="Preview").click()
        await expect(page.get_by_role("heading", name="What goes out")).to_be_visible()
        await expect(page.locator(".preview").first).to_contain_text("Bitcoin withdrawals are delayed [INC-1]")
        await page.get_by_role("button", name="Publish").click()
        await expect(page.locator(".done")).to_contain_text("Published.")

        form = page.locator("form[data-form-incident]")
        await form.get_by_label("Identified").check()
        await form.get_by_label("What changed").first.fill("A node of ours is behind.")
        await form.get_by_label("We speak next").fill("in 20 min")
        await form.get_by_role("button", name="Post to page").click()
        await expect(page.get_by_text("A node of ours is behind.")).to_be_visible()
        # The browser's seconds go by while the test looks.
        await expect(page.locator(".strip")).to_contain_text(re.compile("in (19|20) minutes"))

        await form.get_by_label("Resolved").check()
        await form.get_by_label("What changed").first.fill("All waiting withdrawals have left.")
        await form.get_by_role("button", name="Post to page").click()
        await expect(page.locator(".strip")).to_contain_text("No incident open")
    [incident] = incidents.published_incidents(context.desk.store)
    assert incident.stage is Stage.RESOLVED
    assert [update.stage for update in incident.updates] == [Stage.INVESTIGATING, Stage.IDENTIFIED, Stage.RESOLVED]
    assert incident.updates[1].next_update_at == NOW + timedelta(minutes=20)


async def test_a_window_is_announced_and_said_back_while_typing(chromium, address, context):
    async with browsing(chromium, **WIDE) as page:
        await enter(page, address, "ana")
        await page.get_by_role("link", name="Announce", exact=True).click()
        await page.get_by_label("When, and how long").fill("tomorrow 22:00 for 2h")
        echo = page.locator("#when-echo")
        await expect(echo).to_contain_text("Monday, 23 November 2026, 20:00–22:00 UTC")
        await expect(echo).to_contain_text("Monday, 23 November 2026, 22:00 Bucharest")
        await expect(page.locator("[data-answer=warnings]")).to_contain_text("it should be 72 hours")
        await page.get_by_label("Its title").first.fill("App update")
        await page.get_by_label("What stops, and why").first.fill("We update the app.")
        await page.get_by_label("App and website").check()
        await expect(page.get_by_text("For 3 customers.")).to_be_visible()
        # The warning was on the screen, so one press is enough.
        await page.get_by_role("button", name="Announce", exact=True).click()
        await expect(page.locator(".done")).to_contain_text("Announced.")
        await page.get_by_role("button", name="Start now").click()
        await page.get_by_label("New end").fill("30 min")
        await page.get_by_role("button", name="Extend").click()
        await expect(page.locator(".done")).to_contain_text("Extended.")
    [event] = maintenance.unfinished(context.desk.store)
    assert event.is_running


async def test_support_links_tickets_and_looks_a_customer_up(chromium, address, context, tickets):
    incident = declare(context)
    async with browsing(chromium, **WIDE) as page:
        await enter(page, address, "sam")
        await page.get_by_role("link", name="Support").click()
        await page.get_by_label("My BTC is stuck").check()
        await page.get_by_label("withdrawal pending").check()
        await page.get_by_label("Link to").select_option(incident.id)
        await page.get_by_role("button", name="Link 2", exact=True).click()
        await expect(page.locator(".done")).to_contain_text("Linked 2;")
        await page.get_by_role("link", name="Customers").click()
        await page.get_by_label("Reference, e-mail or ticket number").fill("88121")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="c-btc")).to_be_visible()
        await expect(page.get_by_text("This look is recorded: support ticket.")).to_be_visible()
    assert store_of_tickets.count_linked(context.desk.store, incident.id) == 2


async def test_the_board_brings_itself_up_to_date_and_leaves_a_text_in_hand_alone(chromium, address, context, clock):
    declare(context)
    async with browsing(chromium, **WIDE) as page:
        await enter(page, address, "ana")
        await page.get_by_label("What changed").first.fill("Half a sent")
        await page.evaluate("document.querySelectorAll('[data-live] h2').forEach((each) => (each.isMine = true))")
        clock.forward(seconds=6)
        await page.clock.run_for(6_000)
        await expect(page.locator("[data-as-of]")).to_have_attribute("datetime", "2026-11-22T13:05:06Z")
        assert await page.evaluate("[...document.querySelectorAll('[data-live] h2')].every((each) => each.isMine)")
        open_incident(context.desk, draft(), MONITOR, NOW, monitor="chain:bitcoin")
        await page.clock.run_for(6_000)
        await expect(page.get_by_text("Draft from monitors")).to_be_visible()
        await expect(page.locator("[data-spoken]")).to_have_text("1 open, 1 drafts wait, 0 windows run")
        assert await page.get_by_label("What changed").first.input_value() == "Half a sent"
        await expect(page.locator("[data-newer]")).to_be_hidden()


async def test_a_board_with_a_stream_shows_a_deed_before_it_would_have_asked(chromium, context):
    async with running(context) as (port, _), browsing(chromium, is_told=True, **WIDE) as page:
        address = f"http://127.0.0.1:{port}"
        # The page's own clock stands still, so nothing but the stream can make it ask.
        await page.clock.pause_at(NOW + timedelta(seconds=1))
        await enter(page, address, "ana")
        await expect(page.locator(".strip")).to_contain_text("No incident open")
        await context.call(declare, context)
        await expect(page.locator(".strip")).to_contain_text("1 incident open")


async def test_a_clock_that_is_wrong_here_does_not_make_a_promise_overdue(chromium, address, context):
    declare(context)
    async with browsing(chromium, **WIDE) as page:
        await page.clock.install(time=NOW + timedelta(hours=3))
        await enter(page, address, "ana")
        await page.clock.run_for(2_000)
        await expect(page.locator(".strip")).to_contain_text(re.compile("in (14|15) minutes"))


async def test_a_colleagues_update_is_announced_before_the_form_is_posted(chromium, address, context):
    incident = declare(context)
    async with browsing(chromium, **WIDE) as page:
        await enter(page, address, "ana")
        incidents.save(context.desk.store, incidents.incident(context.desk.store, incident.id))
        await page.clock.run_for(6_000)
        await expect(page.locator("[data-newer]")).to_be_visible()


async def test_a_board_that_cannot_be_refreshed_says_so(chromium, address, context):
    del context
    async with browsing(chromium, **WIDE) as page:
        await enter(page, address, "ana")
        await page.route("**/console/board*", lambda route: route.fulfill(status=200, body="another page"))
        await page.clock.run_for(21_000)
        await expect(page.locator("[data-stale]")).to_be_visible()
        await expect(page.locator("[data-stale]")).to_contain_text(re.compile(r"what was so 2\d seconds ago"))


async def test_a_board_whose_session_is_over_says_so_and_keeps_what_was_typed(chromium, address, context):
    declare(context)
    # The browser writes down that the board was refused, and so it shall be.
    async with browsing(chromium, forgives="401 (Unauthorized)", **WIDE) as page:
        await enter(page, address, "ana")
        await page.get_by_label("What changed").first.fill("Half a sent")
        ana = people.user(context.desk.store, "ana")
        assert ana is not None
        deeds.sign_out_everywhere(context.desk, ana.id, BEN, NOW)
        await page.clock.run_for(6_000)
        await expect(page.locator("[data-over]")).to_contain_text("what you have typed stays here")
        assert await page.get_by_label("What changed").first.input_value() == "Half a sent"


async def test_everything_on_the_board_is_reached_by_keyboard(chromium, address, context):
    declare(context)
    open_incident(context.desk, draft(), MONITOR, NOW, monitor="chain:bitcoin")
    async with browsing(chromium, **WIDE) as page:
        await enter(page, address, "ana")
        reached: list[str] = []
        for _ in range(80):
            await page.keyboard.press("Tab")
            name = await page.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().split('\\n')[0]"
            )
            if reached and name == reached[0]:
                break
            reached.append(name)
        assert reached[0] == "Skip to the content"
        for wanted in ("Declare", "Announce", "Publish", "Edit", "Not an incident", "What changed", "We speak next"):
            assert wanted in reached
        assert any(name.startswith("Post to page") for name in reached)
        assert "Stop all automatic publishing" in reached


async def test_without_javascript_an_incident_is_declared_all_the_same(chromium, address, context):
    browser_context = await chromium.new_context(java_script_enabled=False)
    page = await browser_context.new_page()
    await enter(page, address, "ana")
    await page.get_by_role("link", name="Declare", exact=True).click()
    await page.get_by_label("What do customers notice?").first.fill("Cards are declined")
    await page.get_by_label("What is happening").first.fill("Some card payments are declined.")
    await page.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.locator(".done")).to_contain_text("Published.")
    assert len(incidents.open_incidents(context.desk.store)) == 1
    await browser_context.close()


@pytest.mark.parametrize(
    ("scheme", "shape"), [("light", WIDE), ("dark", WIDE), ("dark", PHONE)], ids=["light", "dark", "phone"]
)
async def test_every_page_is_for_everybody(chromium, address, context, tickets, scheme, shape):
    incident, event = busy(context, tickets)
    a_day_of_looks(context)
    [notice] = notices.notices(context.desk.store, subject_id=incident.id)
    slow = replace(declare_entry(), name={"en": "Withdrawals are slow"})
    asked = open_incident(replace(context.desk, second_person_above=0), slow, BEN, NOW)
    [waiting] = notices.notices(context.desk.store, subject_id=asked.id)
    pages = [
        "", "/incidents", "/incidents/new", f"/incidents/{incident.id}", "/maintenances",
        "/maintenances/new", f"/maintenances/{event.id}", f"/notices/{notice.id}", f"/notices/{waiting.id}",
        "/monitors", "/monitors/chain:bitcoin", "/support",
        "/customers?q=c-", "/customers/c-btc", "/customers/c-btc?reason=ticket", "/audit",
        "/people", "/tokens",
    ]  # fmt: skip
    found: dict[str, list[str]] = {}
    async with browsing(chromium, color_scheme=scheme, **shape) as page:
        await page.goto(f"{address}/console/sign-in")
        await look(page, "sign-in", found)
        await enter(page, address, "ada")
        for path in pages:
            await page.goto(f"{address}/console{path}")
            await look(page, path, found)
    assert found == {}


async def look(page: Page, name: str, found: dict[str, list[str]]) -> None:
    """Note what axe says, and whether the page must be moved sideways to be read."""
    result = await Axe().run(page)
    said = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in result.response["violations"]]
    if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        said.append("wider than the screen")
    if said:
        found[name] = said


def a_day_of_looks(context):
    """Two nodes, of which one lags and fails for a while."""
    for quarter in range(96):
        is_ill = 30 < quarter < 40
        at, height = NOW - timedelta(minutes=15 * (95 - quarter) + 1), 870_000 + quarter
        fine = Observation(
            monitor="chain:bitcoin", target="btc-1", at=at, at_monotonic=0.0, seen=Seen.OK,
            latency_ms=30.0 + quarter % 7 * 9, height=height, peers=8 + quarter % 3,
        )  # fmt: skip
        late = replace(fine, target="btc-2", latency_ms=900.0, height=height - 4)
        gone = replace(late, seen=Seen.TRANSPORT, latency_ms=1_000.0, height=None, peers=None)
        other = replace(fine, target="btc-2", latency_ms=55.0)
        looks.keep(context.desk.store, [fine, (gone if quarter > 36 else late) if is_ill else other])


def declare_entry():
    return IncidentEntry(
        name={"en": "Bitcoin withdrawals are delayed"},
        body={"en": "Withdrawals wait longer than usual."},
        statuses={"btc-withdrawals": Status.DEGRADED},
    )


def declare(context):
    return open_incident(context.desk, declare_entry(), BEN, NOW)


def draft():
    return IncidentEntry(
        name={"en": "Cards are declined"},
        body={"en": "Some card payments are declined."},
        statuses={"cards": Status.MAJOR_OUTAGE},
        publish=False,
    )


def busy(context, tickets):
    """Something of everything that the pages can show."""
    store = context.desk.store
    incident = declare(context)
    open_incident(context.desk, draft(), MONITOR, NOW, monitor="chain:bitcoin")
    entry = MaintenanceEntry(
        name={"en": "App update"},
        body={"en": "We update the app."},
        scheduled_for=NOW - timedelta(minutes=50),
        scheduled_until=NOW + timedelta(minutes=10),
        component_ids=("website",),
    )
    event = start(context.desk, announce(context.desk, entry, BEN, NOW).id, BEN, NOW)
    for notice in notices.notices(store):
        frozen(store, notice, "fr", house_of(context.settings))
        while fanout.fan_out_chunk(store, notice, NOW):
            pass
    store_of_tickets.link(store, tickets[0], incident.id, "user:ben", NOW)
    return incident, event

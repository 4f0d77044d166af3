"""How much of a hand the two commonest deeds take, on a wide screen, on a phone, and without a mouse."""

from dataclasses import dataclass, replace

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.people import MONITOR
from records.store import incidents, maintenance
from tests.server.console.conftest import NOW
from tests.server.console.test_browser import PHONE, WIDE, browsing, enter
from tests.server.console.test_phrases import PHRASES

pytestmark = [
    pytest.mark.parametrize("engine", ["sqlite"]),
    pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"]),
]
WHEN = "tomorrow 22:00 for 2h"


@pytest.fixture
def context(context):
    return replace(context, settings=context.settings.model_copy(update={"phrases": PHRASES}))


@dataclass
class Hand:
    """Counts what it does."""

    page: Page
    clicks: int = 0
    keys: int = 0

    async def click(self, target: Locator) -> None:
        self.clicks += 1
        await target.click()
        await self.page.wait_for_load_state("load")

    async def type(self, text: str) -> None:
        self.keys += len(text)
        await self.page.keyboard.type(text)

    async def press(self, key: str) -> None:
        self.keys += 1
        await self.page.keyboard.press(key)

    async def tab_to(self, target: Locator) -> None:
        """Move on until `target` has the focus."""
        for _ in range(120):
            await self.press("Tab")
            if await target.evaluate("(element) => element === document.activeElement"):
                return
        raise AssertionError("the keyboard does not lead there")


def a_red_monitor(context):
    entry = IncidentEntry(
        name={"en": "Bitcoin withdrawals are delayed", "fr": "Retraits Bitcoin retardés"},
        body={"en": "Withdrawals wait longer than usual.", "fr": "Les retraits attendent."},
        statuses={"btc-withdrawals": Status.PARTIAL_OUTAGE},
        publish=False,
    )
    return open_incident(context.desk, entry, MONITOR, NOW, monitor="chain:bitcoin")


async def test_a_red_monitor_is_published_by_one_click(chromium, address, context, screen):
    a_red_monitor(context)
    async with browsing(chromium, **screen) as page:
        await enter(page, address, "ana")
        hand = Hand(page)
        await hand.click(page.get_by_role("button", name="Publish", exact=True))
        await expect(page.locator(".done")).to_contain_text("Published.")
    assert (hand.clicks, hand.keys) == (1, 0)
    assert len(incidents.open_incidents(context.desk.store)) == 1


async def test_a_red_monitor_is_read_and_published_by_one_click_and_publish(chromium, address, context, screen):
    a_red_monitor(context)
    async with browsing(chromium, **screen) as page:
        await enter(page, address, "ana")
        hand = Hand(page)
        await hand.click(page.get_by_role("link", name="Edit"))
        await expect(page.get_by_label("What is happening").first).to_have_value("Withdrawals wait longer than usual.")
        await hand.click(page.get_by_role("button", name="Publish to page and 1 customer", exact=True))
        await expect(page.locator(".done")).to_contain_text("Published.")
    assert (hand.clicks, hand.keys) == (2, 0)
    assert len(incidents.open_incidents(context.desk.store)) == 1


async def test_a_window_is_announced_by_two_clicks_and_one_typed_field(chromium, address, context, screen):
    async with browsing(chromium, **screen) as page:
        await enter(page, address, "ana")
        hand = Hand(page)
        await hand.click(page.get_by_role("link", name="App update"))
        await expect(page.get_by_label("When, and how long")).to_be_focused()
        await hand.type(WHEN)
        await expect(page.locator("#when-echo")).to_contain_text("Monday, 23 November 2026, 20:00–22:00 UTC")
        await expect(page.locator("[data-answer=warnings]")).to_contain_text("it should be 72 hours")
        await hand.click(page.get_by_role("button", name="Announce", exact=True))
        await expect(page.locator(".done")).to_contain_text("Announced.")
    assert (hand.clicks, hand.keys) == (2, len(WHEN))
    [event] = maintenance.unfinished(context.desk.store)
    assert event.component_ids == ("website",)


async def test_both_are_done_without_a_mouse(chromium, address, context, screen):
    a_red_monitor(context)
    async with browsing(chromium, **screen) as page:
        await enter(page, address, "ana")
        hand = Hand(page)
        await hand.tab_to(page.get_by_role("button", name="Publish", exact=True))
        await hand.press("Enter")
        await expect(page.locator(".done")).to_contain_text("Published.")
        await hand.tab_to(page.get_by_role("link", name="App update"))
        await hand.press("Enter")
        await expect(page.get_by_label("When, and how long")).to_be_focused()
        await hand.type(WHEN)
        await expect(page.locator("[data-answer=warnings]")).to_contain_text("it should be 72 hours")
        await hand.press("Enter")
        await expect(page.locator(".done")).to_contain_text("Announced.")
    assert hand.clicks == 0
    assert len(incidents.open_incidents(context.desk.store)) == 1
    assert len(maintenance.unfinished(context.desk.store)) == 1


async def test_words_agreed_on_are_taken_and_read_along_while_typing(chromium, address, context, screen):
    async with browsing(chromium, **screen) as page:
        await enter(page, address, "ana")
        hand = Hand(page)
        await hand.click(page.get_by_role("link", name="Declare", exact=True))
        await hand.click(page.get_by_role("button", name="Withdrawals are delayed"))
        body = page.get_by_label("What is happening").first
        await expect(body).to_have_value("They wait longer than usual.")
        # Whoever clicks before the script is there gets the same from the server, on a page that loads anew.
        await page.wait_for_load_state("load")
        await body.fill("It works again soon!")
        await page.clock.run_for(1_000)
        said = page.locator("[data-answer=words]")
        await expect(said).to_contain_text("Text (EN): has an exclamation mark")
        await expect(said).to_contain_text("“soon” is no time")
        found = await Axe().run(page)
        assert [each["id"] for each in found.response["violations"]] == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_enter_in_a_field_of_an_incident_previews_and_publishes_nothing(chromium, address, context, screen):
    async with browsing(chromium, **screen) as page:
        await enter(page, address, "ana")
        await page.goto(f"{address}/console/incidents/new?use=late")
        await page.get_by_label("What do customers notice?").first.press("Enter")
        await expect(page.get_by_role("heading", name="What goes out")).to_be_visible()
    assert incidents.open_incidents(context.desk.store) == []

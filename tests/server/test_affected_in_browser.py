"""The button as customers meet it: phone, desktop, right to left, without JavaScript, and with the house away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from records.affected import Level, Standing
from records.components import Status
from records.store import affected as counts
from records.store import components
from server import affected, problems
from server.affected import Doorstep
from server.pace import Pace
from statuspage.assets import assets
from statuspage.render import render_site
from statuspage.routes import status_page_app
from statuspage.site import Site
from statuspage.snapshot import read_snapshot
from tests.server.house import BASIC, context_on
from tests.statuspage import world
from tests.statuspage.serving import served

NOW = world.NOW
ASKING = replace(world.PAGE, reports_address="/reports", shows_reports=True)


@pytest.fixture
def engine() -> str:
    """What the browser shows does not depend on the engine."""
    return "sqlite"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(affected, "_DOORSTEP", Doorstep())
    monkeypatch.setattr(affected, "_PACE", Pace(burst=10, every_seconds=3_600))
    monkeypatch.setattr(affected, "_WRITES", Pace(burst=100, every_seconds=3_600))


@pytest.fixture
def calm(store):
    world.build(store)
    # One that is not well, so that its row stands open; whatever works is folded.
    components.set_status(store, "btc-withdrawals", Status.UNKNOWN, NOW - timedelta(minutes=3))
    rising = Standing(
        component="btc-withdrawals", level=Level.LIKELY, since=NOW, taps=9, usual=0.5, hours_known=8, muted_until=None
    )
    counts.put_standing(store, rising)
    return store


def site_of(store, page=ASKING) -> Site:
    return render_site(read_snapshot(store, page, NOW), assets(page))


@asynccontextmanager
async def house(store, *, answers: bool = True) -> AsyncIterator[str]:
    """The published page, and the process behind it unless it is away."""
    site, context = site_of(store), context_on(store, now=lambda: NOW, page=BASIC["page"] | {"languages": ["en", "ar"]})
    routes = [*(affected.ROUTES if answers else []), Mount("/", app=status_page_app(lambda: site))]
    app = Starlette(routes=routes, exception_handlers=problems.HANDLERS, middleware=problems.MIDDLEWARE)
    app.state.context = context
    async with served(app) as url:
        yield url


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: object) -> AsyncIterator[Page]:
    place = await browser.new_context(**options)  # type: ignore[arg-type]  # passed on as they are
    page = await place.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    yield page
    # That an address answers 405 is the story of the house that is away.
    assert [each for each in complaints if "405" not in each] == []
    await place.close()


LOOKS = [
    pytest.param({"width": 1100, "height": 900}, "light", "en", id="desktop"),
    pytest.param({"width": 390, "height": 844}, "dark", "en", id="phone"),
    pytest.param({"width": 320, "height": 640}, "light", "ar", id="narrow-from-right-to-left"),
]


@pytest.mark.parametrize(("viewport", "scheme", "language"), LOOKS)
async def test_one_tap_is_thanked_beside_the_service_and_counted(calm, chromium, viewport, scheme, language):
    async with (
        house(calm) as url,
        opened(chromium, f"{url}/{language}/", viewport=viewport, color_scheme=scheme) as page,
    ):
        button = page.locator('button[value="btc-withdrawals"]')
        box = await button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
        way = page.locator(".ways > div", has=button)
        said = "Reports are rising, not yet confirmed" if language == "en" else "البلاغات تتزايد"
        await expect(way).to_contain_text(said)
        await button.click()
        thanks = "Thank you. We have noted it." if language == "en" else "شكرًا لك"
        await expect(way.get_by_role("status")).to_contain_text(thanks)
        await expect(way.get_by_role("status")).to_contain_text(
            "We have no current data on it." if language == "en" else "ليست لدينا بيانات"
        )
        assert page.url == f"{url}/{language}/"
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert await page.context.cookies() == []
    assert counts.newest(calm, NOW) == {"btc-withdrawals": [1, 0, 0]}


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_without_javascript_the_form_leads_to_a_page_that_says_the_same(calm, chromium, language):
    async with house(calm) as url:
        place = await chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
        page = await place.new_page()
        await page.goto(f"{url}/{language}/")
        await page.click('button[value="btc-withdrawals"]')
        assert page.url == f"{url}/reports"
        text = await page.inner_text("main")
        assert ("Thank you. We have noted it." if language == "en" else "شكرًا لك") in text
        assert await page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        await place.close()
        for path in ("/reports",):
            async with opened(chromium, url + path, viewport={"width": 390, "height": 844}) as asked:
                found = await Axe().run(asked)
                assert found.violations_count == 0, found.generate_report()
                await asked.click('button[value="trading"]')
                await expect(asked.locator("h1")).to_have_text("Thank you. We have noted it.")
                await asked.click('button[value="bitcoin"]')
                await expect(asked.locator("h1")).to_have_text("Thank you. We have noted it.")
                found = await Axe().run(asked)
                assert found.violations_count == 0, found.generate_report()
                await asyncio.to_thread(_named_bitcoin, calm)


def _named_bitcoin(store) -> None:
    assert counts.chains_of(store, "trading", NOW) == {"bitcoin": 1}


async def test_with_the_house_away_the_published_page_says_so_and_goes_on(calm, chromium):
    async with house(calm, answers=False) as url, opened(chromium, f"{url}/en/") as page:
        await page.click('button[value="btc-withdrawals"]')
        await expect(page.locator(".told")).to_have_text(
            "We could not be reached. This page goes on working; please try again in a minute."
        )
        assert "We have no current data" in await page.inner_text("h1")


def test_a_page_that_reports_elsewhere_may_reach_that_origin_and_no_other(calm):
    elsewhere = replace(ASKING, reports_address="https://live.acme.example/reports")
    page = site_of(calm, elsewhere).files["/en/"]
    assert page.reaches == "https://live.acme.example"
    assert b'action="https://live.acme.example/reports"' in page.body
    assert b"/reports" not in site_of(calm, world.PAGE).files["/en/"].body


def test_a_service_with_known_trouble_does_not_say_that_reports_rise(calm):
    components.set_status(calm, "btc-withdrawals", Status.DEGRADED, NOW)
    assert b"Reports are rising" not in site_of(calm).files["/en/"].body
    assert b"Reports are rising" not in site_of(calm, replace(ASKING, shows_reports=False)).files["/en/"].body

"""The page as people meet it: phone first, both schemes, right to left, by keyboard, and without scripts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from statuspage.assets import assets
from statuspage.page import Page as Configured
from statuspage.routes import status_page_app
from statuspage.site import Site
from tests.server.conftest import NOW
from tests.server.house import BASIC, context_on
from tests.server.transactions.conftest import HASH, is_in_block
from tests.statuspage import serving

LOOKS = [
    pytest.param({"width": 390, "height": 844}, "light", "en", id="phone"),
    pytest.param({"width": 1100, "height": 800}, "dark", "fr", id="wide-dark"),
    pytest.param({"width": 320, "height": 640}, "light", "ar", id="narrow-from-right-to-left"),
]


@pytest.fixture
def engine() -> str:
    """What is asked of the store is tested on both engines elsewhere."""
    return "sqlite"


@pytest.fixture
def context(context, store, clock):
    """The same, in a language that is written from right to left too."""
    chain = BASIC["chains"][0] | {
        "nodes": [{"name": "eth-1", "url": context.settings.chains[0].nodes[0].url.get_secret_value()}]
    }
    page = BASIC["page"] | {"languages": ["en", "fr", "ar"]}
    return context_on(store, now=clock, page=page, chains=[chain | {"confirmations": 12}])


@asynccontextmanager
async def served(app: Starlette, context) -> AsyncIterator[str]:
    """The app on a port of its own, with the style that its pages ask for."""
    settings = context.settings.page
    made = assets(Configured(name=settings.name, url=settings.url))
    site = Site(generated_at=NOW, version="", files=made.files, languages=("en",), sources={})
    app.router.routes += [
        Route("/favicon.ico", lambda _: Response(status_code=204)),
        Mount("/", status_page_app(lambda: site)),
    ]
    async with serving.served(app) as address:
        yield address


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: object) -> AsyncIterator[Page]:
    place = await browser.new_context(timezone_id="Europe/Bucharest", **options)  # type: ignore[arg-type] # passed on as they are
    page = await place.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed {request.url}"))
    await page.goto(url)
    yield page
    assert complaints == []
    await place.close()


async def ask(page: Page) -> None:
    """By keyboard alone: the network is recognised, so only the hash is typed."""
    await page.locator(".ask input[name=hash]").focus()
    await page.keyboard.type(HASH)
    await page.keyboard.press("Enter")
    await page.locator(".say").wait_for()


async def test_form_and_answers_are_accessible_and_fit_in_every_look(app, context, node, chromium):
    async with served(app, context) as url:
        for look in LOOKS:
            viewport, scheme, language = look.values
            address = f"{url}/{language}/transactions"
            async with opened(chromium, address, viewport=viewport, color_scheme=scheme) as page:
                assert (await Axe().run(page)).violations_count == 0, look.id
                await ask(page)
                found = await Axe().run(page)
                assert found.violations_count == 0, f"{look.id}: {found.generate_report()}"
                assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, look.id
                assert HASH not in page.url


async def test_without_scripts_it_is_all_there(app, context, node, chromium):
    is_in_block(node, node.height - 3)
    async with (
        served(app, context) as url,
        opened(
            chromium, f"{url}/en/transactions", java_script_enabled=False, viewport={"width": 390, "height": 844}
        ) as page,
    ):
        await page.select_option("select[name=chain]", "ethereum")
        await page.fill("input[name=hash]", f"https://explorer.example/tx/{HASH}")
        await page.click(".ask button")
        await page.locator("h1", has_text="4 of 12 confirmations.").wait_for()
        assert "4 of 12 confirmations." in await page.title()
        is_in_block(node, node.height - 9)
        await page.click(".again button")
        await page.locator(".say").wait_for()
        assert await page.locator("progress").get_attribute("max") == "12"
        assert page.url == f"{url}/en/transactions"

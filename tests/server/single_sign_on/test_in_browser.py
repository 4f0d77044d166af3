"""Coming in and going out by the accounts of the house, in a real browser, at a provider on another site."""

import re
from collections.abc import Iterator
from contextlib import asynccontextmanager

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from starlette.applications import Starlette

from server import csrf, problems
from server.console.routes import ROUTES
from tests.oidc import SECRET, Idp, free_port, skip_without_provider
from tests.server.house import context_on
from tests.statuspage.serving import served


@pytest.fixture
def engine() -> str:
    """What a browser does with cookies does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def idp() -> Iterator[Idp]:
    """The provider, not yet running: it has to know first where the desk is."""
    skip_without_provider()
    made = Idp(port=free_port(), redirects=[])
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def ana_is_on_call() -> None:
    """She is once the provider runs."""


@asynccontextmanager
async def desk(store, idp, **access):
    oidc = {"issuer": idp.issuer, "client_id": "forewarn", "client_secret": SECRET, "label": "Acme account"}
    context = context_on(store, access={"oidc": oidc, "roles": {"wallet-oncall": "ops"}} | access)
    app = Starlette(routes=ROUTES, exception_handlers=problems.HANDLERS, middleware=csrf.MIDDLEWARE)
    app.state.context = context
    async with served(app) as url:
        idp.redirects = [f"{url}/console/sign-in/return"]
        idp.signed_out = [f"{url}/console/sign-in"]
        idp.start()
        idp.put("ana", groups=["wallet-oncall"], email="ana@acme.example")
        yield url


async def at_home(chromium, **options):
    """A page that asks nobody but this machine: the provider's own pages want a font from elsewhere."""
    page = await (await chromium.new_context(**options)).new_page()
    await page.route(
        lambda address: not re.match(r"https?://(localhost|127\.0\.0\.1)[:/]", address), lambda route: route.abort()
    )
    return page


async def sign_in(page, login="ana"):
    await page.get_by_role("link", name="Sign in with Acme account").click()
    await page.locator("input[name=login]").fill(login)
    await page.locator("input[name=password]").fill("any")
    await page.locator("button[type=submit]").click()


async def test_in_at_the_provider_to_the_page_that_was_wanted_and_out_at_both(chromium, store, idp):
    async with desk(store, idp) as url:
        # The desk is at 127.0.0.1 and the provider at localhost: another site to the browser.
        page = await at_home(chromium)
        await page.goto(f"{url}/console/incidents")
        assert (await Axe().run(page)).violations_count == 0
        await sign_in(page)
        await expect(page).to_have_url(f"{url}/console/incidents")
        await expect(page.get_by_text("ana, ops")).to_be_visible()
        [cookie] = [each for each in await page.context.cookies(url) if each["name"] == "forewarn_session"]
        assert (cookie["sameSite"], cookie["httpOnly"]) == ("Lax", True)
        # Forms of the desk work in a session that began elsewhere.
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("button", name="Yes, sign me out").click()
        await expect(page).to_have_url(re.compile(f"{re.escape(url)}/console/sign-in"))
        await page.goto(f"{url}/console")
        await expect(page.get_by_role("link", name="Sign in with Acme account")).to_be_visible()
        # Nobody is remembered at the provider either.
        await page.get_by_role("link", name="Sign in with Acme account").click()
        await expect(page.locator("input[name=login]")).to_be_visible()


async def test_who_is_in_no_group_reads_why_and_without_scripts_all_goes_as_well(chromium, store, idp):
    async with desk(store, idp, passwords=False) as url:
        idp.put("eve", groups=["finance"])
        page = await at_home(chromium, java_script_enabled=False, viewport={"width": 390, "height": 800})
        await page.goto(f"{url}/console/sign-in")
        await expect(page.locator("input[type=password]")).to_have_count(0)
        await sign_in(page, "eve")
        await expect(page.get_by_role("alert")).to_contain_text(
            "Your account eve is in no group that may come in here."
        )

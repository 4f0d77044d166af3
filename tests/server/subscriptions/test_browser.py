"""The pages of subscriptions in a browser: from the first word to the last, without JavaScript, in every look."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount

from records.components import Status
from records.desk import subscribers as deeds
from records.people import VISITOR
from records.store import receivers, subscribers
from records.subscribers import Purpose, SubscriberKind, SubscriberState
from server import csrf, problems
from server.subscriptions.routes import routes
from server.wiring import apply_configuration, page_of
from statuspage.assets import assets
from statuspage.render import render_site
from statuspage.routes import status_page_app
from statuspage.snapshot import read_snapshot
from tests.followers import follow
from tests.server.conftest import NOW
from tests.server.house import BASIC, context_on
from tests.server.subscriptions.conftest import GWEN, gwen, link
from tests.statuspage import serving

# A browser is slow and the routes are tested on both engines elsewhere.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"])

LOOKS = [
    pytest.param({"width": 1100, "height": 900}, "light", "en", id="wide"),
    pytest.param({"width": 390, "height": 844}, "dark", "fr", id="phone-dark"),
    pytest.param({"width": 320, "height": 640}, "light", "ar", id="narrow-from-right-to-left"),
]


@pytest.fixture
def context(store, clock):
    page = {**BASIC["page"], "languages": ["en", "fr", "ar"]}
    made = context_on(store, now=clock, page=page)
    apply_configuration(made)
    return made


@asynccontextmanager
async def served(context):
    """The pages and, behind them, the public page with its style sheet, from a real server."""
    page = page_of(context.settings)
    site = render_site(read_snapshot(context.desk.store, page, NOW), assets(page))
    app = Starlette(
        routes=[*routes(context), Mount("/", app=status_page_app(lambda: site))],
        exception_handlers=problems.HANDLERS,
        middleware=[*problems.MIDDLEWARE, *csrf.MIDDLEWARE],
    )
    app.state.context = context
    async with serving.served(app) as address:
        yield address


async def test_from_the_page_to_the_mailbox_and_out_again_without_javascript(chromium, context):
    async with served(context) as url:
        browser = await chromium.new_context(java_script_enabled=False, locale="en-GB")
        page = await browser.new_page()
        await page.goto(f"{url}/en/")
        await page.get_by_role("navigation").get_by_role("link", name="Follow").click()
        await expect(page).to_have_url(f"{url}/en/subscribe")
        await page.get_by_label("Your e-mail address").fill(GWEN)
        await page.get_by_label("Only what I choose").check()
        await page.get_by_label("Ethereum withdrawals").check()
        await page.get_by_role("button", name="Follow").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox.")
        await page.goto(url + link(context, gwen(context)))
        await expect(page.get_by_text("Ethereum withdrawals")).to_be_visible()
        await page.get_by_role("button", name="Yes, write to me").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You follow this page.")
        assert gwen(context).state is SubscriberState.CONFIRMED
        await page.get_by_label("Website").check()
        await page.get_by_label("Language of the mail").select_option("fr")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("C’est modifié.")
        assert gwen(context).components == ("eth-withdrawals", "website")
        await page.goto(url + link(context, gwen(context), Purpose.LEAVE))
        left = gwen(context)
        await page.get_by_role("button", name="Ne plus m’écrire").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Nous ne vous écrivons plus.")
        assert subscribers.subscriber(context.desk.store, left.id).state is SubscriberState.UNSUBSCRIBED
        assert await browser.cookies() == []
        await browser.close()


async def test_what_was_typed_wrong_is_said_beside_it_and_kept(chromium, context):
    async with served(context) as url:
        browser = await chromium.new_context(locale="en-GB")
        page = await browser.new_page()
        await page.goto(f"{url}/en/subscribe")
        # The list comes with the wish for it.
        await expect(page.get_by_label("Website")).to_be_hidden()
        await page.get_by_label("Only what I choose").check()
        await expect(page.get_by_label("Website")).to_be_visible()
        await page.get_by_label("Your e-mail address").fill(GWEN)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Choose at least one, or everything.")).to_be_visible()
        await expect(page.get_by_label("Your e-mail address")).to_have_value(GWEN)
        await browser.close()


@pytest.mark.parametrize(("viewport", "scheme", "language"), LOOKS)
async def test_everybody_can_use_them_in_every_look(chromium, context, clock, viewport, scheme, language):
    kept = follow(context.desk, GWEN, "website", language=language)
    paused = follow(context.desk, "paused@mail.example", language=language)
    deeds.quarantine(context.desk, paused.id, "bounced", VISITOR, clock())
    left = follow(context.desk, "left@mail.example", language=language)
    deeds.unsubscribe(context.desk, left.id, VISITOR, clock())
    hook = follow(context.desk, "https://hooks.example/x", kind=SubscriberKind.WEBHOOK, language=language)
    for code in ("200", "500 oh"):
        with context.desk.deed():
            receivers.note_change(context.desk.store, "website", Status.OPERATIONAL, Status.DEGRADED, clock())
        (told,) = receivers.claim(context.desk.store, clock(), lease=timedelta(minutes=1))
        receivers.settle(context.desk.store, told, code, clock())
    async with served(context) as url:
        browser = await chromium.new_context(viewport=viewport, color_scheme=scheme, locale=language)
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        for path in (
            f"/{language}/subscribe",
            f"/{language}/subscribe?by=webhook",
            f"/{language}/subscribe?by=slack",
            *(link(context, who) for who in (kept, paused, left, hook)),
            link(context, kept, Purpose.LEAVE),
            link(context, hook, Purpose.LEAVE),
            "/subscriptions/nothing",
        ):
            await page.goto(url + path)
            assert await page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
            if path.endswith("subscribe"):
                await page.check("#scope-some")
            found = await Axe().run(page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert [each for each in complaints if "404" not in each] == []
        await browser.close()

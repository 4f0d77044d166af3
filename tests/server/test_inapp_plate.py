"""The plate in a wallet's page of another origin: a real browser, our real doors, notices that were really offered."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import jwt
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from playwright.async_api import Request as PageRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from records.components import Status
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.desk.maintenance import MaintenanceEntry, announce
from records.incidents import Impact, Incident, Stage
from records.people import COMMAND_LINE
from records.store import customers, ledger
from server import inapp, problems
from server.context import Context
from server.inapp_stream import keep_streams
from server.wiring import apply_configuration
from statuspage.page import Page as StatusPage
from statuspage.scripts import scripts
from tests.server.conftest import INAPP_KEY
from tests.server.house import context_on
from tests.server.telling import carry, fan_out
from tests.statuspage.serving import served

_SCRIPT = scripts(StatusPage(name="Acme Wallet", url="https://status.acme.example"))["/inapp.js"]
_ABOVE_THE_WALLET = "forewarn-notices"


@pytest.fixture
def engine() -> str:
    """What the browser shows does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def context(store) -> Context:
    made = context_on(store, access={"inapp": {"key": INAPP_KEY}})
    apply_configuration(made)
    entry = CustomerEntry(external_id="c-1", tags=("holds:ETH",))
    put_customers(made.desk, [entry], COMMAND_LINE, made.now())
    return made


@dataclass
class Wallet:
    """The wallet's own site: a page, a policy that lets it load and ask nothing but ours, and its back end."""

    ours: str = ""
    attributes: str = 'data-token-function="walletToken"'
    style: str = ""
    minted: list[str] = field(default_factory=list)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.page),
            Route("/app.js", self.script),
            Route("/app.css", lambda _: PlainTextResponse(self.style, media_type="text/css")),
            Route("/token", self.token),
        ]

    async def page(self, _: Request) -> Response:
        policy = f"default-src 'none'; script-src 'self' {self.ours}; connect-src 'self' {self.ours}; style-src 'self'"
        body = (
            '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Wallet</title>'
            '<link rel="stylesheet" href="/app.css"><main><h1>My wallet</h1></main><script src="/app.js"></script>'
            f'<script src="{self.ours}/inapp.js" {self.attributes} defer></script></html>'
        )
        return HTMLResponse(body, headers={"content-security-policy": policy})

    async def script(self, _: Request) -> Response:
        words = "window.walletToken = async () => (await fetch('/token')).text();"
        return Response(words, media_type="text/javascript")

    async def token(self, _: Request) -> Response:
        minted = jwt.encode({"sub": "c-1", "exp": time.time() + 600}, INAPP_KEY, algorithm="HS256")
        self.minted.append(minted)
        return PlainTextResponse(minted)


@asynccontextmanager
async def wallet_of(context: Context) -> AsyncIterator[tuple[str, Wallet]]:
    """The wallet's address, and the wallet."""
    script = Route("/inapp.js", lambda _: Response(_SCRIPT.body, media_type="text/javascript"))
    ours = Starlette(
        routes=[script, *inapp.ROUTES], exception_handlers=problems.HANDLERS, middleware=problems.MIDDLEWARE
    )  # fmt: skip
    ours.state.context = context
    wallet, stop = Wallet(), asyncio.Event()
    keeping = asyncio.create_task(keep_streams(context, stop))
    try:
        async with served(ours) as wallet.ours, served(Starlette(routes=wallet.routes())) as theirs:
            yield theirs, wallet
            stop.set()
    finally:
        stop.set()
        await keeping


@asynccontextmanager
async def opened(browser: Browser, url: str, *, has_streams: bool = True, **options: object) -> AsyncIterator[Page]:
    """The wallet's page; without streams it lives by asking, on a clock of its own."""
    place = await browser.new_context(**options)  # type: ignore[arg-type]  # passed on as they are
    page = await place.new_page()
    if not has_streams:
        everybody = {"access-control-allow-origin": "*", "access-control-allow-headers": "*, authorization"}
        await page.route("**/stream", lambda route: route.fulfill(status=404, headers=everybody))
        await page.clock.install()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    yield page
    # An icon that the wallet does not have is the wallet's.
    assert [each for each in complaints if "404" not in each] == []
    await place.close()


def incident(context: Context, name: str, impact: Impact, component: str = "eth-withdrawals") -> Incident:
    """One that the customer is told of."""
    entry = IncidentEntry(
        name={"en": name}, body={"en": "Withdrawals wait their turn."}, impact=impact,
        statuses={component: Status.DEGRADED}, audience="everyone", channels=("inapp",),
    )  # fmt: skip
    made = open_incident(context.desk, entry, COMMAND_LINE, context.now())
    offer(context)
    return made


def offer(context: Context) -> None:
    fan_out(context.desk.store, context.now())
    carry(context.desk.store, "inapp", context.now())


def outcomes(context: Context) -> list[str]:
    number = customers.customer(context.desk.store, "c-1").id
    return [each.outcome.value for each in ledger.of_customer(context.desk.store, number)]


async def until_told(context: Context, outcome: str, times: int = 1) -> None:
    async with asyncio.timeout(15):
        while outcomes(context).count(outcome) < times:
            await asyncio.sleep(0.05)


async def test_the_gravest_two_are_shown_the_rest_counted_and_dismissal_lands_on_the_record(context, chromium):
    for name, impact in (("A", Impact.MINOR), ("B", Impact.MAJOR), ("C", Impact.CRITICAL), ("D", Impact.MINOR)):
        incident(context, name, impact)
    async with wallet_of(context) as (url, wallet), opened(chromium, url) as page:
        strip = page.locator(f"{_ABOVE_THE_WALLET} [role=status]")
        plates = strip.locator("article")
        await expect(plates).to_have_count(2)
        await expect(strip).to_contain_text("More: 2")
        shown = [(await plate.locator("i").get_attribute("style") or "") for plate in await plates.all()]
        assert "none" in shown[0]
        assert "polygon" in shown[1]
        # What is critical stays.
        await expect(plates.first.get_by_role("button")).to_have_count(0)
        await until_told(context, "displayed", 2)
        await plates.nth(1).get_by_role("button").click()
        await expect(strip).to_contain_text("More: 1")
        await until_told(context, "dismissed")
        await expect(strip.get_by_role("link", name="Details").first).to_have_attribute(
            "href", "https://status.acme.example/incidents/" + _subject(context)
        )
        assert len(wallet.minted) > 1
        assert await page.evaluate("document.body.firstElementChild.localName") == _ABOVE_THE_WALLET
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def _subject(context: Context) -> str:
    found = context.desk.store.row("SELECT id FROM incidents WHERE impact = 'critical'")
    assert found
    return str(found["id"])


@pytest.mark.parametrize("has_streams", [True, False])
async def test_a_new_notice_appears_and_goes_when_it_is_over(context, chromium, has_streams):
    async with wallet_of(context) as (url, _), opened(chromium, url, has_streams=has_streams) as page:
        strip = page.locator(f"{_ABOVE_THE_WALLET} [role=status]")
        # The region stands before there is anything to say, or screen readers would not hear the first words.
        await expect(strip).to_have_count(1)
        await expect(strip).to_have_text("")
        made = await asyncio.to_thread(incident, context, "Ethereum withdrawals are delayed", Impact.MAJOR)
        if not has_streams:
            await page.clock.fast_forward(76_000)
        await expect(strip.locator("article")).to_have_count(1, timeout=15_000)
        over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."})
        await asyncio.to_thread(update_incident, context.desk, made.id, over, COMMAND_LINE, context.now())
        if not has_streams:
            await page.clock.fast_forward(76_000)
        await expect(strip.locator("article")).to_have_count(0, timeout=15_000)


async def test_in_arabic_on_a_phone_and_in_a_hostile_style_sheet_it_keeps_its_shape(context, chromium):
    start = context.now() + timedelta(days=1)
    entry = MaintenanceEntry(
        name={"en": "<b onclick=alert(1)>Upgrade</b>"}, body={"en": "Paused for an hour."}, scheduled_for=start,
        scheduled_until=start + timedelta(hours=1), component_ids=("eth-withdrawals",), audience="everyone",
        channels=("inapp",),
    )  # fmt: skip
    announce(context.desk, entry, COMMAND_LINE, context.now())
    offer(context)
    async with wallet_of(context) as (url, wallet):
        wallet.attributes += ' data-lang="ar" data-into="main"'
        wallet.style = (
            ":root { color-scheme: dark; background: #0f1318; color: #fff }"
            "* { letter-spacing: 1em !important } article, button, a { display: none !important }"
        )
        async with opened(chromium, url, viewport={"width": 320, "height": 600}) as page:
            strip = page.locator(f"main > {_ABOVE_THE_WALLET} [role=status]")
            await expect(strip.locator("article")).to_be_visible()
            looks = await strip.evaluate("s => [s.dir, s.lang, getComputedStyle(s).letterSpacing]")
            assert looks == ["rtl", "ar", "normal"]
            card = await strip.locator("article").evaluate("a => getComputedStyle(a).backgroundColor")
            assert card == "rgb(23, 28, 35)"
            assert await strip.locator("article b b").count() == 0
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()


async def test_an_unchanged_plate_costs_no_body_and_a_hidden_one_asks_nothing(context, chromium):
    incident(context, "A", Impact.MINOR)
    async with wallet_of(context) as (url, _), opened(chromium, url, has_streams=False) as page:
        await expect(page.locator(f"{_ABOVE_THE_WALLET} article")).to_have_count(1)
        # Once it was seen the plate is another than before; then it stays as it is.
        await until_told(context, "displayed")
        async with page.expect_response(lambda answer: "/notices?lang=en" in answer.url):
            await page.clock.fast_forward(76_000)
        async with page.expect_response(lambda answer: answer.status == 304):
            await page.clock.fast_forward(76_000)
        assert json.loads(await page.evaluate("JSON.stringify([document.cookie, localStorage.length])")) == ["", 0]
        asked: list[str] = []

        def note(request: PageRequest) -> None:
            asked.append(request.url)

        page.on("request", note)
        await page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        # What was under way as it was hidden may still come to its end; then nothing follows but what we ask.
        ask_ours = "fetch('/ours').then((answer) => answer.text())"
        while len(asked) != 1:
            asked.clear()
            await page.evaluate(ask_ours)
        await page.clock.fast_forward(600_000)
        await page.evaluate(ask_ours)
        assert [url.rpartition("/")[2] for url in asked] == ["ours", "ours"]

"""The status on somebody else's page: a real host of another origin, with its own policy and its own style sheet."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Request, expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from records.components import Status
from records.store import components
from statuspage import embed
from statuspage.assets import assets
from statuspage.publish import publish_to_directory
from statuspage.render import render_site
from statuspage.scripts import scripts
from statuspage.site import Site
from statuspage.snapshot import read_snapshot
from templates.language import available
from tests.statuspage import world
from tests.statuspage.serving import Stage, served

NOW = world.NOW
_MOST_BYTES = 5_000
_HOSTILE = """<style>
* { color: red !important; font-size: 40px !important; letter-spacing: .5em; text-transform: uppercase }
div, a, b, p, svg, span { display: none !important; background: red !important }
</style>"""


def site_of(store, now=NOW) -> Site:
    return render_site(read_snapshot(store, world.PAGE, now), assets(world.PAGE))


def said(store, language="en", now=NOW):
    return embed.document(read_snapshot(store, world.PAGE, now), language)


class Host:
    """A page of another company, with a policy that lets it load and ask nothing but ours."""

    def __init__(self) -> None:
        self.body = ""
        self.language = "en"
        self.ours = ""

    async def answer(self, request) -> HTMLResponse:
        policy = f"default-src 'none'; script-src {self.ours}; connect-src {self.ours}; style-src 'unsafe-inline'"
        page = (
            f'<!doctype html><html lang="{self.language}"><title>A shop</title><main><h1>A shop</h1>{self.body}</main>'
        )
        # Its own style sheet is inline for brevity; ours must not need that leave.
        return HTMLResponse(page, headers={"content-security-policy": policy} if "<style>" in self.body else {
            "content-security-policy": policy.partition("; style-src")[0]})  # fmt: skip


@asynccontextmanager
async def shop(stage: Stage) -> AsyncIterator[tuple[str, str, Host]]:
    """Addresses of the shop and of our page, and the shop."""
    host = Host()
    async with served(stage) as ours, served(Starlette(routes=[Route("/", host.answer)])) as theirs:
        host.ours = ours
        yield theirs, ours, host


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: object) -> AsyncIterator[tuple[Page, list[Request]]]:
    context = await browser.new_context(**options)  # type: ignore[arg-type]  # passed on as they are
    page = await context.new_page()
    complaints: list[str] = []
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", note)
    await page.clock.install(time=NOW)
    await page.goto(url)
    yield page, asked
    # What cannot be loaded is part of the story; that the browser says so is not ours to prevent.
    loading = ("Failed to load resource", "blocked by CORS policy")
    assert [each for each in complaints if not any(words in each for words in loading)] == []
    await context.close()


def line(ours: str, more: str = "") -> str:
    return f'<script src="{ours}/embed.js" {more} async></script>'


def test_both_scripts_stay_small_in_every_language_there_is():
    page = replace(world.PAGE, languages=available())
    made = scripts(page)
    assert set(made) == {"/embed.js", "/inapp.js"}
    for path, file in made.items():
        assert len(file.body) <= _MOST_BYTES, path
        assert not file.is_immutable
    assert all(f'"{language}":' in made["/embed.js"].body.decode() for language in available())


def test_what_it_says_is_small_too_and_needs_nothing_else(books):
    world.mockup(books)
    for language in world.PAGE.languages:
        assert len(json.dumps(said(books, language)).encode()) <= 1_400
    arabic = said(books, "ar")
    assert (arabic["dir"], arabic["url"]) == ("rtl", "https://status.acme.example/ar/")
    assert said(books)["sentence"] == "Bitcoin withdrawals are delayed. Solana is paused for an upgrade."
    assert (said(books)["tone"], said(books)["word"]) == ("degraded", "Delayed")


@pytest.mark.parametrize(
    ("status", "tone", "word"),
    [
        (Status.OPERATIONAL, "ok", "Operational"),
        (Status.DEGRADED, "degraded", "Slower than usual"),
        (Status.PARTIAL_OUTAGE, "partial", "Failing for some customers"),
        (Status.MAJOR_OUTAGE, "major", "Not working"),
        (Status.UNDER_MAINTENANCE, "planned", "Paused for maintenance"),
        (Status.UNKNOWN, "unknown", "Unknown"),
    ],
)
def test_every_state_has_its_tone_and_its_word(books, status, tone, word):
    world.build(books)
    components.set_status(books, "trading", status, NOW)
    assert (said(books)["tone"], said(books)["word"]) == (tone, word)
    assert len(said(books)["glyph"]) == len(said(books)["colours"]) == 2


def test_script_and_words_are_published_as_files_and_may_be_read_by_any_site(books, tmp_path):
    world.build(books)
    site = site_of(books)
    release = publish_to_directory(site, tmp_path)
    assert (release / "embed.js").read_bytes() == site.files["/embed.js"].body
    assert json.loads((release / "embed" / "fr.json").read_text("utf-8"))["link"] == "Page d’état"
    assert site.files["/embed.js"].is_shared
    assert site.files["/embed/fr.json"].is_shared


@pytest.mark.parametrize(
    ("more", "scheme"), [("", "light"), ('data-theme="dark"', "light"), ('data-theme="auto"', "dark")]
)
async def test_a_page_elsewhere_shows_the_sentence_under_the_strictest_policy(books, chromium, more, scheme):
    world.mockup(books)
    async with shop(Stage(site_of(books))) as (theirs, ours, host):
        host.body = line(ours, more)
        async with opened(chromium, theirs, color_scheme=scheme) as (page, _):
            box = page.locator("forewarn-status [role=status]")
            await expect(box).to_contain_text("Bitcoin withdrawals are delayed. Solana is paused for an upgrade.")
            await expect(box).to_contain_text("Delayed")
            await expect(box.get_by_role("link")).to_have_attribute("href", "https://status.acme.example/en/")
            assert await box.locator("path").first.get_attribute("d") == "M12 2.2l10.4 18.6H1.6z"
            background = await box.evaluate("box => getComputedStyle(box).backgroundColor")
            assert background == ("rgb(23, 28, 35)" if more else "rgb(255, 255, 255)")
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()


async def test_it_speaks_the_language_it_is_asked_for_and_turns_round(books, chromium):
    world.mockup(books)
    async with shop(Stage(site_of(books))) as (theirs, ours, host):
        for more, page_language, language, direction in (
            ('data-lang="ar"', "en", "ar", "rtl"),
            ("", "fr-CA", "fr", "ltr"),
            ('data-lang="xx"', "fr", "en", "ltr"),
        ):
            host.body, host.language = line(ours, more), page_language
            async with opened(chromium, theirs, viewport={"width": 320, "height": 500}) as (page, _):
                box = page.locator("forewarn-status [role=status]")
                await expect(box).to_contain_text("Bitcoin" if language != "ar" else "تأخر")
                assert await box.get_attribute("lang") == language
                assert await box.evaluate("box => getComputedStyle(box).direction") == direction
                assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
                assert (await Axe().run(page)).violations_count == 0


async def test_the_hosts_style_sheet_cannot_reach_in_and_may_theme(books, chromium):
    world.build(books)
    async with shop(Stage(site_of(books))) as (theirs, ours, host):
        host.body = (
            _HOSTILE
            + "<style>forewarn-status { --forewarn-card: #fafad2; --forewarn-radius: 0px }</style>"
            + line(ours)
        )
        async with opened(chromium, theirs) as (page, _):
            box = page.locator("forewarn-status [role=status]")
            await expect(box).to_contain_text("All systems operational.")
            looks = await box.evaluate(
                "box => { const s = getComputedStyle(box);"
                "return [s.color, s.fontSize, s.letterSpacing, s.textTransform, s.backgroundColor, s.borderRadius] }"
            )
            assert looks == ["rgb(20, 32, 26)", "15px", "normal", "none", "rgb(250, 250, 210)", "0px"]
            assert await box.locator("a").is_visible()


async def test_hostile_names_stay_text(books, chromium):
    world.build(books)
    bad = '<img src=x onerror="document.title=1">'
    row = next(each for each in components.all_components(books) if each.id == "trading")
    components.put(books, replace(row, name={"en": bad}), NOW)
    components.set_status(books, "trading", Status.DEGRADED, NOW)
    async with shop(Stage(site_of(books))) as (theirs, ours, host):
        host.body = line(ours)
        async with opened(chromium, theirs) as (page, _):
            box = page.locator("forewarn-status [role=status]")
            await expect(box).to_contain_text(bad)
            assert await box.locator("img").count() == 0
            assert await page.title() == "A shop"


async def test_it_asks_once_a_minute_with_what_it_holds_and_not_while_hidden(books, chromium):
    world.build(books)
    stage = Stage(site_of(books))
    async with shop(stage) as (theirs, ours, host):
        host.body = line(ours)
        async with opened(chromium, theirs) as (page, asked):
            box = page.locator("forewarn-status [role=status]")
            await expect(box).to_contain_text("All systems operational.")
            async with page.expect_response("**/embed/en.json") as again:
                await page.clock.fast_forward(76_000)
            answer = await again.value
            sent = await answer.request.all_headers()
            assert "if-none-match" in sent
            assert "cookie" not in sent
            assert "referer" not in sent
            world.delay_bitcoin(books)
            stage.site = site_of(books, NOW + timedelta(minutes=2))
            await page.clock.fast_forward(76_000)
            await expect(box).to_contain_text("Bitcoin withdrawals are delayed.")
            asked.clear()
            await page.evaluate(
                "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
                "document.dispatchEvent(new Event('visibilitychange'))"
            )
            await page.clock.fast_forward(600_000)
            assert asked == []
            async with page.expect_request("**/embed/en.json"):
                await page.evaluate(
                    "Object.defineProperty(document, 'hidden', {value: false, configurable: true});"
                    "document.dispatchEvent(new Event('visibilitychange'))"
                )
            assert await page.context.cookies() == []
            assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_what_is_old_is_not_called_well(books, chromium):
    world.build(books)
    async with shop(Stage(site_of(books, NOW - timedelta(minutes=12)))) as (theirs, ours, host):
        host.body = line(ours)
        async with opened(chromium, theirs) as (page, _):
            box = page.locator("forewarn-status [role=status]")
            await expect(box).to_contain_text("last confirmed 12 minutes ago")
            assert "Operational" not in await box.inner_text()
            assert (await box.locator("path").last.get_attribute("d") or "").startswith("M9.2 9.4")
            assert (await Axe().run(page)).violations_count == 0


async def test_when_we_are_away_it_says_so_and_still_leads_to_us(books, chromium):
    world.build(books)
    stage = Stage(site_of(books))
    stage.site = replace(stage.site, files={p: f for p, f in stage.site.files.items() if "/embed/" not in p})
    async with shop(stage) as (theirs, ours, host):
        host.body = line(ours, 'data-lang="fr"')
        async with opened(chromium, theirs) as (page, _):
            box = page.locator("forewarn-status [role=status]")
            await expect(box).to_contain_text("L’état ne peut pas être chargé pour le moment.")
            assert await box.get_by_role("link").get_attribute("href") == ours
            await expect(box.get_by_role("link")).to_have_text(ours.removeprefix("http://"))

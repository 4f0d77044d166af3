"""The page as people meet it: a real browser, the real headers, both schemes, every width, right to left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from records.store import meta
from statuspage.assets import assets
from statuspage.render import render_site
from statuspage.site import Site
from statuspage.snapshot import read_snapshot
from tests.statuspage import world
from tests.statuspage.serving import Stage, served

NOW = world.NOW
LOOKS = [
    pytest.param({"width": 1100, "height": 900}, "light", "en", id="wide-light"),
    pytest.param({"width": 1100, "height": 900}, "dark", "en", id="wide-dark"),
    pytest.param({"width": 390, "height": 844}, "light", "fr", id="phone"),
    pytest.param({"width": 320, "height": 640}, "dark", "ro", id="narrow"),
    pytest.param({"width": 390, "height": 844}, "light", "ar", id="phone-from-right-to-left"),
]


def calm(store):
    world.build(store)


def incident(store):
    world.mockup(store)


def planned(store):
    world.build(store)
    world.upgrade_solana(store)
    world.upgrade_solana(store, is_running=False)


def unknown(store):
    world.build(store)
    world.lose_litecoin(store)
    meta.write(store, "blind_since", (NOW - timedelta(minutes=2)).isoformat())


def empty(store):
    pass


def site_of(store, now=NOW) -> Site:
    return render_site(read_snapshot(store, world.PAGE, now), assets(world.PAGE))


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: object) -> AsyncIterator[Page]:
    context = await browser.new_context(timezone_id="Europe/Bucharest", **options)  # type: ignore[arg-type]  # passed on as they are
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed {request.url}"))
    await page.clock.install(time=NOW)
    await page.goto(url)
    yield page
    assert complaints == []
    await context.close()


@pytest.mark.parametrize("scene", [calm, incident, planned, unknown, empty])
async def test_every_scene_is_accessible_and_fits_in_every_look(scene, books, chromium):
    scene(books)
    async with served(Stage(site_of(books))) as url:
        for look in LOOKS:
            viewport, scheme, language = look.values
            address = f"{url}/{language}/"
            async with opened(chromium, address, viewport=viewport, color_scheme=scheme) as page:
                for each in await page.locator("details summary").all():
                    await each.click()
                width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert width <= 0, look.id
                # Axe takes two seconds a page; what narrow looks add is tried where there is most to see.
                if scene is incident or look in (LOOKS[0], LOOKS[1], LOOKS[4]):
                    found = await Axe().run(page)
                    assert found.violations_count == 0, f"{look.id}: {found.generate_report()}"


def pages_of(store) -> list[str]:
    """Every page but the first, with all that stands on it open."""
    incident(store)
    seen = read_snapshot(store, world.PAGE, NOW)
    paths = ["/history", "/uptime", "/contact", "/faq", "/nothing", f"/maintenances/{seen.running[0].id}"]
    return paths + [f"/incidents/{each.id}" for each in (seen.open_incidents[0], seen.recent_incidents[0])]


# 200 % zoom is half the room; text alone at 200 % is harder still.
OTHER_LOOKS = [
    pytest.param({"viewport": {"width": 390, "height": 844}}, "ar", id="phone-from-right-to-left"),
    pytest.param({"viewport": {"width": 1100, "height": 900}, "color_scheme": "dark"}, "en", id="wide-dark"),
    pytest.param({"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}, "fr", id="zoomed"),
    pytest.param({"viewport": {"width": 1100, "height": 900}, "java_script_enabled": False}, "en", id="no-scripts"),
]


@pytest.mark.parametrize(("options", "language"), OTHER_LOOKS)
async def test_pages_of_their_own_are_accessible_and_fit_in_every_look(books, chromium, options, language):
    paths = pages_of(books)
    async with served(Stage(site_of(books))) as url:
        for path in paths:
            context = await chromium.new_context(**options)
            page = await context.new_page()
            await page.goto(f"{url}/{language}{path}")
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            # Axe takes its time; what the other looks add is room and light, which are the same on every page.
            # And it is a script itself.
            if options.get("java_script_enabled", True) and (language == "ar" or path in ("/uptime", paths[-1])):
                found = await Axe().run(page)
                assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            await context.close()


async def test_text_alone_at_twice_its_size_still_fits(books, chromium):
    paths = pages_of(books)
    async with served(Stage(site_of(books))) as url:
        context = await chromium.new_context(viewport={"width": 640, "height": 900})
        page = await context.new_page()
        for path in ["/", *paths]:
            await page.goto(f"{url}/fr{path}")
            await page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        await context.close()


REACHABLE = "a[href]:visible, button:visible, input:visible, summary:visible, [tabindex='0']:visible"
WHERE = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  document.seen ??= new Set();
  const isNew = !document.seen.has(at);
  document.seen.add(at);
  return [at.tagName, isNew, style.outlineStyle !== "none" && style.outlineWidth !== "0px", at.outerHTML.slice(0, 200)];
}"""


async def test_keys_alone_reach_everything_and_show_where_they_are(books, chromium):
    incident(books)
    viewport = {"width": 1100, "height": 900}
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/", viewport=viewport) as page:
        # But for the links of a closed menu, all of them are on the way.
        wanted, reached = await page.locator(REACHABLE).count(), 0
        for _ in range(wanted + 1):
            await page.keyboard.press("Tab")
            tag, is_new, is_marked, html = await page.evaluate(WHERE)
            if tag == "BODY":
                break
            assert is_marked, html
            reached += is_new
        assert reached >= wanted


async def test_what_is_printed_leaves_out_what_only_hands_need(books, chromium):
    incident(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/") as page:
        await page.emulate_media(media="print")
        for gone in ("header nav", ".field", "#follow"):
            await expect(page.locator(gone).first).to_be_hidden()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_text("Next update by").first).to_be_visible()


async def test_without_javascript_everything_is_there(books, chromium):
    incident(books)
    async with served(Stage(site_of(books))) as url:
        context = await chromium.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{url}/en/")
        assert await page.inner_text("h1") == "Bitcoin withdrawals are delayed. Solana is paused for an upgrade."
        body = await page.inner_text("body")
        for words in ("since 13:05 UTC, 57 minutes", "Next update by 14:30 UTC", "block 6 minutes ago", "99.97 %"):
            assert words in body
        await page.click("#days-bitcoin summary")
        assert "Failing for some customers: 40 minutes" in await page.inner_text("#days-bitcoin")


async def test_the_reader_sees_their_own_time_beside_utc(books, chromium):
    incident(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/") as page:
        assert "14:02 UTC (16:02 your time)" in await page.inner_text(".say")
        assert "14:30 UTC (16:30 your time)" in await page.inner_text(".next >> nth=0")


async def test_ages_keep_counting(books, chromium):
    incident(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/") as page:
        assert "57 minutes" in await page.inner_text(".meta >> nth=0")
        await page.clock.fast_forward(120_000)
        assert "59 minutes" in await page.inner_text(".meta >> nth=0")


async def test_an_open_page_takes_over_what_changed(books, chromium):
    calm(books)
    stage = Stage(site_of(books))
    async with served(stage) as url, opened(chromium, f"{url}/en/") as page:
        await page.click("#days-bitcoin summary")
        world.delay_bitcoin(books)
        stage.site = site_of(books, NOW + timedelta(seconds=30))
        await page.clock.fast_forward(31_000)
        await expect(page.locator("h1")).to_have_text("Bitcoin withdrawals are delayed.")
        assert (await page.title()).startswith("▲ Bitcoin withdrawals are delayed")
        assert await page.locator("#days-bitcoin").evaluate("details => details.open")
        assert "icon-degraded" in (await page.get_attribute("#icon", "href") or "")


async def test_a_page_that_nobody_renews_says_that_it_is_old(books, chromium):
    calm(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/") as page:
        assert await page.inner_text("#stale") == ""
        await page.clock.fast_forward(720_000)
        told = await page.inner_text("#stale")
        assert told == "This page is out of date. last confirmed 12 minutes ago"
        assert (await Axe().run(page)).violations_count == 0


async def test_an_old_copy_from_a_cache_says_so_at_once(books, chromium):
    calm(books)
    stage = Stage(site_of(books, NOW - timedelta(hours=3)))
    async with served(stage) as url, opened(chromium, f"{url}/fr/") as page:
        assert "il y a 3 heures" in await page.inner_text("#stale")


async def test_nobody_is_asked_while_the_page_is_hidden(books, chromium):
    calm(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/") as page:
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        await page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        await page.clock.fast_forward(300_000)
        # The browser fetches the icon when it likes; what counts is what the page asks for.
        assert [url for url in requests if "/static/" not in url] == []
        async with page.expect_request("**/summary.json"):
            await page.evaluate(
                "Object.defineProperty(document, 'hidden', {value: false, configurable: true});"
                "document.dispatchEvent(new Event('visibilitychange'))"
            )

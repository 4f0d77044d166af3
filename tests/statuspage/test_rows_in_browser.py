"""Rows of the front page under somebody's hands: bars that answer, and a field that finds one's own coin."""

from datetime import timedelta

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from records.components import Direction
from records.store import components
from tests.statuspage import world
from tests.statuspage.serving import Stage, served
from tests.statuspage.test_in_browser import opened, site_of

NOW = world.NOW
CHAINS = ("avalanche", "cardano", "cosmos", "doge", "kusama", "monero", "near", "polkadot", "polygon", "tezos")
WIDE, PHONE = {"width": 1100, "height": 900}, {"width": 390, "height": 844}


def many(store):
    """So many networks and services that those which work are folded."""
    world.mockup(store)
    began, place = NOW - timedelta(days=120), 100
    for chain in [
        "avalanche",
        "cardano",
        "cosmos",
        "dogecoin",
        "kusama",
        "monero",
        "near",
        "polkadot",
        "polygon",
        "tezos",
    ]:
        for way in (Direction.DEPOSITS, Direction.WITHDRAWALS):
            place += 1
            row = world.component(
                f"{chain}-{way.value}",
                place,
                name={"en": f"{chain.capitalize()} {way.value}"},
                public_id=f"p{place:011d}",
                chain=chain,
                asset=chain[:3].upper(),
                direction=way,
            )
            components.put(store, row, began)
    components.put(store, world.component("pay", place + 1, is_group=True, name={"en": "Cards"}), began)
    for number in range(12):
        row = world.component(
            f"card-{number}", place + 2 + number, name={"en": f"Card {number}"}, group_id="pay",
            public_id=f"c{number:011d}",
        )  # fmt: skip
        components.put(store, row, began)


async def test_arrow_keys_walk_along_the_days_and_tell_each(books, chromium):
    world.mockup(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/", viewport=WIDE) as page:
        bars = page.get_by_role("slider", name="Bitcoin, day by day")
        await bars.focus()
        await page.keyboard.press("End")
        await expect(page.locator(".tip b")).to_have_text("Sunday 22 November")
        await expect(page.locator(".tip")).to_contain_text("Delayed: 57 minutes")
        assert "Delayed: 57 minutes" in (await bars.get_attribute("aria-valuetext") or "")
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator(".tip")).to_contain_text("Saturday 21 November")
        await expect(page.locator(".tip")).to_contain_text("Operational")
        assert (await Axe().run(page)).violations_count == 0
        await page.keyboard.press("End")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/incidents/*")


async def test_escape_and_leaving_put_the_day_away(books, chromium):
    world.mockup(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/", viewport=WIDE) as page:
        await page.get_by_role("slider", name="Solana, day by day").focus()
        await page.keyboard.press("Home")
        await expect(page.locator(".tip")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.locator(".tip")).to_have_count(0)


async def test_the_mouse_tells_a_day_and_a_click_holds_it(books, chromium):
    world.mockup(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/", viewport=WIDE) as page:
        bars = page.get_by_role("slider", name="Bitcoin, day by day")
        await bars.hover()
        await expect(page.locator(".tip")).to_have_count(1)
        await page.locator("h1").hover()
        await expect(page.locator(".tip")).to_have_count(0)
        box = await bars.bounding_box()
        assert box is not None
        await bars.click(position={"x": box["width"] - 1, "y": 10})
        await page.locator("h1").hover()
        await expect(page.locator(".tip")).to_contain_text("Bitcoin withdrawals are delayed")
        await page.locator("h1").click()
        await expect(page.locator(".tip")).to_have_count(0)


async def test_a_tap_on_a_phone_tells_one_of_thirty_days(books, chromium):
    world.mockup(books)
    site = Stage(site_of(books))
    async with served(site) as url, opened(chromium, f"{url}/en/", viewport=PHONE, has_touch=True) as page:
        bars = page.get_by_role("slider", name="Bitcoin, day by day")
        await bars.tap(position={"x": 2, "y": 10})
        await expect(page.locator(".tip b")).to_have_text("Saturday 24 October")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await bars.focus()
        await page.keyboard.press("Home")
        await expect(page.locator(".tip b")).to_have_text("Saturday 24 October")


async def test_from_right_to_left_today_is_on_the_left(books, chromium):
    world.mockup(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/ar/", viewport=WIDE) as page:
        bars = page.locator(".crop").first
        await bars.click(position={"x": 1, "y": 10})
        assert await bars.get_attribute("aria-valuenow") == "0"
        await page.keyboard.press("ArrowRight")
        assert await bars.get_attribute("aria-valuenow") == "-1"


async def test_a_square_of_the_calendar_tells_its_day_too(books, chromium):
    world.mockup(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/uptime", viewport=WIDE) as page:
        squares = page.get_by_role("slider", name="Bitcoin withdrawals, day by day")
        await squares.focus()
        await page.keyboard.press("End")
        await expect(page.locator(".tip b")).to_have_text("Sunday 22 November")
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator(".tip b")).to_have_text("Sunday 15 November")
        await page.keyboard.press("ArrowUp")
        await expect(page.locator(".tip b")).to_have_text("Saturday 14 November")
        assert (await Axe().run(page)).violations_count == 0


async def test_long_lists_of_what_works_are_folded_and_what_is_wrong_is_on_top(books, chromium):
    many(books)
    async with served(Stage(site_of(books))) as url:
        context = await chromium.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{url}/en/")
        shown = [text for text in await page.locator("main h3").all_inner_texts() if text in ("Bitcoin", "Solana")]
        assert shown == ["Bitcoin", "Solana"]
        await expect(page.get_by_role("heading", name="Polkadot")).to_be_hidden()
        await page.get_by_text("11 networks work").click()
        await expect(page.get_by_role("heading", name="Polkadot")).to_be_visible()
        await expect(page.get_by_text("12 services work")).to_be_visible()
        await expect(page.locator("#find input")).to_have_count(0)
        await context.close()


async def test_a_field_finds_ones_own_coin_by_name_or_ticker(books, chromium):
    many(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/", viewport=PHONE) as page:
        field = page.get_by_label("Your coin or network")
        await expect(field).to_have_attribute("placeholder", "BTC, Ethereum …")
        await field.fill("pol")
        await expect(page.get_by_role("heading", name="Polkadot")).to_be_visible()
        await expect(page.get_by_role("heading", name="Bitcoin", exact=True)).to_be_hidden()
        await field.fill("dog")
        await expect(page.get_by_role("heading", name="Doge")).to_be_visible()
        assert (await Axe().run(page)).violations_count == 0
        await field.fill("nothing of the kind")
        await expect(page.get_by_text("Nothing here has that name.")).to_be_visible()
        await field.fill("")
        await expect(page.get_by_role("heading", name="Polkadot")).to_be_hidden()
        await expect(page.get_by_role("heading", name="Bitcoin", exact=True)).to_be_visible()


async def test_the_page_says_whether_somebody_answers_now_as_time_goes_by(books, chromium):
    world.build(books)
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/en/") as page:
        # New York's 20:00 is 03:00 in Bucharest, where this reader sits.
        await expect(page.locator(".opens")).to_have_text("Open now, until Monday 03:00 your time.")
        await page.clock.fast_forward(12 * 3_600_000)
        await expect(page.locator(".opens")).to_have_text("Closed now. Opens 16:00 your time.")
        await page.clock.fast_forward(40 * 86_400_000)
        await expect(page.locator(".opens")).to_be_empty()

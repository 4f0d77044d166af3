"""The page in all eleven languages: addresses, the chooser, and the same words from the server and in the browser."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from records.components import Direction
from records.store import components
from statuspage.assets import assets
from statuspage.render import render_site
from statuspage.routes import status_page_app
from statuspage.snapshot import read_snapshot
from templates import moments
from templates.language import available
from tests.statuspage import world
from tests.statuspage.serving import Stage, served
from tests.statuspage.test_in_browser import opened

NOW = world.NOW
PAGE = replace(world.PAGE, languages=available())
PHONE = {"width": 360, "height": 740}
SECONDS = (1, 59, 60, 340, 5_399, 5_400, 11_100, 172_799, 187_200, 900_000)


def site_of(store):
    return render_site(read_snapshot(store, PAGE, NOW), assets(PAGE))


def test_every_page_names_the_others_and_the_one_without_a_language(books):
    world.mockup(books)
    site = site_of(books)
    for path in ("/de/", "/history", "/zh-Hans/uptime"):
        html = site.files[path].body.decode()
        plain = path.removeprefix("/de").removeprefix("/zh-Hans")
        for language in available():
            assert f'hreflang="{language}" href="https://status.acme.example/{language}{plain}">' in html
        assert f'hreflang="x-default" href="https://status.acme.example{plain}">' in html


def test_a_page_of_one_language_names_no_others(books):
    page = replace(world.PAGE, languages=("de",))
    html = render_site(read_snapshot(books, page, NOW), assets(page)).files["/"].body.decode()
    assert "hreflang" not in html
    assert 'class="langs"' not in html


def test_readers_get_the_page_in_the_language_they_read(books):
    world.build(books)
    site = site_of(books)
    client = TestClient(status_page_app(lambda: site))

    def language(accepted):
        return client.get("/", headers={"accept-language": accepted}).text.split('lang="')[1].split('"')[0]

    assert language("pt-PT,pt;q=0.9,en;q=0.8") == "pt-BR"
    assert language("zh-CN,zh;q=0.9,en;q=0.8") == "zh-Hans"
    assert language("zh-TW,zh-Hant;q=0.9,ja;q=0.8") == "ja"
    assert language("uk-UA") == "uk"


def test_a_shortened_address_finds_the_language_that_is_read_as_it(books):
    world.build(books)
    site = site_of(books)
    client = TestClient(status_page_app(lambda: site))
    for short, whole in (
        ("/pt/", "/pt-BR/"),
        ("/pt", "/pt-BR/"),
        ("/zh-cn/uptime", "/zh-Hans/uptime"),
        ("/FR/", "/fr/"),
    ):
        assert client.get(short).content == site.files[whole].body, short
    missing = client.get("/pt/nothing")
    assert (missing.status_code, 'lang="pt-BR"' in missing.text) == (404, True)
    assert client.get("/zh-tw/").status_code == 404


def test_what_was_drawn_before_is_not_taken_for_another(books):
    """Two ways of one network without a direction differ by their names alone."""
    world.build(books)
    for key, name in (("swap", "Bitcoin swaps"), ("loan", "Bitcoin loans")):
        components.put(books, world.component(key, 90, name={"en": name}, chain="bitcoin"), NOW)
    html = site_of(books).files["/en/"].body.decode()
    assert "<i>Bitcoin swaps</i>" in html
    assert "<i>Bitcoin loans</i>" in html


@pytest.mark.parametrize("direction", list(Direction))
def test_an_only_way_is_named_by_its_direction(books, direction):
    components.put(books, world.component("x", 1, name={"en": "Odd"}, chain="monero", direction=direction), NOW)
    assert "<i>Odd</i>" not in site_of(books).files["/en/"].body.decode()


async def test_the_chooser_opens_within_a_phone_and_is_reached_without_scripts(books, chromium):
    world.mockup(books)
    async with served(Stage(site_of(books))) as url:
        for language in ("de", "ar", "pt-BR"):
            context = await chromium.new_context(viewport=PHONE, java_script_enabled=False)
            page = await context.new_page()
            await page.goto(f"{url}/{language}/")
            await page.click(".langs summary")
            box = await page.locator(".langs ul").bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
            assert box["y"] + box["height"] <= PHONE["height"]
            await page.click(".langs a[lang=tr]")
            assert page.url == f"{url}/tr/"
            await context.close()


async def test_no_language_is_wider_than_a_narrow_phone(books, chromium):
    world.mockup(books)
    async with served(Stage(site_of(books))) as url:
        context = await chromium.new_context(viewport={"width": 320, "height": 640})
        page = await context.new_page()
        for language in available():
            await page.goto(f"{url}/{language}/")
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, language
        await context.close()


@pytest.mark.parametrize("language", available())
async def test_ages_read_the_same_before_and_after_the_script_counts_on(language, books, chromium):
    """The page is made with CLDR of babel, the script counts with that of the browser."""
    world.build(books)
    ages = [timedelta(seconds=seconds) for seconds in SECONDS]
    written = {
        show: [write(age, language) for age in ages]
        for show, write in (("lasting", moments.span), ("ago", moments.ago), ("in", moments.ahead))
    }
    moved = {show: [_iso(age if show == "in" else -age) for age in ages] for show in written}
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/{language}/") as page:
        await page.clock.set_fixed_time(NOW)
        for show, dates in moved.items():
            counted = await page.evaluate(
                "([show, dates]) => { document.querySelector('main').replaceChildren(...dates.map((date) => {"
                "  const node = document.createElement('time');"
                "  node.dateTime = date; node.dataset.show = show; return node; }));"
                "document.dispatchEvent(new Event('forewarn:changed'));"
                "return JSON.stringify([...document.querySelectorAll('main time')].map((node) => node.textContent)); }",
                [show, dates],
            )
            assert [_plain(text) for text in json.loads(counted)] == [_plain(text) for text in written[show]]


def _iso(age: timedelta) -> str:
    return moments.iso(NOW + age)


def _plain(text: str) -> str:
    """Without the spaces that do not break, which the two set as they like."""
    return " ".join(text.split())

"""Questions and answers: which text a reader gets, what it is called in links, and that it follows its files."""

import re
from dataclasses import replace
from pathlib import Path
from queue import Queue
from threading import Event, Thread

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

import templates
from statuspage.assets import assets
from statuspage.faq import Shelf, ours, parse
from statuspage.publisher import Publisher
from statuspage.render import render_site
from statuspage.site import Site
from statuspage.snapshot import read_snapshot
from templates.language import available
from tests.statuspage import world
from tests.statuspage.serving import Stage, served
from tests.statuspage.test_in_browser import opened
from tests.templates.test_catalogues import FAMILIAR

OURS = Path(templates.__file__).parent / "faq"


def titles(faq):
    return [question.title for part in faq.parts for question in part.questions]


def anchors(faq):
    return [question.anchor for part in faq.parts for question in part.questions]


def site_of(store, faqs=None, page=world.PAGE):
    return render_site(read_snapshot(store, page, world.NOW), assets(page), None, faqs)


def html_of(store, path, faqs=None, page=world.PAGE):
    return site_of(store, faqs, page).files[path].body.decode()


# --- the text we ship ---


@pytest.mark.parametrize("language", available())
def test_what_we_ship_answers_the_same_questions_in_every_language(language):
    english, faq = ours(("en",))["en"], ours((language,))[language]
    assert faq.language == language
    assert anchors(faq) == anchors(english)
    assert [len(part.questions) for part in faq.parts] == [len(part.questions) for part in english.parts]
    for part in faq.parts:
        assert part.title
        assert all(question.title and question.answer for question in part.questions)


@pytest.mark.parametrize("language", available())
def test_what_we_ship_is_calm_and_leads_to_pages_that_exist(language, books):
    faq = ours((language,))[language]
    text = (OURS / f"{language}.md").read_text("utf-8")
    assert "!" not in text
    assert "！" not in text
    assert not re.search(FAMILIAR.get(language, "(?!)"), text, re.IGNORECASE)
    leads = {
        lead for part in faq.parts for each in part.questions for lead in re.findall(r'href="([^"]*)"', each.answer)
    }
    assert leads == {"./", "./#verify", "history", "uptime"}
    files = site_of(books).files
    for lead in leads:
        assert "/" + lead.removeprefix("./").partition("#")[0] in files
    assert 'id="verify"' in files["/"].body.decode()


# --- reading ---


def test_parts_questions_and_an_introduction():
    faq = parse("# FAQ\n\nHello.\n\n## Fees\n\n### Why?\n\nSo.\n\n### How much?\n\n1 %\n\n## Is it open?\n\nYes.", "en")
    assert faq.intro == "<p>Hello.</p>\n"
    assert [(part.title, [each.title for each in part.questions]) for part in faq.parts] == [
        ("Fees", ["Why?", "How much?", "Is it open?"])
    ]


def test_a_heading_with_an_answer_is_a_question_without_a_part():
    faq = parse("## Why?\n\nSo.\n\n## How?\n\nThus.", "en")
    assert [(part.title, len(part.questions)) for part in faq.parts] == [("", 2)]


def test_each_answer_has_a_name_of_its_own():
    asked = ("Où ?", "Où ?", "为什么？", "???", "Me {#content}", "Me {#me}")
    text = "\n\n".join(f"### {title}\n\nSo." for title in asked)
    assert anchors(parse(text, "fr")) == ["où", "où-2", "为什么", "question", "content-2", "me"]


def test_a_text_without_questions_is_an_introduction():
    faq = parse("Ask us.", "en")
    assert not faq.is_empty
    assert faq.parts == ()


# --- whose text ---


def write(folder, name, text):
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def test_the_operators_text_takes_the_place_of_ours(tmp_path):
    write(tmp_path, "en.md", "### Why?\n\nSo.")
    write(tmp_path, "README.md", "### Not for customers")
    faqs = Shelf(tmp_path, ("en", "fr")).read()
    assert titles(faqs["en"]) == ["Why?"]
    # Ours in French beside theirs in English would answer other questions.
    assert faqs["fr"].language == "en"


def test_several_files_of_a_language_stand_in_order_of_their_names(tmp_path):
    write(tmp_path, "en/2-fees.md", "### Two?\n\nb")
    write(tmp_path, "en/1-start.md", "### One?\n\na")
    assert titles(Shelf(tmp_path, ("en",)).read()["en"]) == ["One?", "Two?"]


@pytest.mark.parametrize(
    ("written", "languages", "wanted", "got"),
    [
        (["pt-BR", "en"], ("en", "pt-PT"), "pt-PT", "pt-BR"),
        (["ro", "en"], ("ro", "fr"), "fr", "ro"),
        (["de", "en"], ("fr",), "fr", "en"),
        (["de"], ("fr",), "fr", "de"),
        (["zh-Hans", "en"], ("en", "zh-Hant"), "zh-Hant", "en"),
    ],
)
def test_a_missing_language_falls_back(tmp_path, written, languages, wanted, got):
    for language in written:
        write(tmp_path, f"{language}.md", f"### In {language}\n\nx")
    assert Shelf(tmp_path, languages).read()[wanted].language == got


def test_a_folder_without_texts_shows_that_answers_will_stand_there(tmp_path, books):
    faqs = Shelf(tmp_path, world.PAGE.languages).read()
    assert "Answers to common questions will stand here." in html_of(books, "/en/faq", faqs)
    assert 'id="search"' not in html_of(books, "/en/faq", faqs)


def test_a_text_in_another_language_says_so_and_is_marked(tmp_path, books):
    write(tmp_path, "en.md", "### Why?\n\nSo.")
    faqs = Shelf(tmp_path, world.PAGE.languages).read()
    html = html_of(books, "/fr/faq", faqs)
    assert "Ce texte n’existe qu’en anglais." in html
    assert '<div class="answers" lang="en" dir="auto">' in html
    assert "only in" not in html_of(books, "/en/faq", faqs)


# --- following the files ---


def test_a_changed_file_is_seen_and_read(tmp_path):
    place = write(tmp_path, "en.md", "### Why?\n\nSo.")
    shelf = Shelf(tmp_path, ("en",))
    shelf.read()
    assert not shelf.has_changed()
    write(tmp_path, "en.md", "### Why not?\n\nSo.")
    assert shelf.has_changed()
    assert titles(shelf.read()["en"]) == ["Why not?"]
    place.unlink()
    assert shelf.has_changed()
    assert shelf.read()["en"].is_empty


def test_a_file_that_cannot_be_read_leaves_the_last_words_in_place(tmp_path):
    place = write(tmp_path, "en.md", "### Why?\n\nSo.")
    shelf = Shelf(tmp_path, ("en",))
    shelf.read()
    place.write_bytes(b"### \xff\xfe half")
    assert shelf.has_changed()
    assert titles(shelf.read()["en"]) == ["Why?"]
    assert not shelf.has_changed()


def test_a_folder_that_goes_away_leaves_the_last_words_in_place(tmp_path):
    folder = tmp_path / "answers"
    write(folder, "en.md", "### Why?\n\nSo.")
    shelf = Shelf(folder, ("en",))
    shelf.read()
    folder.rename(tmp_path / "elsewhere")
    assert shelf.has_changed()
    assert titles(shelf.read()["en"]) == ["Why?"]
    (tmp_path / "elsewhere").rename(folder)
    write(folder, "en.md", "### Back again?\n\nYes.")
    assert titles(shelf.read()["en"]) == ["Back again?"]


def test_the_publisher_renews_the_page_when_a_file_changes(tmp_path, books):
    write(tmp_path, "en.md", "### Why?\n\nSo.")
    page = replace(world.PAGE, faq_folder=tmp_path)
    sites: Queue[Site] = Queue()
    publisher, stop = Publisher(books, page, {"here": sites.put}, clock=lambda: world.NOW), Event()
    running = Thread(target=publisher.run, args=(stop,))
    running.start()
    try:
        before = sites.get(timeout=30)
        assert "Why?" in before.files["/en/faq"].body.decode()
        write(tmp_path, "en.md", "### Why not?\n\nSo.")
        after = sites.get(timeout=30)
    finally:
        stop.set()
        running.join()
    assert "Why not?" in after.files["/en/faq"].body.decode()
    assert after.files["/en/contact"] is before.files["/en/contact"]


def test_an_unchanged_text_is_not_rendered_again(books):
    first = site_of(books)
    again = render_site(read_snapshot(books, world.PAGE, world.NOW), assets(world.PAGE), first)
    assert again.files["/fr/faq"] is first.files["/fr/faq"]


# --- on the page ---


def test_links_lead_to_the_readers_language(books):
    html = html_of(books, "/fr/faq")
    assert 'href="/fr/#verify"' in html
    assert 'href="/fr/history"' in html
    only = replace(world.PAGE, languages=("fr",))
    assert '<a href="/#verify"' in html_of(books, "/faq", page=only)


def test_links_elsewhere_and_within_stay(tmp_path, books):
    write(
        tmp_path,
        "en.md",
        "### A {#a}\n\n[1](https://x.example/y) [2](#a) [3](/api/v2/summary.json) [4](mailto:a@b.example)",
    )
    html = html_of(books, "/en/faq", Shelf(tmp_path, world.PAGE.languages).read())
    for lead in ("https://x.example/y", "#a", "/api/v2/summary.json", "mailto:a@b.example"):
        assert f'href="{lead}"' in html


def test_hostile_titles_and_answers_are_inert(tmp_path, books):
    write(tmp_path, "en.md", "## <b onclick=x>P</b>\n\n### <script>alert(1)</script> {#x}\n\n<script>alert(2)</script>")
    html = html_of(books, "/en/faq", Shelf(tmp_path, world.PAGE.languages).read())
    assert "<script>alert" not in html
    assert "<b onclick" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_every_page_leads_to_it(books):
    site = site_of(books)
    for path in ("/fr/", "/fr/history", "/fr/404.html"):
        assert 'href="/fr/faq"' in site.files[path].body.decode()


def test_the_search_is_small(books):
    paths = assets(world.PAGE)
    assert len(paths.files[paths.paths["page-faq.js"]].body) <= 1_500


async def test_a_reader_finds_an_answer_by_words(books, chromium):
    async with served(Stage(site_of(books))) as url, opened(chromium, f"{url}/fr/faq") as page:
        box = page.get_by_label("Chercher dans les réponses")
        await box.fill("RECUPERATION mot de passe")
        await expect(page.locator("article:visible")).to_have_count(1)
        await expect(page.locator("nav li:visible")).to_have_count(1)
        assert "phrase de récupération" in await page.inner_text("article:visible")
        await box.fill("dirigeable")
        await expect(page.locator("article:visible")).to_have_count(0)
        await expect(page.get_by_role("status").filter(has_text="Aucune réponse")).to_be_visible()
        await page.evaluate("location.hash = 'unknown'")
        await expect(page.locator("#unknown")).to_be_in_viewport()
        await expect(page.locator("article:visible")).to_have_count(10)


async def test_without_javascript_all_answers_are_there_and_no_field_that_does_nothing(books, chromium):
    async with served(Stage(site_of(books))) as url:
        context = await chromium.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{url}/en/faq#unknown")
        await expect(page.locator("article:visible")).to_have_count(10)
        await expect(page.locator("#search")).to_be_hidden()
        await page.get_by_role("link", name="Do you ever ask for my password or recovery phrase?").click()
        assert page.url.endswith("#phrase")
        await expect(page.locator("#phrase")).to_be_in_viewport()
        await context.close()


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 1100, "light"), ("fr", 320, "dark"), ("ar", 390, "light"), ("ro", 390, "dark")],
)
async def test_it_is_accessible_and_fits(language, width, scheme, books, chromium):
    viewport = {"width": width, "height": 800}
    address = f"/{language}/faq"
    async with (
        served(Stage(site_of(books))) as url,
        opened(chromium, url + address, viewport=viewport, color_scheme=scheme) as page,
    ):
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()

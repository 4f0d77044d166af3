import re
from datetime import timedelta

import pytest

from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.desk.merging import merge_incidents
from statuspage.assets import assets, packed_css
from statuspage.page import Page
from statuspage.render import render_site
from statuspage.site import Site
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

NOW = world.NOW
ASSETS = assets(world.PAGE)


def site(store, now=NOW, previous=None, page=world.PAGE) -> Site:
    return render_site(read_snapshot(store, page, now), assets(page) if page is not world.PAGE else ASSETS, previous)


def html(made: Site, path: str) -> str:
    return made.files[path].body.decode()


def test_every_page_exists_in_every_language_and_once_without(books):
    world.mockup(books)
    made = site(books)
    incident = read_snapshot(books, world.PAGE, NOW).incidents[0]
    for path in ("/", "/history", f"/incidents/{incident.id}", "/404.html"):
        assert made.files[path] is made.files[f"/en{path}"]
        for language in world.PAGE.languages:
            assert f'<html lang="{language}"' in html(made, f"/{language}{path}")


def test_the_first_view_weighs_little(books):
    world.mockup(books)
    made = site(books)
    page = made.files["/"]
    used = [
        page,
        *(file for path, file in made.files.items() if path.startswith("/static/") and path in page.body.decode()),
    ]
    assert len(used) > 4
    # 60 kB is the promise; this much is what it takes.
    assert sum(len(file.encoded.get("gzip", file.body)) for file in used) < 24_000


def test_the_title_and_the_icon_tell_the_state(books):
    world.mockup(books)
    told = html(site(books), "/")
    assert "<title>▲ Bitcoin withdrawals are delayed. Solana is paused for an upgrade – Acme Wallet</title>" in told
    assert ASSETS.paths["icon-degraded.svg"] in told


def test_an_incident_shows_its_four_answers_and_the_promise(books):
    world.mockup(books)
    told = html(site(books), "/")
    for words in ("We found the cause", "Still works", "Your money", "What to do", "Next update by", "14:30 UTC"):
        assert words in told


def test_what_goes_on_under_another_number_is_not_called_over(books):
    world.build(books)
    gone, other = world.delay_bitcoin(books), world.delay_bitcoin(books)
    merge_incidents(world.desk(books), gone.id, other.id, {"en": "It is the same."}, world.ANA, world.NOW)
    made = site(books)
    page = html(made, f"/en/incidents/{gone.id}")
    assert f'<a href="/en/incidents/{other.id}">Goes on under another number</a>' in page
    assert "Resolved</span>" not in page
    assert "Resolved after" not in html(made, "/en/")
    assert "Goes on under another number" in html(made, "/en/history")


def test_a_broken_promise_is_shown_as_broken(books):
    world.build(books)
    world.delay_bitcoin(books)
    told = html(site(books, NOW + timedelta(minutes=40)), "/")
    assert "Our update is overdue." in told
    assert "We promised it by 14:30 UTC." in told


def test_a_window_that_overruns_says_so(books):
    world.build(books)
    world.upgrade_solana(books)
    assert "Taking longer than planned" in html(site(books, NOW + timedelta(hours=2)), "/")


def test_operators_words_cannot_write_html(books):
    world.build(books)
    nasty = "<img src=x onerror=alert(1)> & \"'"
    entry = IncidentEntry(
        name={"en": nasty},
        body={"en": nasty},
        statuses={"app": Status.DEGRADED},
        funds={"en": nasty},
        still_works={"en": nasty},
        what_to_do={"en": nasty},
    )
    open_incident(world.desk(books), entry, world.ANA, NOW)
    made = site(books)
    assert all(b"<img" not in file.body for file in made.files.values() if file.is_html)


def test_the_page_keeps_its_own_content_security_policy(books):
    world.mockup(books)
    for path, file in site(books).files.items():
        if file.is_html:
            told = file.body.decode()
            assert not re.search(r"<[^>]+\s(style|on\w+)=", told), path
            assert not re.search(r"<script(?![^>]*\ssrc=)", told), path
            assert "<style" not in told, path
            assert not re.search(r"""(?:src|href)="(?!/|#|https://status\.acme\.example|tel:|mailto:)""", told), path


def test_words_that_exist_in_another_language_only_say_which(books):
    world.mockup(books)
    told = html(site(books), "/ar/")
    assert '<p class="words" lang="en" dir="auto">The Bitcoin network' in told
    assert 'lang="en"' not in html(site(books), "/en/").replace('<html lang="en"', "").replace(
        'hreflang="en"', ""
    ).replace('<a href="/en/" lang="en"', "")


def test_the_same_snapshot_gives_the_same_bytes(books):
    world.mockup(books)
    one, other = site(books), site(books)
    assert {path: file.body for path, file in one.files.items()} == {
        path: file.body for path, file in other.files.items()
    }


def test_what_is_over_is_made_once(books):
    world.mockup(books)
    first = site(books)
    second = site(books, NOW + timedelta(minutes=1), first)
    over = read_snapshot(books, world.PAGE, NOW).recent_incidents[0]
    assert second.files[f"/fr/incidents/{over.id}"] is first.files[f"/fr/incidents/{over.id}"]
    assert second.files["/fr/"] is not first.files["/fr/"]


def test_a_reused_site_equals_one_made_afresh(books):
    world.mockup(books)
    first = site(books)
    world.past_incident(books, "Late again", days=1, minutes=5)
    later = NOW + timedelta(minutes=1)
    reused, afresh = site(books, later, first), site(books, later)
    assert {path: file.body for path, file in reused.files.items()} == {
        path: file.body for path, file in afresh.files.items()
    }


def test_an_address_without_choice_of_language_has_plain_links(books):
    world.build(books)
    page = Page(name="Acme", url="https://status.acme.example")
    told = html(site(books, page=page), "/")
    assert 'href="/history"' in told
    assert "langs" not in told


@pytest.mark.parametrize("language", ["en", "fr", "ro", "ar"])
@pytest.mark.parametrize("scene", ["mockup", "build"])
def test_no_placeholder_is_left_in_any_language(books, language, scene):
    getattr(world, scene)(books)
    told = html(site(books), f"/{language}/")
    assert "%(" not in told
    assert "None" not in told


def test_the_style_sheet_is_sent_without_what_only_people_need_and_says_the_same():
    assert (
        packed_css("a:hover > b,\n c { color: red; /* why */ margin: 0 auto; }\n")
        == "a:hover>b,c{color:red;margin:0 auto}"
    )
    assert packed_css('@media (max-width: 9rem) { p::after { content: " (" attr(href) ")"; } }') == (
        '@media (max-width:9rem){p::after{content:" (" attr(href) ")"}}'
    )
    sheet = assets(world.PAGE).files[assets(world.PAGE).paths["page.css"]]
    assert len(sheet.encoded["br"]) <= 6_000


def test_an_accent_of_the_companys_own_is_in_the_style_sheet():
    own = assets(Page(name="Acme", url="https://status.acme.example", accent="#aa0055"))
    assert b"#aa0055" in own.files[own.paths["page.css"]].body
    assert own.paths["page.css"] != ASSETS.paths["page.css"]

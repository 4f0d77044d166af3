"""The history by quarter and month."""

from datetime import timedelta

from statuspage.assets import assets
from statuspage.quarters import quarters
from statuspage.render import render_site
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

NOW = world.NOW


def snapshot_of(store):
    return read_snapshot(store, world.PAGE, NOW)


def test_an_empty_house_has_one_page_of_history(books):
    [only] = quarters(snapshot_of(books))
    assert only.path == "/history"
    assert only.months == ()


def test_what_is_older_has_pages_of_its_own_by_quarter(books):
    world.build(books, NOW - timedelta(days=900))
    for place in range(9):
        world.past_incident(books, f"Lately {place}", days=3 + place, minutes=5)
    world.past_incident(books, "In August", days=100, minutes=20)
    world.past_incident(books, "Last year", days=400, minutes=20)
    found = quarters(snapshot_of(books))
    assert [each.path for each in found] == ["/history", "/history/2026-q3", "/history/2025-q4"]
    assert [entry.name["en"] for _, entries in found[1].months for entry in entries] == ["In August"]
    assert [path for _, path in found[2].all] == [each.path for each in found]


def test_a_young_quarter_stands_with_the_one_before_it(books):
    world.build(books, NOW - timedelta(days=300))
    world.past_incident(books, "Lately", days=3, minutes=5)
    world.past_incident(books, "In August", days=100, minutes=20)
    newest = quarters(snapshot_of(books))[0]
    assert [entry.name["en"] for _, entries in newest.months for entry in entries] == ["Lately", "In August"]


def test_pages_of_quarters_are_served_in_every_language_and_name_months_as_it_does(books):
    world.build(books, NOW - timedelta(days=300))
    for place in range(9):
        world.past_incident(books, f"Lately {place}", days=3 + place, minutes=5)
    world.past_incident(books, "In August", days=100, minutes=20)
    site = render_site(snapshot_of(books), assets(world.PAGE))
    page = site.files["/fr/history/2026-q3"].body.decode()
    assert "août 2026" in page
    assert 'id="2026-08"' in page
    assert 'href="/fr/history/2026-q3" aria-current="page">T3 2026<' in page
    assert site.files["/history/2026-q3"].body == site.files["/en/history/2026-q3"].body

"""Support right now: how soon people are heard, and that many write."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from records.desk.desk import Desk
from records.desk.surges import declare_surge
from records.desk.tickets import record_ticket
from records.tickets import FirstResponse, TicketChannel, TicketEntry, TicketKind
from statuspage.assets import assets
from statuspage.desk import promised
from statuspage.page import Contact
from statuspage.render import render_site
from statuspage.site import Site
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

NOW = world.NOW
HOUR = timedelta(hours=1)
PAGES = ("/en/", "/en/contact")


def site_of(store, now=NOW, page=world.PAGE, previous: Site | None = None) -> Site:
    return render_site(read_snapshot(store, page, now), assets(page), previous)


def contact_of(site: Site):
    return json.loads(site.files["/contact.json"].body)["contact"]


def answered(store, count: int, minutes: int) -> None:
    for number in range(count):
        came = NOW - HOUR - number * timedelta(minutes=1)
        entry = TicketEntry(
            external_id=str(number), system="freshdesk", requester="", channel=TicketChannel.CHAT,
            kind=TicketKind.REQUEST, topic="", subject="Where is it?", text="", created_at=came, resolved_at=None,
            first_response_at=came + timedelta(minutes=minutes),
        )  # fmt: skip
        record_ticket(Desk(store=store), entry, world.ANA, NOW)


def test_ten_answered_tickets_tell_how_soon_people_are_heard_and_nine_do_not(books):
    world.build(books)
    answered(books, 9, 12)
    before = site_of(books)
    assert contact_of(before)["first_response"] is None
    assert not any(b"Most people hear" in before.files[path].body for path in PAGES)
    answered(books, 10, 12)
    after = site_of(books, previous=before)
    assert contact_of(after)["first_response"] == {"median_seconds": 720, "tickets": 10, "window_hours": 24}
    for path in PAGES:
        assert b"Most people hear from us within 15 minutes." in after.files[path].body
    assert "Délai habituel d’une première réponse : 15 minutes." in after.files["/fr/"].body.decode()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "0:01:00"), (61, "0:02:00"), (301, "0:10:00"), (5_400, "1:30:00"), (5_401, "2:00:00"), (50_000, "14:00:00")],
)
def test_the_median_is_rounded_up_to_what_people_say(seconds, said):
    median = timedelta(seconds=seconds)
    assert str(promised(FirstResponse(median=median, tickets=10, window=HOUR))) == said


def test_a_surge_is_said_in_every_language_and_is_gone_when_its_time_is_over(books):
    world.build(books)
    calm = site_of(books)
    assert contact_of(calm)["surge"] is None
    declare_surge(Desk(store=books), {"en": "Chat is <b>quickest</b>."}, NOW + HOUR, world.ANA, NOW)
    busy = site_of(books, previous=calm)
    for path in PAGES:
        body = busy.files[path].body.decode()
        assert "Many people are writing to us at the moment; answers take longer than usual." in body
        assert "Chat is &lt;b&gt;quickest&lt;/b&gt;." in body
    french = busy.files["/fr/"].body.decode()
    assert "Beaucoup de personnes nous écrivent en ce moment" in french
    assert '<span lang="en" dir="auto">Chat is' in french
    surge = contact_of(busy)["surge"]
    assert set(surge["message"]) == set(world.PAGE.languages)
    assert surge["message"]["ro"].startswith("Ne scriu mulți oameni")
    assert surge["words"] == {"en": "Chat is <b>quickest</b>."}
    assert surge["until"] == "2026-11-22T15:02:20.000Z"
    assert busy.version != calm.version
    over = site_of(books, NOW + HOUR, previous=busy)
    assert contact_of(over)["surge"] is None
    assert not any(b"Many people are writing" in over.files[path].body for path in PAGES)
    assert over.version != busy.version


def test_the_read_api_of_the_page_does_not_speak_of_it(books):
    world.build(books)
    declare_surge(Desk(store=books), {"en": "Chat is quickest."}, NOW + HOUR, world.ANA, NOW)
    answered(books, 10, 12)
    for path, file in site_of(books).files.items():
        if path.startswith("/api/v2/"):
            assert b"surge" not in file.body, path
            assert b"Chat is" not in file.body, path


def test_without_any_way_to_reach_us_it_is_said_all_the_same(books):
    world.build(books)
    declare_surge(Desk(store=books), {}, NOW + HOUR, world.ANA, NOW)
    page = replace(world.PAGE, contact=Contact())
    assert b"Many people are writing" in site_of(books, page=page).files["/en/contact"].body

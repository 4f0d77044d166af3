from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

from records.components import Status
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.incidents import Stage
from statuspage.feeds import atom, rss, updates_rss
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

ATOM = {"a": "http://www.w3.org/2005/Atom"}
NASTY = 'Deposits <script>alert(1)</script> & "quotes" ]]> \x00\x0b are late'


def seen(store, now=world.NOW):
    return read_snapshot(store, world.PAGE, now)


def entries(feed: bytes) -> dict[str, ET.Element]:
    return {entry.findtext("a:id", "", ATOM): entry for entry in ET.fromstring(feed).findall("a:entry", ATOM)}


def test_each_incident_and_window_is_one_entry(books):
    world.mockup(books)
    assert len(entries(atom(seen(books)))) == 5
    assert len(ET.fromstring(rss(seen(books))).findall("channel/item")) == 5


def test_an_entry_is_revised_in_place_under_the_same_id(books):
    world.build(books)
    incident = world.delay_bitcoin(books)
    before = entries(atom(seen(books)))
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It is over."}, override_reason="seen by hand")
    update_incident(world.desk(books), incident.id, over, world.ANA, world.NOW)
    after = entries(atom(seen(books)))
    assert set(before) == set(after) == {f"tag:status.acme.example,2026:incidents/{incident.id}"}
    (old,), (new,) = before.values(), after.values()
    assert old.findtext("a:published", "", ATOM) == new.findtext("a:published", "", ATOM)
    assert old.findtext("a:updated", "", ATOM) < new.findtext("a:updated", "", ATOM)
    assert "It is over." in new.findtext("a:content", "", ATOM)


def test_the_other_feed_has_an_item_for_each_thing_said(books):
    world.mockup(books)
    items = ET.fromstring(updates_rss(seen(books))).findall("channel/item")
    said = [item.findtext("description", "") for item in items]
    assert len(items) == len({item.findtext("guid") for item in items}) == 8
    assert sum("unusually busy" in text for text in said) == 1
    assert said[0].startswith("<p>The Bitcoin network is unusually busy")


def test_words_are_escaped_once_and_forbidden_characters_left_out(books):
    world.build(books)
    entry = IncidentEntry(name={"en": NASTY}, body={"en": NASTY}, statuses={"app": Status.DEGRADED})
    open_incident(world.desk(books), entry, world.ANA, world.NOW)
    (told,) = entries(atom(seen(books))).values()
    assert told.findtext("a:title", "", ATOM) == NASTY.replace("\x00", "").replace("\x0b", "")
    assert "&lt;script&gt;" in told.findtext("a:content", "", ATOM)
    assert "<script>" not in told.findtext("a:content", "", ATOM)
    item = ET.fromstring(rss(seen(books))).find("channel/item")
    assert item is not None
    assert "<script>" not in item.findtext("description", "")


def test_links_lead_to_the_page_and_dates_are_dates(books):
    world.build(books)
    incident = world.delay_bitcoin(books)
    item = ET.fromstring(rss(seen(books))).find("channel/item")
    assert item is not None
    assert item.findtext("link") == f"https://status.acme.example/incidents/{incident.id}"
    assert parsedate_to_datetime(item.findtext("pubDate", "")).tzinfo is not None


def test_a_feed_without_entries_is_still_a_feed(books):
    root = ET.fromstring(atom(seen(books)))
    assert root.findtext("a:title", "", ATOM) == "Acme Wallet"
    assert root.find("a:entry", ATOM) is None
    assert ET.fromstring(rss(seen(books))).find("channel/title") is not None

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

from records.store import components, meta
from statuspage.badges import badges
from statuspage.page import Page
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

NOW = world.NOW
SVG = {"s": "http://www.w3.org/2000/svg"}


def told(store, page=world.PAGE) -> dict[str, bytes]:
    return {path: body for path, body, _ in badges(read_snapshot(store, page, NOW))}


def message(store, path):
    return json.loads(told(store)[path])["message"]


def test_one_for_the_whole_and_one_per_component_under_either_name(books):
    world.mockup(books)
    made = told(books)
    assert made["/badge/btc-withdrawals.svg"] == made["/badge/btcwithdrawa.svg"]
    assert message(books, "/badge.json") == "Delayed"
    assert message(books, "/badge/btc-deposits.json") == "Operational"
    assert message(books, "/badge/ltc-deposits.json") == "Unknown"


def test_the_drawing_says_the_same_in_words(books):
    world.mockup(books)
    root = ET.fromstring(told(books)["/badge/btc-withdrawals.svg"])
    assert root.get("aria-label") == "Bitcoin withdrawals: Delayed"
    assert [node.text for node in root.iterfind(".//s:text", SVG)] == ["Bitcoin withdrawals", "Delayed"]


def test_the_json_is_what_shields_expects(books):
    world.build(books)
    badge = json.loads(told(books)["/badge.json"])
    assert badge == {"schemaVersion": 1, "label": "Acme Wallet", "message": "Operational", "color": "459373"}


def test_no_badge_is_green_by_silence(books):
    assert message(books, "/badge.json") == "Unknown"
    world.build(books)
    meta.write(books, "blind_since", (NOW - timedelta(minutes=3)).isoformat())
    assert message(books, "/badge.json") == "Unknown"
    assert message(books, "/badge/btc-deposits.json") == "Unknown"
    # Nobody measures it, so a blind monitor changes nothing about it.
    assert message(books, "/badge/app.json") == "Operational"


def test_names_cannot_write_svg(books):
    nasty = world.component("x", 1, name={"en": '<script>"&'})
    components.put(books, nasty, NOW)
    page = Page(name="<script>", url="https://status.acme.example")
    assert all(b"<script" not in body for path, body in told(books, page).items() if path.endswith(".svg"))

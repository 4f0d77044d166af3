"""Whatever happens in the house, what programs read keeps its promises: API v2, feeds, calendar, badges, JSON."""

import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import feedparser
import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.components import Status
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.desk.maintenance import MaintenanceEntry, announce, cancel, complete, extend, start
from records.errors import ForewarnError
from records.incidents import Impact, Stage
from records.maintenance import Kind
from records.store import components
from records.store.engine import open_store
from records.store.migrations import migrate
from statuspage.assets import assets
from statuspage.render import render_site
from statuspage.snapshot import read_snapshot
from tests.statuspage import world
from tests.statuspage.v2_shapes import SHAPES, json_schema

NOW = world.NOW
ROOT = Path(__file__).parents[2]
PAGE = replace(world.PAGE, languages=("en", "ar"))
ENGLISH = replace(world.PAGE, languages=("en",))
ASSETS = assets(PAGE)
#: What breaks out of HTML, attributes, scripts, XML, calendars and headers, where it may.
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]></content><evil/>",
    "</title><svg onload=alert(1)>",
    "a\r\nEND:VEVENT\r\nBEGIN:VALARM;x,y\\n",
    "[link](javascript:alert(1)) **bold** `code`",
    "\u202eright to left\u202c \x0b\x00\ud7ff",
    "{{ 7 * 7 }}{% raw %}",
    "&amp;&#0;&lt;",
    "x" * 300,
]
words = st.one_of(st.sampled_from(HOSTILE), st.sampled_from(["Withdrawals are late", "تأخر السحب"]))
COMPONENTS = ["btc-deposits", "sol-withdrawals", "trading", "app"]


@st.composite
def deeds(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """What people do in a day: open, update and resolve, announce, begin, extend, end and cancel."""
    statuses = st.dictionaries(st.sampled_from(COMPONENTS), st.sampled_from(list(Status)), max_size=3)
    one = st.one_of(
        st.tuples(
            st.just("open"), words, words, statuses, st.sampled_from([None, *Impact]), st.sampled_from(list(Stage)[:4])
        ),
        st.tuples(st.just("update"), st.integers(0, 3), words, statuses, st.sampled_from(list(Stage))),
        st.tuples(
            st.just("plan"), words, words, st.sampled_from(list(Kind)),
            st.lists(st.sampled_from(COMPONENTS), max_size=2, unique=True),
        ),
        st.tuples(st.just("move"), st.integers(0, 3), st.sampled_from(["start", "extend", "complete", "cancel"])),
    )  # fmt: skip
    return draw(st.lists(one, min_size=1, max_size=8))


def do(store: Any, steps: Sequence[tuple[Any, ...]]) -> None:
    desk, incidents, windows = world.desk(store), list[str](), list[str]()
    for number, (kind, *step) in enumerate(steps):
        at = NOW - timedelta(minutes=60 - number)
        try:
            if kind == "open":
                name, body, statuses, impact, stage = step
                entry = IncidentEntry(
                    name={"en": name}, body={"en": body}, statuses=statuses, impact=impact, stage=stage,
                    still_works={"en": body}, funds={"en": name}, what_to_do={"en": body},
                    next_update_at=at + timedelta(minutes=5),
                )  # fmt: skip
                incidents.append(open_incident(desk, entry, world.ANA, at).id)
            elif kind == "update" and incidents:
                place, body, statuses, stage = step
                update = UpdateEntry(stage=stage, body={"en": body}, statuses=statuses, override_reason="test")
                update_incident(desk, incidents[place % len(incidents)], update, world.ANA, at)
            elif kind == "plan":
                name, body, sort, ids = step
                planned = MaintenanceEntry(
                    name={"en": name}, body={"en": body}, kind=sort, scheduled_for=at + timedelta(hours=2),
                    scheduled_until=at + timedelta(hours=4), component_ids=tuple(ids), still_works={"en": body},
                )  # fmt: skip
                windows.append(announce(desk, planned, world.ANA, at).id)
            elif kind == "move" and windows:
                place, move = step
                _move(desk, windows[place % len(windows)], move, at)
        except ForewarnError:
            # Not every deed may follow every other; those that may not leave nothing behind.
            continue


def _move(desk: Any, window: str, move: str, at: Any) -> None:
    if move == "extend":
        extend(desk, window, at + timedelta(hours=9), world.ANA, at)
    else:
        {"start": start, "complete": complete, "cancel": cancel}[move](desk, window, world.ANA, at)


def site(store: Any, now: Any = NOW) -> Any:
    return render_site(read_snapshot(store, PAGE, now), ASSETS)


class _Reader(HTMLParser):
    """What a browser would run: scripts that are not ours, handlers, addresses that are programs, foreign images."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "script" and not (told.get("src") or "").startswith("/static/"):
            self.dangers.append("script")
        if tag in ("img", "iframe", "object", "embed", "base", "evil"):
            self.dangers.append(tag)
        self.dangers += [name for name in told if name.startswith("on") or name == "style"]
        self.dangers += [
            name for name, value in told.items() if (value or "").strip().lower().startswith("javascript:")
        ]


def dangers(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    return reader.dangers


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with its past, to begin each example from."""
    path = tmp_path_factory.mktemp("calm") / "calm.db"
    store = open_store(f"sqlite:///{path}")
    migrate(store)
    world.build(store)
    for name, hostile in zip(("trading", "app"), HOSTILE[:2], strict=True):
        row = components.component(store, name)
        components.put(store, replace(row, name={"en": hostile}, description={"en": HOSTILE[4]}), NOW)
    store.run("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=deeds())
def test_every_promise_holds_in_every_world(calm, tmp_path, steps):
    path = tmp_path / "world.db"
    for left in tmp_path.glob("world.db*"):
        left.unlink()
    shutil.copy(calm, path)
    store = open_store(f"sqlite:///{path}")
    try:
        do(store, steps)
        made = render_site(read_snapshot(store, ENGLISH, NOW), ASSETS)
    finally:
        store.close()
    for address, shape in SHAPES.items():
        shape.model_validate_json(made.files[address].body)
    _check_feeds(made)
    _check_calendar(made)
    for address, file in made.files.items():
        if file.is_html:
            assert dangers(file.body.decode()) == [], address
        elif address.endswith(".json"):
            json.loads(file.body)


def _check_feeds(made: Any) -> None:
    for address in ("/history.atom", "/history.rss", "/feed.rss"):
        feed = feedparser.parse(io.BytesIO(made.files[address].body), sanitize_html=False)
        assert not feed.bozo, (address, feed.get("bozo_exception"))
        ids = [entry.id for entry in feed.entries]
        assert len(ids) == len(set(ids)), address
        for entry in feed.entries:
            assert entry.link.startswith(PAGE.url)
            assert entry.title
            content = entry.content[0].value if "content" in entry else entry.summary
            assert dangers(content) == [], content


def _check_calendar(made: Any) -> None:
    whole: Any
    [whole] = icalendar.Calendar.from_ical(made.files["/maintenance.ics"].body, multiple=True)
    events = whole.walk("VEVENT")
    assert not whole.walk("VALARM")
    assert len({str(event["UID"]) for event in events}) == len(events)
    for event in events:
        for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "LAST-MODIFIED", "URL"):
            assert name in event, name
        for name in ("PROVIDER", "ACCOUNT", "MAINTENANCE-ID", "IMPACT", "STATUS"):
            assert f"X-MAINTNOTE-{name}" in event, name
        assert event["DTSTART"].dt.tzinfo is not None


def test_the_schema_that_clients_may_check_against_is_the_one_we_are_held_to():
    kept = json.loads((ROOT / "docs" / "api-v2.schema.json").read_text("utf-8"))
    assert kept == json_schema(), "python -m tests.statuspage.v2_shapes > docs/api-v2.schema.json"


def test_a_shape_is_not_met_by_other_keys_values_or_types(books):
    world.mockup(books)
    shape = SHAPES["/api/v2/summary.json"]
    body = site(books).files["/api/v2/summary.json"].body
    for path, value in (
        (("components", 0, "status"), "unknown"),
        (("components", 0, "showcase"), None),
        (("incidents", 0, "more"), 1),
        (("status", "indicator"), "fine"),
        (("page", "updated_at"), "yesterday"),
    ):
        told = json.loads(body)
        place: Any = told
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        with pytest.raises(ValueError, match="validation error"):
            shape.model_validate_json(json.dumps(told))


def test_an_entry_keeps_its_id_through_its_whole_life(books):
    world.build(books)
    opened = world.delay_bitcoin(books)

    def entry(now: Any) -> Any:
        feed = feedparser.parse(io.BytesIO(site(books, now).files["/history.atom"].body))
        return next(one for one in feed.entries if opened.id in one.id)

    first = entry(NOW)
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}, override_reason="test")
    update_incident(world.desk(books), opened.id, over, world.ANA, NOW + timedelta(minutes=1))
    review = UpdateEntry(stage=Stage.POSTMORTEM, body={"en": "What we learned."}, name={"en": "Another name"})
    update_incident(world.desk(books), opened.id, review, world.ANA, NOW + timedelta(days=2))
    last = entry(NOW + timedelta(days=2))
    assert first.id == last.id
    assert first.title != last.title
    assert first.updated_parsed < last.updated_parsed
    assert first.published == last.published


def test_a_calendar_entry_counts_its_changes_and_a_cancelled_one_stays(books):
    world.build(books)
    planned = world.upgrade_solana(books, is_running=False)

    def event() -> Any:
        whole: Any = icalendar.Calendar.from_ical(site(books).files["/maintenance.ics"].body)
        return next(one for one in whole.walk("VEVENT") if planned.id in str(one["UID"]))

    first = event()
    extend(world.desk(books), planned.id, planned.scheduled_until + timedelta(hours=1), world.ANA, NOW)
    second = event()
    cancel(world.desk(books), planned.id, world.ANA, NOW)
    third = event()
    assert first["UID"] == second["UID"] == third["UID"]
    assert int(first["SEQUENCE"]) < int(second["SEQUENCE"]) < int(third["SEQUENCE"])
    assert second["DTEND"].dt - first["DTEND"].dt == timedelta(hours=1)
    assert (str(third["STATUS"]), str(third["X-MAINTNOTE-STATUS"])) == ("CANCELLED", "CANCELLED")
    assert str(first["X-MAINTNOTE-IMPACT"]) in ("OUTAGE", "DEGRADED", "REDUCED-REDUNDANCY", "NO-IMPACT")


def test_every_public_address_of_the_contract_is_served(books):
    world.mockup(books)
    made = site(books)
    snapshot = read_snapshot(books, PAGE, NOW)
    incident, window = snapshot.incidents[0].id, snapshot.maintenances[0].id
    addresses = [
        "/", "/en/", "/ar/", f"/incidents/{incident}", f"/maintenances/{window}", "/history", "/uptime", "/faq",
        "/contact", "/contact.json", *SHAPES, "/history.atom", "/history.rss", "/feed.rss", "/maintenance.ics",
        "/badge.svg", "/badge/btc-deposits.svg", "/badge/btc-deposits.json", "/networks.json", "/embed.js", "/inapp.js",
    ]  # fmt: skip
    missing = [address for address in addresses if address not in made.files]
    assert missing == []
    for address in addresses:
        is_for_programs = address.endswith((".json", ".atom", ".rss", ".ics", ".js", ".svg"))
        assert made.files[address].is_shared == is_for_programs, address


def test_networks_say_for_each_asset_what_moves(books):
    world.mockup(books)
    told = json.loads(site(books).files["/networks.json"].body)
    rows = {(row["asset"], row["network"]): row for row in told["networks"]}
    for row in rows.values():
        assert {"deposit_enabled", "withdraw_enabled", "reason", "since", "eta"} <= row.keys()
    assert rows["BTC", "bitcoin"]["reason"] == "Bitcoin withdrawals are delayed"
    assert rows["SOL", "solana"]["deposit_enabled"] is False
    assert rows["LTC", "litecoin"]["deposit_enabled"] is None

from datetime import timedelta

from icalendar import Calendar

from records.desk.maintenance import MaintenanceEntry, announce, cancel
from statuspage.calendar import calendar
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

NOW = world.NOW


def events(store):
    return Calendar.from_ical(calendar(read_snapshot(store, world.PAGE, NOW))).walk("VEVENT")


def test_a_window_is_an_event_with_exact_times(books):
    world.build(books)
    planned = world.upgrade_solana(books, is_running=False)
    (event,) = events(books)
    assert event["UID"] == f"{planned.id}@status.acme.example"
    assert event["DTSTART"].dt == planned.scheduled_for.replace(microsecond=0)
    assert event["SUMMARY"] == "Solana network upgrade"
    assert event["STATUS"] == "CONFIRMED"
    assert event["X-MAINTNOTE-STATUS"] == "CONFIRMED"
    assert event["X-MAINTNOTE-ACCOUNT"] == "public"
    assert event["ORGANIZER"] == "mailto:help@acme.example"
    assert event["ORGANIZER"].params["CN"] == "Acme Wallet"
    assert event["X-MAINTNOTE-OBJECT-ID"] == ["sol-deposits", "sol-withdrawals"]


def test_a_cancelled_window_is_cancelled_and_not_gone(books):
    world.build(books)
    planned = world.upgrade_solana(books, is_running=False)
    (before,) = events(books)
    cancel(world.desk(books), planned.id, world.ANA, NOW)
    (after,) = events(books)
    assert after["UID"] == before["UID"]
    assert after["STATUS"] == "CANCELLED"
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


def test_awkward_words_survive(books):
    world.build(books)
    words = "Wartung; Ethereum, Solana \\ und „Größe“ — " + "ترقية الشبكة " * 20 + "\r\nBEGIN:VEVENT"
    entry = MaintenanceEntry(
        name={"en": words},
        body={"en": words},
        scheduled_for=NOW + timedelta(days=9),
        scheduled_until=NOW + timedelta(days=9, hours=1),
        component_ids=("app",),
    )
    announce(world.desk(books), entry, world.ANA, NOW)
    raw = calendar(read_snapshot(books, world.PAGE, NOW))
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert event["SUMMARY"] == words.replace("\r\n", "\n")

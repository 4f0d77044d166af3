"""Announce planned events and run their windows from the console."""

from datetime import UTC, datetime, timedelta
from typing import Any

from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.maintenance import MaintenanceEntry, announce, extend, start
from records.maintenance import Maintenance, WindowState
from records.people import COMMAND_LINE, Actor, Role
from records.store import lists, maintenance, notices
from server.context import Context
from tests.server.console.conftest import NOW

BEN = Actor(name="user:ben", role=Role.OPS)
WORDS = {
    "when": "26 nov 22:00 for 2h",
    "zone": "Europe/Bucharest",
    "kind": "maintenance",
    "name.en": "Bitcoin node upgrade",
    "body.en": "Deposits and withdrawals wait while we upgrade.",
    "components": ["btc-deposits", "btc-withdrawals"],
    "audience": "affected",
    "channels": ["email", "inapp"],
    "reminders": ["24h"],
    "auto_start": "1",
}


def planned(context: Context, **changes: Any) -> Maintenance:
    given: dict[str, Any] = {
        "name": {"en": "App update"},
        "body": {"en": "We update the app."},
        "scheduled_for": NOW + timedelta(hours=80),
        "scheduled_until": NOW + timedelta(hours=82),
        "component_ids": ("website",),
    }
    return announce(context.desk, MaintenanceEntry(**given | changes), BEN, NOW)


def running(context):
    event = planned(context, scheduled_for=NOW, scheduled_until=NOW + timedelta(hours=1))
    return start(context.desk, event.id, BEN, NOW)


def test_a_window_is_announced_from_one_typed_field(ana, context):
    page = ana.post("/console/maintenances", data={**WORDS, "do": "announce"})
    assert "Announced." in page.text
    [event] = maintenance.unfinished(context.desk.store)
    assert event.scheduled_for == datetime(2026, 11, 26, 20, tzinfo=UTC)
    assert event.scheduled_until == datetime(2026, 11, 26, 22, tzinfo=UTC)
    assert event.time_zone == "Europe/Bucharest"
    assert event.component_ids == ("btc-deposits", "btc-withdrawals")
    assert (event.auto_start, event.auto_complete) == (True, False)
    assert event.reminders == (timedelta(hours=24),)
    assert len(notices.notices(context.desk.store, subject_id=event.id)) == 1


def test_an_upgrade_names_its_block_in_the_last_field(ana, context):
    heeded = "The chain's height and pace are not known here yet; until they are, your time stands."
    words = {**WORDS, "kind": "upgrade", "at_block": "bitcoin:900000", "emergency_reason": "a hard fork"}
    asked = ana.post("/console/maintenances", data={**words, "do": "announce"})
    assert "Nothing was announced yet." in asked.text
    page = ana.post("/console/maintenances", data={**words, "heeded": heeded, "do": "announce"})
    assert "At block 900,000 of bitcoin: when that will be is not known yet" in page.text
    [event] = maintenance.unfinished(context.desk.store)
    assert event.at_block is not None
    assert (event.at_block.chain, event.at_block.height) == ("bitcoin", 900_000)
    assert "At block 900,000 of bitcoin" in ana.get("/console").text


def test_a_block_that_cannot_be_is_said_at_its_field(ana, context):
    for at_block in ("bitcoin", "bitcoin:soon", "unheard-of:900000", ":", "bitcoin:-1"):
        words = {**WORDS, "kind": "upgrade", "at_block": at_block}
        page = ana.post("/console/maintenances", data={**words, "do": "announce"})
        assert page.status_code == 422
        assert 'id="fault-at_block"' in page.text
    assert maintenance.unfinished(context.desk.store) == []


def test_a_time_that_is_not_clear_is_said_at_its_field(ana, context):
    page = ana.post("/console/maintenances", data={**WORDS, "when": "tomorrow midnight 2h", "do": "announce"})
    assert page.status_code == 422
    assert 'id="fault-when"' in page.text
    assert "Bitcoin node upgrade" in page.text
    assert maintenance.unfinished(context.desk.store) == []


def test_a_window_that_is_over_is_said_at_the_same_field(ana):
    page = ana.post("/console/maintenances", data={**WORDS, "when": "2026-11-20 10:00 for 1h", "do": "announce"})
    assert page.status_code == 422
    assert 'id="fault-when"' in page.text
    assert "over already" in page.text


def test_short_notice_and_overlaps_are_said_before_anything_is_done(ana, context):
    planned(context, component_ids=("btc-deposits",), scheduled_for=datetime(2026, 11, 23, 20, tzinfo=UTC),
            scheduled_until=datetime(2026, 11, 23, 21, tzinfo=UTC))  # fmt: skip
    data = {**WORDS, "when": "tomorrow 22:00 for 2h", "do": "announce"}
    page = ana.post("/console/maintenances", data=data)
    assert page.status_code == 200
    assert "Nothing was announced yet." in page.text
    assert "notice; for maintenance it should be 72 hours" in page.text
    assert "It overlaps MNT-1 on btc-deposits." in page.text
    assert len(maintenance.unfinished(context.desk.store)) == 1
    warned = ana.get("/console/maintenances/check.json", params=data).json()["warnings"]
    page = ana.post("/console/maintenances", data={**data, "heeded": "\n".join(warned)})
    assert "Announced." in page.text
    assert len(maintenance.unfinished(context.desk.store)) == 2


def test_while_typing_the_console_says_the_time_back(ana):
    found = ana.get("/console/maintenances/check.json", params={**WORDS, "zone": "America/New_York"}).json()
    assert found["when"] == [
        "Friday, 27 November 2026, 03:00–05:00 UTC",
        "Friday, 27 November 2026, 05:00–07:00 Bucharest",
        "Thursday, 26 November 2026, 22:00 New York – Friday, 27 November 2026, 00:00 New York",
        "lasts 2 hours, starts in 4 days 13 hours",
    ]
    assert found["customers"] == 1
    assert found["warnings"] == []


def test_the_time_is_said_back_by_the_clocks_of_most_customers_too(ana, context):
    live_in = ["Asia/Singapore"] * 4 + ["Europe/Helsinki"] * 3 + ["America/New_York"] * 2 + ["Asia/Shanghai"] * 2
    live_in += ["Asia/Tokyo"] * 2 + ["Europe/London", "Asia/Kolkata", "America/Lima", ""]
    people = [CustomerEntry(external_id=f"z-{number}", time_zone=zone) for number, zone in enumerate(live_in)]
    put_customers(context.desk, people, COMMAND_LINE, NOW)
    found = ana.get("/console/maintenances/check.json", params={**WORDS, "zone": "Europe/Bucharest"}).json()
    assert found["when"][:-1] == [
        "Thursday, 26 November 2026, 20:00–22:00 UTC",
        "Thursday, 26 November 2026, 22:00 Bucharest – Friday, 27 November 2026, 00:00 Bucharest",
        # Helsinki's clocks say what Bucharest's do, and Shanghai's what Singapore's do.
        "Friday, 27 November 2026, 04:00–06:00 Singapore",
        "Thursday, 26 November 2026, 15:00–17:00 New York",
        "Friday, 27 November 2026, 05:00–07:00 Tokyo",
    ]


def test_while_typing_an_empty_field_is_not_a_fault_but_nonsense_is(ana):
    empty = ana.get("/console/maintenances/check.json", params={"when": "", "audience": "everyone"}).json()
    assert (empty["when_fault"], empty["customers"]) == ("", 3)
    wrong = ana.get("/console/maintenances/check.json", params={"when": "whenever"}).json()
    assert "is not clear" in wrong["when_fault"]


def test_a_preview_shows_the_words_and_announces_nothing(ana, context):
    page = ana.post("/console/maintenances", data={**WORDS, "do": "preview"})
    assert "What goes out" in page.text
    assert "Thursday, 26 November 2026" in page.text
    assert maintenance.unfinished(context.desk.store) == []


def test_a_window_is_started_extended_and_completed(ana, context):
    event = planned(context)
    address = f"/console/maintenances/{event.id}"
    assert "Started." in ana.post(f"{address}/start", data={"version": event.version}).text
    page = ana.post(f"{address}/extend", data={"until": "30 min", "body.en": "It takes longer."})
    assert "Extended." in page.text
    assert "It takes longer." in page.text
    changed = maintenance.maintenance(context.desk.store, event.id)
    assert changed.scheduled_until == event.scheduled_until + timedelta(minutes=30)
    assert "Completed." in ana.post(f"{address}/complete").text
    assert maintenance.maintenance(context.desk.store, event.id).state is WindowState.COMPLETED


def test_a_window_that_will_not_take_place_is_cancelled(ana, context):
    event = planned(context)
    assert "Cancelled." in ana.post(f"/console/maintenances/{event.id}/cancel").text
    refused = ana.post(f"/console/maintenances/{event.id}/start")
    assert refused.status_code == 409
    assert "it cannot become in_progress" in refused.text


def test_an_end_that_is_not_clear_is_said_at_its_field_and_kept(ana, context):
    event = running(context)
    page = ana.post(f"/console/maintenances/{event.id}/extend", data={"until": "a little"})
    assert page.status_code == 422
    assert 'id="fault-until"' in page.text
    assert 'value="a little"' in page.text


def test_a_window_that_changed_meanwhile_is_shown_first(ana, context):
    event = running(context)
    extend(context.desk, event.id, NOW + timedelta(hours=3), BEN, NOW)
    page = ana.post(f"/console/maintenances/{event.id}/complete", data={"version": event.version})
    assert page.status_code == 409
    assert "changed by somebody else meanwhile" in page.text
    assert maintenance.maintenance(context.desk.store, event.id).is_running


def test_an_overrun_stands_out_on_the_board(ana, context, clock):
    running(context)
    clock.forward(minutes=50)
    assert "83 % of its time is over – extend it" in ana.get("/console").text
    clock.forward(minutes=15)
    assert "taking longer than announced" in ana.get("/console").text


def test_the_list_and_the_number_lead_to_the_page(ana, context):
    event = planned(context)
    assert event.ref in ana.get("/console/maintenances").text
    assert str(ana.get("/console/maintenances/MNT-1").url).endswith(event.id)
    assert lists.maintenances_before(context.desk.store, lists.FIRST, limit=5) == [event]


def test_a_window_that_comes_again_is_announced_and_stopped_in_the_console(ana, context):
    checked = ana.get("/console/maintenances/check.json", params=WORDS | {"recurrence": "FREQ=WEEKLY"}).json()
    assert checked["when"][-2:] == ["Then Thursday 03 December 20:00 UTC", "Then Thursday 10 December 20:00 UTC"]
    page = ana.post("/console/maintenances", data={**WORDS, "recurrence": "FREQ=WEEKLY", "do": "announce"})
    assert "Comes again: the next one after this starts" in page.text
    [event] = maintenance.unfinished(context.desk.store)
    page = ana.post(f"/console/maintenances/{event.id}/stop-repeating", data={"version": event.version})
    assert "It does not come again. What is announced already still takes place." in page.text
    assert "no more are announced" in page.text
    assert "Stop repeating" not in page.text


def test_a_rule_that_does_not_fit_is_said_at_the_field_and_nothing_typed_is_lost(ana, context):
    page = ana.post("/console/maintenances", data={**WORDS, "recurrence": "FREQ=WEEKLY;BYDAY=MO", "do": "announce"})
    assert page.status_code == 422
    assert "does not begin with this window" in page.text
    assert "FREQ=WEEKLY;BYDAY=MO" in page.text
    assert WORDS["body.en"] in page.text
    assert maintenance.unfinished(context.desk.store) == []


def test_a_window_is_moved_to_another_time(ana, context):
    event = planned(context)
    path = f"/console/maintenances/{event.id}/reschedule"
    refused = ana.post(path, data={"version": event.version, "moved": "someday"})
    assert refused.status_code == 422
    assert "someday" in refused.text
    page = ana.post(path, data={"version": event.version, "moved": "28 nov 22:00 utc for 2h"})
    assert "Moved. The page shows it; customers hear it in a few seconds" in page.text
    moved = maintenance.maintenance(context.desk.store, event.id)
    assert (moved.scheduled_for, moved.scheduled_until) == (
        datetime(2026, 11, 28, 22, tzinfo=UTC),
        datetime(2026, 11, 29, tzinfo=UTC),
    )


def test_a_window_that_takes_longer_has_its_words_ready(ana, vi, context, clock):
    event = running(context)
    page = f"/console/maintenances/{event.id}"
    clock.forward(minutes=59)
    assert "Taking longer than announced" not in ana.get(page).text
    clock.forward(minutes=2)
    text = ana.get(page).text
    assert "Taking longer than announced." in text
    assert 'name="until" value="30 min"' in text
    assert "It takes longer than planned; the new end stands below." in text
    assert "Say it takes longer" in ana.get("/console").text
    assert "What goes out" not in vi.get(page).text
    # To look at it changes nothing.
    kept = maintenance.maintenance(context.desk.store, event.id)
    assert (kept.scheduled_until, kept.version) == (event.scheduled_until, event.version)
    ana.post(f"{page}/extend", data={"until": "30 min", "version": kept.version})
    assert maintenance.maintenance(context.desk.store, event.id).scheduled_until == clock.now + timedelta(minutes=30)
    assert "Taking longer than announced" not in ana.get(page).text


def test_what_a_deed_would_send_is_shown_and_not_done(ana, context):
    event = planned(context)
    told = len(notices.notices(context.desk.store))
    for deed, typed, says in (
        ("extend", {"until": "30 min"}, "It takes longer than planned"),
        ("reschedule", {"moved": "28 nov 22:00 for 2h"}, "What goes out"),
        ("cancel", {"body.en": "The supplier is ill."}, "The supplier is ill."),
    ):
        sent = {"do": "preview", "version": event.version, **typed}
        text = ana.post(f"/console/maintenances/{event.id}/{deed}", data=sent).text
        assert says in text
        for name, value in typed.items():
            assert value in text, (deed, name)
    assert maintenance.maintenance(context.desk.store, event.id) == event
    assert len(notices.notices(context.desk.store)) == told


def test_a_word_that_was_typed_beside_an_unclear_end_is_kept(ana, context):
    event = running(context)
    typed = {"until": "later", "body.en": "A disk has to be replaced.", "version": event.version}
    answer = ana.post(f"/console/maintenances/{event.id}/extend", data=typed)
    assert answer.status_code == 422
    assert "A disk has to be replaced." in answer.text
    assert 'value="later"' in answer.text
    blank = ana.post(f"/console/maintenances/{event.id}/extend", data={**typed, "until": "30 min", "body.en": "{disk}"})
    assert blank.status_code == 422
    assert "{disk} is still to be filled in" in blank.text

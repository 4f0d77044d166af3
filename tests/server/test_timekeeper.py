"""What happens because time passes."""

import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.desk.maintenance import MaintenanceEntry, announce
from records.desk.subscribers import ask
from records.findings import Finding, FindingKind, Severity, Sighting
from records.maintenance import WindowState
from records.notices import NoticeState
from records.people import COMMAND_LINE, VISITOR
from records.store import components, days, findings, maintenance, meta, notices, subscribers
from records.times import now_utc
from server.timekeeper import Timekeeper
from server.wiring import apply_configuration
from tests.followers import entry
from tests.server.house import context_on


async def test_a_window_starts_and_ends_by_itself(store):
    clock = [now_utc()]
    context = context_on(store, now=lambda: clock[0])
    apply_configuration(context)
    entry = MaintenanceEntry(
        name={"en": "New database"},
        body={"en": "The website is away for an hour. Trading in the app works."},
        scheduled_for=clock[0] + timedelta(hours=2),
        scheduled_until=clock[0] + timedelta(hours=3),
        component_ids=("website",),
        reminders=(timedelta(hours=1),),
    )
    event = announce(context.desk, entry, COMMAND_LINE, clock[0])
    keeper = Timekeeper(context, "test")

    clock[0] += timedelta(hours=1, minutes=5)
    keeper.tick()
    assert len(maintenance.maintenance(store, event.id).reminded) == 1
    clock[0] = event.scheduled_for
    keeper.tick()
    assert maintenance.maintenance(store, event.id).state is WindowState.IN_PROGRESS
    assert components.component(store, "website").status is Status.UNDER_MAINTENANCE
    clock[0] = event.scheduled_until
    keeper.tick()
    assert maintenance.maintenance(store, event.id).state is WindowState.COMPLETED
    assert components.component(store, "website").status is Status.OPERATIONAL


async def test_it_gives_a_sign_of_life_and_stops_when_told(store):
    context = context_on(store)
    stop = asyncio.Event()
    running = asyncio.create_task(Timekeeper(context, "test").run(stop))
    while "clock" not in meta.pulses(store):
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_a_notice_that_was_held_leaves_by_itself(store):
    clock = [now_utc()]
    context = context_on(store, now=lambda: clock[0])
    apply_configuration(context)
    entry = MaintenanceEntry(
        name={"en": "New database"},
        body={"en": "The website is away for an hour."},
        scheduled_for=clock[0] + timedelta(days=4),
        scheduled_until=clock[0] + timedelta(days=4, hours=1),
        component_ids=("website",),
    )
    event = announce(context.desk.holding(timedelta(seconds=10)), entry, COMMAND_LINE, clock[0])
    keeper = Timekeeper(context, "test")
    keeper.tick()
    assert notices.notices(store, subject_id=event.id)[0].state is NoticeState.HELD
    clock[0] += timedelta(seconds=10)
    keeper.tick()
    assert notices.notices(store, subject_id=event.id)[0].state is NoticeState.FANNING_OUT


async def test_the_day_that_is_over_is_added_up_by_itself(store):
    clock = [now_utc()]
    context = context_on(store, now=lambda: clock[0])
    apply_configuration(context)
    keeper = Timekeeper(context, "test")
    keeper.tick()
    assert days.rolled(store, "UTC", clock[0].date()) == {}
    began = clock[0].date()
    clock[0] += timedelta(days=1, hours=1)
    keeper.tick()
    assert days.rolled(store, "UTC", began)["website"].open_day >= began + timedelta(days=1)


def test_what_others_announced_is_forgotten_a_quarter_after_its_end(store):
    clock = [now_utc()]
    context = context_on(store, now=lambda: clock[0])
    apply_configuration(context)
    over = Finding(
        id="one",
        source="chain:ethereum",
        chain="ethereum",
        component=None,
        kind=FindingKind.UPSTREAM_INCIDENT,
        title="Errors",
        url="",
        severity=Severity.MAJOR,
        since=clock[0] - timedelta(hours=2),
        ended_at=clock[0] - timedelta(hours=1),
        content_hash="h",
    )
    findings.keep(store, over.source, Sighting(findings=(over,), is_whole=True), clock[0])
    keeper = Timekeeper(context, "test")
    for passed, left in ((89, 1), (2, 0)):
        clock[0] += timedelta(days=passed)
        keeper.tick()
        assert len(store.rows("SELECT id FROM findings")) == left


async def test_a_request_to_follow_the_page_that_nobody_confirms_is_forgotten(store):
    clock = [now_utc()]
    context = context_on(store, now=lambda: clock[0])
    apply_configuration(context)
    keeper = Timekeeper(context, "test")
    asked = ask(context.desk, entry("gwen@mail.example"), VISITOR, clock[0])
    clock[0] = asked.confirm_until
    keeper.tick()
    assert subscribers.contact(store, asked.id) is not None
    clock[0] += timedelta(hours=2)
    keeper.tick()
    assert subscribers.contact(store, asked.id) is None


async def test_a_promise_that_is_about_to_break_is_said_once(store):
    clock = [now_utc()]
    context = context_on(store, now=lambda: clock[0])
    apply_configuration(context)
    entry = IncidentEntry(
        name={"en": "The website is slow"},
        body={"en": "Pages take long."},
        statuses={"website": Status.DEGRADED},
        next_update_at=clock[0] + timedelta(minutes=10),
    )
    incident = open_incident(context.desk, entry, COMMAND_LINE, clock[0])
    keeper = Timekeeper(context, "test")
    with capture_logs() as said:
        for minutes in (5, 3, 1):
            clock[0] += timedelta(minutes=minutes)
            keeper.tick()
    hurried = [each for each in said if each["event"] == "promise_about_to_break"]
    assert [(each["ref"], each["log_level"]) for each in hurried] == [(incident.ref, "warning")]

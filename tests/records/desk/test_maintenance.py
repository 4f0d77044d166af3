"""Deeds about planned events: announce, remind, start, extend, complete, cancel."""

import pytest

from records.components import Status
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.maintenance import announce, cancel, complete, extend, reschedule, start, warnings
from records.desk.windows import remind, run_windows
from records.errors import Invalid, MoveRefused, NotFound
from records.maintenance import Kind, WindowState
from records.notices import Category, Lane, NoticeKind
from records.people import CLOCK
from records.store import components, maintenance, notices
from records.store.people import audit_entries
from tests.cast import ANA, DAY, HOUR, MINUTE, NOW, SECOND, a_window, acme, deliver, fan_out, the_notice, told

BTC = ["ada", "carmen", "dmitri", "fay"]
START, END = NOW + 4 * DAY, NOW + 4 * DAY + 2 * HOUR


@pytest.fixture
def desk(store):
    return acme(store)


def _kinds(store):
    return [notice.kind.removeprefix("maintenance_") for notice in reversed(notices.notices(store))]


def test_an_announced_window_is_public_and_told_to_whom_it_affects(store, desk):
    window = announce(desk, a_window(reminders=(HOUR, 24 * HOUR)), ANA, NOW)
    assert (window.ref, window.state, window.announced_at, window.lead) == (
        "MNT-1",
        WindowState.SCHEDULED,
        NOW,
        4 * DAY,
    )
    assert window.audience == "network:bitcoin or holds:BTC"
    assert window.reminders == (24 * HOUR, HOUR)
    assert [update.body for update in window.updates] == [a_window().body]
    notice = the_notice(store, window.id)
    assert (notice.kind, notice.lane) == (NoticeKind.MAINTENANCE_ANNOUNCED, Lane.BULK)
    assert (notice.category, notice.useful_until) == (Category.MANDATORY_SERVICE, START)
    fan_out(store)
    assert told(store, window.id) == [BTC]
    assert components.component(store, "btc-deposits").status is Status.OPERATIONAL
    assert maintenance.maintenance(store, "mnt-1") == maintenance.maintenance(store, window.id)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": {}}, "/name"),
        ({"body": {"en": " "}}, "/body"),
        ({"scheduled_until": START}, "/scheduled_until"),
        ({"scheduled_until": START + 31 * DAY}, "/scheduled_until"),
        ({"scheduled_for": NOW - 2 * HOUR, "scheduled_until": NOW}, "/scheduled_until"),
        ({"time_zone": "Europe/Atlantis"}, "/time_zone"),
        ({"reminders": (HOUR, -HOUR)}, "/reminders/1"),
        ({"channels": ("fax",)}, "/channels/0"),
        ({"audience": "holds"}, "audience"),
    ],
)
def test_nonsense_is_refused_with_its_place(store, desk, changes, path):
    with pytest.raises(Invalid) as refused:
        announce(desk, a_window(**changes), ANA, NOW)
    assert [fault.path for fault in refused.value.faults] == [path]
    assert maintenance.unfinished(store) == []


def test_an_unknown_component_is_refused(desk):
    with pytest.raises(NotFound):
        announce(desk, a_window(component_ids=("doge",)), ANA, NOW)


def test_a_component_named_twice_counts_once(store, desk):
    public_id = components.component(store, "btc-deposits").public_id
    window = announce(desk, a_window(component_ids=("btc-deposits", public_id, "btc-deposits")), ANA, NOW)
    assert window.component_ids == ("btc-deposits",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {"scheduled_for": NOW + 71 * HOUR},
            ["Customers get 71 hours' notice; for maintenance it should be 72 hours."],
        ),
        ({"scheduled_for": NOW + 72 * HOUR}, []),
        ({"scheduled_for": NOW + 5 * HOUR, "emergency_reason": "a leaking key"}, []),
        ({"kind": Kind.UPGRADE}, ["Customers get 96 hours' notice; for upgrade it should be 168 hours."]),
    ],
)
def test_short_notice_is_pointed_out_not_forbidden(store, desk, changes, expected):
    assert warnings(desk, a_window(**changes), NOW) == expected
    window = announce(desk, a_window(**changes), ANA, NOW)
    assert audit_entries(store, subject=window.id)[0].detail["warnings"] == expected


def test_windows_that_overlap_on_a_component_are_pointed_out(desk):
    announce(desk, a_window(), ANA, NOW)
    assert warnings(desk, a_window(component_ids=("btc-deposits",)), NOW) == ["It overlaps MNT-1 on btc-deposits."]
    assert warnings(desk, a_window(component_ids=("website",)), NOW) == []
    assert warnings(desk, a_window(scheduled_for=END, scheduled_until=END + HOUR), NOW) == []


def test_a_window_reminds_starts_and_completes_by_itself(store, desk):
    window = announce(desk, a_window(), ANA, NOW)
    log = [
        (moment, done)
        for moment in (
            NOW + MINUTE,
            START - 24 * HOUR - SECOND,
            START - 24 * HOUR,
            START - 23 * HOUR,
            START - HOUR,
            START - SECOND,
            START,
            START + HOUR,
            END,
            END + HOUR,
        )
        for done in run_windows(desk, CLOCK, moment)
    ]
    assert log == [
        (START - 24 * HOUR, "reminded of MNT-1"),
        (START - HOUR, "reminded of MNT-1"),
        (START, "started MNT-1"),
        (END, "completed MNT-1"),
    ]
    assert _kinds(store) == ["announced", "reminder", "reminder", "started", "completed"]
    after = maintenance.maintenance(store, window.id)
    assert (after.state, after.started_at, after.completed_at) == (WindowState.COMPLETED, START, END)
    assert [update.state for update in after.updates] == ["scheduled", "in_progress", "completed"]
    assert after.version > window.version


def test_several_missed_reminders_count_as_one(store, desk):
    window = announce(desk, a_window(reminders=(72 * HOUR, 24 * HOUR, HOUR)), ANA, NOW)
    assert remind(desk, window.id, CLOCK, START - 2 * HOUR)
    assert not remind(desk, window.id, CLOCK, START - 2 * HOUR)
    assert maintenance.maintenance(store, window.id).reminded == (START - 72 * HOUR, START - 24 * HOUR)
    assert remind(desk, window.id, CLOCK, START - HOUR)
    assert _kinds(store) == ["announced", "reminder", "reminder"]


def test_a_reminder_that_lay_before_the_announcement_is_not_sent(store, desk):
    soon = a_window(scheduled_for=NOW + 2 * HOUR, scheduled_until=NOW + 3 * HOUR, emergency_reason="a leaking key")
    window = announce(desk, soon, ANA, NOW)
    assert not remind(desk, window.id, CLOCK, NOW + MINUTE)
    assert remind(desk, window.id, CLOCK, NOW + HOUR)
    assert not remind(desk, window.id, CLOCK, NOW + 2 * HOUR), "after the start it is too late to remind"


def test_by_hand_means_by_hand(store, desk):
    announce(desk, a_window(auto_start=False, auto_complete=False, reminders=()), ANA, NOW)
    assert run_windows(desk, CLOCK, START + HOUR) == []
    start(desk, "MNT-1", ANA, START + HOUR)
    assert run_windows(desk, CLOCK, END + DAY) == []
    assert complete(desk, "MNT-1", ANA, END + DAY).completed_at == END + DAY


def test_a_running_window_shows_and_a_finished_one_does_not(store, desk):
    window = announce(desk, a_window(), ANA, NOW)
    start(desk, window.id, ANA, NOW)
    shown = {each.id: each.status for each in components.all_components(store)}
    assert [each for each, status in shown.items() if status is Status.UNDER_MAINTENANCE] == [
        "btc-deposits",
        "btc-withdrawals",
    ]
    complete(desk, window.id, ANA, NOW + HOUR)
    assert {each.status for each in components.all_components(store)} == {Status.OPERATIONAL}


def test_an_extension_moves_the_end_and_is_told(store, desk):
    window = announce(desk, a_window(), ANA, NOW)
    start(desk, window.id, ANA, START)
    extended = extend(desk, window.id, END + HOUR, ANA, START + HOUR, body={"en": "One hour more."})
    assert (extended.scheduled_until, extended.state) == (END + HOUR, WindowState.IN_PROGRESS)
    assert the_notice(store, window.id).facts["scheduled_until"] == "2026-11-26T16:00:00.000Z"
    assert the_notice(store, window.id).facts["body"] == {"en": "One hour more."}
    assert run_windows(desk, CLOCK, END) == []
    assert run_windows(desk, CLOCK, END + HOUR) == ["completed MNT-1"]


@pytest.mark.parametrize("until", [NOW, START, START + 31 * DAY])
def test_an_extension_ends_after_the_start_after_now_and_within_reason(desk, until):
    window = announce(desk, a_window(), ANA, NOW)
    with pytest.raises(Invalid, match="/scheduled_until"):
        extend(desk, window.id, until, ANA, NOW + MINUTE)


def test_a_cancelled_window_is_told_to_whoever_heard_of_it(store, desk):
    window = announce(desk, a_window(), ANA, NOW)
    fan_out(store)
    deliver(store)
    bought = CustomerEntry(external_id="gus", tags=("holds:BTC",))
    put_customers(desk, [CustomerEntry(external_id="ada"), bought], ANA, NOW + MINUTE)
    cancelled = cancel(desk, window.id, ANA, NOW + HOUR)
    assert cancelled.cancelled_at == NOW + HOUR
    fan_out(store, NOW + HOUR)
    assert told(store, window.id) == [BTC, [*BTC, "gus"]]
    assert run_windows(desk, CLOCK, START) == []


#: What each deed does to a window in each state; `.` is refused.
_DEEDS = {
    "start": lambda desk, window: start(desk, window.id, ANA, NOW + HOUR),
    "extend": lambda desk, window: extend(desk, window.id, END + HOUR, ANA, NOW + HOUR),
    "complete": lambda desk, window: complete(desk, window.id, ANA, NOW + HOUR),
    "cancel": lambda desk, window: cancel(desk, window.id, ANA, NOW + HOUR),
}
_TABLE = {
    WindowState.SCHEDULED: ["in_progress", "scheduled", ".", "cancelled"],
    WindowState.IN_PROGRESS: [".", "in_progress", "completed", "."],
    WindowState.COMPLETED: [".", ".", ".", "."],
    WindowState.CANCELLED: [".", ".", ".", "."],
}


@pytest.mark.parametrize("state", list(_TABLE))
def test_each_deed_is_done_or_refused_as_the_table_says(store, desk, state):
    row = []
    for deed in _DEEDS.values():
        window = announce(desk, a_window(), ANA, NOW)
        if state is WindowState.CANCELLED:
            cancel(desk, window.id, ANA, NOW)
        elif state is not WindowState.SCHEDULED:
            start(desk, window.id, ANA, NOW)
            if state is WindowState.COMPLETED:
                complete(desk, window.id, ANA, NOW)
        before = maintenance.maintenance(store, window.id)
        assert before.state is state
        try:
            row.append(deed(desk, window).state.value)
        except MoveRefused:
            row.append(".")
            assert maintenance.maintenance(store, window.id) == before
    assert row == _TABLE[state]


def test_one_that_somebody_moved_meanwhile_does_not_stop_the_others(store, desk, monkeypatch):
    first = announce(desk, a_window(), ANA, NOW)
    announce(desk, a_window(), ANA, NOW)
    due = maintenance.unfinished(store)
    start(desk, first.id, ANA, START)
    monkeypatch.setattr(maintenance, "unfinished", lambda _: due)
    assert run_windows(desk, CLOCK, START) == ["started MNT-2"]


def test_a_promotion_is_optional_and_says_so(store, desk):
    window = announce(desk, a_window(kind=Kind.PROMOTION, component_ids=(), audience="product:card"), ANA, NOW)
    assert the_notice(store, window.id).category is Category.OPTIONAL_SERVICE
    fan_out(store)
    assert told(store, window.id) == [["gus"]]


def test_without_channels_only_the_page_is_told(store, desk):
    window = announce(desk, a_window(channels=()), ANA, NOW)
    run_windows(desk, CLOCK, START)
    assert notices.notices(store) == []
    assert maintenance.maintenance(store, window.id).is_running


def test_the_facts_of_a_window_are_exactly_those_documented(store, desk):
    window = announce(desk, a_window(time_zone="Europe/Bucharest", still_works={"en": "Ethereum."}), ANA, NOW)
    start(desk, window.id, ANA, START, body={"en": "We have begun."})
    assert the_notice(store, window.id).facts == {
        "id": window.id,
        "ref": "MNT-1",
        "kind": "maintenance",
        "name": {"en": "Bitcoin node upgrade"},
        "state": "in_progress",
        "body": {"en": "We have begun."},
        "still_works": {"en": "Ethereum."},
        "what_to_do": {},
        "components": [
            {"id": "btc-deposits", "name": {"en": "Bitcoin deposits"}},
            {"id": "btc-withdrawals", "name": {"en": "Bitcoin withdrawals"}},
        ],
        "scheduled_for": "2026-11-26T13:00:00.000Z",
        "scheduled_until": "2026-11-26T15:00:00.000Z",
        "time_zone": "Europe/Bucharest",
        "started_at": "2026-11-26T13:00:00.000Z",
        "completed_at": None,
        "at_block": None,
    }


def test_past_windows_are_listed_by_when_they_ended(store, desk):
    announce(desk, a_window(), ANA, NOW)
    later = announce(desk, a_window(scheduled_for=START + DAY, scheduled_until=END + DAY), ANA, NOW)
    cancel(desk, later.id, ANA, NOW)
    assert [each.ref for each in maintenance.all_since(store, NOW)] == ["MNT-2", "MNT-1"]
    assert [each.ref for each in maintenance.all_since(store, END + SECOND)] == ["MNT-2"]
    assert [each.ref for each in maintenance.unfinished(store)] == ["MNT-1"]


def test_a_moved_window_is_told_to_those_who_heard_of_it_and_reminds_anew(store, desk):
    window = announce(desk, a_window(reminders=(24 * HOUR,)), ANA, NOW)
    fan_out(store)
    assert remind(desk, window.id, CLOCK, START - 24 * HOUR)
    moved = reschedule(desk, window.id, START + 2 * DAY, END + 2 * DAY, ANA, START - HOUR, body={"en": "Later."})
    assert (moved.scheduled_for, moved.scheduled_until, moved.state) == (
        START + 2 * DAY,
        END + 2 * DAY,
        WindowState.SCHEDULED,
    )
    assert moved.updates[-1].body == {"en": "Later."}
    assert run_windows(desk, CLOCK, START) == [], "the old start is nothing any more"
    assert remind(desk, window.id, CLOCK, START + DAY)
    assert run_windows(desk, CLOCK, START + 2 * DAY) == ["started MNT-1"]
    fan_out(store)
    assert _kinds(store) == ["announced", "reminder", "rescheduled", "reminder", "started"]
    assert told(store, window.id)[-1] == BTC


@pytest.mark.parametrize(
    ("start_at", "until", "path"),
    [
        (END, START, "/scheduled_until"),
        (START, START + 31 * DAY, "/scheduled_until"),
        (NOW - HOUR, NOW + HOUR, "/scheduled_for"),
    ],
)
def test_a_window_moves_only_to_a_time_that_makes_sense(desk, start_at, until, path):
    window = announce(desk, a_window(), ANA, NOW)
    with pytest.raises(Invalid) as refused:
        reschedule(desk, window.id, start_at, until, ANA, NOW)
    assert [fault.path for fault in refused.value.faults] == [path]


def test_what_has_begun_is_not_moved(desk):
    window = announce(desk, a_window(), ANA, NOW)
    start(desk, window.id, ANA, NOW + HOUR)
    with pytest.raises(MoveRefused, match="only what has not begun"):
        reschedule(desk, window.id, START, END, ANA, NOW + HOUR)

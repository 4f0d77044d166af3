"""Days added up are what the intervals themselves amount to, whatever was changed about the past meanwhile."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.components import Status
from records.days import Correction, How, date_in, midnight, state_at, worst_of
from records.desk.configuration import configure
from records.desk.corrections import correct_times
from records.desk.desk import Desk
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce, complete, start
from records.errors import Conflict, Invalid
from records.incidents import Stage
from records.people import COMMAND_LINE
from records.store import components, days
from records.store.engine import open_store
from records.store.migrations import migrate
from records.store.rollup import network_subject, roll_up
from tests.cast import ANA, HOUR, MINUTE, NOW, a_component, a_window, acme_components

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Bucharest",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # clocks move by half an hour: days of 23.5 and 24.5 hours
    "America/Havana",  # clocks move at midnight
    "Pacific/Chatham",
]
#: Both changes of clocks, north and south, lie behind it.
END = datetime(2026, 11, 9, 15, 0, tzinfo=UTC)
BEGAN = END - timedelta(days=50)
PAIR = ("one", "two")


@dataclass(frozen=True)
class Step:
    """Something that happens to the record, so many minutes before the end."""

    kind: str
    name: str
    status: Status
    ago: int
    lasting: int
    zone: str


steps = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(["state", "state", "state", "roll", "floor", "lift", "exact", "absent", "zone"]),
        name=st.sampled_from(PAIR),
        status=st.sampled_from(list(Status)),
        ago=st.integers(min_value=0, max_value=49 * 1440),
        lasting=st.integers(min_value=0, max_value=3 * 1440),
        zone=st.sampled_from(ZONES),
    ),
    max_size=25,
)


@pytest.fixture
def books(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/books.db")
    migrate(opened)
    yield opened
    opened.close()


def found(store, zone, subject, ids):
    """Day by day what the sums say, each counted out; days without a row were operational from end to end."""
    one = days.rolled(store, zone, date(2000, 1, 1))[subject]
    assert one.made_from == ids
    told = {}
    day = one.first_day
    while day < one.open_day:
        length = midnight(day + timedelta(days=1), zone) - midnight(day, zone)
        told[day] = {Status.OPERATIONAL: length}
        day += timedelta(days=1)
    for each in one.days:
        told[each.date] = dict(each.spent)
    return told


def expected(store, zone, ids, until):
    """The same from the intervals, in another way: each stretch between two changes belongs to the day it lies in."""
    told = days.changes_since(store, datetime(2000, 1, 1, tzinfo=UTC))
    changes = worst_of([told[each] for each in ids])
    moments = {moment for moment, _ in changes} | {until}
    day = date_in(changes[0][0], zone)
    while midnight(day, zone) <= until:
        moments.add(midnight(day, zone))
        day += timedelta(days=1)
    spent: dict[date, dict[Status, timedelta]] = defaultdict(lambda: defaultdict(timedelta))
    ordered = [moment for moment in sorted(moments) if changes[0][0] <= moment <= until]
    for since, to in pairwise(ordered):
        status = state_at(changes, since)
        day_of = spent[date_in(since, zone)]
        if status is not None and to > since:
            day_of[status] += to - since
    return {day: dict(states) for day, states in spent.items()}


def put(store, names=PAIR):
    with store.tx():
        for table in ("component_days", "rolled_days", "state_corrections", "component_states", "components"):
            store.run(f"DELETE FROM {table}")
    for name in names:
        components.put(store, a_component(name, name, chain="bitcoin", created_at=BEGAN), BEGAN)


def take(store, step, now):
    at = now - timedelta(minutes=min(step.ago, (now - BEGAN) // MINUTE))
    end = min(now, at + timedelta(minutes=step.lasting))
    if step.kind == "state":
        # Whoever speaks of the past speaks of it as it was then: a state is set with the time it began.
        components.set_status(store, step.name, step.status, at)
    elif step.kind in ("roll", "zone"):
        roll_up(store, step.zone, now)
    else:
        status = None if step.kind == "absent" else step.status
        how = How.EXACT if status is None else How(step.kind)
        one = Correction(component_id=step.name, start=at, end=end if end > at else None, status=status, how=how)
        days.correct(store, one, "incident", "ana", now)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, zone=st.sampled_from(ZONES))
def test_sums_equal_the_intervals_whatever_happens_to_the_past(books, steps, zone):
    put(books)
    for number, step in enumerate(steps):
        take(books, step, END - timedelta(days=len(steps) - number) if step.kind == "roll" else END)
    roll_up(books, zone, END)
    until = midnight(date_in(END, zone), zone)
    for subject, ids in {"one": ("one",), "two": ("two",), network_subject("bitcoin"): PAIR}.items():
        told, counted = found(books, zone, subject, ids), expected(books, zone, ids, until)
        for day in sorted(told.keys() | counted.keys()):
            assert told.get(day, {}) == counted.get(day, {}), (subject, day)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 11, 1), 25),
        ("Europe/Bucharest", date(2026, 10, 25), 25),
        ("Asia/Kolkata", date(2026, 10, 25), 24),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(store, zone, day, hours):
    put(store)
    components.set_status(store, "one", Status.MAJOR_OUTAGE, BEGAN + MINUTE)
    roll_up(store, zone, END)
    assert found(store, zone, "one", ("one",))[day] == {Status.MAJOR_OUTAGE: timedelta(hours=hours)}


def test_days_are_added_up_once_and_plain_ones_take_no_row(store):
    put(store)
    components.set_status(store, "one", Status.DEGRADED, END - timedelta(days=3))
    components.set_status(store, "one", Status.OPERATIONAL, END - timedelta(days=3) + MINUTE)
    assert roll_up(store, "UTC", END) == 3 * 50
    assert roll_up(store, "UTC", END + MINUTE) == 0
    kept = days.rolled(store, "UTC", BEGAN.date())
    # The day on which it began was not a whole one.
    assert [day.date for day in kept["one"].days] == [BEGAN.date(), (END - timedelta(days=3)).date()]
    assert roll_up(store, "UTC", END + timedelta(days=1)) == 3


def test_a_day_is_not_closed_in_its_first_minutes_after_midnight(store):
    put(store)
    roll_up(store, "UTC", END)
    tomorrow = midnight(END.date() + timedelta(days=1), "UTC")
    assert roll_up(store, "UTC", tomorrow + MINUTE) == 0
    assert roll_up(store, "UTC", tomorrow + 6 * MINUTE) == 3


def test_what_is_set_today_opens_no_day_again(store):
    put(store)
    roll_up(store, "UTC", END)
    components.set_status(store, "one", Status.MAJOR_OUTAGE, END)
    assert days.rolled(store, "UTC", BEGAN.date())["one"].open_day == END.date()


def test_another_time_zone_counts_anew_and_leaves_nothing_behind(store):
    put(store)
    roll_up(store, "UTC", END)
    roll_up(store, "Europe/Bucharest", END)
    assert days.rolled(store, "UTC", BEGAN.date()) == {}
    assert len(days.rolled(store, "Europe/Bucharest", BEGAN.date())) == 3


def test_a_network_is_counted_anew_when_a_way_is_added(store):
    put(store)
    roll_up(store, "UTC", END)
    components.put(store, a_component("three", "three", chain="bitcoin", created_at=BEGAN), BEGAN)
    roll_up(store, "UTC", END)
    kept = days.rolled(store, "UTC", BEGAN.date())
    assert kept[network_subject("bitcoin")].made_from == ("one", "three", "two")


def minutes(store, day, status, name="btc-deposits"):
    roll_up(store, "UTC", NOW)
    kept = days.rolled(store, "UTC", day)[name].days
    return next((each.spent.get(status, timedelta()) for each in kept if each.date == day), timedelta()) // MINUTE


@pytest.fixture
def desk(store):
    """Acme Wallet a month old, its past added up."""
    desk = Desk(store=store)
    configure(desk, acme_components(), [], COMMAND_LINE, NOW - timedelta(days=30))
    roll_up(store, "UTC", NOW)
    return desk


def late_entry(**changes) -> IncidentEntry:
    plain = IncidentEntry(
        name={"en": "Deposits failed"},
        body={"en": "They failed."},
        statuses={"btc-deposits": Status.PARTIAL_OUTAGE},
        started_at=NOW - timedelta(days=4),
        channels=(),
    )
    return replace(plain, **changes)


def test_an_incident_entered_later_is_in_the_bars_of_the_day_it_began(store, desk):
    day = (NOW - timedelta(days=4)).date()
    assert minutes(store, day, Status.PARTIAL_OUTAGE) == 0
    open_incident(desk, late_entry(), ANA, NOW)
    assert minutes(store, day, Status.PARTIAL_OUTAGE) == 11 * 60
    assert minutes(store, day + timedelta(days=1), Status.PARTIAL_OUTAGE) == 24 * 60


def test_a_corrected_end_gives_the_time_back(store, desk):
    opened = open_incident(desk, late_entry(), ANA, NOW - timedelta(days=4))
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}, statuses={"btc-deposits": Status.OPERATIONAL})
    update_incident(desk, opened.id, over, ANA, NOW - timedelta(days=2))
    day = (NOW - timedelta(days=3)).date()
    assert minutes(store, day, Status.PARTIAL_OUTAGE) == 24 * 60
    ended = NOW - timedelta(days=4) + HOUR
    corrected = correct_times(desk, opened.id, ANA, NOW, resolved_at=ended, reason="It was over before we noticed.")
    assert corrected.resolved_at == ended
    assert minutes(store, day, Status.PARTIAL_OUTAGE) == 0
    assert minutes(store, (NOW - timedelta(days=4)).date(), Status.PARTIAL_OUTAGE) == 60
    correct_times(desk, opened.id, ANA, NOW, started_at=NOW - timedelta(days=4, hours=2), reason="Logs say so.")
    assert minutes(store, (NOW - timedelta(days=4)).date(), Status.PARTIAL_OUTAGE) == 180
    correct_times(desk, opened.id, ANA, NOW, resolved_at=NOW - timedelta(days=4) + 3 * HOUR, reason="Logs say more.")
    assert minutes(store, (NOW - timedelta(days=4)).date(), Status.PARTIAL_OUTAGE) == 300


def test_a_correction_needs_a_reason_a_public_incident_and_sense(store, desk):
    draft = open_incident(desk, late_entry(publish=False), ANA, NOW)
    with pytest.raises(Conflict):
        correct_times(desk, draft.id, ANA, NOW, started_at=NOW - HOUR, reason="x")
    opened = open_incident(desk, late_entry(), ANA, NOW)
    with pytest.raises(Invalid):
        correct_times(desk, opened.id, ANA, NOW, started_at=NOW - HOUR, reason=" ")
    with pytest.raises(Invalid):
        correct_times(desk, opened.id, ANA, NOW, started_at=NOW + HOUR, reason="x")
    with pytest.raises(Conflict):
        correct_times(desk, opened.id, ANA, NOW, resolved_at=NOW - HOUR, reason="x")


def test_planned_work_is_counted_apart_and_an_outage_inside_it_still_shows(store, desk):
    begun = NOW - timedelta(days=3)
    event = announce(
        desk, a_window(scheduled_for=begun, scheduled_until=begun + 2 * HOUR), ANA, begun - timedelta(days=5)
    )
    start(desk, event.id, ANA, begun)
    failed = open_incident(desk, late_entry(started_at=None), ANA, begun + 30 * MINUTE)
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}, statuses={"btc-deposits": Status.OPERATIONAL})
    update_incident(desk, failed.id, over, ANA, begun + 50 * MINUTE)
    complete(desk, event.id, ANA, begun + 2 * HOUR)
    roll_up(store, "UTC", NOW)
    day = next(one for one in days.rolled(store, "UTC", begun.date())["btc-deposits"].days if one.date == begun.date())
    assert day.planned == 2 * HOUR
    assert day.spent[Status.PARTIAL_OUTAGE] == 20 * MINUTE
    assert day.spent[Status.UNDER_MAINTENANCE] == 100 * MINUTE


def test_the_time_for_which_a_component_was_taken_away_is_no_time_at_all(store):
    put(store)
    components.retire_all_but(store, ["two"], END - timedelta(days=10))
    components.put(store, a_component("one", "one", created_at=BEGAN), END - timedelta(days=8))
    roll_up(store, "UTC", END)
    told = found(store, "UTC", "one", ("one",))
    assert told[(END - timedelta(days=9)).date()] == {}
    assert told[(END - timedelta(days=10)).date()] == {Status.OPERATIONAL: timedelta(hours=15)}
    assert told[(END - timedelta(days=7)).date()] == {Status.OPERATIONAL: timedelta(hours=24)}

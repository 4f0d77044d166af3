"""The table of stages, the cadence of promises, and what states amount to."""

from datetime import timedelta

import pytest

from records.components import Status
from records.incidents import MOVES, OPEN, Impact, Stage, cadence, impact_of
from records.maintenance import LEAD_TIME, RUNNING, WINDOW_MOVES, Kind, WindowState


def printed(moves):
    """A table of moves as text: a row per present state, a column per next one."""
    states = list(moves)
    width = max(len(state) for state in states)
    head = " " * width + " " + " ".join(state for state in states)
    rows = [
        f"{state:{width}} " + " ".join(f"{'yes' if after in moves[state] else '.':{len(after)}}" for after in states)
        for state in states
    ]
    return [row.rstrip() for row in (head, *rows)]


def test_the_moves_of_an_incident():
    assert printed(MOVES) == [
        "              investigating identified monitoring resolved postmortem",
        "investigating yes           yes        yes        yes      .",
        "identified    yes           yes        yes        yes      .",
        "monitoring    yes           yes        yes        yes      .",
        "resolved      yes           .          .          .        yes",
        "postmortem    yes           .          .          .        yes",
    ]


def test_the_moves_of_a_window():
    assert printed(WINDOW_MOVES) == [
        "            scheduled in_progress verifying completed cancelled",
        "scheduled   yes       yes         .         .         yes",
        "in_progress .         yes         yes       yes       .",
        "verifying   .         yes         yes       yes       .",
        "completed   .         .           .         .         .",
        "cancelled   .         .           .         .         .",
    ]


def test_every_stage_and_state_has_its_row():
    assert set(MOVES) == set(Stage)
    assert set(WINDOW_MOVES) == set(WindowState)
    assert set(Stage) - OPEN == {Stage.RESOLVED, Stage.POSTMORTEM}
    assert {WindowState.IN_PROGRESS, WindowState.VERIFYING} == RUNNING
    assert {kind.value: lead.total_seconds() / 3600 for kind, lead in LEAD_TIME.items()} == {
        "maintenance": 72,
        "upgrade": 168,
        "promotion": 72,
    }
    assert set(LEAD_TIME) == set(Kind)


def test_how_soon_customers_hear_from_us_again():
    table = [
        [
            impact.value,
            *(None if (span := cadence(impact, stage)) is None else span // timedelta(minutes=1) for stage in Stage),
        ]
        for impact in Impact
    ]
    assert table == [
        ["none", 15, 30, 60, None, None],
        ["minor", 15, 30, 60, None, None],
        ["major", 15, 30, 60, None, None],
        ["critical", 10, 10, 30, None, None],
    ]


@pytest.mark.parametrize(
    ("statuses", "impact"),
    [
        ([], Impact.NONE),
        ([Status.OPERATIONAL, Status.UNKNOWN, Status.UNDER_MAINTENANCE], Impact.NONE),
        ([Status.OPERATIONAL, Status.DEGRADED], Impact.MINOR),
        ([Status.PARTIAL_OUTAGE, Status.DEGRADED], Impact.MAJOR),
        ([Status.MAJOR_OUTAGE, Status.PARTIAL_OUTAGE], Impact.CRITICAL),
    ],
)
def test_the_gravest_component_decides_the_impact(statuses, impact):
    assert impact_of(statuses) is impact

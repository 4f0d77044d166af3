"""Upgrades by height: what nodes name, what is kept of it, and when a stop was planned."""

from dataclasses import replace

import pytest

from monitors.book import Book, Upgrade, from_table, to_table
from monitors.plans import UPGRADE_WINDOW_SECONDS, at_planned_stop, noted_plan
from records.observations import Observation
from tests.monitors.cast import seen_at


def naming(height: object, *, stops: bool = True) -> Observation:
    return seen_at(100, facts={"upgrade_height": height, "upgrade_stops": stops})


PLANNED = Book(head=99, upgrade=Upgrade(height=100, stops=True))


def test_what_most_nodes_name_is_noted():
    book = noted_plan(Book(), [naming(100), naming(100), naming(7)])
    assert book.upgrade == Upgrade(height=100, stops=True)


def test_a_plan_that_was_taken_back_is_forgotten():
    assert noted_plan(PLANNED, [naming(0)]).upgrade is None


def test_a_plan_that_the_chain_has_passed_is_none():
    assert noted_plan(replace(PLANNED, head=101), [naming(100)]).upgrade is None
    assert noted_plan(replace(PLANNED, head=100), [naming(100)]).upgrade == PLANNED.upgrade


def test_when_nobody_says_anything_what_was_known_stays():
    assert noted_plan(PLANNED, []).upgrade == PLANNED.upgrade
    assert noted_plan(PLANNED, [seen_at(99), naming("soon"), naming(True)]).upgrade == PLANNED.upgrade


@pytest.mark.parametrize(("head", "stands"), [(98, False), (99, True), (100, True), (101, False), (None, False)])
def test_the_stop_is_at_the_height_or_one_below(head: int | None, stands: bool):
    assert at_planned_stop(replace(PLANNED, head=head)) is stands


def test_a_stop_that_lasts_too_long_is_no_planned_one_any_more():
    assert at_planned_stop(replace(PLANNED, head_age_seconds=UPGRADE_WINDOW_SECONDS))
    assert not at_planned_stop(replace(PLANNED, head_age_seconds=UPGRADE_WINDOW_SECONDS + 1))


def test_a_chain_that_upgrades_without_stopping_has_no_planned_stop():
    assert not at_planned_stop(replace(PLANNED, upgrade=Upgrade(height=100)))


def test_a_restart_keeps_the_plan_and_reads_states_from_before_there_were_any():
    stored = to_table(PLANNED)
    assert from_table(stored).upgrade == PLANNED.upgrade
    del stored["upgrade"]
    assert from_table(stored).upgrade is None

"""How soon words are handed over, from counts alone."""

from datetime import timedelta

import pytest

from records.handover import STEPS_SECONDS, HandOver, added, step_of
from records.notices import Lane


def over(**counts):
    each = [0] * (len(STEPS_SECONDS) + 1)
    for step, count in counts.items():
        each[int(step[1:])] = count
    return HandOver(channel="email", lane=Lane.URGENT, counts=tuple(each), sum_ms=0)


@pytest.mark.parametrize(("seconds", "step"), [(0, 0), (0.5, 0), (0.6, 1), (10, 4), (86_400, 13), (86_401, 14)])
def test_a_time_falls_into_the_step_whose_end_it_does_not_exceed(seconds, step):
    assert step_of(timedelta(seconds=seconds)) == step


def test_half_and_nearly_all_are_read_from_the_steps():
    found = over(s1=90, s6=10)
    assert found.total == 100
    assert 0.5 < found.within_seconds(0.5) < 1
    assert 30 < found.within_seconds(0.95) < 60


def test_of_nothing_there_is_no_time():
    assert over().within_seconds(0.5) is None


def test_what_lies_beyond_the_last_end_is_told_as_that_end():
    assert over(s14=1).within_seconds(0.5) == STEPS_SECONDS[-1]


def test_parts_are_added_up_by_channel_and_lane():
    found = added([("email", Lane.BULK, 0, 2, 500), ("email", Lane.URGENT, 1, 1, 700), ("email", Lane.BULK, 0, 1, 100)])
    assert [(one.lane, one.total, one.sum_ms) for one in found] == [(Lane.URGENT, 1, 700), (Lane.BULK, 3, 600)]

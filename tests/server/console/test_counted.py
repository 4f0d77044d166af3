"""Counts that take long are made seldom, quick ones always."""

import pytest

from records.store.engine import open_store
from server.console.counted import counted

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


class Work:
    """Counts how often it was done; each time takes `seconds` of a clock of its own."""

    def __init__(self, seconds: float) -> None:
        self.now, self.done, self.seconds = 0.0, 0, seconds

    def clock(self) -> float:
        return self.now

    def __call__(self) -> int:
        self.now += self.seconds
        self.done += 1
        return self.done


def test_a_quick_count_is_made_every_time(store):
    work = Work(0.01)
    assert [counted(store, "a", work, clock=work.clock) for _ in range(3)] == [1, 2, 3]


def test_a_slow_count_rests_ten_times_as_long_as_it_took(store):
    work = Work(2.0)
    assert counted(store, "a", work, clock=work.clock) == 1
    work.now += 19.9
    assert counted(store, "a", work, clock=work.clock) == 1
    work.now += 0.2
    assert counted(store, "a", work, clock=work.clock) == 2


def test_what_is_counted_apart_is_kept_apart(store, tmp_path):
    work, other = Work(2.0), open_store(f"sqlite:///{tmp_path}/other.db")
    answers = [counted(each, key, work, clock=work.clock) for each, key in ((store, "a"), (store, "b"), (other, "a"))]
    other.close()
    assert answers == [1, 2, 3]

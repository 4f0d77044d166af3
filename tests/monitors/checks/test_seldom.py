"""What changes seldom is asked seldom, and an answer that failed does not wipe out the last good one."""

import pytest

from monitors.checks.seldom import seldom
from monitors.checks.target import Memory


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    now = {"now": 1000.0}
    monkeypatch.setattr("monitors.checks.seldom.time.monotonic", lambda: now["now"])
    return now


async def test_it_is_asked_again_only_when_old(clock: dict[str, float]):
    memory, asked = Memory(), []

    async def ask() -> object:
        asked.append(clock["now"])
        return len(asked)

    assert [await seldom(memory, "a", ask) for _ in range(3)] == [1, 1, 1]
    clock["now"] += 61
    assert await seldom(memory, "a", ask) == 2
    assert len(asked) == 2


async def test_a_failure_keeps_the_last_good_answer_for_a_while(clock: dict[str, float]):
    memory = Memory()

    async def good() -> object:
        return "v1"

    async def bad() -> object:
        return None

    assert await seldom(memory, "a", good) == "v1"
    clock["now"] += 61
    assert await seldom(memory, "a", bad) == "v1"
    clock["now"] += 600
    assert await seldom(memory, "a", bad) is None


async def test_what_was_never_seen_is_not_seen(clock: dict[str, float]):
    async def bad() -> object:
        return None

    assert await seldom(Memory(), "a", bad) is None

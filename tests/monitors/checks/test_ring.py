"""What is remembered of a node's chain, against a chain that the test holds whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.checks.ring import RING_BLOCKS, remember, remember_final, remember_landmark
from monitors.checks.target import Memory
from tests.monitors.cast import branch


class Chain:
    """A node that can be asked for any hash, and counts the questions."""

    def __init__(self, hashes: dict[int, str]) -> None:
        self.hashes, self.asked = hashes, 0

    async def hash_at(self, height: int) -> str | None:
        self.asked += 1
        return self.hashes.get(height)

    def newest(self, count: int = 2) -> dict[int, str]:
        return {height: self.hashes[height] for height in sorted(self.hashes)[-count:]}


async def test_a_chain_that_only_grows_costs_no_question():
    memory, chain = Memory(), Chain({})
    for height in range(1, 300):
        chain.hashes = branch(height)
        await remember(memory, chain.newest(), chain.hash_at)
    assert chain.asked == 0
    assert len(memory.hashes) == RING_BLOCKS
    assert memory.hashes == branch(299)


async def test_a_gap_costs_one_question():
    memory, chain = Memory(hashes=branch(100)), Chain(branch(150))
    await remember(memory, chain.newest(), chain.hash_at)
    assert chain.asked == 1
    assert memory.hashes[100] == "main-100"


async def test_nothing_seen_changes_nothing():
    memory = Memory(hashes=branch(5))
    await remember(memory, {}, Chain({}).hash_at)
    assert memory.hashes == branch(5)


@settings(deadline=None)  # the machine is shared
@given(
    height=st.integers(20, 300),
    depth=st.integers(1, 255),
    growth=st.integers(-10, 60),
    known=st.sets(st.integers(0, 300), min_size=1),
)
async def test_wherever_a_chain_turned_back_memory_ends_up_true(height, depth, growth, known):
    turn = max(height - depth + 1, 1)
    now = max(height + growth, turn)
    before, after = branch(height), Chain(branch(now, name="new", since=turn))
    memory = Memory(hashes={at: before[at] for at in sorted(known) if at in before})
    await remember(memory, after.newest(), after.hash_at)
    assert all(after.hashes.get(at, block) == block for at, block in memory.hashes.items())
    assert after.asked <= 20
    lowest_changed = min((at for at in before if at >= turn and at in known and at <= now), default=None)
    if lowest_changed is not None and lowest_changed in after.hashes:
        assert memory.hashes[lowest_changed] == f"new-{lowest_changed}"


@pytest.mark.parametrize(("height", "asked"), [(100, [96]), (96, [96]), (15, [0])])
async def test_the_newest_landmark_is_asked_for_once(height: int, asked: list[int]):
    questions: list[int] = []
    memory = Memory()

    async def hash_at(wanted: int) -> str:
        questions.append(wanted)
        return f"main-{wanted}"

    for _ in range(2):
        await remember_landmark(memory, height, hash_at, every_blocks=16)
    assert questions == asked
    assert memory.hashes == {asked[0]: f"main-{asked[0]}"}


def test_of_final_blocks_those_above_the_newest_go_and_the_newest_256_stay():
    memory = Memory(hashes={at: f"main-{at}" for at in range(1, 400)})
    remember_final(memory, {300: "main-300"}, height=300)
    assert (min(memory.hashes), max(memory.hashes), len(memory.hashes)) == (45, 300, 256)

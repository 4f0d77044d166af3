import pytest

from server.demo.chain import GENESIS_SECONDS, Chain, ChainFacts, Family


class Clock:
    def __init__(self) -> None:
        self.seconds = GENESIS_SECONDS + 100_000.0

    def __call__(self) -> float:
        return self.seconds


FACTS = ChainFacts(
    name="ethereum", family=Family.EVM, network="1", first_height=23_000_000, pace_seconds=2, unrest=0.4, fee=1e9
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chain(clock: Clock) -> Chain:
    return Chain(FACTS, clock)


def test_blocks_come_at_the_usual_pace(chain, clock):
    before = chain.height
    clock.seconds += 200
    assert abs(chain.height - before - 100) <= 1


def test_the_newest_block_is_never_from_the_future_nor_older_than_two_paces(chain, clock):
    for _ in range(500):
        clock.seconds += 0.37
        age = clock.seconds - chain.block_seconds(chain.height)
        assert 0 <= age < 2 * FACTS.pace_seconds


def test_a_halted_network_makes_no_blocks_and_goes_on_where_it_stopped(chain, clock):
    chain.halt()
    stopped = chain.height
    came = chain.block_seconds(stopped)
    clock.seconds += 1000
    assert chain.height == stopped
    chain.heal()
    assert chain.height == stopped
    clock.seconds += 20
    assert 9 <= chain.height - stopped <= 11
    assert chain.block_seconds(stopped) == came
    assert chain.block_seconds(stopped + 2) > came + 1000


def test_two_halts_add_up(chain, clock):
    heights = [chain.height]
    for _ in range(2):
        chain.halt()
        clock.seconds += 500
        chain.heal()
        clock.seconds += 20
        heights.append(chain.height)
    assert heights[2] - heights[0] in (19, 20, 21)
    assert 0 <= clock.seconds - chain.block_seconds(chain.height) < 4


def test_the_same_block_has_the_same_hash_at_every_start(chain, clock):
    height = chain.height - 5
    assert chain.block_hash(height) == Chain(FACTS, clock).block_hash(height)
    assert chain.block_hash(height) != chain.block_hash(height + 1)


def test_a_reorganisation_changes_the_newest_hashes_and_no_older_ones(chain):
    tip = chain.height
    before = {height: chain.block_hash(height) for height in range(tip - 10, tip + 1)}
    chain.reorganise(3)
    changed = [height for height, block in before.items() if chain.block_hash(height) != block]
    assert changed == [tip - 2, tip - 1, tip]


def test_finality_follows_the_head_until_it_is_stopped(chain, clock):
    before = chain.final_height
    clock.seconds += 40
    assert chain.final_height - before in range(16, 25)
    chain.stop_finality()
    stopped = chain.final_height
    clock.seconds += 40
    assert chain.final_height == stopped
    chain.heal()
    assert chain.final_height > stopped

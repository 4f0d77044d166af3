"""Rounds of looks in few bytes, and back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import packing
from records.observations import Observation, Seen

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)

looks: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    seen=st.sampled_from(Seen),
    latency_ms=st.none() | st.floats(min_value=0.0, max_value=1e6),
    height=st.none() | st.integers(min_value=-1, max_value=2**63),
    peers=st.none() | st.integers(min_value=0, max_value=10_000),
    note=st.text(max_size=60, alphabet=st.characters(codec="utf-8")),
)
rounds = st.lists(
    st.tuples(st.floats(min_value=0.0, max_value=4_000.0), st.lists(looks, min_size=2, max_size=2)),
    min_size=1,
    max_size=30,
)


def a_look(target: str = "btc-1", at: datetime = NOW, **changes: object) -> Observation:
    plain: dict[str, object] = {"seen": Seen.OK, "latency_ms": 40.0, "height": 870_000, "peers": 8}
    return Observation(monitor="chain:bitcoin", target=target, at=at, at_monotonic=0.0, **(plain | changes))  # type: ignore[arg-type] # plain values


def test_every_way_a_look_can_end_has_a_number_of_its_own():
    assert set(packing.CODES) == set(Seen)
    assert sorted(packing.CODES.values()) == list(range(len(Seen)))


@given(rounds)
def test_what_was_packed_comes_back(told):
    block: packing.Block | None = None
    at, kept = NOW, []
    for later, pair in told:
        at += timedelta(seconds=later)
        seen = [a_look(f"btc-{number}", at, **look) for number, look in enumerate(pair)]
        grown = packing.append(block, seen) if block else packing.begin(seen)
        if grown is None:
            return
        block = grown
        kept += seen
    assert block is not None
    found = packing.unpack(block.begun_ms, block.packed)
    assert len(found) == len(kept)
    for look, was in zip(found, kept, strict=True):
        assert (look.target, look.seen, look.height, look.peers, look.note) == (
            was.target, was.seen, was.height, was.peers, was.note,
        )  # fmt: skip
        assert abs(look.at - was.at) < timedelta(seconds=0.11)
        assert (look.latency_ms is None) == (was.latency_ms is None)
    last = packing.newest(block.until_ms, block.tail)
    assert [(each.seen, each.height, each.latency_ms) for each in last] == [
        (each.seen, each.height, each.latency_ms) for each in found[-2:]
    ]


@pytest.mark.parametrize("latency_ms", [0.1, 0.5, 3.3, 41.0, 999.0, 12_345.0, 119_000.0])
def test_latency_is_kept_within_four_percent(latency_ms):
    found = packing.latency_of(packing.latency_code(latency_ms))
    assert found == pytest.approx(latency_ms, rel=0.04)


def test_an_undisturbed_look_at_a_service_takes_two_bytes():
    block = packing.begin([a_look(height=None, peers=None)])
    size = len(block.packed)
    for number in range(1, 101):
        seen = [a_look(at=NOW + timedelta(seconds=10 * number), height=None, peers=None, latency_ms=30 + number)]
        grown = packing.append(block, seen)
        assert grown is not None
        block = grown
    assert len(block.packed) - size == 200


def test_another_block_begins_when_the_targets_the_clock_or_the_length_ask_for_it():
    block = packing.begin([a_look()])
    assert packing.append(block, [a_look("btc-2")]) is None
    assert packing.append(block, [a_look(at=NOW - timedelta(seconds=1))]) is None
    assert packing.append(block, [a_look(at=NOW + timedelta(hours=7))]) is None
    full = block
    while grown := packing.append(full, [a_look(note=f"note {len(full.packed)}")]):
        full = grown
    assert packing.FULL_BYTES <= len(full.packed) < packing.FULL_BYTES + 20

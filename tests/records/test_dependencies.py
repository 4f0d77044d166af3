"""What stands on what."""

from hypothesis import given
from hypothesis import strategies as st

from records.dependencies import above, way_back

names = st.sampled_from("abcdef")
graphs = st.dictionaries(names, st.lists(names, max_size=4), max_size=6)


def test_everything_above_is_found_however_far_and_by_whichever_way():
    needs = {"token": ["rollup", "price"], "rollup": ["chain"], "price": ["chain"], "other": ["token"]}
    assert above("token", needs) == {"rollup", "price", "chain"}
    assert above("chain", needs) == frozenset()


@given(graphs, names)
def test_a_walk_ends_and_never_finds_its_own_start(needs, start):
    assert start not in above(start, needs)


@given(graphs, names)
def test_a_circle_is_a_way_along_dependencies_back_to_its_start(needs, start):
    way = way_back(start, needs)
    assert bool(way) == any(start in {*needs.get(each, ())} for each in above(start, needs) | {start})
    for here, there in zip(way, [*way[1:], start], strict=False):
        assert there in needs[here]

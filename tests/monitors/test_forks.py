"""Who left the majority, and how deep it turned back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.forks import compare, extended, followed, turned_back, unanimous, voted
from tests.monitors.cast import branch


def test_nodes_that_share_no_height_cannot_be_compared():
    forks = compare({"a": {100: "x", 99: "y"}, "b": {50: "z"}})
    assert (forks.compared_at, forks.minority, forks.split, forks.canonical) == (None, {}, (), {})


def test_the_chain_of_a_lonely_node_is_the_chain():
    assert compare({"a": branch(9)}).canonical == branch(9)


def test_nobody_has_no_chain():
    assert compare({}).canonical == {}


def test_a_late_node_takes_part_at_its_own_height():
    late = compare({"a": branch(110), "b": branch(110), "c": branch(100, name="fork", since=98)})
    assert late.minority == {"c": 3}
    assert late.canonical[110] == "main-110"


def test_a_late_third_node_does_not_hide_that_two_others_contradict_each_other():
    forks = compare({"a": branch(110), "b": branch(110, name="fork", since=108), "c": branch(100)})
    assert set(forks.split) == {frozenset("a"), frozenset("b")}
    assert forks.split_depth == 3


def test_two_against_two_is_no_majority():
    fork = branch(20, name="fork", since=15)
    assert len(compare({"a": branch(20), "b": branch(20), "c": fork, "d": fork}).split) == 2


def test_three_parties_of_one_have_no_majority():
    chains = {name: branch(20, name=name, since=18) for name in "abc"}
    assert len(compare(chains).split) == 3


def test_three_blocks_replaced_is_a_depth_of_three():
    turned = turned_back(branch(105), branch(107, name="new", since=103))
    assert turned is not None
    assert (turned.depth, turned.tip) == (3, 105)


def test_growth_is_no_reorganisation():
    assert turned_back(branch(105), branch(110)) is None
    assert turned_back({}, branch(5)) is None


def test_what_is_contradicted_goes_with_all_above_it():
    ring = extended(branch(105), {103: "new-103"})
    assert max(ring) == 103
    assert ring[102] == "main-102"
    assert len(extended(branch(300), branch(600))) == 256


#: Up to five nodes that agree more often than not, on a few heights with holes.
CHAINS = st.dictionaries(
    st.sampled_from("abcde"),
    st.dictionaries(st.integers(1, 8), st.sampled_from("xxxxxxxxxy"), max_size=8),
    max_size=5,
)


@settings(deadline=None)  # the machine is shared
@given(CHAINS)
def test_the_short_way_says_what_voting_says(chains):
    forks = unanimous(chains)
    assert forks is None or forks == voted(chains)


def test_nodes_one_block_apart_go_the_short_way():
    chains = {"a": branch(110), "b": branch(109), "c": branch(108)}
    assert unanimous(chains) == voted(chains)


@settings(deadline=None)  # the machine is shared
@given(*[st.dictionaries(st.integers(1, 300), st.sampled_from("xxxxxxxxxy"), max_size=300) for _ in range(2)])
def test_following_a_chain_is_extending_the_ring_and_looking_for_a_turn(ring, canonical):
    assert followed(ring, canonical) == (extended(ring, canonical), turned_back(ring, canonical))

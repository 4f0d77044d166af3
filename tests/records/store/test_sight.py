"""All are blind only when each process that has monitors is."""

from datetime import timedelta

import pytest

from records.store import shares, sight
from tests.cast import NOW

TTL_MS = 60_000
LATER = NOW + timedelta(seconds=10)


def note(store, holder, lost_at):
    with store.tx():
        return sight.note(store, holder, lost_at)


@pytest.fixture
def shared(store):
    """Two processes with a monitor each."""
    for holder, monitor in (("one", "chain:bitcoin"), ("two", "chain:ethereum")):
        assert shares.take(store, holder, [monitor], 1, TTL_MS)
    return store


def test_who_watches_alone_and_sees_nothing_is_all_there_is(store):
    assert note(store, "one", NOW)
    assert sight.blind_since(store) == NOW
    assert not note(store, "one", LATER), "it goes on since then"
    assert sight.blind_since(store) == NOW
    assert note(store, "one", None)
    assert sight.blind_since(store) is None
    assert not note(store, "one", None)


def test_one_process_that_lost_its_network_does_not_blind_the_other(shared):
    assert not note(shared, "one", NOW)
    assert not note(shared, "two", None)
    assert not note(shared, "one", NOW)
    assert sight.blind_since(shared) is None


def test_all_are_blind_from_when_the_last_of_them_is_until_the_first_sees(shared):
    note(shared, "one", NOW)
    assert note(shared, "two", LATER)
    assert sight.blind_since(shared) == LATER
    assert note(shared, "one", None)
    assert sight.blind_since(shared) is None
    assert note(shared, "one", LATER), "the other still sees nothing"


def test_a_process_without_monitors_sees_for_nobody(shared):
    note(shared, "one", NOW)
    shares.give_back(shared, "two", ["chain:ethereum"])
    shares.meet(shared, "two", TTL_MS)
    assert note(shared, "one", NOW), "it is the only one that watches"
    assert sight.blind_since(shared) == NOW


def test_a_blind_process_that_is_gone_is_forgotten(shared):
    note(shared, "one", NOW)
    shares.give_back(shared, "one", ["chain:bitcoin"])
    assert not note(shared, "two", None)
    assert note(shared, "two", LATER)
    assert sight.blind_since(shared) == LATER

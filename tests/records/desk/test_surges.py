"""A surge at the support desk is said until its end, and the page learns of it at once."""

from datetime import timedelta

import pytest

from records.desk.surges import declare_surge, end_surge
from records.errors import Invalid
from records.store import meta, surges
from records.store.people import audit_entries
from records.surges import Surge
from tests.cast import HOUR, MINUTE, NOW, SAM, acme

WORDS = {"en": "Chat is quickest.", "fr": "Le chat est le plus rapide."}


@pytest.fixture
def desk(store):
    return acme(store)


def test_it_lasts_until_its_time_and_ends_by_itself(store, desk):
    assert surges.surge(store, NOW) is None
    before = meta.page_revision(store)
    said = declare_surge(desk, WORDS, NOW + HOUR, SAM, NOW)
    assert said == Surge(words=WORDS, since=NOW, until=NOW + HOUR, declared_by="user:sam")
    assert meta.page_revision(store) == before + 1
    assert surges.surge(store, NOW + 59 * MINUTE) == said
    assert surges.surge(store, NOW + HOUR) is None


def test_declared_anew_it_replaces_the_one_before(store, desk):
    declare_surge(desk, WORDS, NOW + HOUR, SAM, NOW)
    second = declare_surge(desk, {}, NOW + 3 * HOUR, SAM, NOW + MINUTE)
    assert surges.surge(store, NOW + 2 * HOUR) == second


def test_it_is_ended_before_its_time_once(store, desk):
    declare_surge(desk, WORDS, NOW + HOUR, SAM, NOW)
    assert end_surge(desk, SAM, NOW + MINUTE)
    assert surges.surge(store, NOW + MINUTE) is None
    assert not end_surge(desk, SAM, NOW + MINUTE)
    assert [each.deed for each in audit_entries(store, subject="support")] == ["support.calm", "support.surge"]


@pytest.mark.parametrize(
    ("words", "ahead", "path"),
    [
        ({}, timedelta(), "/until"),
        ({}, timedelta(days=7, minutes=1), "/until"),
        ({"fr": "x" * 501}, HOUR, "/words/fr"),
    ],
)
def test_one_without_an_end_in_sight_or_with_a_whole_letter_is_refused(store, desk, words, ahead, path):
    with pytest.raises(Invalid) as refused:
        declare_surge(desk, words, NOW + ahead, SAM, NOW)
    assert [fault.path for fault in refused.value.faults] == [path]
    assert surges.surge(store, NOW) is None

"""Small facts, counting numbers, pulses, answers given before, and identifiers."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from records.errors import Conflict
from records.ids import is_id, new_id, new_number, new_verify_code
from records.store import idempotency, meta
from tests.cast import DAY, MINUTE, NOW, SECOND


def test_numbers_are_counted_without_gaps_even_from_many_threads(store):
    def count() -> int:
        with store.tx():
            return meta.next_number(store, "incident")

    with ThreadPoolExecutor(4) as threads:
        numbers = [future.result(timeout=30) for future in [threads.submit(count) for _ in range(20)]]
    assert sorted(numbers) == list(range(1, 21))
    assert meta.next_number(store, "maintenance") == 1


def test_each_change_of_the_page_is_counted(store):
    assert meta.page_revision(store) == 0
    with store.tx():
        meta.touch_page(store)
        meta.touch_page(store)
    assert meta.page_revision(store) == 2


def test_a_small_fact_is_kept_and_one_written_once_stays(store):
    assert meta.read(store, "mood") is None
    meta.write(store, "mood", "calm")
    meta.write(store, "mood", "busy")
    assert meta.read(store, "mood") == "busy"
    assert meta.write_once(store, "key", "first") == "first"
    assert meta.write_once(store, "key", "second") == "first"


def test_the_latest_pulse_of_each_part_counts(store):
    meta.beat(store, "monitors", "a", NOW)
    meta.beat(store, "monitors", "b", NOW + SECOND)
    meta.beat(store, "monitors", "a", NOW - MINUTE)
    meta.beat(store, "clock", "a", NOW)
    assert meta.pulses(store) == {"monitors": NOW + SECOND, "clock": NOW}


def test_an_answer_given_is_given_again_and_only_to_the_same_request(store):
    answer = idempotency.Answer(status=201, body="{}")
    assert idempotency.given(store, "token:shop", "k1", "h1") is None
    idempotency.keep(store, "token:shop", "k1", "h1", answer, NOW)
    assert idempotency.given(store, "token:shop", "k1", "h1") == answer
    assert idempotency.given(store, "token:other", "k1", "h1") is None
    with pytest.raises(Conflict, match="another request"):
        idempotency.given(store, "token:shop", "k1", "h2")
    with pytest.raises(Conflict, match="is being answered"):
        idempotency.keep(store, "token:shop", "k1", "h1", answer, NOW)
    assert idempotency.forget(store, NOW + DAY) == 1
    assert idempotency.given(store, "token:shop", "k1", "h1") is None


def test_identifiers_of_one_process_sort_by_age_even_within_a_millisecond():
    numbers = [new_number() for _ in range(5_000)]
    assert numbers == sorted(set(numbers))
    ids = [new_id() for _ in range(5_000)]
    assert ids == sorted(set(ids))
    assert all(is_id(each) for each in ids)
    assert max(numbers) < 2**62


def test_codes_can_be_read_aloud():
    codes = {new_verify_code() for _ in range(200)}
    assert len(codes) == 200
    assert not set("01OILUV") & set("".join(codes))
    assert all(len(code) == 11 and code[5] == "-" for code in codes)

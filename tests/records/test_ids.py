"""Identifiers made by the application."""

from concurrent.futures import ThreadPoolExecutor

from records.ids import is_id, new_id, new_number, new_verify_code


def test_a_hundred_thousand_made_at_once_by_several_threads_are_all_different():
    with ThreadPoolExecutor(4) as threads:
        made = [one for some in threads.map(lambda _: [new_number() for _ in range(25_000)], range(4)) for one in some]
    assert len(set(made)) == len(made)


def test_each_is_greater_than_the_one_before_as_number_and_as_text():
    numbers = [new_number() for _ in range(1_000)]
    assert numbers == sorted(numbers)
    texts = [new_id() for _ in range(1_000)]
    assert texts == sorted(texts)


def test_ids_have_the_shape_that_clients_of_the_read_api_expect():
    assert is_id(new_id())
    assert not is_id("INC-42")
    assert not is_id("A" * 12)


def test_numbers_fit_where_the_store_keeps_them():
    assert 0 < new_number() < 2**62


def test_a_verify_code_has_two_groups_and_no_letters_that_look_alike():
    codes = {new_verify_code() for _ in range(2_000)}
    assert len(codes) == 2_000
    assert all(len(code) == 11 and code[5] == "-" for code in codes)
    assert not set("".join(codes)) & set("01ILOUV")

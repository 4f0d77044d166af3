"""How many customers are queued in one transaction."""

import pytest

from notifier.stride import Stride


def test_it_shrinks_where_transactions_are_long_and_grows_where_they_are_short():
    stride = Stride(4_000)
    stride.note(0.2)
    assert stride.customers == 2_000
    stride.note(0.05)
    assert stride.customers == 4_000
    stride.note(0.1)
    assert stride.customers == 4_000


@pytest.mark.parametrize(("took_seconds", "end"), [(60.0, 250), (0.0, 20_000)])
def test_one_slow_or_quick_transaction_does_not_throw_it_off_and_it_has_bounds(took_seconds, end):
    stride = Stride(1_000)
    stride.note(took_seconds)
    assert stride.customers in (500, 2_000)
    for _ in range(10):
        stride.note(took_seconds)
    assert stride.customers == end

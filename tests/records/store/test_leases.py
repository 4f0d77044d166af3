"""Who may do what only one may do at a time."""

from concurrent.futures import ThreadPoolExecutor

from records.store import leases

TTL_MS = 10_000


def _elapse(store, ms):
    """Let the database's clock be `ms` later, as the lease sees it."""
    store.run("UPDATE leases SET until = until - :ms", ms=ms)


def test_one_holder_at_a_time(store):
    token = leases.take(store, "notifier", "a", TTL_MS)
    assert token is not None
    assert leases.take(store, "notifier", "b", TTL_MS) is None
    assert leases.take(store, "clock", "b", TTL_MS) is not None


def test_renewing_keeps_the_token_and_moves_the_end(store):
    token = leases.take(store, "notifier", "a", TTL_MS)
    _elapse(store, TTL_MS - 1_000)
    assert leases.take(store, "notifier", "a", TTL_MS) == token
    _elapse(store, TTL_MS - 1_000)
    assert leases.take(store, "notifier", "b", TTL_MS) is None


def test_after_the_end_another_takes_over_with_a_token_of_its_own(store):
    token = leases.take(store, "notifier", "a", TTL_MS)
    _elapse(store, TTL_MS)
    other = leases.take(store, "notifier", "b", TTL_MS)
    assert other not in (None, token)
    assert leases.take(store, "notifier", "a", TTL_MS) is None
    _elapse(store, TTL_MS)
    again = leases.take(store, "notifier", "a", TTL_MS)
    assert again not in (None, token, other)


def test_given_back_the_next_one_has_it_at_once(store):
    leases.take(store, "notifier", "a", TTL_MS)
    leases.give_back(store, "notifier", "b")
    assert leases.take(store, "notifier", "b", TTL_MS) is None
    leases.give_back(store, "notifier", "a")
    assert leases.take(store, "notifier", "b", TTL_MS) is not None


def test_of_many_who_try_at_once_one_gets_it(store):
    with ThreadPoolExecutor(6) as holders:
        tries = [holders.submit(leases.take, store, "notifier", f"h{number}", TTL_MS) for number in range(6)]
        tokens = [each.result(timeout=30) for each in tries]
    assert len([token for token in tokens if token is not None]) == 1


def test_a_lease_runs_by_the_databases_clock(store):
    before = store.now_ms()
    leases.take(store, "notifier", "a", TTL_MS)
    found = store.row("SELECT until FROM leases")
    assert found is not None
    assert before + TTL_MS <= found["until"] <= store.now_ms() + TTL_MS

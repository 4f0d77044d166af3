"""The five verbs, the same on both engines."""

import contextlib
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from records.errors import InTheWay, Invalid, StoreUnavailable
from records.store import postgres
from records.store.engine import Store, open_store
from records.store.sqlite import SqliteStore

_ROOT = Path(__file__).parents[3]


@pytest.fixture
def shelf(store: Store) -> Store:
    """A store with a small table of our own."""
    store.script("CREATE TABLE shelf (name TEXT PRIMARY KEY, amount INTEGER NOT NULL) STRICT")
    return store


def _put(store: Store, name: str, amount: int = 1) -> int:
    return store.run("INSERT INTO shelf (name, amount) VALUES (:name, :amount)", name=name, amount=amount)


def _names(store: Store) -> list[str]:
    return [row["name"] for row in store.rows("SELECT name FROM shelf ORDER BY name")]


def test_a_query_gives_rows_by_column_name(shelf):
    _put(shelf, "tea", 3)
    assert shelf.rows("SELECT name, amount FROM shelf") == [{"name": "tea", "amount": 3}]
    assert shelf.row("SELECT amount FROM shelf WHERE name = :name", name="tea") == {"amount": 3}
    assert shelf.row("SELECT amount FROM shelf WHERE name = :name", name="jam") is None
    assert shelf.rows("SELECT name FROM shelf WHERE name = :name", name="jam") == []


def test_a_statement_says_how_many_rows_it_changed(shelf):
    assert _put(shelf, "tea") == 1
    assert shelf.run("UPDATE shelf SET amount = amount + 1 WHERE name = :name", name="jam") == 0
    _put(shelf, "jam")
    assert shelf.run("UPDATE shelf SET amount = 7") == 2
    added = shelf.run("INSERT INTO shelf (name, amount) VALUES (:name, 1) ON CONFLICT (name) DO NOTHING", name="jam")
    assert added == 0
    assert shelf.rows("DELETE FROM shelf WHERE name = :name RETURNING amount", name="jam") == [{"amount": 7}]


def test_many_runs_a_statement_for_each_or_for_none(shelf):
    shelf.many("INSERT INTO shelf (name, amount) VALUES (:name, :amount)", [{"name": n, "amount": 1} for n in "abc"])
    assert _names(shelf) == ["a", "b", "c"]
    shelf.many("INSERT INTO shelf (name, amount) VALUES (:name, :amount)", [])
    with pytest.raises(Exception, match=r"(?i)unique"):
        shelf.many("INSERT INTO shelf (name, amount) VALUES (:name, :amount)", [{"name": n, "amount": 1} for n in "da"])
    assert _names(shelf) == ["a", "b", "c"]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 23, 50, 100])
def test_a_group_of_rows_goes_together_in_a_statement(shelf, count):
    rows = [(f"box {number:03} 100% :name {{rows}}", number) for number in range(count)]
    with shelf.tx():
        assert shelf.together("INSERT INTO shelf (name, amount) {rows}", rows) == count
    assert _names(shelf) == [name for name, _ in rows]
    with shelf.tx():
        others = [*rows[:-1], ("tea", 1)]
        gone = shelf.together("DELETE FROM shelf WHERE (name, amount) IN ({rows})", others)
    assert gone == max(0, count - 1)
    assert _names(shelf) == [name for name, _ in rows[-1:]]


def test_values_may_hold_colons_percent_signs_and_braces(shelf):
    awkward = "100% :name %(name)s {skip_locked} ' \" \\ ; -- ✓"
    _put(shelf, awkward)
    assert _names(shelf) == [awkward]
    found = shelf.rows("SELECT name FROM shelf WHERE name LIKE '100%' AND name LIKE :words", words="%:name%")
    assert [row["name"] for row in found] == [awkward]
    assert shelf.rows("SELECT '50%' AS half") == [{"half": "50%"}]


def test_a_transaction_that_an_exception_leaves_never_happened(shelf):
    with contextlib.suppress(ZeroDivisionError), shelf.tx():
        _put(shelf, "tea")
        raise ZeroDivisionError
    assert _names(shelf) == []


def test_the_exception_that_left_a_transaction_goes_on(shelf):
    def fail() -> None:
        with shelf.tx(), shelf.tx():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def test_a_transaction_inside_another_is_a_savepoint(shelf):
    with shelf.tx():
        _put(shelf, "tea")
        with contextlib.suppress(ZeroDivisionError), shelf.tx():
            _put(shelf, "jam")
            with shelf.tx():
                _put(shelf, "salt")
            raise ZeroDivisionError
        with shelf.tx():
            _put(shelf, "milk")
    assert _names(shelf) == ["milk", "tea"]


def test_after_a_refused_row_in_a_savepoint_the_transaction_goes_on(shelf):
    with shelf.tx():
        _put(shelf, "tea")
        with pytest.raises(Exception, match=r"(?i)unique"), shelf.tx():
            _put(shelf, "tea")
        _put(shelf, "jam")
    assert _names(shelf) == ["jam", "tea"]


def test_an_outer_rollback_takes_the_inner_commit_with_it(shelf):
    with contextlib.suppress(ZeroDivisionError), shelf.tx():
        with shelf.tx():
            _put(shelf, "tea")
        raise ZeroDivisionError
    assert _names(shelf) == []


def test_a_view_sees_one_moment_while_a_writer_commits(shelf):
    _put(shelf, "tea")
    with shelf.view():
        assert _names(shelf) == ["tea"]
        with ThreadPoolExecutor(1) as other:
            assert other.submit(_put, shelf, "jam").result(timeout=10) == 1
            assert other.submit(_names, shelf).result(timeout=10) == ["jam", "tea"]
        assert _names(shelf) == ["tea"]
    assert _names(shelf) == ["jam", "tea"]


def test_writing_in_a_view_is_refused_rather_than_lost(shelf):
    with pytest.raises(Exception, match=r"(?i)read-?only"), shelf.view(), shelf.tx():
        _put(shelf, "tea")
    assert _put(shelf, "jam") == 1
    assert _names(shelf) == ["jam"]


def test_a_view_inside_a_transaction_sees_what_the_transaction_did(shelf):
    with shelf.tx():
        _put(shelf, "tea")
        with shelf.view():
            assert _names(shelf) == ["tea"]
        _put(shelf, "jam")
    assert _names(shelf) == ["jam", "tea"]


def test_eight_threads_may_read_then_write_at_once_and_none_hears_locked(shelf):
    _put(shelf, "tea", 0)

    def add(times: int) -> None:
        for _ in range(times):
            with shelf.tx():
                # Reading first is what makes a deferred transaction fail with "database is locked".
                shelf.rows("SELECT amount FROM shelf")
                shelf.run("UPDATE shelf SET amount = amount + 1 WHERE name = 'tea'")

    with ThreadPoolExecutor(8) as threads:
        for future in [threads.submit(add, 25) for _ in range(8)]:
            future.result(timeout=60)
    assert shelf.rows("SELECT amount FROM shelf") == [{"amount": 200}]


def test_a_row_locked_for_update_is_read_fresh_by_the_next(shelf):
    _put(shelf, "tea", 0)

    def add() -> None:
        for _ in range(20):
            with shelf.tx():
                found = shelf.row("SELECT amount FROM shelf WHERE name = 'tea' {for_update}")
                assert found is not None
                shelf.run("UPDATE shelf SET amount = :amount", amount=found["amount"] + 1)

    with ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(add) for _ in range(4)]:
            future.result(timeout=60)
    assert shelf.rows("SELECT amount FROM shelf") == [{"amount": 80}]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_sqlite_keeps_what_it_acknowledged_through_a_power_cut(store, engine):
    pragmas = {name: store.rows(f"PRAGMA {name}")[0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert [next(iter(row.values())) for row in pragmas.values()] == ["wal", 2, 1]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_writer_of_another_process_gets_through_small_gaps(store_url, store, engine):
    other, stop = open_store(store_url), threading.Event()

    def write_without_rest() -> None:
        while not stop.is_set():
            with store.tx():
                store.run("UPDATE meta SET content = content")
                time.sleep(0.05)
            time.sleep(0.003)

    busy = threading.Thread(target=write_without_rest)
    busy.start()
    try:
        for number in range(20):
            other.run("INSERT INTO meta (name, content) VALUES (:name, '')", name=f"other-{number}")
    finally:
        stop.set()
        busy.join()
        other.close()
    assert store.rows("SELECT count(*) AS total FROM meta WHERE name LIKE 'other-%'") == [{"total": 20}]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_connections_of_threads_that_ended_are_closed(store, engine):
    def look() -> None:
        store.rows("SELECT 1 AS one")

    for _ in range(20):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert isinstance(store, SqliteStore)
    assert len(store._open) <= 2


@pytest.mark.parametrize("engine", ["postgres"])
def test_text_is_ordered_by_bytes_whatever_the_language_of_the_server(store, engine):
    found = store.rows(
        """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
        """
    )
    assert found == []


def test_waiting_ends_when_another_thread_commits_news(store):
    store.wait(0.01)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(store.wait, 0.01)
        waiting.result(timeout=5)
        waiting = other.submit(store.wait, 20)
        time.sleep(0.1)
        started = time.monotonic()
        with store.tx():
            store.run("UPDATE counters SET last = last + 1")
            store.wake()
        assert waiting.result(timeout=10) is True
        assert time.monotonic() - started < 5


def test_waiting_ends_when_another_process_commits_news(store, store_url):
    store.wait(0.01)
    program = (
        "import sys; from records.store.engine import open_store\n"
        "store = open_store(sys.argv[1])\n"
        "with store.tx():\n"
        "    store.run('UPDATE counters SET last = last + 1'); store.wake()\n"
        "store.close()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, store_url], cwd=_ROOT) as other:
        assert store.wait(30) is True
        assert other.wait(timeout=30) == 0


def test_waiting_ends_with_the_time_when_nothing_happens(store):
    store.wait(0.01)
    started = time.monotonic()
    assert store.wait(0.2) is False
    assert 0.15 < time.monotonic() - started < 5


def test_what_was_rolled_back_wakes_nobody(store):
    store.wait(0.01)
    with contextlib.suppress(ZeroDivisionError), store.tx():
        store.run("UPDATE counters SET last = last + 1")
        store.wake()
        raise ZeroDivisionError
    assert store.wait(0.2) is False


def test_the_databases_clock_is_about_ours(store):
    assert abs(store.now_ms() - time.time() * 1000) < 60_000


@pytest.mark.parametrize(
    "url", ["", "forewarn.db", "mysql://a/b", "sqlite://", "sqlite:///", "sqlite://forewarn.db", "sqlite:///:memory:"]
)
def test_another_address_is_refused_with_a_hint(url):
    with pytest.raises(Invalid) as refused:
        open_store(url)
    assert refused.value.faults[0].path == "store.url"
    assert "postgresql://" in refused.value.faults[0].hint


def test_a_file_that_cannot_be_opened_is_said_in_plain_words(tmp_path):
    with pytest.raises(StoreUnavailable, match=r"The database .*nowhere/forewarn\.db cannot be opened"):
        open_store(f"sqlite:///{tmp_path}/nowhere/forewarn.db")


def test_a_file_that_is_no_database_is_said_in_plain_words(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Ana, this is not a database. " * 100)
    with pytest.raises(StoreUnavailable, match="cannot be opened: file is not a database"):
        open_store(f"sqlite:///{tmp_path}/letter.txt")


def test_a_server_that_does_not_answer_is_said_in_plain_words(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "_OPEN_TIMEOUT_SECONDS", 0.3)
    with pytest.raises(StoreUnavailable, match="is it running, is the address right"):
        open_store(f"postgresql:///forewarn?host={tmp_path}")


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_lost_connection_is_said_in_plain_words_and_then_replaced(store, engine):
    with pytest.raises(StoreUnavailable, match="does not answer"), store.tx():
        store.rows("SELECT pg_terminate_backend(pg_backend_pid())")
    assert store.rows("SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize("engine", ["postgres"])
def test_of_two_changes_that_wait_for_each_other_one_is_told_to_try_again(store, engine):
    store.run("INSERT INTO meta (name, content) VALUES ('a', ''), ('b', '')")
    both_hold_one = threading.Barrier(2)

    def change(first: str, second: str) -> str:
        try:
            with store.tx():
                store.run("UPDATE meta SET content = 'x' WHERE name = :name", name=first)
                both_hold_one.wait(10)
                store.run("UPDATE meta SET content = 'x' WHERE name = :name", name=second)
        except InTheWay:
            return "in the way"
        return "done"

    with ThreadPoolExecutor(2) as threads:
        ends = [threads.submit(change, *pair) for pair in (("a", "b"), ("b", "a"))]
        assert sorted(each.result(30) for each in ends) == ["done", "in the way"]

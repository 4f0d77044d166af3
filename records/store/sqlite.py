"""SQLite, embedded: opened only through sqlite_utils, one connection per thread.

WAL and FULL because a power cut with NORMAL lost acknowledged commits; BEGIN IMMEDIATE because a deferred BEGIN
gave "database is locked" for half of all concurrent writes. Local disk only: WAL needs shared memory.
"""

import functools
import itertools
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import sqlite_utils
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined] # the driver sqlite_utils chose: pysqlite3 where there is one

from records.errors import StoreUnavailable
from records.store.engine import Row, Store
from records.store.turn import Turn

_BUSY_TIMEOUT_MS = 15_000
#: SQLite's own waiting looks again after up to 100 ms, and so misses the short gaps between two large transactions
#: of another process; ours looks again after as long as it is told to wait, and a little.
_LOOK_AGAIN_MS = 5
#: `wait` looks this often; PRAGMA data_version costs 0.01 % of a core at this pace.
_POLL_SECONDS = 0.05
#: Older versions can corrupt a WAL database used by two connections (the WAL-reset race, fixed in 3.51.3).
_SAFE_VERSION = (3, 51, 3)

_log = logging.getLogger("forewarn.store")


class SqliteStore(Store):
    """One file."""

    words: Mapping[str, str] = {"skip_locked": "", "for_update": "", "string_agg": "group_concat"}

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = threading.local()
        #: Threads come and go; what they opened is closed when the next one opens.
        self._open: dict[threading.Thread, sqlite_utils.Database] = {}
        self._lock = threading.Lock()
        #: Threads of one process wait for each other here and go on at once.
        self._turn = Turn()
        if sqlite3.sqlite_version_info < _SAFE_VERSION:
            _log.warning("SQLite %s can damage a shared database; install pysqlite3", sqlite3.sqlite_version)
        self._database()

    @property
    def database(self) -> sqlite_utils.Database:
        """This thread's own connection, for work that sqlite_utils does better than SQL."""
        return self._database()

    @property
    def _depth(self) -> int:
        """In how many transactions, one in the other, this thread is."""
        return int(getattr(self._local, "depth", 0))

    def rows(self, sql: str, **values: Any) -> list[Row]:
        cursor = self._execute(sql, values)
        names = [column[0] for column in cursor.description or ()]
        try:
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except sqlite3.OperationalError as error:
            # Reading the last row is what commits a statement that stands alone.
            self._give_up(error)

    def run(self, sql: str, **values: Any) -> int:
        return int(self._execute(sql, values).rowcount)

    def many(self, sql: str, dicts: Sequence[Mapping[str, Any]]) -> None:
        with self.tx():
            try:
                self._database().conn.executemany(_worded(sql), dicts)
            except sqlite3.OperationalError as error:
                self._give_up(error)

    def _together(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        values = list(itertools.chain.from_iterable(rows))
        return int(self._execute(_with_rows(sql, len(rows), len(rows[0])), values).rowcount)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        depth = self._depth
        if depth == 0 and not self._turn.acquire(_BUSY_TIMEOUT_MS / 1000):
            raise StoreUnavailable(f"The database {self._path} does not answer: another thread is writing to it")
        try:
            begin, commit, undo = _brackets(depth)
            self._execute(begin, {})
            self._local.depth = depth + 1
            try:
                yield
                self._execute(commit, {})
            except BaseException:
                # A full disk makes SQLite roll back by itself; undoing it again would hide the reason.
                if self._database().conn.in_transaction:
                    for statement in undo:
                        self._execute(statement, {})
                raise
        finally:
            self._local.depth = depth
            if depth == 0:
                self._turn.release()

    @contextmanager
    def _view(self) -> Iterator[None]:
        if self._depth:
            yield
            return
        # Deferred: the snapshot is taken by the first read, and no lock is asked for.
        self._execute("PRAGMA query_only = ON", {})
        self._execute("BEGIN", {})
        self._local.depth = 1
        try:
            yield
        finally:
            self._local.depth = 0
            self._execute("ROLLBACK", {})
            self._execute("PRAGMA query_only = OFF", {})

    def wait(self, timeout_seconds: float) -> bool:
        end = time.monotonic() + timeout_seconds
        seen = getattr(self._local, "data_version", None)
        while True:
            version = self.rows("PRAGMA data_version")[0]["data_version"]
            self._local.data_version = version
            if seen is not None and version != seen:
                return True
            seen = version
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(_POLL_SECONDS, left))

    def wake(self) -> None:
        """Nothing to do: every commit changes the file's data_version."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def script(self, ddl: str) -> None:
        for statement in ddl.split(";\n"):
            if statement.strip():
                self._execute(statement, {})

    def close(self) -> None:
        with self._lock:
            for database in self._open.values():
                database.conn.close()
            self._open.clear()
        self._local = threading.local()

    def _execute(self, sql: str, values: Mapping[str, Any] | Sequence[Any]) -> Any:
        end = None
        while True:
            try:
                return self._database().conn.execute(_worded(sql), values)
            except sqlite3.OperationalError as error:
                now = time.monotonic()
                end = end or now + _BUSY_TIMEOUT_MS / 1000
                if "locked" not in str(error) or now >= end or self._depth:
                    self._give_up(error)

    def _give_up(self, error: sqlite3.OperationalError) -> NoReturn:
        if "locked" in str(error) or "unable to open" in str(error) or "disk" in str(error):
            raise StoreUnavailable(f"The database {self._path} does not answer: {error}") from error
        raise error

    def _database(self) -> sqlite_utils.Database:
        database: sqlite_utils.Database | None = getattr(self._local, "database", None)
        if database is None:
            database = self._local.database = self._connect()
            with self._lock:
                for thread in [each for each in self._open if not each.is_alive()]:
                    self._open.pop(thread).conn.close()
                self._open[threading.current_thread()] = database
        return database

    def _connect(self) -> sqlite_utils.Database:
        try:
            # Connections are closed together at the end, from another thread than the one that made them.
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
            )
            for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {setting}")
            connection.execute(f"PRAGMA busy_timeout = {_LOOK_AGAIN_MS}")
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable(f"The database {self._path} cannot be opened: {error}") from error
        return sqlite_utils.Database(connection)


@functools.lru_cache(maxsize=1_024)
def _worded(sql: str) -> str:
    for name, words in SqliteStore.words.items():
        sql = sql.replace(f"{{{name}}}", words)
    return sql


@functools.lru_cache
def _with_rows(sql: str, count: int, width: int) -> str:
    return sql.replace("{rows}", "VALUES " + ", ".join([f"({', '.join('?' * width)})"] * count))


def _brackets(depth: int) -> tuple[str, str, tuple[str, ...]]:
    if depth == 0:
        return "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)
    name = f"level_{depth}"
    return f"SAVEPOINT {name}", f"RELEASE {name}", (f"ROLLBACK TO {name}", f"RELEASE {name}")

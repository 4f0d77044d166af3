"""PostgreSQL, for several machines: psycopg 3 with a pool, the same statements as on SQLite.

Correct without LISTEN and without advisory locks, so poolers and PostgreSQL look-alikes serve too; LISTEN only wakes
sooner.
"""

import contextlib
import functools
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import dict_row

from records.errors import InTheWay, StoreUnavailable
from records.store.engine import Row, Store

_CHANNEL = "forewarn_news"
_OPEN_TIMEOUT_SECONDS = 15.0
_POOL_SIZE = 10
#: Without LISTEN, `wait` returns after this long and the caller looks for itself.
_POLL_SECONDS = 1.0
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_LISTS = {str: "TEXT[]", int: "BIGINT[]", float: "DOUBLE PRECISION[]"}
_DDL_WORDS = (
    (re.compile(r"\bINTEGER\b", re.IGNORECASE), "BIGINT"),
    (re.compile(r"\bREAL\b", re.IGNORECASE), "DOUBLE PRECISION"),
    (re.compile(r"\bBLOB\b", re.IGNORECASE), "BYTEA"),
    # Order by bytes, as SQLite does: in the order of a language, `holds:ETH` may stand outside `holds:` to `holds:…`.
    # Types are written in capitals, so that a column may be called `text`.
    (re.compile(r"\bTEXT\b"), 'TEXT COLLATE "C"'),
    (re.compile(r"\)\s*(?:STRICT|WITHOUT ROWID)(?:\s*,\s*(?:STRICT|WITHOUT ROWID))*\s*$", re.IGNORECASE), ")"),
)


class PostgresStore(Store):
    """One database behind a pool of connections."""

    words: Mapping[str, str] = {
        "skip_locked": "FOR UPDATE SKIP LOCKED",
        "for_update": "FOR UPDATE",
        "string_agg": "string_agg",
    }

    def __init__(self, url: str) -> None:
        self._local = threading.local()
        self._url = url
        self._listener: psycopg.Connection[Row] | None = None
        self._listen_lock = threading.Lock()
        self._pool = psycopg_pool.ConnectionPool(
            url,
            min_size=1,
            max_size=_POOL_SIZE,
            kwargs={"autocommit": True, "row_factory": dict_row},
            connection_class=psycopg.Connection[Row],
            open=False,
        )
        try:
            self._pool.open(wait=True, timeout=_OPEN_TIMEOUT_SECONDS)
        except psycopg_pool.PoolTimeout as error:
            self._pool.close()
            raise StoreUnavailable(
                "The PostgreSQL database does not answer; is it running, is the address right?"
            ) from error

    def rows(self, sql: str, **values: Any) -> list[Row]:
        with self._connection() as connection:
            return connection.execute(_worded(sql), values).fetchall()

    def run(self, sql: str, **values: Any) -> int:
        with self._connection() as connection:
            return connection.execute(_worded(sql), values).rowcount

    def many(self, sql: str, dicts: Sequence[Mapping[str, Any]]) -> None:
        with self.tx(), self._connection() as connection:
            connection.cursor().executemany(_worded(sql), dicts)

    def _together(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        # A list for each column: one text for any number of rows, which stays parsed and prepared.
        columns = [list(column) for column in zip(*rows, strict=True)]
        types = tuple(type(value) for value in rows[0])
        with self._connection() as connection:
            return connection.execute(_with_columns(sql, types), columns).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        held: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if held is not None:
            with held.transaction():
                yield
            return
        with _translated(), self._pool.connection() as connection:
            self._local.connection = connection
            try:
                with connection.transaction():
                    yield
            finally:
                self._local.connection = None

    @contextmanager
    def _view(self) -> Iterator[None]:
        if getattr(self._local, "connection", None) is not None:
            yield
            return
        with self._transaction():
            self.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield

    def wait(self, timeout_seconds: float) -> bool:
        if not self._listen_lock.acquire(blocking=False):
            # Another thread of this process listens already; look again soon.
            time.sleep(min(timeout_seconds, _POLL_SECONDS))
            return False
        try:
            return self._listen(timeout_seconds)
        except psycopg.Error:
            self._drop_listener()
            time.sleep(min(timeout_seconds, _POLL_SECONDS))
            return False
        finally:
            self._listen_lock.release()

    def _listen(self, timeout_seconds: float) -> bool:
        if self._listener is None:
            self._listener = psycopg.connect(self._url, autocommit=True, row_factory=dict_row)
            self._listener.execute(f"LISTEN {_CHANNEL}")
        return any(True for _ in self._listener.notifies(timeout=timeout_seconds, stop_after=1))

    def _drop_listener(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(psycopg.Error):
                self._listener.close()
        self._listener = None

    def wake(self) -> None:
        self.run(f"NOTIFY {_CHANNEL}")

    def now_ms(self) -> int:
        found = self.row("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms")
        return int(found["now_ms"]) if found else 0

    def script(self, ddl: str) -> None:
        for statement in ddl.split(";\n"):
            if statement.strip():
                self.run(_translated_ddl(statement))

    def create_if_missing(self, ddl: str) -> None:
        # IF NOT EXISTS looks first and creates then: whoever comes between makes it fail all the same, at the table, at
        # the type of its rows, or at what the catalogue has of them.
        taken = (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable, psycopg.errors.DuplicateObject)
        with contextlib.suppress(*taken):
            self.run(_translated_ddl(ddl))

    def close(self) -> None:
        self._drop_listener()
        self._pool.close()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Row]]:
        held: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if held is not None:
            yield held
            return
        with _translated(), self._pool.connection() as connection:
            yield connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as error:
        raise InTheWay("Another change was in the way; do this one again.") from error
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
        raise StoreUnavailable(f"The PostgreSQL database does not answer: {error}") from error


@functools.lru_cache(maxsize=1_024)
def _worded(sql: str) -> str:
    """psycopg's own parameter style, and this engine's words."""
    for name, words in PostgresStore.words.items():
        sql = sql.replace(f"{{{name}}}", words)
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


@functools.lru_cache
def _with_columns(sql: str, types: tuple[type, ...]) -> str:
    lists = ", ".join(f"CAST(%s AS {_LISTS[each]})" for each in types)
    return _worded(sql).replace("{rows}", f"SELECT * FROM unnest({lists})")


def _translated_ddl(statement: str) -> str:
    for words, theirs in _DDL_WORDS:
        statement = words.sub(theirs, statement)
    return statement

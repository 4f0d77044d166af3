"""The verbs in which every statement is run, the same on both engines.

SQL is portable and written once: named parameters `:name`, epoch milliseconds as integers, 0/1 for booleans.
The store is synchronous and called in threads; a 30 µs point read may run on the event loop, a write never.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from records.errors import Fault, Invalid

Row = dict[str, Any]

#: `together` gives rows to the database in pieces of 48, 44, 40 … 4, and the last ones in a piece of 1 to 3: so a
#: statement has fifteen lengths, and the engines keep all of them prepared.
_LONGEST_PIECE, _PIECE_STEP = 48, 4


class Store(ABC):
    """One database, safe to use from many threads."""

    #: Words that differ: put into statements as `{skip_locked}`, `{for_update}` and `{string_agg}`.
    words: Mapping[str, str]

    @abstractmethod
    def rows(self, sql: str, **values: Any) -> list[Row]:
        """All rows of a query."""

    def row(self, sql: str, **values: Any) -> Row | None:
        """The first row of a query, or None."""
        found = self.rows(sql, **values)
        return found[0] if found else None

    @abstractmethod
    def run(self, sql: str, **values: Any) -> int:
        """Run one statement and return how many rows it changed."""

    @abstractmethod
    def many(self, sql: str, dicts: Sequence[Mapping[str, Any]]) -> None:
        """Run one statement for each of `dicts`, in one transaction."""

    def together(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run one statement about many rows, which are a query where it says `{rows}`; returns how many it changed.

        A step or two of the database for a group, where `many` takes one for each row: for what runs thousands of
        times a second. Rows are equally long, a column has one type and no None, and there are no other values in the
        statement. Inside `tx` only.
        """
        changed = begin = 0
        while left := len(rows) - begin:
            length = left if left < _PIECE_STEP else min(left // _PIECE_STEP * _PIECE_STEP, _LONGEST_PIECE)
            changed += self._together(sql, rows[begin : begin + length])
            begin += length
        return changed

    @abstractmethod
    def _together(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """As `together`, for one piece."""

    @abstractmethod
    def _transaction(self) -> Any:
        """A context manager: a write transaction, or a savepoint inside one."""

    @contextmanager
    def tx(self) -> Iterator[None]:
        """A write transaction; nested, a savepoint. Commits at the end, rolls back when an exception leaves it."""
        with self._transaction():
            yield

    @abstractmethod
    def _view(self) -> Any:
        """A context manager: a read transaction that sees one moment."""

    @contextmanager
    def view(self) -> Iterator[None]:
        """Several reads of one moment, so that their sums match; hinders no writer. Writing inside is refused."""
        with self._view():
            yield

    @abstractmethod
    def wait(self, timeout_seconds: float) -> bool:
        """Block until something was committed elsewhere, or the time is up; True when something was.

        Only a hint to look sooner: whoever waits re-reads the state and never trusts the wake-up.
        """

    @abstractmethod
    def wake(self) -> None:
        """Inside a transaction: let those who `wait` know once it commits. For news, never per delivery or result."""

    @abstractmethod
    def now_ms(self) -> int:
        """The database's clock, by which leases run."""

    @abstractmethod
    def script(self, ddl: str) -> None:
        """Run schema statements separated by `;` lines, translated into the engine's own words."""

    def create_if_missing(self, ddl: str) -> None:
        """Run one `CREATE … IF NOT EXISTS`, also when another process creates it at this moment."""
        self.run(ddl)

    @abstractmethod
    def close(self) -> None:
        """Give back every connection."""


def open_store(url: str) -> Store:
    """Open `sqlite:///path`, `sqlite:////absolute/path` or `postgresql://…`. Raises Invalid for anything else."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1 and not rest.startswith("/:"):
        from records.store.sqlite import SqliteStore

        return SqliteStore(rest[1:])
    if scheme in ("postgresql", "postgres"):
        from records.store.postgres import PostgresStore

        return PostgresStore(url)
    hint = "use sqlite:///forewarn.db or postgresql://user@host/database"
    raise Invalid(Fault(path="store.url", message="not a database address we know", hint=hint))

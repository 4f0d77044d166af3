"""A copy of an embedded database, and putting one back. PostgreSQL brings its own tools for this."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined] # the driver sqlite_utils chose

from records.errors import Conflict, Fault, ForewarnError, Invalid
from records.store.engine import Store
from records.store.sqlite import SqliteStore

_SIDE_FILES = ("-wal", "-shm", "-journal")


class BackupDamaged(ForewarnError):
    """The copy does not pass SQLite's own check."""


def backup(store: Store, target: Path) -> int:
    """Write a whole copy of the database to `target`, while others write on; returns its size in bytes.

    VACUUM INTO rather than the backup API, which never finishes under writes. Raises Conflict when `target` exists,
    Invalid for PostgreSQL, BackupDamaged.
    """
    if not isinstance(store, SqliteStore):
        hint = "use pg_dump, or the backups of whoever runs it for you"
        raise Invalid(Fault(path="store.url", message="only an embedded database is backed up here", hint=hint))
    if target.exists():
        raise Conflict(f"{target} exists already. Name a new file.")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        store.run("VACUUM INTO :path", path=str(draft))
        check_copy(draft)
        # Known to hold people's addresses; whoever may read it is decided by whoever moves it on.
        draft.chmod(0o600)
        _sync(draft)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def restore(source: Path, database: Path) -> None:
    """Put the copy `source` in the place of `database`. Nobody may have it open.

    Raises BackupDamaged, Conflict when a process has the database open, OSError.
    """
    check_copy(source)
    _refuse_in_use(database)
    draft = database.with_name(f".{database.name}.{os.getpid()}")
    try:
        with source.open("rb") as read, draft.open("wb") as written:
            while part := read.read(1 << 20):
                written.write(part)
            written.flush()
            os.fsync(written.fileno())
        draft.chmod(0o600)
        for side in _SIDE_FILES:
            # The old one's log must never be played into the new one.
            database.with_name(database.name + side).unlink(missing_ok=True)
        draft.replace(database)
    finally:
        draft.unlink(missing_ok=True)


def check_copy(path: Path) -> None:
    """Raises BackupDamaged unless `path` is a sound database of ours."""
    if not path.is_file():
        raise BackupDamaged(f"{path} is not a file.")
    try:
        with _opened(path) as connection:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise BackupDamaged(f"{path} is not a sound database: {error}.") from error
    if said != "ok":
        raise BackupDamaged(f"{path} is damaged: {said}.")
    if not {"customers", "ledger", "_sqlite_migrations"} <= tables:
        raise BackupDamaged(f"{path} is a database, but not one of Forewarn's.")


@contextmanager
def _opened(path: Path) -> Iterator["sqlite3.Connection"]:
    """Read-only, so that looking at a copy leaves no files beside it."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def _refuse_in_use(database: Path) -> None:
    """Leaving WAL needs the database to oneself, so it tells whether somebody has it open."""
    if not database.exists():
        return
    connection = sqlite3.connect(database, timeout=1.0, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise Conflict(f"{database} is in use. Stop every `forewarn serve` first, then restore.") from error
    except sqlite3.DatabaseError:
        return  # what is there is no database any more: the very reason to restore
    finally:
        connection.close()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

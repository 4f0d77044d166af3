"""Whether a database can be trusted with the house: which engine, which settings, which schema. Changes nothing."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import sqlite_utils
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined] # the driver sqlite_utils chose

from records.store.engine import Store, open_store
from records.store.migrations import MIGRATIONS
from records.store.sqlite import SqliteStore

#: Older versions can corrupt a WAL database used by two connections (the WAL-reset race, fixed in 3.51.3).
_SAFE_VERSION = (3, 51, 3)
_LEAST_FREE_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Concern:
    """Something that works, but should not stay so."""

    said: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """What was found."""

    #: In words: `SQLite 3.53.4, wal, 12 MB`.
    engine: str
    concerns: tuple[Concern, ...]
    #: Migrations that the schema lacks, oldest first; all of them when there is no database yet.
    missing: tuple[str, ...]


def health_of(url: str) -> Health:
    """Look at the database at `url`. Raises Invalid, StoreUnavailable."""
    path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    if path is not None and not path.exists():
        # Opening would make it, and looking must leave nothing behind.
        return Health(engine=f"SQLite {sqlite3.sqlite_version}, {path} does not exist yet", concerns=(), missing=_all())
    store = open_store(url)
    try:
        return _sqlite(store, path) if isinstance(store, SqliteStore) and path is not None else _postgres(store)
    finally:
        store.close()


def _all() -> tuple[str, ...]:
    return tuple(step.name for step in MIGRATIONS.pending(sqlite_utils.Database(memory=True)))


def _missing(store: Store) -> tuple[str, ...]:
    found = store.rows("SELECT name FROM _sqlite_migrations WHERE migration_set = :name", name=MIGRATIONS.name)
    done = {row["name"] for row in found}
    return tuple(name for name in _all() if name not in done)


def _sqlite(store: SqliteStore, path: Path) -> Health:
    mode = store.rows("PRAGMA journal_mode")[0]["journal_mode"]
    has_schema = store.row("SELECT name FROM sqlite_master WHERE name = '_sqlite_migrations'") is not None
    concerns = []
    if sqlite3.sqlite_version_info < _SAFE_VERSION:
        said = f"SQLite {sqlite3.sqlite_version} can damage a database that several connections share"
        concerns.append(Concern(said=said, hint="install pysqlite3, which brings a newer one"))
    if mode != "wal":
        concerns.append(
            Concern(said=f"journal mode is {mode}, not wal", hint="keep the file on a local disk, not on NFS")
        )
    free_bytes = shutil.disk_usage(path.parent).free
    if free_bytes < _LEAST_FREE_BYTES:
        concerns.append(
            Concern(said=f"the disk has {free_bytes >> 20} MB left", hint="make room, or move the database")
        )
    return Health(
        engine=f"SQLite {sqlite3.sqlite_version}, {mode}, {path.stat().st_size / 1e6:.1f} MB",
        concerns=tuple(concerns),
        missing=_missing(store) if has_schema else _all(),
    )


def _postgres(store: Store) -> Health:
    version = store.rows("SELECT current_setting('server_version') AS version")[0]["version"]
    has_schema = store.row("SELECT to_regclass('_sqlite_migrations') AS found")
    return Health(
        engine=f"PostgreSQL {version}",
        concerns=(),
        missing=_missing(store) if has_schema and has_schema["found"] else _all(),
    )

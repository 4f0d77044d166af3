"""What the wallet's own system is told: the events that wait, and how far it is. Without it, nothing is kept here.

The database itself writes each event down, in the transaction of what it tells of: whoever fills the ledger, by
whatever statement, can neither forget it nor be held up by the other system. It only does so while there is such a
system: asking at every row whether there is one would make each fan-out half as long again.
"""

from records.store.engine import Store
from records.store.sqlite import SqliteStore

STATE = """
CREATE TABLE crm (
    id INTEGER PRIMARY KEY,
    events TEXT NOT NULL,
    batch TEXT NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    most INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    told_at INTEGER,
    code TEXT NOT NULL,
    taken INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    refused_in_a_row INTEGER NOT NULL,
    dropped INTEGER NOT NULL
) STRICT;
"""

_EVENTS = """
CREATE TABLE crm_events (
    id {counting},
    at INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    notice_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    channel TEXT NOT NULL,
    what TEXT NOT NULL,
    batch TEXT NOT NULL
) STRICT;
"""

#: What is told of a ledger row and of a member of an audience: posts to the public and subscribers are no customers.
_TOLD = {
    "ledger": "{row}.at, {row}.customer_id, {row}.notice_id, {row}.version, {row}.channel, {row}.outcome, ''",
    "audience_members": (
        "(SELECT f.decided_at FROM fanouts f WHERE f.notice_id = {row}.notice_id AND f.version = {row}.version), "
        "{row}.customer_id, {row}.notice_id, {row}.version, '', 'noticed', ''"
    ),
}
_WANTED = {
    "ledger": (
        "{row}.customer_id > 0 AND {row}.channel NOT LIKE 'subscriber:%' "
        "AND EXISTS (SELECT 1 FROM crm WHERE events LIKE '%,' || {row}.outcome || ',%')"
    ),
    "audience_members": "EXISTS (SELECT 1 FROM crm WHERE events LIKE '%,noticed,%')",
}
_INSERT = "INSERT INTO crm_events (at, customer_id, notice_id, version, channel, what, batch)"


def create(store: Store) -> None:
    """The tables; nothing fills them yet."""
    store.script(STATE)
    is_embedded = isinstance(store, SqliteStore)
    counting = "INTEGER PRIMARY KEY" if is_embedded else "INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    store.script(_EVENTS.format(counting=counting))


def listen(store: Store) -> None:
    """Inside a transaction: from now on events are written down."""
    is_embedded = isinstance(store, SqliteStore)
    kept = "SELECT 1 FROM sqlite_master" if is_embedded else "SELECT 1 FROM pg_trigger"
    name = "name" if is_embedded else "tgname"
    for table in _TOLD:
        if store.row(f"{kept} WHERE {name} = :name", name=f"crm_hears_of_{table}") is None:
            (_listen_embedded if is_embedded else _listen_on_server)(store, table)


def ignore(store: Store) -> None:
    """Inside a transaction: nothing is written down any more."""
    for table in _TOLD:
        on = "" if isinstance(store, SqliteStore) else f" ON {table}"
        store.run(f"DROP TRIGGER IF EXISTS crm_hears_of_{table}{on}")


def _listen_embedded(store: Store, table: str) -> None:
    store.run(
        f"CREATE TRIGGER crm_hears_of_{table} AFTER INSERT ON {table} WHEN {_WANTED[table].format(row='NEW')} "
        f"BEGIN {_INSERT} VALUES ({_TOLD[table].format(row='NEW')}); END"
    )


def _listen_on_server(store: Store, table: str) -> None:
    """Once for a statement, however many rows it has."""
    store.run(
        f"CREATE OR REPLACE FUNCTION crm_hears_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS (SELECT 1 FROM crm) THEN {_INSERT} SELECT {_TOLD[table].format(row='n')} FROM new_rows n "
        f"WHERE {_WANTED[table].format(row='n')}; END IF; RETURN NULL; END $$"
    )
    store.run(
        f"CREATE TRIGGER crm_hears_of_{table} AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION crm_hears_of_{table}()"
    )

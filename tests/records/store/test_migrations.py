"""The schema comes by steps, once each, on both engines."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Migrations

from records.store import meta
from records.store.engine import open_store
from records.store.migrations import MIGRATIONS, migrate
from records.store.schema import first

_ROOT = Path(__file__).parents[3]
_STEPS = ["first_schema", "reports_and_findings", "weather_and_heights", "packed_looks", "waiting_notices",
          "backlogs_of_components", "windows_that_come_again", "days_of_components", "subscribers_of_the_page",
          "signing_keys", "inapp_streams", "affected_customers", "corrected_words", "merged_incidents",
          "logins_of_people", "receivers_of_subscribers", "first_responses", "ways_in",
          "public_posts", "events_for_the_crm",
          "late_and_quiet", "turns_and_throttles",
          "answers_of_people", "watch_over_delivery", "cleaning_of_the_queue",
          "blocked_addresses",
          "digests_of_notices", "reasons_of_members", "nights_of_subscribers"]  # fmt: skip

_ROWS = {
    "ledger": {
        "customer_id": 1, "at": 1, "notice_id": "n", "version": 1, "channel": "email", "outcome": "accepted",
        "reason": "", "language": "en", "sha256": "", "attempts": 1,
    },
    "audit": {"id": "a", "at": 1, "actor": "ana", "deed": "look", "subject": "s", "detail": "{}"},
    "attempts": {
        "notice_id": "n", "version": 1, "customer_id": 1, "channel": "email", "attempt": 1, "at": 1,
        "phase": "dot", "code": "250", "reply": "", "took_ms": 1.5,
    },
    "notice_texts": {
        "notice_id": "n", "version": 1, "language": "en", "form": "short", "content": "", "sha256": "",
        "created_at": 1,
    },
    "audience_members": {"notice_id": "n", "customer_id": 1, "version": 1},
}  # fmt: skip

_NOTICE = {
    "id": "n", "version": 1, "kind": "incident_opened", "subject_kind": "incident", "subject_id": "i",
    "category": "mandatory_service", "lane": 0, "state": "done", "audience_rule": "everyone", "channels": "[]",
    "facts": "{}", "verify_code": "c", "created_at": 1, "created_by": "ana", "useful_until": 1, "audience_count": 0,
}  # fmt: skip


def _insert(store, table, row):
    store.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})", **row)


def test_an_empty_database_gets_every_step_and_a_full_one_none(empty_store_url):
    store = open_store(empty_store_url)
    assert migrate(store) == _STEPS
    assert migrate(store) == []
    assert meta.page_revision(store) == 0
    store.close()
    again = open_store(empty_store_url)
    assert migrate(again) == []
    again.close()


def test_a_step_that_fails_leaves_nothing_behind(empty_store_url, monkeypatch):
    store = open_store(empty_store_url)
    monkeypatch.setattr(first, "NOTICES", first.NOTICES + "CREATE NONSENSE;\n")
    with pytest.raises(Exception, match="syntax"):
        migrate(store)
    monkeypatch.undo()
    assert migrate(store) == _STEPS
    store.close()


def test_four_processes_that_start_together_all_get_through(empty_store_url):
    program = (
        "import sys; from records.store.engine import open_store; from records.store.migrations import migrate\n"
        "sys.stdin.read()\n"
        "store = open_store(sys.argv[1]); print(migrate(store)); store.close()\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_store_url],
            cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    answers = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0] * 4, answers
    assert sorted(out.strip() for out, _ in answers) == [repr(_STEPS), "[]", "[]", "[]"]


def test_sqlite_utils_still_has_what_our_bookkeeping_leans_on():
    assert callable(Migrations._record_applied)
    assert callable(Migrations.ensure_migrations_table)
    assert Migrations._AppliedMigration(name="a", applied_at="b").name == "a"
    assert [step.name for step in MIGRATIONS.pending(_memory())] == _STEPS


def _memory():
    import sqlite_utils

    return sqlite_utils.Database(memory=True)


def test_every_table_that_only_grows_is_tried():
    assert sorted(_ROWS) == sorted(first.APPEND_ONLY)


@pytest.mark.parametrize("table", first.APPEND_ONLY)
def test_the_database_itself_refuses_to_change_what_was_written(store, engine, table):
    _insert(store, "notices", _NOTICE)
    _insert(store, table, _ROWS[table])
    column = next(iter(_ROWS[table]))
    verbs = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    if engine == "postgres":
        verbs.append(f"TRUNCATE {table}")
    else:
        verbs.append(f"REPLACE INTO {table} SELECT * FROM {table}")
    for verb in verbs:
        with pytest.raises(Exception, match=f"{table} is append-only"):
            store.run(verb)
    assert store.rows(f"SELECT count(*) AS total FROM {table}") == [{"total": 1}]


def test_the_first_schema_is_history_and_is_not_edited():
    """Databases made by it exist: what comes later is a new step. This test changes only before the first release."""
    text = "".join(getattr(first, name) for name in sorted(vars(first)) if name.isupper() and name != "APPEND_ONLY")
    digest = hashlib.sha256((text + " ".join(first.APPEND_ONLY)).encode()).hexdigest()
    assert digest == "a0487e66514a5c60465ae079b8876214a64242053c75cd16e84df7508fdbe96c"


def test_a_database_made_by_the_first_schema_gets_the_steps_that_came_later(empty_store_url):
    store = open_store(empty_store_url)
    later = _STEPS[1:]
    assert migrate(store, stop_before=later[0] if later else None) == _STEPS[:1]
    _insert(store, "audit", _ROWS["audit"])
    assert migrate(store) == later
    assert store.rows("SELECT actor FROM audit") == [{"actor": "ana"}]
    store.close()


def test_the_queue_is_cleaned_by_rows_not_by_shares(store, engine):
    """Where the server cleans by itself; SQLite reuses pages at once."""
    if engine == "postgres":
        options = store.rows("SELECT unnest(reloptions) AS option FROM pg_class WHERE relname = 'deliveries'")
        assert {"autovacuum_vacuum_scale_factor=0", "autovacuum_vacuum_threshold=20000"} <= {
            row["option"] for row in options
        }

"""Users, sessions, tokens of programs, and the audit log."""

import pytest

from records.errors import Conflict
from records.people import Role
from records.store import people
from records.store.tokens import create_token
from tests.cast import DAY, HOUR, MINUTE, NOW


def test_a_name_is_taken_once(store):
    ana = people.add_user(store, "ana", Role.OPS, "hash", NOW)
    assert people.user(store, "ana") == ana
    with pytest.raises(Conflict, match="There is a user ana already"):
        people.add_user(store, "ana", Role.ADMIN, "other", NOW)
    assert people.user(store, "ben") is None
    assert people.count_users(store) == 1


def test_a_session_ends_when_idle_when_old_and_when_closed(store):
    ana = people.add_user(store, "ana", Role.OPS, "hash", NOW)
    secret = people.open_session(store, ana.id, NOW)
    assert secret not in str(store.rows("SELECT * FROM sessions"))
    assert people.session_user(store, secret, NOW) == ana
    assert people.session_user(store, secret + "x", NOW) is None
    assert people.session_user(store, secret, NOW + 2 * HOUR) is None
    for hour in range(1, 24):
        assert people.session_user(store, secret, NOW + hour * HOUR) == ana
    assert people.session_user(store, secret, NOW + DAY) is None
    other = people.open_session(store, ana.id, NOW)
    people.close_session(store, other)
    assert people.session_user(store, other, NOW) is None
    third = people.open_session(store, ana.id, NOW)
    store.run("UPDATE users SET disabled_at = 1")
    assert people.session_user(store, third, NOW) is None


def test_a_token_names_its_program_and_can_be_revoked(store):
    secret = create_token(store, "deploy", Role.OPS, NOW)
    actor = people.token_actor(store, secret, NOW)
    assert actor is not None
    assert (actor.name, actor.role) == ("token:deploy", Role.OPS)
    assert secret not in str(store.rows("SELECT * FROM tokens"))
    assert people.token_actor(store, "fw_guess", NOW) is None
    store.run("UPDATE tokens SET revoked_at = 1")
    assert people.token_actor(store, secret, NOW) is None


def test_the_audit_log_is_read_newest_first_and_page_by_page(store):
    for number in range(5):
        subject = "incident:a" if number % 2 else "incident:b"
        people.audit(store, "user:ana", f"deed-{number}", subject, NOW, number=number)
    entries = people.audit_entries(store)
    assert [entry.deed for entry in entries] == [f"deed-{number}" for number in (4, 3, 2, 1, 0)]
    assert [entry.deed for entry in people.audit_entries(store, before=entries[1].id, limit=2)] == ["deed-2", "deed-1"]
    assert [entry.deed for entry in people.audit_entries(store, subject="incident:a")] == ["deed-3", "deed-1"]
    assert entries[0].detail == {"number": 4}


def test_wrong_passwords_count_until_the_right_one(store):
    for minute in range(3):
        people.audit(store, "user:ana", "sign_in.failed", "user:ana", NOW + minute * MINUTE)
    assert people.recent_failures(store, "ana", NOW) == 3
    assert people.recent_failures(store, "ana", NOW + MINUTE) == 2
    assert people.recent_failures(store, "ben", NOW) == 0
    people.audit(store, "user:ana", "sign_in", "user:ana", NOW + 3 * MINUTE)
    assert people.recent_failures(store, "ana", NOW) == 0

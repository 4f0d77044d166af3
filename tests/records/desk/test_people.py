"""Who may come in: people, their links and sessions, tokens of programs."""

from datetime import timedelta

import pytest

from records.desk import people as deeds
from records.desk.desk import Desk
from records.errors import Conflict, Invalid, NotFound, NotYours
from records.people import COMMAND_LINE, Actor, Role, SessionEnd
from records.store import logins, people, tokens
from tests.cast import DAY, HOUR, NOW

ADA = Actor(name="user:ada", role=Role.ADMIN)


@pytest.fixture
def desk(store):
    made = Desk(store=store)
    people.add_user(store, "ada", Role.ADMIN, "hash", NOW)
    return made


def add(desk, name="ana", role=Role.OPS):
    return deeds.add(desk, name, role, ADA, NOW)


def audited(desk):
    return [(each.actor, each.deed, each.subject) for each in people.audit_entries(desk.store)]


def test_somebody_new_chooses_a_password_by_a_link_that_works_once(desk):
    ana, link = add(desk)
    assert link not in str(desk.store.rows("SELECT * FROM password_links"))
    assert deeds.choose_password(desk, link, "theirs", NOW) == ana
    chosen = people.user(desk.store, "ana")
    assert chosen is not None
    assert chosen.password_hash == "theirs"
    with pytest.raises(NotFound, match="This link was used"):
        deeds.choose_password(desk, link, "a thief's", NOW)
    assert audited(desk) == [
        ("user:ana", "user.choose_password", "user:ana"),
        ("user:ada", "user.add", "user:ana"),
    ]


def test_a_link_is_over_after_a_day_and_a_newer_one_takes_its_place(desk):
    ana, first = add(desk)
    assert logins.link_user(desk.store, first, NOW + DAY - timedelta(seconds=1)) == ana
    assert logins.link_user(desk.store, first, NOW + DAY) is None
    _, second = deeds.reset_password(desk, ana.id, ADA, NOW)
    assert logins.link_user(desk.store, first, NOW) is None
    assert logins.link_user(desk.store, second, NOW) is not None


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 81])
def test_a_name_that_the_audit_could_not_say_is_refused(desk, name):
    with pytest.raises(Invalid, match="not a name"):
        add(desk, name)


def test_a_new_password_ends_the_old_one_and_its_sessions(desk):
    ana, link = add(desk)
    deeds.choose_password(desk, link, "theirs", NOW)
    session = people.open_session(desk.store, ana.id, NOW)
    deeds.reset_password(desk, ana.id, ADA, NOW)
    assert people.session_user(desk.store, session, NOW) is None
    assert people.session_end(desk.store, session, NOW) is SessionEnd.PASSWORD
    changed = people.user(desk.store, "ana")
    assert changed is not None
    assert changed.password_hash == ""


def test_who_is_disabled_is_out_at_once_and_comes_back_without_the_old_sessions(desk):
    ana, link = add(desk)
    session = people.open_session(desk.store, ana.id, NOW)
    assert deeds.disable(desk, ana.id, ADA, NOW)
    assert not deeds.disable(desk, ana.id, ADA, NOW)
    assert people.session_user(desk.store, session, NOW) is None
    assert people.session_end(desk.store, session, NOW) is SessionEnd.DISABLED
    assert logins.link_user(desk.store, link, NOW) is None
    with pytest.raises(Conflict, match="ana is disabled"):
        deeds.reset_password(desk, ana.id, ADA, NOW)
    assert deeds.enable(desk, ana.id, ADA, NOW)
    assert not deeds.enable(desk, ana.id, ADA, NOW)
    assert people.session_user(desk.store, session, NOW) is None
    assert [deed for _, deed, _ in audited(desk)] == ["user.enable", "user.disable", "user.add"]


def test_signing_out_everywhere_ends_all_sessions_of_this_person_only(desk):
    ana, _ = add(desk)
    ben, _ = add(desk, "ben")
    mine = [people.open_session(desk.store, ana.id, NOW) for _ in range(2)]
    other = people.open_session(desk.store, ben.id, NOW)
    assert deeds.sign_out_everywhere(desk, ana.id, ADA, NOW) == 2
    assert [people.session_end(desk.store, each, NOW) for each in mine] == [SessionEnd.SIGNED_OUT] * 2
    assert people.session_user(desk.store, other, NOW) == ben
    assert {each.user.name: each.sessions for each in logins.logins(desk.store, NOW)} == {"ada": 0, "ana": 0, "ben": 1}


def test_a_session_that_is_over_says_why(desk):
    ana, _ = add(desk)
    session = people.open_session(desk.store, ana.id, NOW)
    assert people.session_end(desk.store, session, NOW) is None
    assert people.session_end(desk.store, "unknown", NOW) is None
    assert people.session_end(desk.store, session, NOW + 2 * HOUR) is SessionEnd.IDLE
    assert people.session_end(desk.store, session, NOW + DAY) is SessionEnd.AGE
    people.open_session(desk.store, ana.id, NOW + 9 * DAY)
    assert people.session_end(desk.store, session, NOW + 9 * DAY) is None


def test_another_role_counts_from_the_next_click(desk):
    ana, _ = add(desk)
    session = people.open_session(desk.store, ana.id, NOW)
    assert deeds.change_role(desk, ana.id, Role.VIEWER, ADA, NOW)
    assert not deeds.change_role(desk, ana.id, Role.VIEWER, ADA, NOW)
    now_is = people.session_user(desk.store, session, NOW)
    assert now_is is not None
    assert now_is.role is Role.VIEWER
    [entry] = people.audit_entries(desk.store, limit=1)
    assert (entry.deed, entry.detail) == ("user.role", {"was": "ops", "role": "viewer"})


def test_nobody_locks_themselves_out_and_an_admin_always_stays(desk):
    ada = people.user(desk.store, "ada")
    assert ada is not None
    with pytest.raises(NotYours, match="You cannot disable your own login"):
        deeds.disable(desk, ada.id, ADA, NOW)
    with pytest.raises(NotYours, match="You cannot change your own role"):
        deeds.change_role(desk, ada.id, Role.OPS, ADA, NOW)
    for deed in (lambda: deeds.disable(desk, ada.id, COMMAND_LINE, NOW),
                 lambda: deeds.change_role(desk, ada.id, Role.OPS, COMMAND_LINE, NOW)):  # fmt: skip
        with pytest.raises(Conflict, match="the only admin who can come in"):
            deed()
    other, _ = add(desk, "eve", Role.ADMIN)
    assert deeds.disable(desk, ada.id, COMMAND_LINE, NOW)
    with pytest.raises(Conflict, match="the only admin"):
        deeds.disable(desk, other.id, COMMAND_LINE, NOW)


def test_a_token_ends_by_itself_or_when_revoked(desk):
    _, secret = deeds.create_token(desk, "deploy", Role.OPS, timedelta(days=90), ADA, NOW)
    _, for_good = deeds.create_token(desk, "grafana", Role.VIEWER, None, ADA, NOW)
    assert secret not in str(desk.store.rows("SELECT * FROM tokens"))
    assert people.token_actor(desk.store, secret, NOW + 90 * DAY - HOUR) == Actor(name="token:deploy", role=Role.OPS)
    assert people.token_actor(desk.store, secret, NOW + 90 * DAY) is None
    assert people.token_actor(desk.store, for_good, NOW + 3_000 * DAY) is not None
    [kept] = [each for each in tokens.tokens(desk.store) if each.label == "grafana"]
    assert (kept.created_by, kept.expires_at, kept.used_at) == ("user:ada", None, NOW + 3_000 * DAY)
    assert deeds.revoke_token(desk, kept.id, ADA, NOW)
    assert not deeds.revoke_token(desk, kept.id, ADA, NOW)
    assert people.token_actor(desk.store, for_good, NOW) is None
    assert [deed for _, deed, _ in audited(desk)] == ["token.revoke", "token.create", "token.create"]


@pytest.mark.parametrize("days", [0, -1, 4_000])
def test_a_token_for_no_time_or_for_ages_is_refused(desk, days):
    with pytest.raises(Invalid, match="not a time that a token can hold"):
        deeds.create_token(desk, "deploy", Role.OPS, timedelta(days=days), ADA, NOW)
    assert tokens.tokens(desk.store) == []


def test_nobody_and_nothing_are_said_so(desk):
    for deed in (deeds.enable, deeds.disable, deeds.sign_out_everywhere):
        with pytest.raises(NotFound, match="no such person"):
            deed(desk, "nobody", ADA, NOW)
    with pytest.raises(NotFound, match="no such token"):
        deeds.revoke_token(desk, "none", ADA, NOW)

import asyncio
from datetime import timedelta

from records.people import Role
from records.store import people, tokens
from records.times import now_utc
from server.auth import sign_in
from tests.server.house import context_on


def test_a_token_is_printed_alone_and_opens_the_door_of_its_role(program, kept):
    said = program.says("token", "create", "--role", "ops", "--label", "deploy")
    token = said.strip()
    assert said == f"{token}\n"
    actor = people.token_actor(kept, token, now_utc())
    assert actor is not None
    assert (actor.name, actor.role) == ("token:deploy", Role.OPS)


def test_the_audit_knows_of_a_token_but_not_the_token(program, kept):
    token = program.says("token", "create", "--role", "viewer").strip()
    [entry] = people.audit_entries(kept, subject="token:command-line")
    assert entry.detail == {"role": "viewer"}
    assert token not in str(entry)


def test_a_person_who_was_added_can_sign_in(program, kept):
    given = "correct horse battery staple\n"
    assert "ana may sign in as admin" in program.says(
        "user", "add", "ana", "--role", "admin", "--password-file", "-", given=given
    )
    context = context_on(kept)
    assert asyncio.run(sign_in(context, "ana", given.strip()))
    assert asyncio.run(sign_in(context, "ana", "wrong")) is None


def test_the_password_can_stand_in_a_file(embedded):
    embedded.write("password", "correct horse battery staple\nmore\n")
    assert embedded.json("user", "add", "bob", "--role", "viewer", "--password-file", "password")["name"] == "bob"
    assert "a user bob already" in embedded.refusal(
        "user", "add", "bob", "--role", "viewer", "--password-file", "password"
    )


def test_a_password_that_is_too_short_is_refused_and_never_repeated(embedded):
    line = embedded.refusal("user", "add", "bob", "--role", "viewer", "--password-file", "-", given="hunter2\n")
    assert "10 characters or more" in line
    assert "hunter2" not in line


def test_a_role_that_does_not_exist_is_wrong_use(embedded):
    assert "--role" in embedded.refusal("token", "create", "--role", "king", status=2)


def test_a_token_can_end_by_itself(program, kept):
    program.says("token", "create", "--role", "viewer", "--label", "trial", "--days", "30")
    [token] = tokens.tokens(kept)
    assert token.expires_at == token.created_at + timedelta(days=30)
    assert "up to 3653 days" in program.refusal("token", "create", "--role", "viewer", "--days", "0")

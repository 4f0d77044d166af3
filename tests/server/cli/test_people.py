import asyncio
from datetime import timedelta

from records.desk.arrivals import come_in
from records.people import Right, Role
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


def test_everything_about_a_person_from_a_terminal(program, kept):
    program.says("user", "add", "ana", "--role", "ops", "--email", "ana@acme.example", "--password-file", "-",
                 given="correct horse battery staple\n")  # fmt: skip
    assert "ana   ops   password  ana@acme.example  never" in program.says("user", "list")
    assert program.json("user", "role", "ana", "--role", "viewer")["role"] == "viewer"
    assert program.json("user", "email", "ana", "")["email"] is None
    assert "not an e-mail address" in program.refusal("user", "email", "ana", "nowhere")
    assert program.json("user", "disable", "ana")["disabled_at"] is not None
    assert "was disabled already" in program.says("user", "disable", "ana")
    assert "may come in again" in program.says("user", "enable", "ana")
    assert "0 sessions ended" in program.says("user", "sign-out", "ana")
    program.says("user", "password", "ana", "--file", "-", given="four words make sense\n")
    assert asyncio.run(sign_in(context_on(kept), "ana", "four words make sense"))
    assert program.json("user", "connect", "ana")["way"] == "single_sign_on"
    assert "no password here" in program.refusal("user", "password", "ana", "--file", "-", given="four words more\n")
    assert "There is no user bob" in program.refusal("user", "role", "bob", "--role", "ops")
    assert [each["name"] for each in program.json("user", "list")] == ["ana"]
    deeds = {each.deed for each in people.audit_entries(kept, subject="user:ana")}
    assert deeds >= {"user.add", "user.role", "user.email", "user.disable", "user.enable", "user.sign_out",
                     "user.reset_password", "user.single_sign_on"}  # fmt: skip
    assert all(each.actor.startswith("cli:") for each in people.audit_entries(kept, subject="user:ana")
               if each.deed != "sign_in")  # fmt: skip


def test_a_person_of_the_single_sign_on_is_added_without_a_password(embedded):
    added = embedded.json("user", "add", "ana", "--role", "viewer", "--single-sign-on")
    assert (added["way"], added["link_until"]) == ("single_sign_on", None)


def test_the_glass_is_broken_with_a_reason_and_kept(program, kept):
    program.says("user", "add", "ada", "--role", "admin", "--single-sign-on")
    assert "--reason" in program.refusal("user", "break-glass", "ada", status=2)
    said = program.says("user", "break-glass", "ada", "--reason", "the provider is down")
    [link] = [line.removeprefix("/console/break-glass/") for line in said.splitlines() if line.startswith("/")]
    assert come_in(context_on(kept).desk, link, now_utc())
    entry = next(each for each in people.audit_entries(kept) if each.deed == "user.break_glass")
    assert entry.detail == {"reason": "the provider is down"}


def test_tokens_are_listed_narrowed_and_revoked(program, kept):
    narrow = program.json(
        "token", "create", "--role", "support", "--only", "read", "--only", "tickets", "--label", "desk"
    )
    actor = people.token_actor(kept, narrow["token"], now_utc())
    assert actor is not None
    assert actor.rights == frozenset({Right.READ, Right.TICKETS})
    assert "not rights that the role viewer carries" in program.refusal(
        "token", "create", "--role", "viewer", "--only", "operate"
    )
    listed = program.says("token", "list")
    assert "read, tickets" in listed
    assert narrow["token"] not in listed
    assert "is revoked" in program.says("token", "revoke", "desk")
    assert people.token_actor(kept, narrow["token"], now_utc()) is None
    assert "There is no token desk" in program.refusal("token", "revoke", "desk")
    assert "revoked before" in program.says("token", "revoke", narrow["id"])
    for _ in range(2):
        program.says("token", "create", "--role", "viewer", "--label", "twin")
    assert "2 tokens are called twin" in program.refusal("token", "revoke", "twin")

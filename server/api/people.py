"""Who may come in: people with a login, and tokens of programs."""

from typing import Any

from records.desk import arrivals
from records.desk import people as deeds
from records.errors import NotFound
from records.people import Login, Way
from records.store import logins, tokens
from server.api import shapes_access
from server.api.asking import Ask
from server.api.bodies import Nothing
from server.api.bodies_people import AddUser, ChangeEmail, ChangeRole, CreateToken
from server.api.cursors import PageShape
from server.api.queries import NoQuery
from server.api.shapes_access import InvitedShape, NewTokenShape, TokenShape, UserShape


def list_users(ask: Ask[Nothing, NoQuery]) -> PageShape[UserShape]:
    """Everybody with a login, by name, those who are kept out last; never more than one page of them."""
    found = logins.logins(ask.desk.store, ask.now)
    return {"items": [shapes_access.login(each) for each in found], "next_cursor": None}


def get_user(ask: Ask[Nothing, NoQuery]) -> UserShape:
    """One person, by id or name."""
    return shapes_access.login(_named(ask))


def add_user(ask: Ask[AddUser, NoQuery]) -> InvitedShape:
    """Add somebody; answers with the link by which they choose a password, this once."""
    way = Way.SINGLE_SIGN_ON if ask.body.single_sign_on else Way.PASSWORD
    user, link = deeds.add(
        ask.desk, ask.body.name, ask.body.role, ask.actor, ask.now, email=ask.body.email, way=way
    )  # fmt: skip
    return _invited(ask, user.id, link)


def change_role(ask: Ask[ChangeRole, NoQuery]) -> UserShape:
    """Give somebody another role; it counts from their next request."""
    deeds.change_role(ask.desk, _named(ask).user.id, ask.body.role, ask.actor, ask.now)
    return shapes_access.login(_named(ask))


def change_email(ask: Ask[ChangeEmail, NoQuery]) -> UserShape:
    """Where tests of notices are sent to somebody."""
    deeds.change_email(ask.desk, _named(ask).user.id, ask.body.email, ask.actor, ask.now)
    return shapes_access.login(_named(ask))


def disable_user(ask: Ask[Nothing, NoQuery]) -> UserShape:
    """Keep somebody out; their sessions end at once."""
    deeds.disable(ask.desk, _named(ask).user.id, ask.actor, ask.now)
    return shapes_access.login(_named(ask))


def enable_user(ask: Ask[Nothing, NoQuery]) -> UserShape:
    """Let somebody in again."""
    deeds.enable(ask.desk, _named(ask).user.id, ask.actor, ask.now)
    return shapes_access.login(_named(ask))


def sign_out_user(ask: Ask[Nothing, NoQuery]) -> UserShape:
    """End all sessions of somebody."""
    deeds.sign_out_everywhere(ask.desk, _named(ask).user.id, ask.actor, ask.now)
    return shapes_access.login(_named(ask))


def reset_password(ask: Ask[Nothing, NoQuery]) -> InvitedShape:
    """End somebody's password and sessions; answers with the link by which they choose a new one, this once."""
    user, link = deeds.reset_password(ask.desk, _named(ask).user.id, ask.actor, ask.now)
    return _invited(ask, user.id, link)


def connect_user(ask: Ask[Nothing, NoQuery]) -> UserShape:
    """Let somebody come by single sign-on from now on; their password and sessions end."""
    arrivals.expect_single_sign_on(ask.desk, _named(ask).user.id, ask.actor, ask.now)
    return shapes_access.login(_named(ask))


def list_tokens(ask: Ask[Nothing, NoQuery]) -> PageShape[TokenShape]:
    """Every token, newest first, those that are over too; never more than one page of them."""
    found = tokens.tokens(ask.desk.store)
    return {"items": [shapes_access.token(each, ask.now) for each in found], "next_cursor": None}


def get_token(ask: Ask[Nothing, NoQuery]) -> TokenShape:
    """One token, without its secret."""
    return shapes_access.token(tokens.token(ask.desk.store, ask.path["id"]), ask.now)


def create_token(ask: Ask[CreateToken, NoQuery]) -> NewTokenShape:
    """Make a token; answers with its secret, this once."""
    body = ask.body
    rights = None if body.rights is None else frozenset(body.rights)
    made, secret = deeds.create_token(
        ask.desk, body.label, body.role, body.holds, ask.actor, ask.now, rights=rights
    )  # fmt: skip
    return {"token": shapes_access.token(made, ask.now), "secret": secret}


def revoke_token(ask: Ask[Nothing, NoQuery]) -> TokenShape:
    """End a token at once and for good."""
    deeds.revoke_token(ask.desk, ask.path["id"], ask.actor, ask.now)
    return shapes_access.token(tokens.token(ask.desk.store, ask.path["id"]), ask.now)


def _named(ask: Ask[Any, NoQuery]) -> Login:
    """Whom the address names. Raises NotFound."""
    wanted = ask.path["id"]
    found = logins.logins(ask.desk.store, ask.now)
    for each in found:
        if each.user.id == wanted:
            return each
    for each in found:
        if each.user.name == wanted:
            return each
    raise NotFound(f"There is no user {wanted}.")


def _invited(ask: Ask[Any, NoQuery], user_id: str, link: str | None) -> InvitedShape:
    [found] = [each for each in logins.logins(ask.desk.store, ask.now) if each.user.id == user_id]
    return {
        "user": shapes_access.login(found),
        "password_link": None if link is None else f"/console/password/{link}",
    }

"""Deeds about who comes in by single sign-on, and past the usual ways when those are shut. All are audited."""

from datetime import datetime, timedelta

from records.desk.desk import Desk
from records.errors import Conflict, ForewarnError, NotFound, NotYours
from records.people import Actor, Identity, OpenedBy, Role, SessionEnd, User, Way
from records.store import logins, people, sign_ons
from records.store.people import audit

#: A link that leads in past the usual ways leads somewhere for so long.
BREAK_GLASS_HOLDS = timedelta(minutes=15)


class MayNotComeIn(ForewarnError):
    """The identity provider knows who it is; here they may not come in."""


def arrive(desk: Desk, identity: Identity, now: datetime, *, creates: bool) -> User:
    """Who here it is that came by single sign-on; what the provider says of them now is kept.

    Somebody who never came before is added if `creates`, or gets the login of their name that waits for them.
    Raises MayNotComeIn.
    """
    with desk.deed():
        user = sign_ons.known(desk.store, identity.issuer, identity.subject)
        if user is None:
            user = _first_time(desk, identity, now, creates=creates)
        if user.disabled_at is not None:
            raise MayNotComeIn(f"The login {user.name} was disabled here. Ask an admin if it should be let in again.")
        _keep_up(desk, user, identity, now)
        return user


def confirm(desk: Desk, user: User, identity: Identity, now: datetime) -> None:
    """The provider still lets them in; what it says of them now is kept."""
    with desk.deed():
        _keep_up(desk, user, identity, now)


def lose(desk: Desk, user: User, why: SessionEnd, now: datetime) -> None:
    """The provider does not let them in any more: all their sessions end."""
    with desk.deed():
        ended = logins.end_sessions(desk.store, user.id, why)
        audit(desk.store, _PROVIDER, "user.sign_out", f"user:{user.name}", now, sessions=ended, why=why.value)


def expect_single_sign_on(desk: Desk, user_id: str, by: Actor, now: datetime) -> User:
    """From now on they come by single sign-on: their password is void, sessions and links end.

    Whom the provider calls by the name of the login is who it belongs to, from the first time on.
    Raises NotFound, NotYours.
    """
    with desk.deed():
        user = logins.user_by_id(desk.store, user_id)
        if by.name == f"user:{user.name}":
            raise NotYours("You cannot change how you come in yourself: you could be left outside. Ask another admin.")
        sign_ons.expect(desk.store, user_id)
        logins.close_links(desk.store, user_id)
        ended = logins.end_sessions(desk.store, user_id, SessionEnd.WAY)
        audit(desk.store, by.name, "user.single_sign_on", f"user:{user.name}", now, sessions=ended)
        return logins.user_by_id(desk.store, user_id)


def break_glass(desk: Desk, name: str, reason: str, by: Actor, now: datetime) -> str:
    """A link by which somebody comes in once, whatever ways are shut. Raises NotFound, Conflict."""
    with desk.deed():
        user = people.user(desk.store, name)
        if user is None:
            raise NotFound(f"There is no user {name}.")
        if user.disabled_at is not None:
            raise Conflict(f"{name} is disabled. Let them in again first.")
        audit(desk.store, by.name, "user.break_glass", f"user:{name}", now, reason=reason)
        until = now + BREAK_GLASS_HOLDS
        return logins.open_link(desk.store, user.id, now, until, purpose=logins.TO_COME_IN)


def come_in(desk: Desk, link: str, now: datetime) -> str:
    """By that link, which is used up by it; returns the secret of a session. Raises NotFound when it leads nowhere."""
    with desk.deed():
        user = logins.link_user(desk.store, link, now, purpose=logins.TO_COME_IN)
        if user is None:
            raise NotFound("This link was used, or is over. Make a new one: forewarn user break-glass NAME")
        logins.close_links(desk.store, user.id)
        audit(desk.store, f"user:{user.name}", "sign_in", f"user:{user.name}", now, by=OpenedBy.BREAK_GLASS.value)
        return people.open_session(desk.store, user.id, now, opened_by=OpenedBy.BREAK_GLASS)


#: Who did what the provider decided.
_PROVIDER = "single_sign_on"


def _first_time(desk: Desk, identity: Identity, now: datetime, *, creates: bool) -> User:
    name = identity.name
    there = people.user(desk.store, name)
    if there is not None:
        if there.way is not Way.SINGLE_SIGN_ON or there.subject is not None:
            raise MayNotComeIn(
                f"There is a login {name} here that is not connected with your account. Ask an admin to connect it."
            )
        sign_ons.connect(desk.store, there.id, identity)
        audit(desk.store, _PROVIDER, "user.connect", f"user:{name}", now)
        return there
    if not creates:
        raise MayNotComeIn(f"There is no login {name} here. Ask an admin to add you.")
    user = sign_ons.add(desk.store, identity, now)
    audit(desk.store, _PROVIDER, "user.add", f"user:{name}", now, role=identity.role.value)
    return user


def _keep_up(desk: Desk, user: User, identity: Identity, now: datetime) -> None:
    # Without an address from there, the one that an admin gave stays.
    email = identity.email or user.email
    if not sign_ons.set_role_and_email(desk.store, user, identity.role, email):
        return
    if user.role is not identity.role:
        said: dict[str, Role | str] = {"was": user.role.value, "role": identity.role.value}
        audit(desk.store, _PROVIDER, "user.role", f"user:{user.name}", now, **said)
    if user.email != email:
        audit(desk.store, _PROVIDER, "user.email", f"user:{user.name}", now)

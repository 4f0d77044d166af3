"""Deeds about who may come in: people, their passwords and sessions, and tokens of programs. All are audited."""

from datetime import datetime, timedelta

from records.desk.customers import is_email
from records.desk.desk import Desk
from records.errors import Conflict, Fault, Invalid, NotFound, NotYours
from records.ids import new_id
from records.people import MAY, Actor, Right, Role, SessionEnd, TokenRecord, User, Way, checked_name
from records.store import logins, people, sign_ons, tokens
from records.store.people import audit

#: A link to choose a password leads somewhere for so long.
LINK_HOLDS = timedelta(hours=24)
#: What is asked for "in ten years" is meant to hold until revoked; say that instead.
_LONGEST_TOKEN = timedelta(days=3653)


#: Fits no password.
_NONE = ""


def add(
    desk: Desk, name: str, role: Role, by: Actor, now: datetime, *, email: str | None = None, way: Way = Way.PASSWORD
) -> tuple[User, str | None]:
    """Somebody new, who chooses a password by the link whose secret is returned; None for who comes by single sign-on.

    Whom the provider calls by that name is who such a login belongs to, from the first time on.
    Raises Invalid, Conflict.
    """
    name, email = checked_name(name, "name"), _checked_email(email)
    with desk.deed():
        user = people.add_user(desk.store, name, role, _NONE, now)
        audit(desk.store, by.name, "user.add", f"user:{name}", now, role=role.value, way=way.value)
        sign_ons.set_email(desk.store, user.id, email)
        if way is Way.SINGLE_SIGN_ON:
            sign_ons.expect(desk.store, user.id)
            return logins.user_by_id(desk.store, user.id), None
        return logins.user_by_id(desk.store, user.id), logins.open_link(desk.store, user.id, now, now + LINK_HOLDS)


def change_email(desk: Desk, user_id: str, email: str | None, by: Actor, now: datetime) -> bool:
    """Where tests of notices are sent to them; None: nowhere. False when it was so. Raises NotFound, Invalid."""
    email = _checked_email(email)
    with desk.deed():
        user = logins.user_by_id(desk.store, user_id)
        if user.email == email:
            return False
        sign_ons.set_email(desk.store, user_id, email)
        # Whose address it is, the audit says; not which.
        audit(desk.store, by.name, "user.email", f"user:{user.name}", now, given=email is not None)
        return True


def _checked_email(email: str | None) -> str | None:
    email = (email or "").strip() or None
    if email is not None and not is_email(email):
        raise Invalid(Fault(path="email", message="not an e-mail address", hint="one address, like ana@acme.example"))
    return email


def change_role(desk: Desk, user_id: str, role: Role, by: Actor, now: datetime) -> bool:
    """Another role, from their next click on. False when they have it. Raises NotFound, Conflict, NotYours."""
    with desk.deed():
        user = _of_another(desk, user_id, by, "change your own role")
        if user.role is role:
            return False
        if user.way is Way.SINGLE_SIGN_ON and user.subject is not None:
            raise Conflict(f"{user.name} comes by single sign-on: the role follows their groups there (access.roles).")
        if role is not Role.ADMIN:
            _another_admin_stays(desk, user)
        logins.set_role(desk.store, user_id, role)
        audit(desk.store, by.name, "user.role", f"user:{user.name}", now, was=user.role.value, role=role.value)
        return True


def disable(desk: Desk, user_id: str, by: Actor, now: datetime) -> bool:
    """Keep somebody out: their sessions end at once. False when it was so. Raises NotFound, Conflict, NotYours."""
    with desk.deed():
        user = _of_another(desk, user_id, by, "disable your own login")
        if user.disabled_at is not None:
            return False
        _another_admin_stays(desk, user)
        logins.set_disabled(desk.store, user_id, now)
        logins.close_links(desk.store, user_id)
        ended = logins.end_sessions(desk.store, user_id, SessionEnd.DISABLED)
        audit(desk.store, by.name, "user.disable", f"user:{user.name}", now, sessions=ended)
        return True


def enable(desk: Desk, user_id: str, by: Actor, now: datetime) -> bool:
    """Let somebody in again, with the password they had. False when it was so. Raises NotFound."""
    with desk.deed():
        user = logins.user_by_id(desk.store, user_id)
        if user.disabled_at is None:
            return False
        logins.set_disabled(desk.store, user_id, None)
        audit(desk.store, by.name, "user.enable", f"user:{user.name}", now)
        return True


def reset_password(desk: Desk, user_id: str, by: Actor, now: datetime) -> tuple[User, str]:
    """The old password counts no more, sessions end; a new one is chosen by the link whose secret is returned.

    Raises NotFound, Conflict.
    """
    with desk.deed():
        user = logins.user_by_id(desk.store, user_id)
        if user.disabled_at is not None:
            raise Conflict(f"{user.name} is disabled. Let them in again first.")
        if user.way is Way.SINGLE_SIGN_ON:
            raise Conflict(f"{user.name} comes by single sign-on, and has no password here.")
        logins.set_password(desk.store, user_id, _NONE)
        ended = logins.end_sessions(desk.store, user_id, SessionEnd.PASSWORD)
        audit(desk.store, by.name, "user.reset_password", f"user:{user.name}", now, sessions=ended)
        return user, logins.open_link(desk.store, user_id, now, now + LINK_HOLDS)


def sign_out_everywhere(desk: Desk, user_id: str, by: Actor, now: datetime) -> int:
    """End all sessions of somebody. Returns how many that were. Raises NotFound."""
    with desk.deed():
        user = logins.user_by_id(desk.store, user_id)
        ended = logins.end_sessions(desk.store, user_id, SessionEnd.SIGNED_OUT)
        audit(desk.store, by.name, "user.sign_out", f"user:{user.name}", now, sessions=ended)
        return ended


def choose_password(desk: Desk, link: str, password_hash: str, now: datetime) -> User:
    """By a link, which is used up by it. Raises NotFound when it leads nowhere."""
    with desk.deed():
        user = logins.link_user(desk.store, link, now)
        if user is None:
            raise NotFound("This link was used, or is over. Ask an admin for a new one.")
        logins.set_password(desk.store, user.id, password_hash)
        logins.close_links(desk.store, user.id)
        logins.end_sessions(desk.store, user.id, SessionEnd.PASSWORD)
        audit(desk.store, f"user:{user.name}", "user.choose_password", f"user:{user.name}", now)
        return user


def create_token(
    desk: Desk, label: str, role: Role, holds: timedelta | None, by: Actor, now: datetime, *,
    rights: frozenset[Right] | None = None,
) -> tuple[TokenRecord, str]:  # fmt: skip
    """A token for a program, and its secret, returned this once; it may do what its role may, or of that only `rights`.

    `holds` is None for one that holds until revoked. Raises Invalid.
    """
    label = checked_name(label, "label")
    if holds is not None and not timedelta() < holds <= _LONGEST_TOKEN:
        hint = f"up to {_LONGEST_TOKEN.days} days, or empty: until it is revoked"
        raise Invalid(Fault(path="days", message="not a time that a token can hold", hint=hint))
    if rights is not None and (not rights or rights - MAY[role]):
        hint = f"some of: {', '.join(sorted(MAY[role]))}"
        raise Invalid(Fault(path="rights", message=f"not rights that the role {role} carries", hint=hint))
    with desk.deed():
        expires_at, token_id = None if holds is None else now + holds, new_id()
        secret = tokens.create_token(
            desk.store, label, role, now, by=by.name, expires_at=expires_at, rights=rights, token_id=token_id
        )
        ends: dict[str, object] = {} if holds is None else {"days": holds.days}
        if rights is not None:
            ends["rights"] = sorted(rights)
        audit(desk.store, by.name, "token.create", f"token:{label}", now, role=role.value, **ends)
        return tokens.token(desk.store, token_id), secret


def revoke_token(desk: Desk, token_id: str, by: Actor, now: datetime) -> bool:
    """End a token at once and for good. False when it was revoked before. Raises NotFound."""
    with desk.deed():
        found = tokens.token(desk.store, token_id)
        revoked = tokens.revoke_token(desk.store, token_id, now)
        if revoked:
            audit(desk.store, by.name, "token.revoke", f"token:{found.label}", now, role=found.role.value)
        return revoked


def _of_another(desk: Desk, user_id: str, by: Actor, what: str) -> User:
    """A slip of the hand must not lock an admin out."""
    user = logins.user_by_id(desk.store, user_id)
    if by.name == f"user:{user.name}":
        raise NotYours(f"You cannot {what}. Ask another admin.")
    return user


def _another_admin_stays(desk: Desk, user: User) -> None:
    if user.role is Role.ADMIN and not logins.count_others(desk.store, Role.ADMIN, user.id):
        raise Conflict(f"{user.name} is the only admin who can come in. Make somebody else admin first.")

"""People with a login and tokens of programs as JSON; what is secret of them stands in one answer only."""

from datetime import datetime

from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.people import Login, TokenRecord
from records.times import iso, iso_or_none


class UserShape(TypedDict):
    """One person with a login."""

    id: str
    name: str
    role: str
    #: `password` or `single_sign_on`.
    way: str
    email: str | None
    created_at: str
    disabled_at: str | None
    #: Sessions that count now.
    sessions: int
    seen_at: str | None
    #: Until when a link to choose a password is open.
    link_until: str | None


class InvitedShape(TypedDict):
    """Somebody, and the way to a password of theirs."""

    user: UserShape
    #: Below the address of the console: to be handed to them; works once. Null for who comes by single sign-on, and
    #: when the answer is repeated for the same Idempotency-Key.
    password_link: str | None


class TokenShape(TypedDict):
    """One token, without what makes it one."""

    id: str
    label: str
    role: str
    #: Of what the role carries, only this; null: all of it.
    rights: list[str] | None
    created_at: str
    created_by: str | None
    used_at: str | None
    expires_at: str | None
    revoked_at: str | None
    #: Whether a program may still act with it.
    holds: bool


class NewTokenShape(TypedDict):
    """A new token; this is the only time that its secret is told."""

    token: TokenShape
    #: What programs send as `Authorization: Bearer …`. Null when the answer is repeated for the same Idempotency-Key.
    secret: str | None


def login(one: Login) -> UserShape:
    """As `forewarn user list --json` prints it."""
    user = one.user
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role.value,
        "way": user.way.value,
        "email": user.email,
        "created_at": iso(user.created_at),
        "disabled_at": iso_or_none(user.disabled_at),
        "sessions": one.sessions,
        "seen_at": iso_or_none(one.seen_at),
        "link_until": iso_or_none(one.link_until),
    }


def token(one: TokenRecord, now: datetime) -> TokenShape:
    """As `forewarn token list --json` prints it."""
    return {
        "id": one.id,
        "label": one.label,
        "role": one.role.value,
        "rights": None if one.rights is None else sorted(one.rights),
        "created_at": iso(one.created_at),
        "created_by": one.created_by,
        "used_at": iso_or_none(one.used_at),
        "expires_at": iso_or_none(one.expires_at),
        "revoked_at": iso_or_none(one.revoked_at),
        "holds": one.holds(now),
    }

"""Who is asking: people by password and session, programs by token."""

import asyncio
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.requests import Request

from records.errors import ForewarnError
from records.people import Actor, Right, User
from records.store import people
from server.context import Context, context_of

#: 64 MiB and about 150 ms each, so two at a time at most.
_HASHER = PasswordHasher()
_AT_ONCE = asyncio.Semaphore(2)
#: Checked when the name is unknown, so that the answer takes as long.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$nYvvhWkIcJPLdJVnZzJLgLnXWZKHNTr1tZSEGjvHXWo"
COOKIE = "forewarn_session"
#: Wrong passwords for one name before it must wait, and for how long.
_MAX_FAILURES = 5
_LOCK_OUT = timedelta(minutes=1)


class NotSignedIn(ForewarnError):
    """No valid session or token came with the request."""


class NotAllowed(ForewarnError):
    """Whoever asks is known, but the role does not carry this right."""


class TooManyTries(ForewarnError):
    """Too many wrong passwords; wait a minute."""


def cookie_name(request: Request) -> str:
    """Over https the cookie's name carries `__Host-`, so that no neighbouring subdomain can plant one."""
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


def hash_password(password: str) -> str:
    """What is kept instead of a password (argon2id)."""
    return _HASHER.hash(password)


async def sign_in(context: Context, name: str, password: str) -> str | None:
    """Open a session and return its secret; None when name and password do not belong together."""
    now = context.now()
    failures = await context.call(people.recent_failures, context.desk.store, name, now - _LOCK_OUT)
    if failures >= _MAX_FAILURES:
        raise TooManyTries("Too many wrong passwords for this name. Wait one minute, then try again.")
    user = await context.call(people.user, context.desk.store, name)
    async with _AT_ONCE:
        is_right = await asyncio.to_thread(_fits, user, password)
    if user is None or not is_right or user.disabled_at is not None:
        await context.call(
            people.audit, context.desk.store, f"user:{name[:80]}", "sign_in.failed", f"user:{name[:80]}", now
        )
        return None
    await context.call(people.audit, context.desk.store, f"user:{name}", "sign_in", f"user:{name}", now)
    return await context.call(people.open_session, context.desk.store, user.id, now)


def _fits(user: User | None, password: str) -> bool:
    try:
        return _HASHER.verify(user.password_hash if user else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False


async def actor_of(request: Request) -> Actor:
    """Whoever holds the bearer token or the session cookie of this request. Raises NotSignedIn."""
    context = context_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found: Actor | None = None
    if scheme.lower() == "bearer" and token:
        found = await context.call(people.token_actor, context.desk.store, token.strip(), context.now())
    elif secret := request.cookies.get(cookie_name(request)):
        user = await context.call(people.session_user, context.desk.store, secret, context.now())
        found = Actor(name=f"user:{user.name}", role=user.role) if user else None
    if found is None:
        raise NotSignedIn("Sign in, or send a valid token as `Authorization: Bearer …`.")
    return found


async def require(request: Request, right: Right) -> Actor:
    """As `actor_of`, and the role must carry `right`. Raises NotSignedIn, NotAllowed."""
    actor = await actor_of(request)
    if not actor.may(right):
        raise NotAllowed(f"The role {actor.role} may not do this ({right}).")
    return actor

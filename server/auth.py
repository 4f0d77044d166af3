"""Who is asking: people by password and session, programs by token."""

import asyncio
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.requests import Request
from starlette.responses import Response

from records.errors import Fault, ForewarnError, Invalid
from records.people import MAY, Actor, Right, SessionEnd, User
from records.store import people
from server.context import Context, context_of
from server.single_sign_on.recheck import who_still_may

#: 64 MiB and about 150 ms each, so two at a time at most.
_HASHER = PasswordHasher()
_AT_ONCE = asyncio.Semaphore(2)
#: Checked when the name is unknown, so that the answer takes as long.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$nYvvhWkIcJPLdJVnZzJLgLnXWZKHNTr1tZSEGjvHXWo"
COOKIE = "forewarn_session"
#: Wrong passwords for one name before it must wait, and for how long.
_MAX_FAILURES = 5
_LOCK_OUT = timedelta(minutes=1)
#: NIST SP 800-63B asks for at least eight where a password is all there is; length beats rules.
_SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 1_000


class NotSignedIn(ForewarnError):
    """No valid session or token came with the request."""


class NotAllowed(ForewarnError):
    """Whoever asks is known, but the role does not carry this right."""


class TooManyTries(ForewarnError):
    """Too many wrong passwords; wait a minute."""


class PasswordsOff(ForewarnError):
    """Here nobody comes in with a password."""


def cookie_name(request: Request, name: str = COOKIE) -> str:
    """Over https a cookie's name carries `__Host-`, so that no neighbouring subdomain can plant one."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def set_session(request: Request, response: Response, secret: str) -> None:
    """Let the browser keep a session. Without an end: it goes when the browser closes, and ends by itself anyhow."""
    set_cookie(request, response, COOKIE, secret)


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """A cookie that no script reads and no other site's form sends.

    Links from elsewhere do bring it, and so does the way back from an identity provider.
    """
    response.set_cookie(
        cookie_name(request, name), value, httponly=True, samesite="lax", path="/",
        secure=request.url.scheme == "https",
    )  # fmt: skip


def drop_cookie(request: Request, response: Response, name: str = COOKIE) -> None:
    """Let the browser forget it."""
    response.delete_cookie(
        cookie_name(request, name), httponly=True, samesite="lax", path="/", secure=request.url.scheme == "https"
    )


def hash_password(password: str) -> str:
    """What is kept instead of a password (argon2id)."""
    return _HASHER.hash(password)


def checked_password(password: str) -> str:
    """A password that somebody chose. Raises Invalid."""
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        hint = f"use {_SHORTEST_PASSWORD} characters or more; a few words make a good one"
        raise Invalid(Fault(path="password", message="too short, or far too long", hint=hint))
    return password


async def hashed_in_turn(password: str) -> str:
    """`hash_password` beside the loop, at most two at a time with all who sign in."""
    async with _AT_ONCE:
        return await asyncio.to_thread(hash_password, password)


async def sign_in(context: Context, name: str, password: str) -> str | None:
    """Open a session and return its secret; None when name and password do not belong together.

    Raises TooManyTries, PasswordsOff.
    """
    if not context.settings.access.passwords:
        raise PasswordsOff("Passwords are off here (access.passwords). Use single sign-on.")
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
        # Whoever comes by single sign-on has no password here; the answer takes as long.
        return _HASHER.verify((user.password_hash if user else "") or _NOBODY, password)
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
        session = await context.call(people.session, context.desk.store, secret, context.now())
        user = await who_still_may(context, secret, session) if session else None
        found = Actor(name=f"user:{user.name}", role=user.role) if user else None
    if found is None:
        raise NotSignedIn("Sign in, or send a valid token as `Authorization: Bearer …`.")
    return found


async def session_end(request: Request) -> SessionEnd | None:
    """Why the session that this browser still names is over; None when it names none that we knew."""
    context, secret = context_of(request), request.cookies.get(cookie_name(request))
    if not secret:
        return None
    return await context.call(people.session_end, context.desk.store, secret, context.now())


async def require(request: Request, right: Right) -> Actor:
    """As `actor_of`, and the role must carry `right`. Raises NotSignedIn, NotAllowed."""
    actor = await actor_of(request)
    if actor.rights is not None and right in MAY[actor.role] - actor.rights:
        raise NotAllowed(f"This token was made narrower than its role: it may not do this ({right}).")
    if not actor.may(right):
        raise NotAllowed(f"The role {actor.role} may not do this ({right}).")
    return actor

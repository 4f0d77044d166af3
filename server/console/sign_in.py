"""Signing in and out."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import Response

from records.people import OpenedBy, Session, SessionEnd
from records.store import people
from server import auth
from server.console.pages import go, show
from server.context import context_of
from server.pace import Pace
from server.single_sign_on.errors import ProviderAway
from server.single_sign_on.flow import way_out

_log = structlog.get_logger(__name__)

_WRONG = "Name and password do not belong together. Check both, then try again."
#: Longer ones are no passwords, and hashing them would be work for nothing.
_LONGEST = 1_000


async def sign_in_page(request: Request) -> Response:
    """The form."""
    return form(request, next_page=local(request.query_params.get("next", "")), over=await auth.session_end(request))


def form(
    request: Request, *, next_page: str, over: SessionEnd | None = None, name: str = "", trouble: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    """The page with every way in that the settings leave open."""
    access = context_of(request).settings.access
    return show(
        request, None, "sign_in.html", status=status, name=name, next=next_page, over=over, trouble=trouble,
        passwords=access.passwords, label=access.oidc.label if access.oidc else "",
    )  # fmt: skip


async def sign_in(request: Request) -> Response:
    """Open a session, or say what is wrong without telling whether the name exists."""
    fields = await request.form(max_files=0, max_fields=10)
    name, password = str(fields.get("name", "")).strip(), str(fields.get("password", ""))
    next_page = local(str(fields.get("next", "")))
    try:
        pace_of(request).check(request)
        secret = None
        if name and len(name) <= _LONGEST and len(password) <= _LONGEST:
            secret = await auth.sign_in(context_of(request), name, password)
    except auth.TooManyTries as locked:
        return form(request, next_page=next_page, name=name, trouble=str(locked), status=429)
    except auth.PasswordsOff as off:
        return form(request, next_page=next_page, trouble=str(off), status=403)
    if secret is None:
        return form(request, next_page=next_page, name=name, trouble=_WRONG, status=401)
    response = go(next_page)
    auth.set_session(request, response, secret)
    return response


async def sign_out(request: Request) -> Response:
    """End the session here and in the store; on to the identity provider where it was opened by that."""
    context = context_of(request)
    response: Response = go("/console/sign-in")
    if secret := request.cookies.get(auth.cookie_name(request)):
        session = await context.call(people.session, context.desk.store, secret, context.now())
        await context.call(people.close_session, context.desk.store, secret)
        if session is not None:
            subject = f"user:{session.user.name}"
            await context.call(people.audit, context.desk.store, subject, "sign_out", subject, context.now())
            if (onward := await _way_out(request, secret, session)) is not None:
                # A page, and not a redirect: browsers hold the target of a form to our own address.
                response = show(request, None, "signed_out.html", onward=onward)
                response.headers["refresh"] = f"0; url={onward}"
    auth.drop_cookie(request, response)
    return response


async def _way_out(request: Request, secret: str, session: Session) -> str | None:
    context = context_of(request)
    oidc = context.settings.access.oidc
    if oidc is None or not oidc.sign_out or session.opened_by is not OpenedBy.SINGLE_SIGN_ON:
        return None
    back = f"{request.url.scheme}://{request.url.netloc}/console/sign-in"
    try:
        return await way_out(context, oidc, secret, session.sealed, back=back)
    except ProviderAway as away:
        _log.warning("single_sign_on_away", why=str(away))
        return None


def pace_of(request: Request) -> Pace:
    """How often one address may try to come in; a whole office may come from one at the start of a shift."""
    state = request.app.state
    if not hasattr(state, "sign_in_pace"):
        state.sign_in_pace = new_pace()
    pace: Pace = state.sign_in_pace
    return pace


def new_pace(clock: Callable[[], float] = time.monotonic) -> Pace:
    """Forty at once, and one more every three seconds."""
    return Pace(burst=40, every_seconds=3, clock=clock)


def local(address: str) -> str:
    """The address when it leads to the console itself, else the console's first page.

    >>> local("/console/support?q=1"), local("//evil.example/console"), local("https://evil.example/console")
    ('/console/support?q=1', '/console', '/console')
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/console"
    is_ours = not parts.scheme and not parts.netloc and (parts.path + "/").startswith("/console/")
    is_plain = address.isprintable() and "\\" not in address and not parts.path.startswith("/console/sign-")
    return address if is_ours and is_plain else "/console"

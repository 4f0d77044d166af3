"""Coming in by the house's own accounts, and past all usual ways by a link of the command line."""

import re
import secrets

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from records.desk import arrivals
from records.desk.arrivals import MayNotComeIn
from records.errors import NotFound
from records.store import logins, people
from server import auth
from server.config.sections.operation import Oidc
from server.console.pages import go, show
from server.console.sign_in import form, local, pace_of
from server.context import context_of
from server.problems import TooFast
from server.single_sign_on.errors import NotAccepted, ProviderAway, ProviderRefused
from server.single_sign_on.flow import OutsideTheGroups, begin, finish

_log = structlog.get_logger(__name__)
#: Ties the way back from the provider to the browser that set out.
_BROWSER = "forewarn_sign_in"
_OURS = re.compile(r"[A-Za-z0-9_-]{43}")
_RETURN = "/console/sign-in/return"
_STALE = "This sign-in was begun elsewhere, was finished already, or took too long. Nothing happened; begin again."
_AWAY = (
    "Your accounts cannot be reached at the moment, so nobody can sign in with them. Try again shortly; "
    "in an emergency whoever runs this server can let an admin in: forewarn user break-glass NAME"
)
_OFF = "Single sign-on is not set up here (access.oidc)."


async def start(request: Request) -> Response:
    """On to the identity provider."""
    context = context_of(request)
    oidc, next_page = context.settings.access.oidc, local(request.query_params.get("next", ""))
    if oidc is None:
        return form(request, next_page=next_page, trouble=_OFF, status=404)
    browser = request.cookies.get(auth.cookie_name(request, _BROWSER), "")
    if not _OURS.fullmatch(browser):
        browser = secrets.token_urlsafe(32)
    try:
        pace_of(request).check(request)
        address = await begin(
            context, oidc, browser=browser, next_page=next_page, redirect_url=_redirect_url(request, oidc)
        )
    except TooFast as fast:
        return form(request, next_page=next_page, trouble=str(fast), status=429)
    except ProviderAway as away:
        _log.warning("single_sign_on_away", why=str(away))
        return form(request, next_page=next_page, trouble=_AWAY, status=503)
    response = RedirectResponse(address, status_code=303)
    auth.set_cookie(request, response, _BROWSER, browser)
    return response


async def come_back(request: Request) -> Response:
    """From the identity provider, with a code or with its reason why not."""
    context = context_of(request)
    oidc = context.settings.access.oidc
    if oidc is None:
        return form(request, next_page="/console", trouble=_OFF, status=404)
    browser = request.cookies.get(auth.cookie_name(request, _BROWSER), "")
    try:
        secret, next_page = await finish(context, oidc, request.query_params, browser)
    except ProviderAway as away:
        _log.warning("single_sign_on_away", why=str(away))
        return form(request, next_page="/console", trouble=_AWAY, status=503)
    except NotAccepted as refused:
        return await _refused(request, _STALE, str(refused))
    except OutsideTheGroups as outside:
        return await _refused(request, str(outside), "outside the groups", name=outside.name)
    except (MayNotComeIn, ProviderRefused) as refused:
        return await _refused(request, str(refused), str(refused))
    response = go(local(next_page))
    auth.set_session(request, response, secret)
    auth.drop_cookie(request, response, _BROWSER)
    return response


async def _refused(request: Request, said: str, why: str, *, name: str = "") -> Response:
    """Back at the form, with the reason in plain words; the audit keeps the exact one."""
    context = context_of(request)
    actor = f"user:{name}" if name else "single_sign_on"
    await context.call(people.audit, context.desk.store, actor, "sign_in.refused", actor, context.now(), why=why[:200])
    return form(request, next_page="/console", trouble=said, status=403)


def _redirect_url(request: Request, oidc: Oidc) -> str:
    return oidc.redirect_url or f"{request.url.scheme}://{request.url.netloc}{_RETURN}"


async def glass(request: Request) -> Response:
    """What a link of the command line opens: nothing yet, for scanners follow links too."""
    context = context_of(request)
    user = await context.call(
        logins.link_user, context.desk.store, request.path_params["link"], context.now(), purpose=logins.TO_COME_IN
    )
    if user is None:
        return _leads_nowhere(request)
    return show(request, None, "glass.html", name=user.name)


async def break_glass(request: Request) -> Response:
    """Come in by that link, once."""
    context = context_of(request)
    try:
        secret = await context.call(arrivals.come_in, context.desk, request.path_params["link"], context.now())
    except NotFound:
        return _leads_nowhere(request)
    response = go("/console")
    auth.set_session(request, response, secret)
    return response


def _leads_nowhere(request: Request) -> Response:
    trouble = "This link was used, or is over. Make a new one on the server: forewarn user break-glass NAME"
    return show(request, None, "trouble.html", status=404, title="This link leads nowhere", trouble=trouble)

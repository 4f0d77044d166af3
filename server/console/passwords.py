"""Choosing a password by the link that an admin made: nobody else ever knows it."""

from starlette.requests import Request
from starlette.responses import Response

from records.desk.people import choose_password
from records.errors import Invalid, NotFound
from records.store import logins
from server.auth import checked_password, hashed_in_turn
from server.console.forms import by_field, form_of
from server.console.pages import go, show
from server.context import context_of

_OVER = "This link was used, or is over. Ask an admin for a new one."
_OFF = "Nobody comes in with a password here. Sign in with your account; in an emergency ask whoever runs this server."
_DIFFER = "The two differ. Type the same twice."


async def form(request: Request) -> Response:
    """Opens nothing and uses nothing up: mail scanners follow links too."""
    context = context_of(request)
    if not context.settings.access.passwords:
        return _off(request)
    user = await context.call(logins.link_user, context.desk.store, request.path_params["link"], context.now())
    if user is None:
        return show(request, None, "trouble.html", status=404, title="This link leads nowhere", trouble=_OVER)
    return show(request, None, "password.html", name=user.name)


async def choose(request: Request) -> Response:
    """Set it, and on to sign in with it."""
    context, link = context_of(request), request.path_params["link"]
    if not context.settings.access.passwords:
        return _off(request)
    # Not stripped, as `Form.text` would: blanks may belong to a password.
    fields = (await form_of(request)).fields
    user = await context.call(logins.link_user, context.desk.store, link, context.now())
    if user is None:
        return show(request, None, "trouble.html", status=404, title="This link leads nowhere", trouble=_OVER)
    try:
        password = checked_password(fields.get("password", ""))
    except Invalid as refused:
        return show(request, None, "password.html", status=422, name=user.name, faults=by_field(refused))
    if password != fields.get("again", ""):
        return show(request, None, "password.html", status=422, name=user.name, faults={"again": _DIFFER})
    try:
        hashed = await hashed_in_turn(password)
        await context.call(choose_password, context.desk, link, hashed, context.now())
    except NotFound as refused:
        return show(request, None, "trouble.html", status=404, title="This link leads nowhere", trouble=str(refused))
    return go("/console/sign-in", "chosen")


def _off(request: Request) -> Response:
    return show(request, None, "trouble.html", status=403, title="Passwords are off here", trouble=_OFF)

"""Signing in and out."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from records.store import people
from server import auth
from server.console.pages import go, show
from server.context import context_of

_WRONG = "Name and password do not belong together. Check both, then try again."
#: Longer ones are no passwords, and hashing them would be work for nothing.
_LONGEST = 1_000


async def sign_in_page(request: Request) -> Response:
    """The form."""
    next_page = local(request.query_params.get("next", ""))
    return show(request, None, "sign_in.html", name="", next=next_page, over=await auth.session_end(request))


async def sign_in(request: Request) -> Response:
    """Open a session, or say what is wrong without telling whether the name exists."""
    form = await request.form(max_files=0, max_fields=10)
    name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    next_page = local(str(form.get("next", "")))
    try:
        secret = None
        if name and len(name) <= _LONGEST and len(password) <= _LONGEST:
            secret = await auth.sign_in(context_of(request), name, password)
    except auth.TooManyTries as locked:
        return show(
            request, None, "sign_in.html", status=429, name=name, next=next_page, over=None, trouble=str(locked)
        )
    if secret is None:
        return show(request, None, "sign_in.html", status=401, name=name, next=next_page, over=None, trouble=_WRONG)
    response = go(next_page)
    # Without an end: it goes when the browser closes, and the session ends by itself in any case.
    response.set_cookie(
        auth.cookie_name(request), secret, httponly=True, samesite="lax", path="/",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return response


async def sign_out(request: Request) -> Response:
    """End the session here and in the store."""
    context, name = context_of(request), auth.cookie_name(request)
    if secret := request.cookies.get(name):
        await context.call(people.close_session, context.desk.store, secret)
    response = go("/console/sign-in")
    response.delete_cookie(name, httponly=True, samesite="lax", path="/", secure=request.url.scheme == "https")
    return response


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

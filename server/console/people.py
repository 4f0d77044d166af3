"""Who may come in: people with a login, what each role may do, and the deeds of admins about them."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from records.desk import people as deeds
from records.desk.arrivals import expect_single_sign_on
from records.errors import Conflict, Invalid
from records.people import MAY, Actor, Right, Role, User, Way
from records.store import logins
from server.console.forms import Form, by_field, choice, form_of
from server.console.pages import go, page, show
from server.context import Context, context_of

_Deed = Callable[[Context, str, Form, Actor], RedirectResponse]


@page(Right.ADMINISTER)
async def listing(request: Request, actor: Actor) -> Response:
    """Everybody with a login, and the matrix of roles as the code has it."""
    return await _page(request, actor)


@page(Right.ADMINISTER)
async def add(request: Request, actor: Actor) -> Response:
    """Somebody new; shows the link by which they choose a password, this once."""
    context, fields = context_of(request), await form_of(request)
    name, email = fields.text("name"), fields.text("email")
    try:
        role, way = choice(Role, fields.text("role"), "role"), choice(Way, fields.text("way") or Way.PASSWORD, "way")
        user, link = await context.call(
            deeds.add, context.desk, name, role, actor, context.now(), email=email or None, way=way
        )
    except Invalid as refused:
        return await _page(request, actor, name=name, email=email, faults=by_field(refused), status=422)
    except Conflict as refused:
        return await _page(request, actor, name=name, email=email, faults={"name": str(refused)}, status=409)
    return go("/console/people", "expected") if link is None else await _with_link(request, actor, user, link)


@page(Right.ADMINISTER)
async def reset(request: Request, actor: Actor) -> Response:
    """End somebody's password and sessions; shows the link by which they choose a new one, this once."""
    context, user_id = context_of(request), request.path_params["id"]
    user, link = await context.call(deeds.reset_password, context.desk, user_id, actor, context.now())
    return await _with_link(request, actor, user, link)


def _role(context: Context, user_id: str, fields: Form, actor: Actor) -> RedirectResponse:
    role = choice(Role, fields.text("role"), "role")
    changed = deeds.change_role(context.desk, user_id, role, actor, context.now())
    return go("/console/people", "role" if changed else "nothing")


def _disable(context: Context, user_id: str, fields: Form, actor: Actor) -> RedirectResponse:
    del fields  # nothing to say but yes
    return go(
        "/console/people", "disabled" if deeds.disable(context.desk, user_id, actor, context.now()) else "nothing"
    )


def _enable(context: Context, user_id: str, fields: Form, actor: Actor) -> RedirectResponse:
    del fields
    return go("/console/people", "enabled" if deeds.enable(context.desk, user_id, actor, context.now()) else "nothing")


def _sign_out(context: Context, user_id: str, fields: Form, actor: Actor) -> RedirectResponse:
    del fields
    ended = deeds.sign_out_everywhere(context.desk, user_id, actor, context.now())
    return go("/console/people", "signed-out", ended)


def _email(context: Context, user_id: str, fields: Form, actor: Actor) -> RedirectResponse:
    changed = deeds.change_email(context.desk, user_id, fields.text("email"), actor, context.now())
    return go("/console/people", "email" if changed else "nothing")


def _single_sign_on(context: Context, user_id: str, fields: Form, actor: Actor) -> RedirectResponse:
    del fields
    expect_single_sign_on(context.desk, user_id, actor, context.now())
    return go("/console/people", "connected")


#: By the last part of the address.
DEEDS: dict[str, _Deed] = {
    "role": _role,
    "email": _email,
    "disable": _disable,
    "enable": _enable,
    "sign-out": _sign_out,
    "single-sign-on": _single_sign_on,
}


def act_as(name: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of one of DEEDS."""

    @page(Right.ADMINISTER)
    async def act(request: Request, actor: Actor) -> Response:
        context, fields = context_of(request), await form_of(request)
        return await context.call(DEEDS[name], context, request.path_params["id"], fields, actor)

    return act


async def _with_link(request: Request, actor: Actor, user: User, link: str) -> Response:
    address = f"{request.url.scheme}://{request.url.netloc}/console/password/{link}"
    return await _page(request, actor, link=address, link_for=user.name)


async def _page(
    request: Request, actor: Actor, *, name: str = "", email: str = "", status: int = 200, **said: Any
) -> Response:
    context = context_of(request)
    access = context.settings.access
    found = await context.call(logins.logins, context.desk.store, context.now())
    return show(
        request, actor, "people.html", status=status, logins=found, name=name, email=email, roles=list(Role),
        rights=list(Right), matrix=MAY, passwords=access.passwords, sign_on=access.oidc is not None,
        link_hours=int(deeds.LINK_HOLDS.total_seconds() // 3600), **said,
    )  # fmt: skip

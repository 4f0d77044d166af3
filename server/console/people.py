"""Who may come in: people with a login, what each role may do, and the deeds of admins about them."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from records.desk import people as deeds
from records.errors import Conflict, Invalid
from records.people import MAY, Actor, Right, Role, User
from records.store import logins
from server.auth import hashed_in_turn, unusable_hash
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
    name = fields.text("name")
    try:
        role = choice(Role, fields.text("role"), "role")
        unusable = await hashed_in_turn(unusable_hash)
        user, link = await context.call(deeds.add, context.desk, name, role, unusable, actor, context.now())
    except Invalid as refused:
        return await _page(request, actor, name=name, faults=by_field(refused), status=422)
    except Conflict as refused:
        return await _page(request, actor, name=name, faults={"name": str(refused)}, status=409)
    return await _with_link(request, actor, user, link)


@page(Right.ADMINISTER)
async def reset(request: Request, actor: Actor) -> Response:
    """End somebody's password and sessions; shows the link by which they choose a new one, this once."""
    context = context_of(request)
    unusable, user_id = await hashed_in_turn(unusable_hash), request.path_params["id"]
    user, link = await context.call(deeds.reset_password, context.desk, user_id, unusable, actor, context.now())
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


#: By the last part of the address.
DEEDS: dict[str, _Deed] = {"role": _role, "disable": _disable, "enable": _enable, "sign-out": _sign_out}


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


async def _page(request: Request, actor: Actor, *, name: str = "", status: int = 200, **said: Any) -> Response:
    context = context_of(request)
    found = await context.call(logins.logins, context.desk.store, context.now())
    return show(
        request, actor, "people.html", status=status, logins=found, name=name, roles=list(Role), rights=list(Right),
        matrix=MAY, link_hours=int(deeds.LINK_HOLDS.total_seconds() // 3600), **said,
    )  # fmt: skip

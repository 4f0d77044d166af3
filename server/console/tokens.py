"""Tokens by which programs use the API: made, shown once, listed, revoked."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.desk import people as deeds
from records.errors import Fault, Invalid
from records.people import Actor, Right, Role
from records.store import tokens
from server.console.forms import Form, by_field, choice, form_of
from server.console.pages import go, page, show
from server.context import context_of


@page(Right.ADMINISTER)
async def listing(request: Request, actor: Actor) -> Response:
    """All tokens, when each was last used, and the form for a new one."""
    return await _page(request, actor)


@page(Right.ADMINISTER)
async def create(request: Request, actor: Actor) -> Response:
    """A new one, shown this once."""
    context, fields = context_of(request), await form_of(request)
    try:
        role, holds = choice(Role, fields.text("role"), "role"), _days(fields)
        label, now = fields.text("label"), context.now()
        _, secret = await context.call(
            deeds.create_token, context.desk, label, role, holds, actor, now, rights=_rights(fields)
        )
    except Invalid as refused:
        return await _page(request, actor, typed=fields, faults=by_field(refused), status=422)
    return await _page(request, actor, secret=secret)


@page(Right.ADMINISTER)
async def revoke(request: Request, actor: Actor) -> Response:
    """End a token at once."""
    context = context_of(request)
    done = await context.call(deeds.revoke_token, context.desk, request.path_params["id"], actor, context.now())
    return go("/console/tokens", "revoked" if done else "nothing")


def _rights(fields: Form) -> frozenset[Right] | None:
    """None when no box is ticked: all that the role may."""
    return frozenset(choice(Right, each, "rights") for each in fields.many("rights")) or None


def _days(fields: Form) -> timedelta | None:
    """None when the field is empty: it holds until revoked."""
    if not fields.text("days"):
        return None
    number = fields.number("days")
    if number is None:
        raise Invalid(Fault(path="days", message="not a number of days", hint="for example 90"))
    return timedelta(days=min(number, 1_000_000))


async def _page(
    request: Request, actor: Actor, *, typed: Form | None = None, secret: str = "", status: int = 200, **said: Any
) -> Response:
    context = context_of(request)
    found = await context.call(tokens.tokens, context.desk.store)
    return show(
        request, actor, "tokens.html", status=status, tokens=found, secret=secret, roles=list(Role),
        rights=list(Right), ticked=typed.many("rights") if typed else (),
        label=typed.text("label") if typed else "", days=typed.text("days") if typed else "90", **said,
    )  # fmt: skip

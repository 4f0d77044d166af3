"""Going on at once with whoever slowed our mail and posts down."""

from starlette.requests import Request
from starlette.responses import Response

from records.desk.pace import lift_throttle
from records.people import Actor, Right
from server.console.forms import form_of
from server.console.pages import go, page
from server.context import context_of


@page(Right.OPERATE)
async def lift(request: Request, actor: Actor) -> Response:
    """Go on at once."""
    context, form = context_of(request), await form_of(request)
    await context.call(lift_throttle, context.desk, form.text("channel"), form.text("operator"), actor, context.now())
    return go("/console/delivery", "lifted")

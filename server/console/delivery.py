"""How soon people hear, what waits, what stands in the way, and what called for a person lately."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.people import Actor, Right
from records.store import alarms
from server.alarms import names_of
from server.console.pages import page, show
from server.context import Context, context_of
from server.flow import flow

_ALARMS_SHOWN = 30


@page(Right.READ)
async def delivery(request: Request, actor: Actor) -> Response:
    """All of it."""
    context = context_of(request)
    return show(request, actor, "delivery.html", **await context.call(facts, context))


def facts(context: Context) -> dict[str, Any]:
    """What the page shows."""
    store = context.desk.store
    now = flow(store, context.settings, context.now())
    return {
        "soon": now.soon,
        "depth": list(now.depth.items()),
        "troubles": now.troubles,
        "alarms": alarms.newest(store, limit=_ALARMS_SHOWN),
        "crm": now.crm,
        "told": names_of(context.settings),
        "slow": now.slow,
    }

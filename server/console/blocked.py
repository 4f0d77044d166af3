"""Addresses that nothing more goes to, by customer: what was said of them, and letting mail go there again."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.desk import blocks as deeds
from records.people import Actor, Right
from records.store import blocks
from server.console.forms import form_of, query_of
from server.console.pages import go, page, show
from server.context import Context, context_of

_SHOWN = 100
_LONGEST_REASON = 200


@page(Right.READ_CUSTOMERS)
async def listing(request: Request, actor: Actor) -> Response:
    """A page of them, from behind the customer's number in `after`."""
    after = query_of(request).text("after")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 20 else -1
    return show(
        request, actor, "blocked.html", **await context_of(request).call(_facts, context_of(request), start, actor)
    )


def _facts(context: Context, start: int, actor: Actor) -> dict[str, Any]:
    found = deeds.list_blocked(context.desk, actor, context.now(), after=start, limit=_SHOWN + 1)
    shown = found[:_SHOWN]
    return {
        "found": shown,
        "counts": blocks.counts(context.desk.store),
        "after": shown[-1].customer_id if len(found) > _SHOWN else None,
    }


@page(Right.WRITE_CUSTOMERS)
async def lift(request: Request, actor: Actor) -> Response:
    """Let mail go there again."""
    context, form = context_of(request), await form_of(request)
    reason = form.text("reason")[:_LONGEST_REASON]
    await context.call(deeds.lift_block, context.desk, form.text("ref"), actor, context.now(), reason=reason)
    return go("/console/blocked", "lifted")

"""Make one incident of two, and two of one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.components import Component
from records.desk import merging
from records.desk.incidents import IncidentEntry
from records.errors import Conflict, Invalid
from records.incidents import Incident
from records.people import Actor, Right
from records.store import components, incidents
from server.console import usual
from server.console.forms import Form, by_field, form_of
from server.console.pages import go, page, show
from server.context import Context, context_of
from server.words import goes_on


@page(Right.OPERATE)
async def merge(request: Request, actor: Actor) -> Response:
    """Let it go on under another, whose next words are asked for then."""
    context, fields = context_of(request), await form_of(request)
    gone_id, into = request.path_params["id"], fields.text("into")

    def deed() -> Incident:
        other = incidents.incident(context.desk.store, into)
        return merging.merge_incidents(
            context.desk, gone_id, other.id, goes_on(other.ref), actor, context.now(), version=fields.number("version")
        )

    other = await context.call(deed)
    return go(f"/console/incidents/{other.id}", "merged")


@page(Right.OPERATE)
async def form(request: Request, actor: Actor) -> Response:
    """Which part goes on by itself, and what is said about it."""
    context = context_of(request)
    incident = await context.call(incidents.incident, context.desk.store, request.path_params["id"])
    return await _page(request, actor, context, incident)


@page(Right.OPERATE)
async def split(request: Request, actor: Actor) -> Response:
    """Open the new incident, or say what is wrong; nothing typed is lost."""
    context, fields = context_of(request), await form_of(request)
    incident = await context.call(incidents.incident, context.desk.store, request.path_params["id"])
    said: dict[str, Any] = {}
    try:
        new = await context.call(_split, context, incident, fields, actor)
        done = await context.call(usual.after, context.desk.store, new.id, "published")
        return go(f"/console/incidents/{new.id}", done)
    except Invalid as refused:
        said, status = {"faults": by_field(refused)}, 422
    except Conflict as refused:
        said, status = {"trouble": str(refused)}, 409
    return await _page(request, actor, context, incident, typed=fields, status=status, **said)


def _split(context: Context, incident: Incident, fields: Form, actor: Actor) -> Incident:
    entry = IncidentEntry(
        name=fields.words("name"),
        body=fields.words("body"),
        statuses={each: incident.statuses[each] for each in fields.many("components") if each in incident.statuses},
        cause=incident.cause,
    )
    return merging.split_incident(context.desk_by_hand, incident.id, entry, actor, context.now())


async def _page(
    request: Request,
    actor: Actor,
    context: Context,
    incident: Incident,
    *,
    typed: Form | None = None,
    status: int = 200,
    **said: Any,
) -> Response:
    known = await context.call(components.all_components, context.desk.store)
    affected: list[Component] = [each for each in known if each.id in incident.statuses]
    words = {name: typed.words(name) if typed else {} for name in ("name", "body")}
    return show(
        request, actor, "split.html", status=status, incident=incident, affected=affected, words=words,
        chosen=typed.many("components") if typed else (), **said,
    )  # fmt: skip

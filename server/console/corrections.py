"""Put right what was said: words, with the wrong ones in the form, and when an incident began or ended."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.desk import rewording
from records.desk.corrections import correct_times
from records.errors import Conflict, Fault, Invalid, NotFound
from records.incidents import Incident, IncidentUpdate
from records.people import Actor, Right
from records.store import audience, incidents
from records.store.engine import Store
from server.console import usual
from server.console.forms import Form, by_field, form_of
from server.console.incident_form import of_open
from server.console.incidents import incident_page
from server.console.pages import go, page, show
from server.console.timewords import parse_past
from server.context import Context, context_of


@page(Right.OPERATE)
async def form(request: Request, actor: Actor) -> Response:
    """What was said, ready to be put right."""
    context = context_of(request)
    incident, wrong = await context.call(_found, context.desk.store, request)
    return await _page(request, actor, context, incident, wrong)


@page(Right.OPERATE)
async def correct(request: Request, actor: Actor) -> Response:
    """Say what is right, to those who were told or on the page only."""
    context, fields = context_of(request), await form_of(request)
    incident, wrong = await context.call(_found, context.desk.store, request)
    tell, said = fields.text("do") != "quietly", dict[str, Any]()
    body, version = fields.words("body"), fields.number("version")

    def deed() -> Incident:
        return rewording.correct_words(
            context.desk_by_hand, incident.id, wrong.id, body, actor, context.now(),
            version=version, tell=tell, untranslated_reason=fields.text("untranslated_reason"),
        )  # fmt: skip

    try:
        await context.call(deed)
        done = await context.call(usual.after, context.desk.store, incident.id, "corrected") if tell else "corrected"
        return go(f"/console/incidents/{incident.id}", done)
    except Invalid as refused:
        said, status = {"faults": by_field(refused)}, 422
    except Conflict as refused:
        said, status = {"trouble": str(refused)}, 409
    incident, wrong = await context.call(_found, context.desk.store, request)
    reason = fields.text("untranslated_reason")
    return await _page(request, actor, context, incident, wrong, words=body, reason=reason, status=status, **said)


@page(Right.OPERATE)
async def times(request: Request, actor: Actor) -> Response:
    """Say when it really began or ended; what was typed stays when it is refused."""
    context, fields = context_of(request), await form_of(request)
    incident = await context.call(incidents.incident, context.desk.store, request.path_params["id"])
    said, status = dict[str, Any](), 422

    def deed() -> Incident:
        now, zone = context.now(), context.settings.page.time_zone
        moments = {name: _moment(fields, name, now, zone) for name in ("started_at", "resolved_at")}
        if not any(moments.values()):
            raise Invalid(Fault(path="started_at", message="neither time is given"))
        return correct_times(context.desk, incident.id, actor, now, reason=fields.text("reason"), **moments)

    try:
        await context.call(deed)
        return go(f"/console/incidents/{incident.id}", "times")
    except Invalid as refused:
        said = {"faults": by_field(refused)}
    except Conflict as refused:
        said, status = {"trouble": str(refused)}, 409
    return await incident_page(request, actor, incident, of_open(incident), times=fields, status=status, **said)


def _moment(fields: Form, name: str, now: datetime, zone: str) -> datetime | None:
    """The time in one field, None when it is empty. Raises Invalid at the field."""
    if not fields.text(name):
        return None
    try:
        return parse_past(fields.text(name), now, zone)
    except Invalid as refused:
        raise Invalid(Fault(path=name, message=refused.faults[0].message, hint=refused.faults[0].hint)) from None


def _found(store: Store, request: Request) -> tuple[Incident, IncidentUpdate]:
    incident = incidents.incident(store, request.path_params["id"])
    update_id = request.path_params["update_id"]
    for update in incident.updates:
        if update.id == update_id:
            return incident, update
    raise NotFound(f"{incident.ref} has no update {update_id}.")


async def _page(
    request: Request,
    actor: Actor,
    context: Context,
    incident: Incident,
    wrong: IncidentUpdate,
    *,
    words: dict[str, str] | None = None,
    reason: str = "",
    status: int = 200,
    **said: Any,
) -> Response:
    told = f"told:{incident.id} or linked:{incident.id}"
    return show(
        request, actor, "correct.html", status=status, incident=incident, wrong=wrong,
        words={"body": wrong.body if words is None else words},
        reason=reason, hear=await context.call(audience.count, context.desk.store, told), **said,
    )  # fmt: skip

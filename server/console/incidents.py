"""Declare, edit, publish, discard, update and resolve incidents; the page of one, and the list of all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from records.components import TROUBLED, Component
from records.desk import incidents as desk_incidents
from records.desk.desk import expand_channels
from records.desk.routing import AFFECTED, decide_audience, usual_audience, usual_channels
from records.errors import Conflict, EditedMeanwhile, ForewarnError, Invalid, NotFound
from records.incidents import MOVES, Incident, Stage, impact_of
from records.notices import NoticeKind
from records.people import Actor, Right
from records.store import components, incidents, lists, notices, tickets
from records.store.engine import Store
from server.console import incident_form, phrases, presence, reckoning, trials, usual
from server.console.board import come_so_far, live, will_hear
from server.console.forms import Form, by_field, form_of, query_of
from server.console.incident_form import IncidentForm
from server.console.pages import go, page, show
from server.console.rehearsal import Rehearsal, rehearse
from server.context import Context, context_of
from server.reports.review import review

_LISTED = 50
_TICKETS_SHOWN = 200


@page(Right.READ)
async def listing(request: Request, actor: Actor) -> Response:
    """All incidents, drafts and discarded ones too, newest first."""
    context = context_of(request)
    before = request.query_params.get("before") or lists.FIRST
    found = await context.call(lists.incidents_before, context.desk.store, before, limit=_LISTED)
    return show(request, actor, "incidents.html", incidents=found, more=len(found) == _LISTED)


@page(Right.OPERATE)
async def new(request: Request, actor: Actor) -> Response:
    """An empty form; components that monitors see in trouble are filled in."""
    context = context_of(request)
    known = await context.call(_services, context.desk.store)
    troubled = {each.id: each.signal for each in known if each.signal in TROUBLED and each.signal is not None}
    impact = impact_of(list(troubled.values()))
    form = IncidentForm(
        statuses=troubled,
        audience=usual_audience(context.desk, NoticeKind.INCIDENT_OPENED, impact),
        channels=usual_channels(context.desk, NoticeKind.INCIDENT_OPENED, impact),
    )
    if key := query_of(request).text("use"):
        chosen = phrases.chosen(context.settings.phrases.incident, key)
        form = phrases.into_incident(form, chosen, known, context.now(), context.settings.page.time_zone)
    return _form_page(request, actor, known, form)


@page(Right.OPERATE)
async def declare(request: Request, actor: Actor) -> Response:
    """Publish a new incident, keep it as a draft, or show what would go out."""
    context, fields = context_of(request), await form_of(request)
    form, publish = incident_form.read(fields), fields.text("do") == "publish"

    def deed(*, publish: bool) -> Incident:
        entry = form.entry(context.now(), context.settings.page.time_zone, publish=publish)
        entry = usual.of_incident(context.desk, entry)
        return desk_incidents.open_incident(context.desk_by_hand, entry, actor, context.now())

    return await _do(request, actor, fields, form, None, deed, publish=publish)


@page(Right.OPERATE)
async def edit(request: Request, actor: Actor) -> Response:
    """The form of a draft."""
    context = context_of(request)
    incident = await context.call(incidents.incident, context.desk.store, request.path_params["id"])
    if not incident.is_draft:
        return go(f"/console/incidents/{incident.id}")
    known = await context.call(_services, context.desk.store)
    editors = await context.call(presence.others, context.desk.store, incident.id, actor)
    return _form_page(request, actor, known, incident_form.of_draft(incident), draft=incident, editors=editors)


@page(Right.OPERATE)
async def publish(request: Request, actor: Actor) -> Response:
    """Publish a draft as it stands or as edited, keep the edits, or show what would go out."""
    context, fields = context_of(request), await form_of(request)
    draft = await context.call(incidents.incident, context.desk.store, request.path_params["id"])
    if fields.has("as_is"):
        version = fields.number("version")
        await context.call(_publish_as_is, context, draft.id, version, actor)
        said = await context.call(usual.after, context.desk.store, draft.id, "published")
        return go(f"/console?incident={draft.id}", said)
    form = incident_form.read(fields)

    def deed(*, publish: bool) -> Incident:
        entry = form.entry(context.now(), context.settings.page.time_zone, publish=publish)
        entry = usual.of_incident(context.desk, entry)
        with context.desk.store.tx():
            _check_version(context.desk.store, draft.id, form.version)
            if publish:
                return desk_incidents.publish_incident(context.desk_by_hand, draft.id, actor, context.now(), edit=entry)
            return desk_incidents.edit_draft(context.desk, draft.id, entry, actor, context.now())

    return await _do(request, actor, fields, form, draft, deed, publish=fields.text("do") == "publish")


def _publish_as_is(context: Context, incident_id: str, version: int | None, actor: Actor) -> None:
    with context.desk.store.tx():
        _check_version(context.desk.store, incident_id, version)
        desk_incidents.publish_incident(context.desk_by_hand, incident_id, actor, context.now())


def _check_version(store: Store, incident_id: str, version: int | None) -> None:
    incident = incidents.incident(store, incident_id)
    if version is not None and incident.version != version:
        raise EditedMeanwhile(
            f"{incident.ref} was changed by somebody else while you looked at it. Read what it says now, then repeat."
        )


async def _do(
    request: Request,
    actor: Actor,
    fields: Form,
    form: IncidentForm,
    draft: Incident | None,
    deed: Callable[..., Incident],
    *,
    publish: bool,
) -> Response:
    """Do it, or show the form again with what would go out, or with what is wrong."""
    context = context_of(request)
    known = await context.call(_services, context.desk.store)
    try:
        if fields.has("use"):
            chosen = phrases.chosen(context.settings.phrases.incident, fields.text("use"))
            form = phrases.into_incident(form, chosen, known, context.now(), context.settings.page.time_zone)
            return _form_page(request, actor, known, form, draft=draft)
        if fields.text("do") in ("preview", trials.TRY):
            shown = await context.call(rehearse, context, lambda: deed(publish=True).id)
            shown = await context.call(trials.tried, context, shown, fields, actor)
            return _form_page(request, actor, known, form, draft=draft, rehearsal=shown)
        asks = await context.call(_doubts, context, form) if publish else []
        if asks and fields.text("heeded") != "\n".join(asks):
            # Nothing is done before a person has seen what speaks against it; what cannot be done is said first.
            shown = await context.call(rehearse, context, lambda: deed(publish=True).id)
            return _form_page(request, actor, known, form, draft=draft, rehearsal=shown, warned=asks)
        done = await context.call(deed, publish=publish)
    except EditedMeanwhile as late:
        theirs = await context.call(incidents.incident, context.desk.store, draft.id if draft else "")
        form = replace(form, version=theirs.version)
        return _form_page(request, actor, known, form, draft=theirs, theirs=theirs, trouble=str(late), status=409)
    except Invalid as refused:
        return _form_page(request, actor, known, form, draft=draft, faults=by_field(refused), status=422)
    except (Conflict, NotFound) as refused:
        return _form_page(request, actor, known, form, draft=draft, trouble=str(refused), status=409)
    if not publish:
        return go("/console", "saved")
    said = await context.call(usual.after, context.desk.store, done.id, "published")
    return go(f"/console?incident={done.id}", said)


def _form_page(
    request: Request,
    actor: Actor,
    known: list[Component],
    form: IncidentForm,
    *,
    draft: Incident | None = None,
    rehearsal: Rehearsal | None = None,
    theirs: Incident | None = None,
    warned: Sequence[str] = (),
    status: int = 200,
    **said: Any,
) -> Response:
    settings = context_of(request).settings
    return show(
        request, actor, "declare.html", warned=warned, status=status, form=form, draft=draft, known=known,
        rehearsal=rehearsal,
        offers=phrases.offers(settings.phrases.incident), funds=settings.phrases.funds,
        theirs=theirs, impact=form.impact or impact_of(list(form.statuses.values())),
        channels=expand_channels(context_of(request).desk, None), **said,
    )  # fmt: skip


@page(Right.OPERATE)
async def check(request: Request, actor: Actor) -> Response:
    """While somebody types: whom it would reach, and what the states amount to."""
    context, fields = context_of(request), query_of(request)
    del actor  # the right is all that matters
    try:
        statuses = fields.statuses()
        rule = await context.call(decide_audience, context.desk.store, fields.text("audience") or None, list(statuses))
        channels = fields.many("channels")
        found = await context.call(reckoning.counted, context.desk.store, rule, fields, channels)
    except ForewarnError as refused:
        return JSONResponse({"fault": str(refused)})
    impact = impact_of(list(statuses.values()))
    form = IncidentForm(statuses=statuses, audience=fields.text("audience"), channels=channels)
    asks = await context.call(_doubts, context, form) if "next" not in found else []
    return JSONResponse({"fault": "", **found, "impact": impact.value, "warnings": asks})


def _doubts(context: Context, form: IncidentForm) -> list[str]:
    desk, ids = context.desk, list(form.statuses)
    usually = usual_audience(desk, NoticeKind.INCIDENT_OPENED, form.impact or impact_of(list(form.statuses.values())))
    return reckoning.doubts_if_any(
        desk.store,
        lambda: decide_audience(desk.store, form.audience or None, ids),
        form.channels or (),
        is_typed=form.audience not in ("", AFFECTED, usually),
    )


@page(Right.READ)
async def one(request: Request, actor: Actor) -> Response:
    """One incident: what was said, how it went out, which tickets are tied to it, and the next update."""
    context = context_of(request)
    incident = await context.call(incidents.incident, context.desk.store, request.path_params["id"])
    if request.path_params["id"] != incident.id:
        return go(f"/console/incidents/{incident.id}")
    return await incident_page(request, actor, incident, incident_form.of_open(incident))


@page(Right.READ)
async def draft_of_review(request: Request, actor: Actor) -> Response:
    """All that is on record about it, as Markdown to go on with."""
    context = context_of(request)
    del actor  # the right is all that matters
    language = context.settings.page.languages[0]
    text = await context.call(review, context.desk.store, request.path_params["id"], language, context.now())
    return Response(text, media_type="text/markdown; charset=utf-8")


@page(Right.OPERATE)
async def update(request: Request, actor: Actor) -> Response:
    """Say what changed, or show what would go out; shows the other person's words first when somebody was faster."""
    context, fields = context_of(request), await form_of(request)
    incident_id, form = request.path_params["id"], incident_form.read(fields)

    def deed() -> Incident:
        entry = form.update(context.now(), context.settings.page.time_zone)
        return desk_incidents.update_incident(context.desk_by_hand, incident_id, entry, actor, context.now())

    said: dict[str, Any] = {}
    try:
        if fields.has("use"):
            chosen = phrases.chosen(context.settings.phrases.update, fields.text("use"))
            incident = await context.call(incidents.incident, context.desk.store, incident_id)
            known = await context.call(_services, context.desk.store)
            form = phrases.into_incident(form, chosen, known, incident.started_at, context.settings.page.time_zone)
            return await incident_page(request, actor, incident, form)
        if fields.text("do") in ("preview", trials.TRY):
            shown = await context.call(rehearse, context, lambda: deed().id)
            shown = await context.call(trials.tried, context, shown, fields, actor)
            incident = await context.call(incidents.incident, context.desk.store, incident_id)
            return await incident_page(request, actor, incident, form, rehearsal=shown)
        await context.call(deed)
        done = await context.call(usual.after, context.desk.store, incident_id, "posted")
        return go(f"/console?incident={incident_id}", done)
    except EditedMeanwhile as late:
        said, status = {"trouble": str(late), "is_late": True}, 409
    except Invalid as refused:
        said, status = {"faults": by_field(refused)}, 422
    except Conflict as refused:
        said, status = {"trouble": str(refused), "may_override": form.stage is Stage.RESOLVED}, 409
    incident = await context.call(incidents.incident, context.desk.store, incident_id)
    return await incident_page(request, actor, incident, replace(form, version=incident.version), status=status, **said)


async def incident_page(
    request: Request, actor: Actor, incident: Incident, form: IncidentForm, *, status: int = 200, **said: Any
) -> Response:
    """The page of one, with what was typed into `form` and what was wrong with it."""
    context = context_of(request)
    facts = await context.call(_facts, context, incident)
    facts["editors"] = await context.call(presence.others, context.desk.store, incident.id, actor)
    return show(
        request, actor, "incident.html", status=status, incident=incident, form=form,
        moves=[stage for stage in Stage if stage in MOVES[incident.stage]],
        offers=phrases.offers(context.settings.phrases.update), funds=context.settings.phrases.funds, **facts, **said,
    )  # fmt: skip


def _facts(context: Context, incident: Incident) -> dict[str, Any]:
    """All that the page shows beside the incident itself."""
    store, now = context.desk.store, context.now()
    told = notices.notices(store, subject_id=incident.id)
    return {
        "in_hand": live(store, incident, now),
        "components": {each.id: each for each in _services(store)},
        "told": [(each, come_so_far(store, each)) for each in told],
        "linked": tickets.tickets(store, tickets.Filter(incident_id=incident.id, limit=_TICKETS_SHOWN)),
        "others": [each for each in incidents.open_incidents(store) if each.id != incident.id],
        "other": incidents.incident(store, incident.merged_into) if incident.merged_into else None,
        "hear": will_hear(context.desk, incident, incident.stage),
        "hear_end": will_hear(context.desk, incident, Stage.RESOLVED),
    }


@page(Right.OPERATE)
async def discard(request: Request, actor: Actor) -> Response:
    """Say of a draft that it is not an incident."""
    context, fields = context_of(request), await form_of(request)
    await context.call(
        desk_incidents.discard_incident, context.desk, request.path_params["id"], actor, context.now(),
        reason=fields.text("reason"),
    )  # fmt: skip
    return go("/console", "discarded")


def _services(store: Store) -> list[Component]:
    """Components that can be affected: headings cannot."""
    return [each for each in components.all_components(store) if not each.is_group]

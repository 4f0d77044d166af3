"""The support view: tickets that are not tied to anything yet, tying many at once, and the word of a surge."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.desk.surges import declare_surge, end_surge
from records.desk.tickets import Linked, link_tickets, unlink_ticket
from records.errors import Fault, Invalid
from records.incidents import Incident
from records.people import Actor, Right
from records.store import incidents, surges, tickets
from records.store.engine import Store
from records.store.people import audit
from records.store.tickets import Filter
from records.tickets import Ticket
from records.times import from_iso, iso
from server.console.forms import Form, by_field, form_of, query_of
from server.console.pages import go, page, show
from server.console.timewords import parse_moment, parse_past
from server.context import context_of

_SHOWN = 100
#: One press of "all" ties at most so many; they are counted first.
_MOST = 1_000
_INCIDENTS_OFFERED = 20


@page(Right.TICKETS)
async def support(request: Request, actor: Actor) -> Response:
    """The queue, narrowed by words, topic and time; counted before anything is tied."""
    return await _support_page(request, actor, query_of(request))


async def _support_page(request: Request, actor: Actor, form: Form, *, status: int = 200, **said: Any) -> Response:
    context = context_of(request)
    now, zone = context.now(), context.settings.page.time_zone
    faults: dict[str, str] = said.pop("faults", {})
    found: list[Ticket] = []
    try:
        wanted = _filter(form, now, zone)
        found = await context.call(tickets.tickets, context.desk.store, replace(wanted, limit=_MOST + 1))
    except Invalid as refused:
        faults, status = faults | by_field(refused), 422
    offered = await context.call(_offered, context.desk.store, form.text("incident"))
    if found:
        # What people wrote to us is theirs: each look is kept.
        rows = min(len(found), _SHOWN)
        await context.call(audit, context.desk.store, actor.name, "ticket.list", "tickets", now, rows=rows)
    surge = await context.call(surges.surge, context.desk.store, now)
    first_response = await context.call(tickets.first_response, context.desk.store, now)
    return show(
        request, actor, "support.html", status=status, form=form, tickets=found[:_SHOWN], total=len(found),
        most=_MOST, asked_at=iso(now), incidents=offered, refs={each.id: each for each in offered},
        surge=surge, first_response=first_response, faults=faults, **said,
    )  # fmt: skip


def _filter(form: Form, now: datetime, zone: str) -> Filter:
    """What the fields ask for. Raises Invalid at `since` or `until`."""
    return Filter(
        since=_moment(form, "since", now, zone),
        until=_moment(form, "until", now, zone),
        words=form.text("words") or None,
        topic=form.text("topic") or None,
        only_unlinked=not form.has("with_linked"),
    )


def _moment(form: Form, name: str, now: datetime, zone: str) -> datetime | None:
    if not form.text(name):
        return None
    try:
        return parse_past(form.text(name), now, zone)
    except Invalid as refused:
        raise Invalid(Fault(path=name, message=refused.faults[0].message, hint=refused.faults[0].hint)) from None


def _offered(store: Store, chosen: str) -> list[Incident]:
    """Incidents a ticket may belong to: the open ones, then the latest; the one that was asked for in any case."""
    named = [incidents.incident(store, chosen)] if chosen else []
    found = [*named, *incidents.open_incidents(store), *incidents.published_incidents(store, limit=_INCIDENTS_OFFERED)]
    return list({each.id: each for each in found}.values())


@page(Right.TICKETS)
async def link(request: Request, actor: Actor) -> Response:
    """Tie the ticked ones, or all that the filter found when it was counted, to an incident."""
    context, form = context_of(request), await form_of(request)
    now, zone = context.now(), context.settings.page.time_zone
    incident_id, ids = form.text("incident"), form.many("ticket")
    if not incident_id:
        return await _support_page(request, actor, form, status=422, faults={"incident": "choose the incident"})
    if form.text("do") == "all":
        # What came in since it was counted is not meant.
        counted = replace(_filter(form, now, zone), limit=_MOST)
        asked_at = _asked_at(form)
        wanted = replace(counted, until=min(counted.until or asked_at, asked_at))
    elif ids:
        wanted = Filter(ids=ids, limit=_MOST)
    else:
        return await _support_page(request, actor, form, status=422, faults={"ticket": "tick at least one ticket"})
    done: Linked = await context.call(link_tickets, context.desk, incident_id, wanted, actor, now)
    return go(f"/console/incidents/{incident_id}", "linked", done.linked, done.already, done.known_customers)


def _asked_at(form: Form) -> datetime:
    try:
        return from_iso(form.text("asked_at"))
    except ValueError:
        raise Invalid(
            Fault(path="ticket", message="it is not known when these were counted", hint="show them again")
        ) from None


@page(Right.TICKETS)
async def declare(request: Request, actor: Actor) -> Response:
    """Say on the page that answers take longer than usual, or that they do not any more."""
    context, form = context_of(request), await form_of(request)
    now, zone = context.now(), context.settings.page.time_zone
    if form.text("do") == "end":
        ended = await context.call(end_surge, context.desk, actor, now)
        return go("/console/support", "calm" if ended else "nothing")
    try:
        until = parse_moment(form.text("surge_until"), now, zone)
        await context.call(declare_surge, context.desk, form.words("surge_words"), until, actor, now)
    except Invalid as refused:
        return await _support_page(request, actor, form, status=422, faults=_of_surge(refused))
    return go("/console/support", "surge")


def _of_surge(refused: Invalid) -> dict[str, str]:
    """What is wrong, at the fields of the surge; the filter above has an `until` of its own."""
    said = by_field(refused)
    return {"surge_words" if name == "words" else "surge_until": text for name, text in said.items()}


@page(Right.TICKETS)
async def unlink(request: Request, actor: Actor) -> Response:
    """Untie one; the history keeps that it was tied."""
    context, form = context_of(request), await form_of(request)
    incident_id = request.path_params["id"]
    changed = await context.call(unlink_ticket, context.desk, incident_id, form.text("ticket"), actor, context.now())
    return go(f"/console/incidents/{incident_id}", "unlinked" if changed else "nothing")

"""Announce planned events and run their windows; the page of one, and the list of all."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from records.components import Component
from records.desk import maintenance as desk_maintenance
from records.desk import series
from records.desk.desk import expand_channels
from records.desk.routing import AFFECTED, decide_audience, usual_audience, usual_channels
from records.errors import Conflict, EditedMeanwhile, ForewarnError, Invalid, NotFound
from records.maintenance import WINDOW_MOVES, Maintenance
from records.notices import NoticeKind
from records.people import Actor, Right
from records.recurrence import read_recurrence
from records.store import components, customers, lists, maintenance, notices
from server.console import maintenance_form, phrases, presence, reckoning, trials, usual
from server.console.board import come_so_far
from server.console.forms import Form, by_field, form_of, query_of
from server.console.maintenance_form import ZONES, MaintenanceForm
from server.console.pages import go, page, show
from server.console.rehearsal import Rehearsal, rehearse
from server.console.timewords import Window, parse_extension, parse_window
from server.context import Context, context_of
from templates.moments import span
from templates.moments import window as window_words

_LISTED = 50
_ZONES_OF_CUSTOMERS = 3
#: What is offered first to a window that takes longer.
_LONGER = "30 min"
_Deed = Callable[[Context, Maintenance, Form, Actor], None]


@page(Right.READ)
async def listing(request: Request, actor: Actor) -> Response:
    """What is coming and what was, the one announced last first."""
    context = context_of(request)
    before = request.query_params.get("before") or lists.FIRST
    found = await context.call(lists.maintenances_before, context.desk.store, before, limit=_LISTED)
    return show(request, actor, "maintenances.html", events=found, more=len(found) == _LISTED)


@page(Right.OPERATE)
async def new(request: Request, actor: Actor) -> Response:
    """The sentence to fill in."""
    context = context_of(request)
    form = MaintenanceForm(
        zone=context.settings.page.time_zone,
        audience=usual_audience(context.desk, NoticeKind.MAINTENANCE_ANNOUNCED, None),
        channels=usual_channels(context.desk, NoticeKind.MAINTENANCE_ANNOUNCED, None),
    )
    if key := query_of(request).text("use"):
        chosen = phrases.chosen(context.settings.phrases.maintenance, key)
        form = phrases.into_event(form, chosen, await context.call(_services, context))
    return await _form_page(request, actor, form)


@page(Right.OPERATE)
async def announce(request: Request, actor: Actor) -> Response:
    """Announce it, show what would go out, or ask once more when there is something to think about."""
    context, fields = context_of(request), await form_of(request)
    form = maintenance_form.read(fields)

    def deed() -> Maintenance:
        entry = usual.of_event(context.desk, form.entry(context.now()))
        return desk_maintenance.announce(context.desk_by_hand, entry, actor, context.now())

    try:
        if fields.has("use"):
            chosen = phrases.chosen(context.settings.phrases.maintenance, fields.text("use"))
            form = phrases.into_event(form, chosen, await context.call(_services, context))
            return await _form_page(request, actor, form)
        warned = await context.call(_warnings, context, form)
        is_preview = fields.text("do") in ("preview", trials.TRY)
        if is_preview or (warned and fields.text("heeded") != "\n".join(warned)):
            # Nothing is done before a person has seen what speaks against it; what cannot be done is said first.
            shown = await context.call(rehearse, context, lambda: deed().id)
            shown = await context.call(trials.tried, context, shown, fields, actor)
            return await _form_page(request, actor, form, rehearsal=shown, warned=warned, asks_again=not is_preview)
        event = await context.call(deed)
    except Invalid as refused:
        return await _form_page(request, actor, form, faults=_at_fields(refused), status=422)
    except (Conflict, NotFound) as refused:
        return await _form_page(request, actor, form, trouble=str(refused), status=409)
    said = await context.call(usual.after, context.desk.store, event.id, "announced")
    return go(f"/console/maintenances/{event.id}", said)


def _at_fields(refused: Invalid) -> dict[str, str]:
    """The desk knows start and end; people here typed one field."""
    said = by_field(refused)
    for name in ("scheduled_for", "scheduled_until", "time_zone"):
        if name in said:
            said["when"] = said.pop(name)
    return said


def _warnings(context: Context, form: MaintenanceForm) -> list[str]:
    found = desk_maintenance.warnings(context.desk, form.entry(context.now()), context.now())
    return [*found, *_doubts(context, form)]


def _doubts(context: Context, form: MaintenanceForm) -> list[str]:
    desk = context.desk
    usually = usual_audience(desk, NoticeKind.MAINTENANCE_ANNOUNCED, None)
    return reckoning.doubts_if_any(
        desk.store,
        lambda: decide_audience(desk.store, form.audience or None, form.component_ids),
        form.channels,
        is_typed=form.audience not in ("", AFFECTED, usually),
    )


@page(Right.OPERATE)
async def check(request: Request, actor: Actor) -> Response:
    """While somebody types: how the time was understood, whom it reaches, what speaks against it."""
    context, fields = context_of(request), query_of(request)
    del actor  # the right is all that matters
    return JSONResponse(await context.call(_check, context, maintenance_form.read(fields), fields))


def _check(context: Context, form: MaintenanceForm, fields: Form) -> dict[str, Any]:
    answer: dict[str, Any] = {"when": [], "warnings": [], "when_fault": "", "fault": "", "customers": None}
    try:
        window = form.window(context.now())
        theirs = customers.usual_zones(context.desk.store)
        answer["when"] = echo(window, context.settings.page.time_zone, context.now(), theirs)
        if form.recurrence:
            found = read_recurrence(form.recurrence, window.start, window.end, window.zone)
            answer["when"] += [f"Then {coming:%A %d %B %H:%M} UTC" for coming in islice(found.starts(), 1, 3)]
        answer["warnings"] = _warnings(context, form)
    except ForewarnError as refused:
        # An empty field is not wrong yet.
        answer["when_fault"] = "; ".join(by_field(refused).values()) if isinstance(refused, Invalid) else str(refused)
        answer["when_fault"] = answer["when_fault"] if form.when else ""
    try:
        rule = decide_audience(context.desk.store, form.audience or None, form.component_ids)
        answer |= reckoning.counted(context.desk.store, rule, fields, form.channels)
    except ForewarnError as refused:
        answer["fault"] = str(refused)
    return answer


def echo(window: Window, page_zone: str, now: datetime, theirs: Sequence[str] = ()) -> list[str]:
    """The window said back: in UTC, in the page's zone and the chosen one, in customers' zones, how long, how soon.

    `theirs` are zones of customers, the most frequent first; three are shown whose clocks say something else.
    """
    ours = dict.fromkeys(["UTC", page_zone, window.zone])
    # The first of those whose clocks say the same stands for all of them.
    by_clock: dict[timedelta | None, str] = {}
    for zone in (*ours, *theirs):
        by_clock.setdefault(_offset(window, zone), zone)
    others = [zone for zone in by_clock.values() if zone not in ours][:_ZONES_OF_CUSTOMERS]
    lines = [window_words(window.start, window.end, "en", zone) for zone in (*ours, *others)]
    lasts, ahead = span(window.end - window.start, "en"), window.start - now
    soon = f"starts in {span(ahead, 'en')}" if ahead.total_seconds() > 0 else "starts at once"
    return [*lines, f"lasts {lasts}, {soon}"]


def _offset(window: Window, zone: str) -> timedelta | None:
    return window.start.astimezone(ZoneInfo(zone)).utcoffset()


async def _form_page(
    request: Request,
    actor: Actor,
    form: MaintenanceForm,
    *,
    rehearsal: Rehearsal | None = None,
    warned: list[str] | None = None,
    asks_again: bool = False,
    status: int = 200,
    **said: Any,
) -> Response:
    context = context_of(request)
    facts = await context.call(_check, context, form, Form(ImmutableMultiDict()))
    zones = list(dict.fromkeys([form.zone, context.settings.page.time_zone, "UTC", *ZONES]))
    return show(
        request, actor, "announce.html", status=status, form=form, rehearsal=rehearsal, facts=facts, zones=zones,
        warned=facts["warnings"] if warned is None else warned, asks_again=asks_again,
        known=await context.call(_services, context), channels=expand_channels(context.desk, None),
        reminders=list(maintenance_form.REMINDERS), repeats=maintenance_form.REPEATS,
        offers=phrases.offers(context.settings.phrases.maintenance), **said,
    )  # fmt: skip


def _services(context: Context) -> list[Component]:
    return [each for each in components.all_components(context.desk.store) if not each.is_group]


@page(Right.READ)
async def one(request: Request, actor: Actor) -> Response:
    """One planned event: its window, what was said, how it went out, and what can be done now."""
    context = context_of(request)
    event = await context.call(maintenance.maintenance, context.desk.store, request.path_params["id"])
    if request.path_params["id"] != event.id:
        return go(f"/console/maintenances/{event.id}")
    return await _event_page(request, actor, event)


async def _event_page(
    request: Request, actor: Actor, event: Maintenance, *, status: int = 200, **said: Any
) -> Response:
    context = context_of(request)
    facts = await context.call(_facts, context, event)
    facts["is_late"] = event.is_overdue(context.now()) and actor.may(Right.OPERATE)
    if facts["is_late"] and not said:
        said = await context.call(_longer, context, event, actor)
    facts["editors"] = await context.call(presence.others, context.desk.store, event.id, actor)
    return show(request, actor, "maintenance.html", status=status, event=event, moves=WINDOW_MOVES[event.state],
        words=said["typed"].words("body") if "typed" in said else {}, **facts, **said)  # fmt: skip


def _longer(context: Context, event: Maintenance, actor: Actor) -> dict[str, Any]:
    """For a window that lasts past its end: ready to be sent by one press, and what those who wait would read."""
    typed = Form(ImmutableMultiDict({"until": _LONGER}))

    def extended() -> str:
        _extend(context, event, typed, actor)
        return event.id

    return {
        "typed": typed,
        "rehearsal": rehearse(context, extended),
        # A test of it is asked for where the deed is.
        "path": f"/console/maintenances/{event.id}/extend",
    }


def _facts(context: Context, event: Maintenance) -> dict[str, Any]:
    store = context.desk.store
    told = notices.notices(store, subject_id=event.id)
    return {
        "components": {each.id: each for each in _services(context)},
        "told": [(each, come_so_far(store, each)) for each in told],
    }


def _start(context: Context, event: Maintenance, form: Form, actor: Actor) -> None:
    desk_maintenance.start(context.desk_by_hand, event.id, actor, context.now(), body=form.words("body"))


def _extend(context: Context, event: Maintenance, form: Form, actor: Actor) -> None:
    until = parse_extension(form.text("until"), event.scheduled_until, context.now(), event.time_zone)
    desk_maintenance.extend(context.desk_by_hand, event.id, until, actor, context.now(), body=form.words("body"))


def _reschedule(context: Context, event: Maintenance, form: Form, actor: Actor) -> None:
    window = parse_window(form.text("moved"), context.now(), event.time_zone)
    desk_maintenance.reschedule(
        context.desk_by_hand, event.id, window.start, window.end, actor, context.now(), body=form.words("body")
    )


def _stop_repeating(context: Context, event: Maintenance, form: Form, actor: Actor) -> None:
    del form  # there is nothing to say: what is announced stands
    series.stop_repeating(context.desk_by_hand, event.id, actor, context.now())


def _complete(context: Context, event: Maintenance, form: Form, actor: Actor) -> None:
    desk_maintenance.complete(context.desk_by_hand, event.id, actor, context.now(), body=form.words("body"))


def _cancel(context: Context, event: Maintenance, form: Form, actor: Actor) -> None:
    desk_maintenance.cancel(context.desk_by_hand, event.id, actor, context.now(), body=form.words("body"))


#: What can be done to a window, by its word in the address, and what is said afterwards.
DEEDS: dict[str, tuple[_Deed, str]] = {
    "start": (_start, "started"),
    "extend": (_extend, "extended"),
    "reschedule": (_reschedule, "rescheduled"),
    "stop-repeating": (_stop_repeating, "ended"),
    "complete": (_complete, "completed"),
    "cancel": (_cancel, "cancelled"),
}
#: Those of them that nobody is told of.
_SILENT = frozenset({"stop-repeating"})


def act_as(name: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that starts, extends, completes or cancels a window."""
    deed, done = DEEDS[name]

    @page(Right.OPERATE)
    async def act(request: Request, actor: Actor) -> Response:
        """A colleague's change in the meantime is shown first."""
        context, form = context_of(request), await form_of(request)
        event_id, said, status = request.path_params["id"], dict[str, Any](), 200

        def acted() -> str:
            _act(context, event_id, deed, form, actor)
            return str(event_id)

        try:
            if form.text("do") in ("preview", trials.TRY):
                shown = await context.call(rehearse, context, acted)
                said = {"rehearsal": await context.call(trials.tried, context, shown, form, actor)}
                event = await context.call(maintenance.maintenance, context.desk.store, event_id)
                return await _event_page(request, actor, event, typed=form, **said)
            await context.call(_act, context, event_id, deed, form, actor)
            marked = done if name in _SILENT else await context.call(usual.after, context.desk.store, event_id, done)
            return go(f"/console/maintenances/{event_id}", marked)
        except Invalid as refused:
            said, status = {"faults": _at_typed(refused, "moved" if name == "reschedule" else "until")}, 422
        except Conflict as refused:
            said, status = {"trouble": str(refused)}, 409
        event = await context.call(maintenance.maintenance, context.desk.store, event_id)
        return await _event_page(request, actor, event, status=status, typed=form, **said)

    return act


def _at_typed(refused: Invalid, times: str) -> dict[str, str]:
    """Whatever is wrong with a time stands at the one field in which it was typed."""
    said = by_field(refused)
    body = said.pop("body", None)
    return ({"body": body} if body else {}) | ({times: "; ".join(said.values())} if said else {})


def _act(context: Context, event_id: str, deed: _Deed, form: Form, actor: Actor) -> None:
    with context.desk.store.tx():
        event = maintenance.maintenance(context.desk.store, event_id)
        version = form.number("version")
        if version is not None and version != event.version:
            raise EditedMeanwhile(f"{event.ref} was changed by somebody else meanwhile. This is how it stands now.")
        deed(context, event, form, actor)

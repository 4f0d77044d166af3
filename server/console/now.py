"""The first page: the board, the update form of one incident beside it, and the switch for automatic publishing."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from records.desk import affected
from records.desk.judgement import set_kill_switch
from records.incidents import MOVES, Stage
from records.people import Actor, Right
from server.console import phrases
from server.console.board import Board, Live, gather, will_hear
from server.console.forms import form_of
from server.console.incident_form import of_open
from server.console.pages import go, page, show
from server.console.phrases import Offer
from server.console.vocabulary import who
from server.context import Context, context_of, targets_of_app

#: Longer than a night shift, nobody should be deaf.
_LONGEST_MUTE_HOURS = 24


@page(Right.READ)
async def now(request: Request, actor: Actor) -> Response:
    """Everything at once; the incident named in the address, else the one whose promise is due first, is in hand."""
    context = context_of(request)
    board = await context.call(gather, context.desk, context.now(), targets_of_app(request))
    in_hand = _in_hand(board, request.query_params.get("incident", ""))
    if in_hand is None:
        return show(request, actor, "now.html", board=board, in_hand=None, planned=_planned(context))
    incident = in_hand.incident
    hear = await context.call(will_hear, context.desk, incident, incident.stage)
    hear_end = await context.call(will_hear, context.desk, incident, Stage.RESOLVED)
    moves = [stage for stage in Stage if stage in MOVES[incident.stage]]
    return show(
        request, actor, "now.html", board=board, in_hand=in_hand, incident=incident, form=of_open(incident), hear=hear,
        hear_end=hear_end, components=board.components, moves=moves, planned=_planned(context),
        offers=phrases.offers(context.settings.phrases.update), funds=context.settings.phrases.funds,
        editors=[who(name) for name in board.editors.get(incident.id, ()) if name != actor.name],
    )  # fmt: skip


@page(Right.READ)
async def board(request: Request, actor: Actor) -> Response:
    """The parts of the first page that change by themselves, for its script."""
    context = context_of(request)
    found = await context.call(gather, context.desk, context.now(), targets_of_app(request))
    chosen = _in_hand(found, request.query_params.get("incident", ""))
    return show(request, actor, "board.html", board=found, in_hand=chosen, planned=_planned(context))


@page(Right.OPERATE)
async def auto_publish(request: Request, actor: Actor) -> Response:
    """Stop, or allow again, all publishing by monitors."""
    context, form = context_of(request), await form_of(request)
    stop = form.text("to") != "on"
    await context.call(set_kill_switch, context.desk, actor, context.now(), stop=stop)
    return go("/console", "paused" if stop else "allowed")


@page(Right.OPERATE)
async def mute_reports(request: Request, actor: Actor) -> Response:
    """Hear nothing more of customers' reports about one service for a while, or hear of it again."""
    context, form = context_of(request), await form_of(request)
    span = timedelta(hours=min(form.number("hours") or 0, _LONGEST_MUTE_HOURS))
    await context.call(affected.mute, context.desk, form.text("component"), span, actor, context.now())
    return go("/console", "muted" if span else "unmuted")


def _planned(context: Context) -> list[Offer]:
    return phrases.offers(context.settings.phrases.maintenance)


def _in_hand(found: Board, name: str) -> Live | None:
    chosen = [one for one in found.live if one.incident.id == name]
    due = [one for one in found.live if one.incident is found.next_promise]
    return next(iter([*chosen, *due, *found.live]), None)

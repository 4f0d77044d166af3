"""How soon people hear, what waits, what stands in the way, and what called for a person lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.alarms import Alarm
from records.crm import Standing
from records.handover import HandOver
from records.people import Actor, Right
from records.store import alarms, crm, handovers, outbox
from records.store.alarms import ChannelTrouble
from server.alarms import names_of
from server.console.pacing import slow_now
from server.console.pages import page, show
from server.context import Context, context_of

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_HEARD = timedelta(seconds=30)
_ALARMS_SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class Soon:
    """How soon one channel handed over what one lane has."""

    channel: str
    lane: str
    day: HandOver | None
    week: HandOver


@page(Right.READ)
async def delivery(request: Request, actor: Actor) -> Response:
    """All of it."""
    context = context_of(request)
    return show(request, actor, "delivery.html", **await context.call(facts, context))


def facts(context: Context) -> dict[str, Any]:
    """What the page shows, read at one moment."""
    store, now = context.desk.store, context.now()
    with store.view():
        standing: Standing | None = crm.standing(store)
        troubles: list[ChannelTrouble] = alarms.troubles(store, now - _HEARD)
        newest: list[Alarm] = alarms.newest(store, limit=_ALARMS_SHOWN)
        depth: dict[str, tuple[int, datetime | None]] = outbox.queue_depth(store)
        week, day = handovers.since(store, now - _WEEK), handovers.since(store, now - _DAY)
    return {
        "soon": _soon(week, day),
        "depth": sorted(depth.items()),
        "troubles": {one.channel: one for one in troubles},
        "alarms": newest,
        "crm": standing,
        "told": names_of(context.settings),
        "slow": slow_now(context),
    }


def _soon(week: Sequence[HandOver], day: Sequence[HandOver]) -> list[Soon]:
    today = {(one.channel, one.lane): one for one in day}
    return [
        Soon(channel=one.channel, lane=one.lane.value, day=today.get((one.channel, one.lane)), week=one) for one in week
    ]

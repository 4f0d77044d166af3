"""Who slows our mail and posts down, and going on at once."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from records.desk.pace import lift_throttle
from records.people import Actor, Right
from records.store import throttles
from records.throttles import NO_LIMIT, Limit, Throttle, Why
from server.console.forms import form_of
from server.console.pages import go, page
from server.context import Context, context_of
from server.pacing import limits_of

_WHY = {
    Why.BUSY: "asked us to wait",
    Why.RATE: "asked for less",
    Why.REFUSED: "refuses us",
    Why.AWAY: "does not answer",
}


@dataclass(frozen=True, kw_only=True)
class Slow:
    """One far side as the page shows it."""

    channel: str
    #: Empty: everybody on the channel.
    operator: str
    #: In words; empty when only the settings limit it.
    why: str
    said: str
    per_second: float | None
    at_once: int | None
    held_until: datetime | None


def slow_now(context: Context) -> list[Slow]:
    """Every far side that is slowed down or left alone now, beyond what the settings say."""
    now, limits = context.now(), limits_of(context.settings)
    by_bucket = {each.bucket: each for each in limits.values()}
    found = throttles.all_throttles(context.desk.store, now)
    return [
        _slow(each, by_bucket[each.channel].of(each.operator) if each.channel in by_bucket else NO_LIMIT, now)
        for each in found
        if each.rate_per_second is not None or each.is_held(now)
    ]


def _slow(throttle: Throttle, limit: Limit, now: datetime) -> Slow:
    return Slow(
        channel=throttle.channel,
        operator=throttle.operator,
        why=_WHY[throttle.why] if throttle.why else "",
        said=throttle.said,
        per_second=throttle.rate(limit),
        at_once=throttle.at_once(limit),
        held_until=throttle.held_until if throttle.is_held(now) else None,
    )


@page(Right.OPERATE)
async def lift(request: Request, actor: Actor) -> Response:
    """Go on at once."""
    context, form = context_of(request), await form_of(request)
    await context.call(lift_throttle, context.desk, form.text("channel"), form.text("operator"), actor, context.now())
    return go("/console/delivery", "lifted")

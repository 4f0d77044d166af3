"""Whom would it reach: counted before anything is said."""

from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.desk.desk import expand_channels
from records.desk.routing import decide_audience
from records.store import audience
from records.store.people import audit
from server.api.asking import Ask
from server.api.bodies import PreviewAudience
from server.api.queries import NoQuery


class PreviewShape(TypedDict):
    """How many customers a rule matches now."""

    rule: str
    count: int
    #: Customers of them with an address on the channel, or for whom it needs none; social posts reach the public.
    channels: dict[str, int | None]


def preview_audience(ask: Ask[PreviewAudience, NoQuery]) -> PreviewShape:
    """Count the customers whom a rule matches now; the question is audited."""
    body, store = ask.body, ask.desk.store
    rule = decide_audience(store, body.audience, body.components)
    audit(store, ask.actor.name, "audience.preview", "audience", ask.now, rule=rule)
    total = audience.count(store, rule)
    channels = expand_channels(ask.desk, body.channels)
    return {"rule": rule, "count": total, "channels": {name: _reach(ask, rule, name, total) for name in channels}}


def _reach(ask: Ask[PreviewAudience, NoQuery], rule: str, channel: str, total: int) -> int | None:
    if channel == "inapp":
        return total
    return audience.count_reachable(ask.desk.store, rule, channel)[1] if channel == "email" else None

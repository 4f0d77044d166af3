"""Letting mail go again where a far side slowed us down or refused us: when a person has settled it with them."""

from datetime import datetime

from records.desk.desk import Desk
from records.errors import NotFound
from records.people import Actor
from records.store import throttles
from records.store.people import audit


def lift_throttle(desk: Desk, channel: str, operator: str, actor: Actor, now: datetime) -> None:
    """Go on at once as fast as the settings allow. Raises NotFound when nothing slows it down."""
    with desk.store.tx():
        if not throttles.lift(desk.store, channel, operator):
            raise NotFound(f"Nothing slows {channel} down to {operator or 'anybody'}.")
        audit(desk.store, actor.name, "throttle.lift", f"{channel}/{operator}" if operator else channel, now)

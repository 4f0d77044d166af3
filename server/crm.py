"""The wallet's own system of customer records: whether there is one, and the way to it."""

import ipaddress

from notifier.channels.hooks.reach import Reach
from notifier.crm import CrmPush, Door
from records.store import crm
from server.config.sections.crm import Crm
from server.context import Context

#: Its address stands in our own settings, so it may lie anywhere, inside the house above all.
_ANYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


def begin_to_tell(context: Context) -> CrmPush | None:
    """What tells it; from now on events wait for it. None without one: then nothing waits any more."""
    given, store = context.settings.crm, context.desk.store
    if given is None:
        crm.leave(store)
        return None
    crm.follow(store, given.events)
    return push_of(context, given)


def push_of(context: Context, given: Crm) -> CrmPush:
    """The way to it."""
    return CrmPush(
        context.desk.store,
        door_of(given),
        most=given.batch,
        call=context.call,
        clock=context.now,
    )


def door_of(given: Crm) -> Door:
    """Where it takes posts."""
    return Door(
        reach=Reach(allowed=_ANYWHERE, trust=given.trust),
        url=given.url.get_secret_value(),
        secret=given.secret.get_secret_value(),
        token=given.token.get_secret_value() if given.token else None,
    )

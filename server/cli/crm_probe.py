"""What `forewarn doctor` says of the wallet's own system: whether it takes posts, and how far behind it is."""

import asyncio
from collections.abc import Iterator

from notifier.channels.contract import ChannelError
from records.crm import Standing
from records.errors import ForewarnError
from records.store import crm
from records.store.engine import open_store
from records.store.health import health_of
from server.cli.finding import Finding, State
from server.config import Settings
from server.crm import door_of

_HINTS = {
    "refused": "see crm.url",
    "unreachable": "is it running, is crm.url right?",
    "tls": "see crm.authority and its certificate",
    "401": "see crm.token",
    "403": "see crm.secret and crm.token",
    "404": "see the path in crm.url",
}


def examine_crm(settings: Settings) -> Iterator[Finding]:
    """Posts no events, signed; any answer but 200 to 299 is a fault."""
    if settings.crm is None:
        return
    try:
        code = asyncio.run(door_of(settings.crm).probe())
    except ChannelError as error:
        hint = _HINTS.get(error.code, "it has to answer 200 to a post without events")
        yield Finding(what="crm", state=State.FAIL, said=f"took no post: {error.code} {error.reply}", hint=hint)
    else:
        yield Finding(what="crm", state=State.OK, said=f"takes posts ({code})")
    yield from _standing(settings.store.url.get_secret_value())


def _standing(url: str) -> Iterator[Finding]:
    """Looks only: a store that is not there yet, or cannot be read, has a line of its own."""
    try:
        if health_of(url).missing:
            return
        store = open_store(url)
    except ForewarnError:
        return
    try:
        yield from _behind(crm.standing(store))
    finally:
        store.close()


def _behind(standing: Standing | None) -> Iterator[Finding]:
    if standing is None:
        hint = "start `forewarn serve`; from then on events wait for it"
        yield Finding(what="crm", state=State.WARN, said="was not told anything so far", hint=hint)
    elif standing.failures:
        said = f"about {standing.waiting} events wait, {standing.failures} posts in a row failed: {standing.code}"
        yield Finding(what="crm", state=State.WARN, said=said, hint="`forewarn crm status`")
    elif standing.refused:
        said = f"refused {standing.refused} events, which are set aside"
        yield Finding(what="crm", state=State.WARN, said=said, hint="`forewarn crm replay --refused` once it is mended")

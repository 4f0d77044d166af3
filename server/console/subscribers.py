"""Who follows the page: how many, what, and the one that somebody calls about. Addresses are asked for, never shown."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.components import in_language
from records.desk import subscribers as deeds
from records.errors import NotFound
from records.people import Actor, Right
from records.store import components, people, subscribers
from records.subscribers import Subscriber, SubscriberKind, SubscriberState
from server.console.forms import query_of
from server.console.pages import go, page, show
from server.context import Context, context_of

_SHOWN = 50


@page(Right.READ_CUSTOMERS)
async def listing(request: Request, actor: Actor) -> Response:
    """The counts, and those who came last or the one who was asked for by address."""
    words = query_of(request).text("q")[:320]
    facts = await context_of(request).call(_facts, context_of(request), words, actor)
    return show(request, actor, "subscribers.html", q=words, **facts)


def _facts(context: Context, words: str, actor: Actor) -> dict[str, Any]:
    store = context.desk.store
    found = _by_words(context, words, actor) if words else subscribers.newest(store, limit=_SHOWN)
    if not words:
        people.audit(store, actor.name, "subscriber.list", "subscribers", context.now(), rows=len(found))
    counted = subscribers.counts(store)
    return {
        "found": found,
        "names": {each.id: in_language(each.name, "en") for each in components.all_components(store)},
        "counted": [
            (kind.value, [(state.value, counted[kind, state]) for state in SubscriberState if (kind, state) in counted])
            for kind in SubscriberKind
            if any((kind, state) in counted for state in SubscriberState)
        ],
    }


def _by_words(context: Context, words: str, actor: Actor) -> list[Subscriber]:
    store = context.desk.store
    asked = [(SubscriberKind.EMAIL, words.lower()), (SubscriberKind.WEBHOOK, words), (SubscriberKind.SLACK, words)]
    found = [one for kind, address in asked if (one := subscribers.by_address(store, kind, address)) is not None]
    # As with customers: that somebody searched, and how many it found, is enough to ask them.
    people.audit(store, actor.name, "subscriber.search", "subscribers", context.now(), found=len(found))
    return found


@page(Right.WRITE_CUSTOMERS)
async def remove(request: Request, actor: Actor) -> Response:
    """End a subscription and erase its address."""
    context = context_of(request)
    await context.call(deeds.unsubscribe, context.desk, _number(request), actor, context.now())
    return go("/console/subscribers", "removed")


@page(Right.WRITE_CUSTOMERS)
async def lift(request: Request, actor: Actor) -> Response:
    """Let a paused subscription go on."""
    context = context_of(request)
    await context.call(deeds.lift, context.desk, _number(request), actor, context.now())
    return go("/console/subscribers", "lifted")


def _number(request: Request) -> int:
    text = str(request.path_params["id"])
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise NotFound("There is no such subscriber.")
    return int(text)

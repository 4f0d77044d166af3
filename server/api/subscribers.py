"""Subscribers of the page: who follows what, somebody more, somebody less."""

from records.desk import subscribers as deeds
from records.errors import NotFound
from records.store import people, subscribers
from records.subscribers import SubscriberKind
from server.api import cursors, shapes_subscribers
from server.api.asking import Ask
from server.api.bodies import Nothing
from server.api.bodies_subscribers import AddSubscriber, SubscribersQuery
from server.api.queries import NoQuery
from server.api.shapes_subscribers import SubscriberShape


def list_subscribers(ask: Ask[Nothing, SubscribersQuery]) -> cursors.PageShape[SubscriberShape]:
    """Who follows what, without addresses; in the order in which they came."""
    place = cursors.read(ask.query.cursor, int)
    found = subscribers.subscribers(
        ask.desk.store, state=ask.query.state, after=place[0] if place else -1, limit=ask.query.limit + 1
    )
    people.audit(ask.desk.store, ask.actor.name, "subscriber.list", "subscribers", ask.now, rows=len(found))
    return cursors.page(found, ask.query.limit, shapes_subscribers.subscriber, lambda one: [one.id])


def add_subscriber(ask: Ask[AddSubscriber, NoQuery]) -> SubscriberShape:
    """Add somebody by mail: asked by a letter first, or confirmed where `confirmed` says on what basis."""
    entry = ask.body.entry(ask.desk.default_language)
    deeds.take_in(ask.desk, entry, ask.actor, ask.now, basis=ask.body.confirmed)
    found = subscribers.by_address(ask.desk.store, SubscriberKind.EMAIL, entry.address)
    if found is None:
        raise NotFound("They left at this very moment.")
    return shapes_subscribers.subscriber(found)


def remove_subscriber(ask: Ask[Nothing, NoQuery]) -> SubscriberShape:
    """End a subscription and erase its address."""
    number = ask.path["id"]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NotFound("There is no such subscriber.")
    return shapes_subscribers.subscriber(deeds.unsubscribe(ask.desk, int(number), ask.actor, ask.now))

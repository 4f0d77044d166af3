"""When nothing more goes to an address: it said that it is gone, or a receiver failed for too long."""

from datetime import datetime

from records.desk import subscribers as deeds
from records.desk.desk import Desk
from records.notices import Delivery, Outcome
from records.people import Actor, Role
from records.store import customers, receivers
from records.store.engine import Store
from records.store.outbox import Mark
from records.subscribers import SubscriberKind, is_subscriber_channel

#: So many things given up one after the other, most of them tried for two hours, and a receiver rests.
FAILURES = 3
_RECEIVERS = {SubscriberKind.WEBHOOK.channel, SubscriberKind.SLACK.channel}
_NOTIFIER = Actor(name="notifier", role=Role.OPS)


def says_something(mark: Mark) -> bool:
    """Whether a result is of a receiver, and tells whether it works."""
    is_settled = mark.outcome in (Outcome.ACCEPTED, Outcome.FAILED) and mark.attempt is not None
    return is_settled and mark.delivery.channel in _RECEIVERS


def leave_alone(store: Store, delivery: Delivery, now: datetime) -> None:
    """Inside a transaction: the far side said that there is nobody at this address.

    A mailbox may come back, so its subscription is only paused. A receiver that says it is gone (410) asks for the end.
    """
    if delivery.channel in _RECEIVERS:
        end(store, delivery.customer_id, now)
    elif is_subscriber_channel(delivery.channel):
        deeds.quarantine(Desk(store=store), delivery.customer_id, "bounced", _NOTIFIER, now)
    else:
        customers.block_contact(store, delivery.customer_id, delivery.channel, "bounced", address=delivery.address)


def end(store: Store, subscriber_id: int, now: datetime) -> None:
    """A receiver said that it is gone: the subscription is over."""
    deeds.unsubscribe(Desk(store=store), subscriber_id, _NOTIFIER, now)


def count(store: Store, mark: Mark, now: datetime) -> None:
    """Inside a transaction: how a receiver fares by a result that says something of it."""
    if mark.outcome is Outcome.ACCEPTED:
        receivers.note_taken(store, [mark.delivery.customer_id])
    else:
        rest_if_failing(store, mark.delivery.customer_id, now)


def rest_if_failing(store: Store, subscriber_id: int, now: datetime) -> None:
    """One more thing was given up; a receiver that took none of the last few rests until somebody lifts it."""
    if receivers.note_failure(store, subscriber_id) >= FAILURES:
        deeds.quarantine(Desk(store=store), subscriber_id, "failing", _NOTIFIER, now)

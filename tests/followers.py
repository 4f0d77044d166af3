"""Those who follow Acme's page: everything, the Bitcoin group, one row of it, Ethereum withdrawals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from records.desk import subscribers as deeds
from records.desk.desk import Desk
from records.people import VISITOR
from records.store import subscribers
from records.store.engine import Store
from records.subscribers import Purpose, Subscriber, SubscriberEntry, token
from tests.cast import DAY, NOW

EVERYTHING, GROUP, ROW, OTHER = "gwen@mail.example", "hugo@mail.example", "iris@mail.example", "jon@mail.example"


def entry(address: str, *component_ids: str, **changes: Any) -> SubscriberEntry:
    """What somebody types into the form."""
    return SubscriberEntry(**{"address": address, "language": "en", "components": component_ids, **changes})


def follow(desk: Desk, address: str, *component_ids: str, now: datetime = NOW - DAY, **changes: Any) -> Subscriber:
    """Ask and confirm."""
    asked = deeds.ask(desk, entry(address, *component_ids, **changes), VISITOR, now)
    return deeds.confirm(desk, asked.id, VISITOR, now)


def followers(desk: Desk) -> dict[str, Subscriber]:
    """The four, confirmed."""
    wanted: dict[str, Sequence[str]] = {
        EVERYTHING: (),
        GROUP: ("bitcoin",),
        ROW: ("btc-withdrawals",),
        OTHER: ("eth-withdrawals",),
    }
    return {address: follow(desk, address, *names) for address, names in wanted.items()}


def token_of(store: Store, subscriber: Subscriber, purpose: Purpose = Purpose.MANAGE) -> str:
    """The token in this subscriber's mails."""
    return token(subscribers.key(store), purpose, subscriber.id)

"""Subscribers of the page as JSON, without addresses: the ledger and lists know numbers only."""

from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.subscribers import Subscriber
from records.times import iso, iso_or_none


class SubscriberShape(TypedDict):
    """One subscription."""

    #: As text: the number is longer than JavaScript's are exact.
    id: str
    kind: str
    state: str
    #: Ids of components and groups; empty: everything.
    components: list[str]
    language: str
    basis: str
    created_at: str
    confirmed_at: str | None
    quarantine_reason: str


def subscriber(one: Subscriber) -> SubscriberShape:
    """As `forewarn subscribers list --json` prints it."""
    return {
        "id": str(one.id),
        "kind": one.kind.value,
        "state": one.state.value,
        "components": list(one.components),
        "language": one.language,
        "basis": one.basis.value,
        "created_at": iso(one.created_at),
        "confirmed_at": iso_or_none(one.confirmed_at),
        "quarantine_reason": one.quarantine_reason,
    }

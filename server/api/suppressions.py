"""Addresses that get nothing more: listed, added to, and mail let go there again. All of it is audited."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.desk import blocks as deeds
from records.store import blocks
from records.store.blocks import Blocked
from records.times import iso_or_none
from server.api import cursors
from server.api.asking import Ask
from server.api.bodies import Nothing
from server.api.queries import ListQuery, NoQuery
from server.api.values import Body, Line

_Reference = Annotated[Line, Field(min_length=1, max_length=200)]
_Reason = Annotated[Line, Field(min_length=3, max_length=200)]


class SuppressionShape(TypedDict):
    """One customer whose address on one channel gets nothing more; the address itself is not told."""

    external_id: str
    channel: str
    #: `bounced` or `complained`.
    kind: str
    #: What the far side said last; empty when the ledger does not tell.
    said: str
    #: When the ledger says so; null when it does not tell.
    since: str | None


class LiftedShape(TypedDict):
    """Mail goes there again."""

    external_id: str
    channel: str


class AddSuppression(Body):
    """An address to which nothing more shall go."""

    external_id: _Reference
    """The customer, by the wallet's reference."""
    kind: Literal["bounced", "complained"]
    """What happened there, as somebody else has learned it: a mail provider, a letter to support."""
    reason: _Reason
    """How you know; kept in the audit."""


class LiftSuppression(Body):
    """An address to which mail may go again."""

    external_id: _Reference
    """The customer, by the wallet's reference."""
    reason: _Reason
    """Why; kept in the audit."""


def list_suppressions(ask: Ask[Nothing, ListQuery]) -> cursors.PageShape[SuppressionShape]:
    """Customers whose address gets nothing more, and why; the look is audited."""
    place = cursors.read(ask.query.cursor, int)
    found = deeds.list_blocked(ask.desk, ask.actor, ask.now, after=place[0] if place else -1, limit=ask.query.limit + 1)
    return cursors.page(found, ask.query.limit, _shape, lambda one: [one.customer_id])


def add_suppression(ask: Ask[AddSuppression, NoQuery]) -> SuppressionShape:
    """Send nothing more to a customer's mail address until it changes or somebody lifts it."""
    given = ask.body
    number = deeds.block(ask.desk, given.external_id, given.kind, ask.actor, ask.now, reason=given.reason)
    return _shape(blocks.blocked(ask.desk.store, after=number - 1, limit=1)[0])


def lift_suppression(ask: Ask[LiftSuppression, NoQuery]) -> LiftedShape:
    """Send to a customer's mail address again."""
    deeds.lift_block(ask.desk, ask.body.external_id, ask.actor, ask.now, reason=ask.body.reason)
    return {"external_id": ask.body.external_id, "channel": "email"}


def _shape(one: Blocked) -> SuppressionShape:
    return {
        "external_id": one.external_id,
        "channel": one.channel,
        "kind": one.reason,
        "said": one.said,
        "since": iso_or_none(one.since),
    }

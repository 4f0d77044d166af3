"""Customers: keep a record, look one up, show what they were told. Each look is audited with its reason."""

from records.desk import customers as desk_customers
from records.people import Right
from records.store import customers, lists
from records.times import to_ms
from server.api import cursors, shapes_people
from server.api.asking import Ask
from server.api.bodies import Nothing, PutCustomer
from server.api.queries import LedgerQuery, NoQuery, ReasonQuery
from server.api.shapes_people import CustomerShape, LedgerShape


def put_customer(ask: Ask[PutCustomer, NoQuery]) -> CustomerShape:
    """Add a customer, or make the record match."""
    ref = ask.path["external_id"]
    desk_customers.put_customer(ask.desk, ask.body.entry(ref), ask.actor, ask.now)
    found = customers.customer(ask.desk.store, ref)
    may_see = ask.actor.may(Right.READ_CONTACTS)
    return shapes_people.customer(found, tuple(customers.contacts(ask.desk.store, found.id)) if may_see else None)


def get_customer(ask: Ask[Nothing, ReasonQuery]) -> CustomerShape:
    """One customer's record; contact data only for roles that may see it."""
    found = desk_customers.look_up(ask.desk, ask.path["external_id"], ask.actor, ask.now, reason=ask.query.reason)
    return shapes_people.customer(found.customer, found.contacts if ask.actor.may(Right.READ_CONTACTS) else None)


def list_ledger(ask: Ask[Nothing, LedgerQuery]) -> cursors.PageShape[LedgerShape]:
    """Everything a customer was told, or was not told and why; newest first."""
    place = cursors.read(ask.query.cursor, int, str, str, str)
    before: lists.LedgerPlace | None = (place[0], place[1], place[2], place[3]) if place else None
    found = desk_customers.look_up(ask.desk, ask.path["external_id"], ask.actor, ask.now, reason=ask.query.reason)
    rows = lists.ledger_before(ask.desk.store, found.customer.id, before, limit=ask.query.limit + 1)
    return cursors.page(
        rows,
        ask.query.limit,
        shapes_people.ledger_entry,
        lambda one: [to_ms(one.at), one.notice_id, one.channel, one.outcome.value],
    )

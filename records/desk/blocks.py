"""Addresses that nothing more goes to: who they are of, and letting mail go there again. Both are kept in the audit."""

from datetime import datetime

from records.desk.desk import Desk
from records.errors import Conflict, Fault, Invalid
from records.people import Actor
from records.store import blocks, customers
from records.store.blocks import Blocked
from records.store.people import audit


def list_blocked(desk: Desk, actor: Actor, now: datetime, *, after: int = -1, limit: int = 100) -> list[Blocked]:
    """Customers whose address gets nothing more, by number; that somebody read the list is kept."""
    found = blocks.blocked(desk.store, after=after, limit=limit)
    audit(desk.store, actor.name, "customer.list", "blocked", now, rows=len(found))
    return found


def block(desk: Desk, ref: str, kind: str, actor: Actor, now: datetime, *, reason: str) -> int:
    """Send nothing more to the customer's mail address: somebody else learned that it bounces or complains.

    `kind` is `bounced` or `complained`. Returns the customer's number; doing it twice changes nothing. Raises NotFound,
    and Conflict when there is no address.
    """
    with desk.store.tx():
        customer = customers.customer(desk.store, ref)
        known = customers.contact(desk.store, customer.id, "email")
        if known is None or not known.address:
            raise Conflict(f"Customer {ref} has no mail address.")
        if known.blocked is None:
            customers.block_contact(desk.store, customer.id, "email", kind)
        audit(desk.store, actor.name, "customer.block", f"customer:{ref}", now, kind=kind, reason=reason.strip())
        return customer.id


def lift_block(desk: Desk, ref: str, actor: Actor, now: datetime, *, reason: str) -> None:
    """Send to the customer's address again. Raises NotFound, Conflict, Invalid without a reason."""
    if not reason.strip():
        raise Invalid(Fault(path="/reason", message="say why mail may go there again"))
    with desk.store.tx():
        customer = customers.customer(desk.store, ref)
        if not customers.unblock_contact(desk.store, customer.id, "email"):
            raise Conflict(f"Nothing stands in the way of mail to customer {ref}.")
        audit(desk.store, actor.name, "customer.lift", f"customer:{ref}", now, reason=reason.strip())

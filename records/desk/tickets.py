"""Deeds about tickets: keep one, tie many to an incident, untie."""

from dataclasses import dataclass, replace
from datetime import datetime

from records.desk.desk import Desk
from records.errors import Fault, Invalid
from records.people import Actor
from records.store import incidents, latecomers, tickets
from records.store.people import audit
from records.tickets import Ticket, TicketEntry

#: One deed ties at most this many; more are tied in several.
MAX_AT_ONCE = 10_000


def record_ticket(desk: Desk, entry: TicketEntry, actor: Actor, now: datetime) -> Ticket:
    """Add a ticket or bring it up to date. Raises Invalid."""
    faults = [
        Fault(path=f"/{name}", message=f"the {name} is empty")
        for name in ("external_id", "system", "subject")
        if not getattr(entry, name).strip()
    ]
    faults += [
        Fault(path=f"/{name}", message="a character that no text has (NUL)")
        for name in ("external_id", "system", "requester", "topic", "subject", "text")
        if "\x00" in getattr(entry, name)
    ]
    if entry.resolved_at is not None and entry.resolved_at < entry.created_at:
        faults.append(Fault(path="/resolved_at", message="resolved before it was created"))
    if entry.first_response_at is not None and entry.first_response_at < entry.created_at:
        faults.append(Fault(path="/first_response_at", message="handled before it was created"))
    if faults:
        raise Invalid(faults)
    with desk.store.tx():
        ticket_id = tickets.put(desk.store, entry, now)
        audit(desk.store, actor.name, "ticket.record", ticket_id, now, system=entry.system, number=entry.external_id)
    return tickets.ticket(desk.store, ticket_id)


@dataclass(frozen=True, kw_only=True)
class Linked:
    """What tying came to."""

    linked: int
    #: Were tied to this incident before.
    already: int
    #: Of those tied now, how many come from customers we know and can tell.
    known_customers: int


def link_tickets(desk: Desk, incident_id: str, wanted: tickets.Filter, actor: Actor, now: datetime) -> Linked:
    """Tie tickets to an incident; their senders hear each update from now on, and what is current at once.

    Raises NotFound.
    """
    with desk.store.tx():
        incident = incidents.incident(desk.store, incident_id)
        # A page's limit is for looking; whoever ties "all that fit" means all.
        found = tickets.tickets(desk.store, replace(wanted, limit=MAX_AT_ONCE))
        new = [each for each in found if tickets.link(desk.store, each.id, incident.id, actor.name, now)]
        for each in new:
            audit(desk.store, actor.name, "ticket.link", each.id, now, incident=incident.ref)
        known = {each.customer_id for each in new if each.customer_id is not None}
        latecomers.touch(desk.store, known)
        desk.store.wake()
    return Linked(linked=len(new), already=len(found) - len(new), known_customers=len(known))


def unlink_ticket(desk: Desk, incident_id: str, ticket_id: str, actor: Actor, now: datetime) -> bool:
    """Untie one; the history keeps that it was tied. Raises NotFound; False when it was not tied."""
    with desk.store.tx():
        incident = incidents.incident(desk.store, incident_id)
        ticket = tickets.ticket(desk.store, ticket_id)
        changed = tickets.unlink(desk.store, ticket.id, incident.id, actor.name, now)
        if changed:
            audit(desk.store, actor.name, "ticket.unlink", ticket.id, now, incident=incident.ref)
    return changed

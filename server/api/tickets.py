"""Tickets: keep them, find them, tie them to incidents."""

from dataclasses import replace

from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.desk import tickets as desk_tickets
from records.store import customers, incidents, tickets
from records.store.people import audit
from records.tickets import Ticket, TicketEntry
from records.times import from_ms, to_ms
from server.api import cursors, shapes_people
from server.api.asking import Ask
from server.api.bodies import LinkTickets, LinkTicketsTo, Nothing, RecordTicket
from server.api.queries import ListQuery, NoQuery, TicketsQuery
from server.api.shapes_people import TicketShape


class LinkedShape(TypedDict):
    """What tying came to."""

    incident_id: str
    linked: int
    already: int
    known_customers: int


def record_ticket(ask: Ask[RecordTicket, NoQuery]) -> TicketShape:
    """Keep a ticket, or bring it up to date."""
    body = ask.body
    entry = TicketEntry(
        external_id=body.external_id,
        system=body.system,
        requester=body.requester,
        channel=body.channel,
        kind=body.kind,
        topic=body.topic,
        subject=body.subject,
        text=body.text,
        created_at=body.created_at,
        resolved_at=body.resolved_at,
        first_response_at=body.first_response_at,
    )
    return shapes_people.ticket(desk_tickets.record_ticket(ask.desk, entry, ask.actor, ask.now))


def list_tickets(ask: Ask[Nothing, TicketsQuery]) -> cursors.PageShape[TicketShape]:
    """Tickets that fit, newest first; the look is audited."""
    query, store = ask.query, ask.desk.store
    wanted = tickets.Filter(
        since=query.since,
        until=query.until,
        words=query.words,
        topic=query.topic,
        incident_id=None if query.incident is None else incidents.incident(store, query.incident).id,
        customer_id=None if query.customer is None else customers.customer(store, query.customer).id,
        only_unlinked=query.unlinked == "true",
    )
    audit(store, ask.actor.name, "ticket.list", f"customer:{query.customer}" if query.customer else "tickets", ask.now)
    return _listed(ask, wanted, query)


def list_incident_tickets(ask: Ask[Nothing, ListQuery]) -> cursors.PageShape[TicketShape]:
    """Tickets tied to an incident, newest first; the look is audited."""
    incident = incidents.incident(ask.desk.store, ask.path["id"])
    audit(ask.desk.store, ask.actor.name, "ticket.list", incident.id, ask.now)
    return _listed(ask, tickets.Filter(incident_id=incident.id), ask.query)


def _listed(
    ask: Ask[Nothing, TicketsQuery] | Ask[Nothing, ListQuery], wanted: tickets.Filter, query: ListQuery
) -> cursors.PageShape[TicketShape]:
    place = cursors.read(query.cursor, int, str)
    found = _behind(ask, wanted, (place[0], place[1]) if place else None, query.limit + 1)
    return cursors.page(found, query.limit, shapes_people.ticket, lambda one: [to_ms(one.created_at), one.id])


def _behind(
    ask: Ask[Nothing, TicketsQuery] | Ask[Nothing, ListQuery],
    wanted: tickets.Filter,
    place: tuple[int, str] | None,
    limit: int,
) -> list[Ticket]:
    """Up to `limit` tickets older than `place`; many of the same moment are asked for again, in a larger piece."""
    if place is not None:
        ceiling = from_ms(min(max(place[0], 0), to_ms(ask.now)))
        wanted = replace(wanted, until=ceiling if wanted.until is None else min(wanted.until, ceiling))
    ask_for = limit
    while True:
        found = tickets.tickets(ask.desk.store, replace(wanted, limit=ask_for))
        behind = [one for one in found if place is None or (to_ms(one.created_at), one.id) < place]
        if len(behind) >= limit or len(found) < ask_for:
            return behind[:limit]
        ask_for *= 4


def link_tickets(ask: Ask[LinkTicketsTo, NoQuery]) -> LinkedShape:
    """Tie tickets to an incident; their senders hear each update from now on."""
    return _link(ask, ask.body, ask.body.incident_id)


def link_incident_tickets(ask: Ask[LinkTickets, NoQuery]) -> LinkedShape:
    """Tie tickets to this incident; their senders hear each update from now on."""
    return _link(ask, ask.body, ask.path["id"])


def _link(
    ask: Ask[LinkTicketsTo, NoQuery] | Ask[LinkTickets, NoQuery], body: LinkTickets, incident: str
) -> LinkedShape:
    wanted = tickets.Filter(
        ids=body.ticket_ids,
        words=body.words,
        topic=body.topic,
        since=body.since,
        until=body.until,
        only_unlinked=body.only_unlinked and not body.ticket_ids,
        limit=desk_tickets.MAX_AT_ONCE,
    )
    incident_id = incidents.incident(ask.desk.store, incident).id
    done = desk_tickets.link_tickets(ask.desk, incident_id, wanted, ask.actor, ask.now)
    return {
        "incident_id": incident_id,
        "linked": done.linked,
        "already": done.already,
        "known_customers": done.known_customers,
    }


class UnlinkedShape(TypedDict):
    """What untying came to."""

    incident_id: str
    ticket_id: str
    unlinked: bool


def unlink_ticket(ask: Ask[Nothing, NoQuery]) -> UnlinkedShape:
    """Untie one ticket; the history keeps that it was tied."""
    incident_id = incidents.incident(ask.desk.store, ask.path["id"]).id
    ticket_id = tickets.ticket(ask.desk.store, ask.path["ticket_id"]).id
    unlinked = desk_tickets.unlink_ticket(ask.desk, incident_id, ticket_id, ask.actor, ask.now)
    return {"incident_id": incident_id, "ticket_id": ticket_id, "unlinked": unlinked}

"""Tickets and their ties to incidents; untying is kept in the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.errors import NotFound
from records.ids import new_id
from records.store import customers, latecomers
from records.store.engine import Row, Store
from records.tickets import (
    FEWEST_RESPONSES,
    RESPONSE_WINDOWS,
    FirstResponse,
    Ticket,
    TicketChannel,
    TicketEntry,
    TicketKind,
)
from records.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none


def put(store: Store, entry: TicketEntry, now: datetime) -> str:
    """Add a ticket or bring it up to date, by helpdesk and number; returns its id."""
    who = _requester(store, entry.requester)
    found = store.rows(
        """
        INSERT INTO tickets (id, system, external_id, customer_id, requester_ref, channel, kind, topic, subject, body,
            created_at, resolved_at, first_response_at, imported_at)
        VALUES (:id, :system, :external_id, :customer_id, :requester_ref, :channel, :kind, :topic, :subject, :body,
            :created_at, :resolved_at, :first_response_at, :now)
        ON CONFLICT (system, external_id) DO UPDATE SET customer_id = excluded.customer_id,
            requester_ref = excluded.requester_ref, channel = excluded.channel, kind = excluded.kind,
            topic = excluded.topic, subject = excluded.subject, body = excluded.body,
            resolved_at = excluded.resolved_at,
            first_response_at = COALESCE(excluded.first_response_at, tickets.first_response_at)
        RETURNING id
        """,
        id=new_id(),
        system=entry.system,
        external_id=entry.external_id,
        customer_id=who[0],
        requester_ref=who[1],
        channel=entry.channel.value,
        kind=entry.kind.value,
        topic=entry.topic,
        subject=entry.subject,
        body=entry.text,
        created_at=to_ms(entry.created_at),
        resolved_at=to_ms_or_none(entry.resolved_at),
        first_response_at=to_ms_or_none(entry.first_response_at),
        now=to_ms(now),
    )
    # Tied before we knew who wrote it: from now on they hear each update, and what is current at once.
    tied = store.run(
        "UPDATE ticket_links SET customer_id = :customer_id WHERE ticket_id = :id AND unlinked_at IS NULL",
        customer_id=who[0],
        id=found[0]["id"],
    )
    if tied and who[0] is not None:
        latecomers.touch(store, [who[0]])
    return str(found[0]["id"])


def _requester(store: Store, requester: str) -> tuple[int | None, str | None]:
    """Our number and the wallet's reference of whoever wrote; an unknown e-mail address is not kept."""
    if "@" in requester:
        known = customers.by_address(store, requester)
        return (known.id, known.external_id) if known else (None, None)
    try:
        return customers.customer(store, requester).id, requester
    except NotFound:
        return None, requester or None


def link(store: Store, ticket_id: str, incident_id: str, by: str, now: datetime) -> bool:
    """Tie a ticket to an incident. False when it was tied already."""
    already = store.row(
        """
        SELECT id FROM ticket_links
        WHERE ticket_id = :ticket_id AND incident_id = :incident_id AND unlinked_at IS NULL
        """,
        ticket_id=ticket_id,
        incident_id=incident_id,
    )
    if already:
        return False
    store.run(
        """
        INSERT INTO ticket_links (id, ticket_id, incident_id, customer_id, linked_at, linked_by)
        SELECT CAST(:id AS TEXT), t.id, CAST(:incident_id AS TEXT), t.customer_id, CAST(:now AS BIGINT),
            CAST(:by AS TEXT)
        FROM tickets t WHERE t.id = :ticket_id
        """,
        id=new_id(),
        ticket_id=ticket_id,
        incident_id=incident_id,
        by=by,
        now=to_ms(now),
    )
    return True


def unlink(store: Store, ticket_id: str, incident_id: str, by: str, now: datetime) -> bool:
    """Untie them; the history keeps that they were tied. False when they were not."""
    return (
        store.run(
            """
            UPDATE ticket_links SET unlinked_at = :now, unlinked_by = :by
            WHERE ticket_id = :ticket_id AND incident_id = :incident_id AND unlinked_at IS NULL
            """,
            ticket_id=ticket_id,
            incident_id=incident_id,
            by=by,
            now=to_ms(now),
        )
        > 0
    )


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which tickets are meant; what is None does not narrow."""

    ids: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    #: Words that stand in subject or text, any case.
    words: str | None = None
    topic: str | None = None
    incident_id: str | None = None
    customer_id: int | None = None
    only_unlinked: bool = False
    limit: int = 200


def tickets(store: Store, wanted: Filter) -> list[Ticket]:
    """Tickets that fit, newest first. An id may be ours or the helpdesk's number."""
    marks = {f"i{index}": each for index, each in enumerate(wanted.ids)}
    named = ", ".join(f":{name}" for name in marks) or "NULL"
    found = store.rows(
        f"""
        SELECT * FROM tickets t
        WHERE (:any_id = 1 OR t.id IN ({named}) OR t.external_id IN ({named}))
            AND t.created_at >= :since AND t.created_at <= :until
            AND (CAST(:words AS TEXT) IS NULL
                OR lower(t.subject) LIKE :words ESCAPE '\\' OR lower(t.body) LIKE :words ESCAPE '\\')
            AND (CAST(:topic AS TEXT) IS NULL OR t.topic = :topic)
            AND (CAST(:customer_id AS BIGINT) IS NULL OR t.customer_id = :customer_id)
            AND (CAST(:incident_id AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM ticket_links k
                WHERE k.ticket_id = t.id AND k.incident_id = :incident_id AND k.unlinked_at IS NULL))
            AND (:only_unlinked = 0 OR NOT EXISTS (SELECT 1 FROM ticket_links k
                WHERE k.ticket_id = t.id AND k.unlinked_at IS NULL))
        ORDER BY t.created_at DESC, t.id DESC LIMIT :limit
        """,
        any_id=int(not wanted.ids),
        since=0 if wanted.since is None else to_ms(wanted.since),
        until=2**62 if wanted.until is None else to_ms(wanted.until),
        words=None if wanted.words is None else f"%{_escaped(wanted.words.lower())}%",
        topic=wanted.topic,
        customer_id=wanted.customer_id,
        incident_id=wanted.incident_id,
        only_unlinked=int(wanted.only_unlinked),
        limit=wanted.limit,
        **marks,
    )
    return [_ticket(store, row) for row in found]


def ticket(store: Store, name: str) -> Ticket:
    """One ticket by our id, or by the helpdesk's number when only one helpdesk has it. Raises NotFound."""
    found = store.rows("SELECT * FROM tickets WHERE id = :name OR external_id = :name LIMIT 2", name=name)
    if len(found) != 1:
        raise NotFound(
            f"There is no ticket {name}." if not found else f"Several helpdesks have a ticket {name}; use its id."
        )
    return _ticket(store, found[0])


def count_linked(store: Store, incident_id: str) -> int:
    """How many tickets are tied to an incident now."""
    found = store.row(
        "SELECT count(*) AS total FROM ticket_links WHERE incident_id = :id AND unlinked_at IS NULL", id=incident_id
    )
    return int(found["total"]) if found else 0


def first_response(store: Store, now: datetime) -> FirstResponse | None:
    """How soon tickets of the last day, else of the last week, were handled; None while there are too few."""
    for window in RESPONSE_WINDOWS:
        seen = {"since": to_ms(now - window), "now": to_ms(now)}
        counted = store.row(f"SELECT count(*) AS total {_RESPONSES}", **seen)
        total = int(counted["total"]) if counted else 0
        if total >= FEWEST_RESPONSES:
            # The upper of the two in the middle: we rather promise a little less.
            middle = store.rows(
                f"SELECT first_response_at - created_at AS took {_RESPONSES} ORDER BY 1 LIMIT 1 OFFSET :half",
                half=total // 2,
                **seen,
            )
            return FirstResponse(median=timedelta(milliseconds=middle[0]["took"]), tickets=total, window=window)
    return None


#: Answered by the index alone.
_RESPONSES = """
    FROM tickets WHERE created_at > :since AND created_at <= :now AND first_response_at IS NOT NULL
        AND first_response_at <= :now
"""


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _ticket(store: Store, row: Row) -> Ticket:
    links = store.rows(
        "SELECT incident_id FROM ticket_links WHERE ticket_id = :id AND unlinked_at IS NULL ORDER BY id", id=row["id"]
    )
    return Ticket(
        id=row["id"],
        external_id=row["external_id"],
        system=row["system"],
        customer_id=row["customer_id"],
        requester_ref=row["requester_ref"],
        channel=TicketChannel(row["channel"]),
        kind=TicketKind(row["kind"]),
        topic=row["topic"],
        subject=row["subject"],
        text=row["body"],
        created_at=from_ms(row["created_at"]),
        resolved_at=from_ms_or_none(row["resolved_at"]),
        first_response_at=from_ms_or_none(row["first_response_at"]),
        incident_ids=tuple(each["incident_id"] for each in links),
    )

"""Customers' own words, as the helpdesk keeps them, and the incidents they are tied to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class TicketChannel(StrEnum):
    """How a ticket came (R1)."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    WEB_FORM = "web_form"
    SOCIAL = "social"
    APP_REVIEW = "app_review"
    OTHER = "other"


class TicketKind(StrEnum):
    """What it is for the quarterly table."""

    REQUEST = "request"
    COMPLAINT = "complaint"


@dataclass(frozen=True, kw_only=True)
class TicketEntry:
    """A ticket as somebody hands it to us, already checked."""

    external_id: str
    #: Helpdesk it lives in, e.g. `freshdesk`.
    system: str
    #: Customer's external id, or the e-mail they wrote from.
    requester: str
    channel: TicketChannel
    kind: TicketKind
    topic: str
    subject: str
    text: str
    created_at: datetime
    resolved_at: datetime | None
    #: When a person first handled it; None leaves what is known.
    first_response_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One ticket."""

    id: str
    external_id: str
    system: str
    #: None when no customer record fits the requester.
    customer_id: int | None
    #: The requester's external id; None when unknown (an e-mail address is not kept here).
    requester_ref: str | None
    channel: TicketChannel
    kind: TicketKind
    topic: str
    subject: str
    text: str
    created_at: datetime
    resolved_at: datetime | None
    #: When a person first handled it, as far as the helpdesk has told.
    first_response_at: datetime | None
    #: Incidents it is tied to now.
    incident_ids: tuple[str, ...]


#: Spans over which first responses are counted, the latest that has enough of them.
RESPONSE_WINDOWS = (timedelta(hours=24), timedelta(days=7))
#: A median of fewer tickets says nothing.
FEWEST_RESPONSES = 10


@dataclass(frozen=True, kw_only=True)
class FirstResponse:
    """How soon a person handles what customers write."""

    #: Half of the tickets were handled sooner.
    median: timedelta
    #: How many it was counted from.
    tickets: int
    #: Over how long.
    window: timedelta

"""Customers as we need them: an opaque number, tags, language. Contact data stand apart so that they can be erased."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Customer:
    """One customer, without contact data."""

    #: Opaque number; the only name the ledger knows.
    id: int
    #: The wallet's own reference, e.g. `c-20417`.
    external_id: str
    language: str
    time_zone: str | None
    region: str | None
    #: Their own quiet hours: `22:00-07:00`, or `none`; None: the house's.
    quiet_hours: str | None
    #: What audience rules read, sorted: `holds:BTC`, `network:bitcoin`, `pending:bitcoin`, `region:RO`, `language:fr`.
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class CustomerEntry:
    """A customer as somebody hands it to us, already checked."""

    external_id: str
    email: str | None = None
    language: str | None = None
    time_zone: str | None = None
    region: str | None = None
    tags: tuple[str, ...] = ()
    #: Channels switched off by the customer, e.g. `{"email": False}`.
    channels: dict[str, bool] = field(default_factory=dict)
    #: `22:00-07:00`, `none`, or `usual` for the house's again; None: as it was.
    quiet_hours: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where one customer can be reached on one channel."""

    customer_id: int
    channel: str
    address: str
    #: Whether the customer wants this channel; mandatory notices may override.
    wanted: bool
    #: Why nothing is sent there any more (`bounced`, `complained`), or None.
    blocked: str | None

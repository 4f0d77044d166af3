"""What the wallet's own system of customer records is told: one event for each thing that befell a customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from records.notices import Outcome

#: The customer belongs to the audience of a notice, whatever becomes of it.
NOTICED = "noticed"
#: Everything that can be told: it is in the audience, and each outcome that its ledger gets.
EVENTS = (NOTICED, *(outcome.value for outcome in Outcome))


@dataclass(frozen=True, kw_only=True)
class About:
    """The notice that an event is of, as far as it is told."""

    id: str
    kind: str
    category: str
    #: `incident` or `maintenance`.
    subject_kind: str
    subject_id: str
    ref: str
    #: Name of the incident or planned event, per language.
    name: Mapping[str, str]
    verify_code: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that befell one customer."""

    #: Its place in the queue.
    place: int
    at: datetime
    #: The wallet's own reference; None when the customer was erased meanwhile.
    external_id: str | None
    customer_id: int
    notice_id: str
    version: int
    #: Empty where it is of no channel in particular.
    channel: str
    #: One of EVENTS.
    what: str
    reason: str
    language: str
    attempts: int

    @property
    def key(self) -> str:
        """The same whenever this is told, also years later: by it the receiver knows what it has."""
        way = self.channel or "notice"
        return f"{self.notice_id}.{self.version}.{self.customer_id}.{way}.{self.what}"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Events told in one post; what is repeated is the same post, byte for byte."""

    id: str
    events: tuple[Event, ...]
    notices: tuple[About, ...]
    #: Attempts made before this one.
    attempts: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far behind the other system is."""

    #: About how many events wait, those on their way among them.
    waiting: int
    #: When the first of them happened; None when none waits.
    oldest: datetime | None
    #: Events taken, and set aside because they were refused, since it was set up.
    taken: int
    refused: int
    #: Events that waited for longer than they are kept, and were let go.
    dropped: int
    #: Attempts in a row that came to nothing.
    failures: int
    #: When we tried last, and what came of it; None before the first time.
    told_at: datetime | None
    code: str
    #: When the next attempt is made, where one failed.
    due_at: datetime | None

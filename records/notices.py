"""A notice: what is said, to whom, why; and what can become of each delivery of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from records.quick import quick


class NoticeKind(StrEnum):
    """Why something is said; each has a folder of templates of this name."""

    INCIDENT_OPENED = "incident_opened"
    INCIDENT_UPDATED = "incident_updated"
    INCIDENT_RESOLVED = "incident_resolved"
    #: Something we said was wrong; this is right.
    INCIDENT_CORRECTED = "incident_corrected"
    MAINTENANCE_ANNOUNCED = "maintenance_announced"
    MAINTENANCE_REMINDER = "maintenance_reminder"
    MAINTENANCE_STARTED = "maintenance_started"
    #: It takes place at another time than people were told: moved by a person, or by the chain's pace.
    MAINTENANCE_RESCHEDULED = "maintenance_rescheduled"
    MAINTENANCE_EXTENDED = "maintenance_extended"
    MAINTENANCE_COMPLETED = "maintenance_completed"
    MAINTENANCE_CANCELLED = "maintenance_cancelled"


#: What says that it is over: news only to those who heard that there was something, and the last word to them.
ENDS = (NoticeKind.INCIDENT_RESOLVED, NoticeKind.MAINTENANCE_COMPLETED, NoticeKind.MAINTENANCE_CANCELLED)


class Category(StrEnum):
    """Whether the customer may decline it wholly. There is no marketing at all."""

    MANDATORY_SERVICE = "mandatory_service"
    OPTIONAL_SERVICE = "optional_service"


class Lane(StrEnum):
    """Which queue it takes: a mass mailing must not delay an outage's first words."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"

    @property
    def rank(self) -> int:
        """0 leaves first."""
        return list(Lane).index(self)


class NoticeState(StrEnum):
    """Where a notice is in its life."""

    #: Waits for a person's yes.
    DRAFT = "draft"
    #: Decided; nobody is queued for a few seconds, so that it can be taken back.
    HELD = "held"
    #: Decided; customers are being counted and queued.
    FANNING_OUT = "fanning_out"
    #: Every delivery exists; some are not settled.
    SENDING = "sending"
    DONE = "done"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How one delivery ended, or what became known of it later. Ledger rows carry one of these."""

    #: The far side took it: "accepted by the mail server", never "delivered".
    ACCEPTED = "accepted"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    # Known later:
    DISPLAYED = "displayed"
    DISMISSED = "dismissed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    #: Why it was not sent is over while it still is of use, so it was queued after all.
    REQUEUED = "requeued"


#: Outcomes that settle a delivery, in the order in which the best one speaks for a customer with several channels.
SETTLED = (
    Outcome.ACCEPTED,
    Outcome.FAILED,
    Outcome.EXPIRED,
    Outcome.SUPERSEDED,
    Outcome.SUPPRESSED,
    Outcome.CANCELLED,
)


class Reason(StrEnum):
    """Why something was not sent on a channel."""

    OPTOUT = "optout"
    NO_ADDRESS = "no_address"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    NOT_CONFIRMED = "not_confirmed"
    DUPLICATE_ADDRESS = "duplicate_address"
    QUIET_HOURS = "quiet_hours"
    RATE_LIMIT = "rate_limit"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    NOT_AFFECTED_ANY_MORE = "not_affected_any_more"
    CHANNEL_OFF = "channel_off"
    #: Another notice told it, together with what was said of other incidents.
    IN_DIGEST = "in_digest"


#: How the reason begins where the far side said that there is no such address.
ADDRESS_REFUSED = "address"


class Because(StrEnum):
    """Which rule decided that something goes, or when; the ledger keeps it with what became of it."""

    #: The customer declined this channel, but nothing else would carry what must be said.
    MANDATORY = "mandatory"
    #: It waited for the end of the customer's quiet hours.
    QUIET_HOURS = "quiet_hours"
    #: It went in quiet hours: at their end it would be too late.
    TOO_LATE_AFTER = "too_late_after_quiet_hours"
    #: The customer came into the audience, or could be reached, only after the others were told.
    JOINED_LATE = "joined_late"


class WaitsFor(StrEnum):
    """Why a notice does not leave at once."""

    #: A policy wants a person to read what a monitor or the clock would say.
    A_YES = "a_yes"
    #: It goes to so many customers that its author's yes is not enough.
    A_SECOND_PERSON = "a_second_person"
    #: Its author may think again for a few seconds.
    UNDO = "undo"
    #: People heard of this a while ago; what is said in the next minutes is said together.
    COMPANY = "company"
    #: Very much breaks at once: it is said together with what is said of other incidents.
    DIGEST = "digest"


class Decision(StrEnum):
    """What became of a notice that waited."""

    #: It left.
    APPROVED = "approved"
    DECLINED = "declined"
    #: Newer words about the same thing took its place.
    SUPERSEDED = "superseded"
    #: Nobody answered while it was of use.
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Why a notice waits or waited, and how that ended."""

    reason: WaitsFor
    #: Whose notice it is; for a second person's yes, whose own yes does not count.
    asked_by: str
    #: Customers whom its rule matched when it was written.
    customers: int
    since: datetime
    #: When it leaves by itself; None when only a yes lets it go.
    until: datetime | None = None
    #: None while it waits.
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None


#: Forms in which every notice exists; one per use, never one per channel.
FORMS = ("subject", "body_text", "body_html", "short")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One thing to tell, in its newest version."""

    id: str
    version: int
    kind: NoticeKind
    #: `incident` or `maintenance`; `digest` for what tells of several incidents at once, which is its own subject.
    subject_kind: str
    subject_id: str
    category: Category
    lane: Lane
    state: NoticeState
    #: Rule text as decided, frozen with the notice.
    audience_rule: str
    channels: tuple[str, ...]
    #: The facts the templates read; see `records.desk.notices.facts_of_*` for the keys.
    facts: dict[str, Any]
    #: The code a customer can check at `/verify/<code>`.
    verify_code: str
    created_at: datetime
    created_by: str
    #: After this nobody needs to hear it any more.
    useful_until: datetime
    #: Customers that matched so far; final once the fan-out is done.
    audience_count: int
    fanned_out_at: datetime | None
    #: None when it left at once.
    wait: Wait | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has been told yet, because it waits."""
        return self.state in (NoticeState.DRAFT, NoticeState.HELD)

    @property
    def is_digest(self) -> bool:
        """Whether it tells together what several others say, each of which has a record of its own."""
        return self.subject_kind == "digest"

    @property
    def has_left(self) -> bool:
        """Whether it was let go, even if it was stopped after that."""
        return not self.is_waiting and (self.wait is None or self.wait.decision is Decision.APPROVED)


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """When a notice's audience was decided, by which rule."""

    at: datetime
    #: SHA-256 of the rule's text as it stood then; empty for what was decided before it was kept.
    rule_sha256: str


@quick
class Delivery:
    """One notice version on its way to one customer on one channel: work that is not settled."""

    notice_id: str
    version: int
    #: 0 for a post that goes to the public, such as a social account; on channels of subscribers, the subscriber's.
    customer_id: int
    #: `email`, `inapp`, `social:<account>`, or `subscriber:email` and its like.
    channel: str
    language: str
    #: Where to; None for channels that need no address.
    address: str | None
    #: Attempts made before this claim.
    attempts: int
    #: The claim's token; a mark without it changes nothing.
    lease: int
    useful_until: datetime
    created_at: datetime
    #: What a receiver's posts are signed with; empty on every other channel.
    secret: str = field(default="", repr=False)
    #: Which rules decided that it goes, or when (`Because`, with commas between them); empty when none had to.
    because: str = ""
    #: Whether an earlier try may have arrived: then it is tried again once, and not twice.
    is_uncertain: bool = False
    #: Whether somebody had it before and never said what became of it.
    is_taken_over: bool = False


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One thing that a customer was told, or was not told and why. Never changed, never deleted."""

    #: As a delivery's.
    customer_id: int
    at: datetime
    notice_id: str
    version: int
    channel: str
    outcome: Outcome
    #: Reason code, the rules that decided, or the far side's answer in short; empty when there is nothing to say.
    reason: str
    language: str
    #: SHA-256 of the words as sent (hex), empty when nothing was sent.
    sha256: str
    attempts: int

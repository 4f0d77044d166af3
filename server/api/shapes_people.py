"""Whom it concerns and what they were told, as JSON: notices, deliveries, customers, tickets, the audit."""

from typing import Any, NotRequired

from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.customers import Contact, Customer
from records.notices import Frozen, LedgerEntry, Notice, Wait
from records.people import AuditEntry
from records.store.lists import DeliveryRow
from records.store.notices import Counts, NoticeStatus, Text
from records.subscribers import is_subscriber_channel
from records.tickets import Ticket
from records.times import iso, iso_or_none


class CountsShape(TypedDict):
    """How many stand where."""

    queued: int
    sent: int
    failed: int
    suppressed: int


class RestingShape(TypedDict):
    """What waits for the end of customers' quiet hours, and when the first and the last of it go."""

    count: int
    first_at: str
    last_at: str


class FrozenShape(TypedDict):
    """When an audience was decided, and the SHA-256 of the rule's text as it stood then."""

    at: str
    rule_sha256: str


class NoticeStatusShape(TypedDict):
    """How far a notice has come; each customer counts once, by the best that any channel did."""

    id: str
    audience: int
    queued: int
    sent: int
    failed: int
    suppressed: int
    channels: dict[str, CountsShape]
    #: Subscribers of the page, by how they are reached (`email`); there only where it concerns some.
    subscribers: NotRequired[dict[str, CountsShape]]
    complete: bool
    #: Of those sent, customers whose mail came back and whom nothing else reached; there only where there are some.
    bounced: NotRequired[int]
    #: All whom no channel reached: failed, suppressed and bounced; there only where mail came back.
    not_reached: NotRequired[int]
    #: Of what is queued, what waits for the end of quiet hours; there only where some does.
    resting: NotRequired[RestingShape]


def counts(one: Counts) -> CountsShape:
    """The four counts."""
    return {"queued": one.queued, "sent": one.sent, "failed": one.failed, "suppressed": one.suppressed}


def notice_status(one: NoticeStatus) -> NoticeStatusShape:
    """As `forewarn notice status --json` prints it."""
    people = one.people
    shape: NoticeStatusShape = {
        "id": one.id,
        "audience": one.audience,
        "queued": people.queued,
        "sent": people.sent,
        "failed": people.failed,
        "suppressed": people.suppressed,
        "channels": {channel: counts(each) for channel, each in one.channels.items()},
        "complete": one.complete,
    }
    if one.subscribers:
        shape["subscribers"] = {name.partition(":")[2]: counts(each) for name, each in one.subscribers.items()}
    if one.bounced:
        shape["bounced"], shape["not_reached"] = one.bounced, one.not_reached
    if (rest := one.resting) is not None:
        shape["resting"] = {"count": rest.count, "first_at": iso(rest.first_at), "last_at": iso(rest.last_at)}
    return shape


class TextShape(TypedDict):
    """One form of the words as they went out."""

    content: str
    sha256: str


class WaitShape(TypedDict):
    """Why a notice waits or waited; no `decision` until that ended."""

    #: `a_yes`, `a_second_person`, `undo`, `company`, `digest`.
    reason: str
    asked_by: str
    customers: int
    since: str
    until: str | None
    decision: str | None
    decided_at: str | None
    decided_by: str | None


def wait(one: Wait) -> WaitShape:
    """As it stands in a notice."""
    return {
        "reason": one.reason.value,
        "asked_by": one.asked_by,
        "customers": one.customers,
        "since": iso(one.since),
        "until": iso_or_none(one.until),
        "decision": one.decision.value if one.decision else None,
        "decided_at": iso_or_none(one.decided_at),
        "decided_by": one.decided_by,
    }


class NoticeShape(TypedDict):
    """A notice with its counts; `wait` is null for one that left at once; `texts` where a language was asked for."""

    id: str
    version: int
    kind: str
    subject_kind: str
    subject_id: str
    category: str
    lane: str
    state: str
    audience_rule: str
    #: When the audience was decided, and by which rule; null for what was not let go.
    frozen: FrozenShape | None
    channels: list[str]
    verify_code: str
    facts: dict[str, Any]
    counts: NoticeStatusShape
    texts: dict[str, dict[str, TextShape]]
    created_at: str
    created_by: str
    useful_until: str
    fanned_out_at: str | None
    wait: WaitShape | None
    #: The notice whose words took the place of one that waited.
    superseded_by: str | None


def _frozen(one: Frozen | None) -> FrozenShape | None:
    return None if one is None else {"at": iso(one.at), "rule_sha256": one.rule_sha256}


def notice(
    one: Notice, status: NoticeStatus, texts: dict[str, dict[str, Text]], *, superseded_by: str | None = None
) -> NoticeShape:
    """A notice whole."""
    return {
        "id": one.id,
        "version": one.version,
        "kind": one.kind.value,
        "subject_kind": one.subject_kind,
        "subject_id": one.subject_id,
        "category": one.category.value,
        "lane": one.lane.value,
        "state": one.state.value,
        "audience_rule": one.audience_rule,
        "frozen": _frozen(status.frozen),
        "channels": list(one.channels),
        "verify_code": one.verify_code,
        "facts": one.facts,
        "counts": notice_status(status),
        "texts": {
            language: {form: {"content": text.content, "sha256": text.sha256} for form, text in forms.items()}
            for language, forms in texts.items()
        },
        "created_at": iso(one.created_at),
        "created_by": one.created_by,
        "useful_until": iso(one.useful_until),
        "fanned_out_at": iso_or_none(one.fanned_out_at),
        "wait": None if one.wait is None else wait(one.wait),
        "superseded_by": superseded_by,
    }


class DeliveryShape(TypedDict):
    """One customer or subscriber, one channel: what became of it. Both ids are null for a public post."""

    external_id: str | None
    #: As text: the number is longer than JavaScript's are exact.
    subscriber_id: str | None
    channel: str
    version: int
    outcome: str
    reason: str
    language: str
    sha256: str
    attempts: int
    at: str


def delivery(one: DeliveryRow) -> DeliveryShape:
    """One line; `queued` while it is not settled."""
    return {
        "external_id": one.external_id,
        "subscriber_id": str(one.customer_id) if is_subscriber_channel(one.channel) else None,
        "channel": one.channel,
        "version": one.version,
        "outcome": one.outcome.value if one.outcome else "queued",
        "reason": one.reason,
        "language": one.language,
        "sha256": one.sha256,
        "attempts": one.attempts,
        "at": iso(one.at),
    }


class LedgerShape(TypedDict):
    """One thing a customer was told, or was not told and why."""

    at: str
    notice_id: str
    version: int
    channel: str
    outcome: str
    reason: str
    language: str
    sha256: str
    attempts: int


def ledger_entry(one: LedgerEntry) -> LedgerShape:
    """One row of a customer's ledger."""
    return {
        "at": iso(one.at),
        "notice_id": one.notice_id,
        "version": one.version,
        "channel": one.channel,
        "outcome": one.outcome.value,
        "reason": one.reason,
        "language": one.language,
        "sha256": one.sha256,
        "attempts": one.attempts,
    }


class ContactShape(TypedDict):
    """Where a customer can be reached."""

    channel: str
    address: str
    wanted: bool
    blocked: str | None


class CustomerShape(TypedDict):
    """A customer; `contacts` is null for whoever may not see contact data."""

    id: str
    external_id: str
    language: str
    time_zone: str | None
    region: str | None
    quiet_hours: str | None
    tags: list[str]
    contacts: list[ContactShape] | None
    created_at: str
    updated_at: str


def customer(one: Customer, contacts: tuple[Contact, ...] | None) -> CustomerShape:
    """A customer whole. Our own number stands as text: JavaScript cannot hold 62 bits."""
    return {
        "id": str(one.id),
        "external_id": one.external_id,
        "language": one.language,
        "time_zone": one.time_zone,
        "region": one.region,
        "quiet_hours": one.quiet_hours,
        "tags": list(one.tags),
        "contacts": None if contacts is None else [contact(each) for each in contacts],
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
    }


def contact(one: Contact) -> ContactShape:
    """One way to reach a customer."""
    return {"channel": one.channel, "address": one.address, "wanted": one.wanted, "blocked": one.blocked}


class TicketShape(TypedDict):
    """A ticket and the incidents it is tied to."""

    id: str
    external_id: str
    system: str
    requester: str | None
    known_customer: bool
    channel: str
    kind: str
    topic: str
    subject: str
    text: str
    created_at: str
    resolved_at: str | None
    first_response_at: str | None
    incident_ids: list[str]


def ticket(one: Ticket) -> TicketShape:
    """A ticket whole."""
    return {
        "id": one.id,
        "external_id": one.external_id,
        "system": one.system,
        "requester": one.requester_ref,
        "known_customer": one.customer_id is not None,
        "channel": one.channel.value,
        "kind": one.kind.value,
        "topic": one.topic,
        "subject": one.subject,
        "text": one.text,
        "created_at": iso(one.created_at),
        "resolved_at": iso_or_none(one.resolved_at),
        "first_response_at": iso_or_none(one.first_response_at),
        "incident_ids": list(one.incident_ids),
    }


class AuditShape(TypedDict):
    """One deed or look."""

    id: str
    at: str
    actor: str
    deed: str
    subject: str
    detail: dict[str, Any]


def audit_entry(one: AuditEntry) -> AuditShape:
    """One entry of the audit."""
    return {
        "id": one.id,
        "at": iso(one.at),
        "actor": one.actor,
        "deed": one.deed,
        "subject": one.subject,
        "detail": one.detail,
    }

"""What programs send: every body of the management API."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, ValidationInfo, field_validator, model_validator

from records.audience import is_tag
from records.components import Cause, Status
from records.customers import CustomerEntry
from records.desk.customers import check_customer
from records.errors import Invalid
from records.incidents import Impact, Stage
from records.tickets import TicketChannel, TicketKind
from server.api.values import (
    Body,
    Channels,
    ComponentId,
    FutureMoment,
    Line,
    Moment,
    PastMoment,
    Phrase,
    Rule,
    Said,
    Text,
    Title,
)
from server.config.values import wrong


class Nothing(Body):
    """No body."""


class Affected(Body):
    """A component and the state it is in."""

    id: ComponentId
    """Configuration id or public id."""
    status: Status
    """The state customers find it in."""


def _each_once(entries: list[Affected]) -> list[Affected]:
    if len({each.id for each in entries}) != len(entries):
        raise wrong("names a component twice", "name each once")
    return entries


AffectedList = Annotated[list[Affected], Field(max_length=500), AfterValidator(_each_once)]


class OpenIncident(Body):
    """Something is wrong."""

    name: Title
    """What is wrong, as customers would say it."""
    body: Said
    """The first thing to say about it."""
    impact: Impact | None = None
    """How bad it is. Default: what the components' states amount to."""
    status: Stage = Stage.INVESTIGATING
    """How far we are with it."""
    components: AffectedList = Field(default=[])
    """What is affected, and how."""
    audience: Rule | None = None
    """Whom to tell. Default: affected, the union of the components' own rules."""
    channels: Channels | None = None
    """How to tell them. Default: all there are. An empty list tells nobody but the page."""
    publish: StrictBool = True
    """Whether the public sees it at once; otherwise it is a draft."""
    next_update_at: FutureMoment | None = None
    """When we promise to speak next. Default: by impact and status."""
    cause: Cause = Cause.OPERATIONAL
    """Whose trouble it is."""
    started_at: PastMoment | None = None
    """When it began, where that is known. Default: now."""
    still_works: Phrase = Field(default={})
    """What still works."""
    funds: Phrase = Field(default={})
    """What is so about customers' money."""
    what_to_do: Phrase = Field(default={})
    """What customers should do."""

    @field_validator("status")
    @classmethod
    def _not_its_review(cls, stage: Stage) -> Stage:
        if stage is Stage.POSTMORTEM:
            raise wrong("cannot be postmortem: a new incident cannot start with its review", "use resolved")
        return stage

    untranslated_reason: Line = ""
    """Why it goes out although a language of page.required_languages is missing; kept in the audit."""


class UpdateIncident(Body):
    """What changed about an incident; what is left out stays as it is."""

    status: Stage | None = None
    """How far we are. Default: as before."""
    body: Said
    """What to say."""
    impact: Impact | None = None
    """How bad it is now."""
    components: AffectedList | None = None
    """What is affected now, and how; replaces the whole list."""
    name: Title | None = None
    """A better name."""
    cause: Cause | None = None
    """Whose trouble it is."""
    still_works: Phrase | None = None
    """What still works."""
    funds: Phrase | None = None
    """What is so about customers' money."""
    what_to_do: Phrase | None = None
    """What customers should do."""
    next_update_at: FutureMoment | None = None
    """When we promise to speak next. Default: by impact and status."""
    channels: Channels | None = None
    """How to tell them from now on."""
    version: Annotated[int, Field(strict=True, ge=1, le=2**31)] | None = None
    """Version this edit was made from; the answer is 409 when somebody changed it since."""
    override_reason: Line = ""
    """Why it is resolved although monitors still see trouble; kept in the audit."""
    untranslated_reason: Line = ""
    """Why it goes out although a language of page.required_languages is missing; kept in the audit."""


class CorrectUpdate(Body):
    """What we said was wrong; this is right."""

    body: Said
    """The right words, whole."""
    tell: StrictBool = True
    """Whether those who were told hear it. False: it stands on the page only."""
    version: Annotated[int, Field(strict=True, ge=1, le=2**31)] | None = None
    """Version this edit was made from; the answer is 409 when somebody changed it since."""
    untranslated_reason: Line = ""
    """Why it goes out although a language of page.required_languages is missing; kept in the audit."""


class CorrectTimes(Body):
    """It really began or ended at another time. At least one of the two must be given."""

    started_at: PastMoment | None = None
    """When it began."""
    resolved_at: PastMoment | None = None
    """When it was over."""
    reason: Annotated[Line, Field(min_length=1)]
    """Why; kept in the audit, not public."""

    @model_validator(mode="after")
    def _says_when(self) -> "CorrectTimes":
        if self.started_at is None and self.resolved_at is None:
            raise wrong("names no time", "give started_at, resolved_at or both")
        return self


class MergeIncident(Body):
    """It is the same trouble as another."""

    into: Annotated[str, Field(min_length=1, max_length=64)]
    """The incident under which it goes on, by id or INC-42."""
    version: Annotated[int, Field(strict=True, ge=1, le=2**31)] | None = None
    """Version this edit was made from; the answer is 409 when somebody changed it since."""


class SplitIncident(Body):
    """Part of it is a trouble of its own."""

    name: Title
    """The new one's name."""
    body: Said
    """What to say about it."""
    components: AffectedList
    """Which of the components move to the new one, and their states."""
    channels: Channels | None = None
    """How to tell them. Default: by the policies. An empty list tells nobody but the page."""


class ApproveNotice(Body):
    """A yes to a notice that waits for one."""

    break_glass: Line = ""
    """Why its author says the second yes alone, in an emergency; kept in the audit."""


class PublishIncident(Body):
    """A yes to a draft."""

    untranslated_reason: Line = ""
    """Why it goes out although a language of page.required_languages is missing; kept in the audit."""


class DiscardIncident(Body):
    """A draft that is not an incident."""

    reason: Line = ""
    """Why; kept in the audit."""


def _tag(text: str) -> str:
    if not is_tag(text):
        raise wrong("is not a tag", "write one like holds:BTC")
    return text


Tag = Annotated[str, AfterValidator(_tag)]


class PutCustomer(Body):
    """A customer as the wallet knows them; the record is made to match."""

    email: Annotated[str, Field(max_length=320)] | None = None
    """One address. Left out: the one we have stays."""
    language: Annotated[str, Field(max_length=35)] | None = None
    """Language such as fr or pt-BR. Default: the page's first."""
    time_zone: Annotated[str, Field(max_length=60)] | None = None
    """IANA time zone."""
    region: Annotated[str, Field(max_length=64)] | None = None
    """Region such as RO or US-NY."""
    tags: Annotated[list[Tag], Field(max_length=2_000)] = Field(default=[])
    """What audience rules read: holds:BTC, network:bitcoin, pending:bitcoin, product:card."""
    channels: dict[Literal["email", "inapp"], StrictBool] = Field(default={})
    """Channels the customer switched off or on: {email: false}."""
    quiet_hours: Annotated[str, Field(max_length=11)] | None = None
    """Their own quiet hours: 22:00-07:00, none, or usual for the house's again. Left out: as they were."""

    @field_validator("email", "language", "time_zone", "region", "quiet_hours")
    @classmethod
    def _as_the_desk_wants_it(cls, value: str | None, info: ValidationInfo) -> str | None:
        _desk_accepts(CustomerEntry(external_id="any", **{str(info.field_name): value}))  # type: ignore[arg-type] # one of those above
        return value

    def entry(self, external_id: str) -> CustomerEntry:
        """As the desk takes it."""
        return CustomerEntry(
            external_id=external_id,
            email=self.email,
            language=self.language,
            time_zone=self.time_zone,
            region=self.region,
            tags=tuple(self.tags),
            channels={str(name): is_on for name, is_on in self.channels.items()},
            quiet_hours=self.quiet_hours,
        )


def _desk_accepts(entry: CustomerEntry) -> None:
    try:
        check_customer(entry)
    except Invalid as error:
        raise wrong(error.faults[0].message, error.faults[0].hint) from None


def _reference(text: str) -> str:
    _desk_accepts(CustomerEntry(external_id=text))
    return text


class ImportCustomer(PutCustomer):
    """One line of an import."""

    external_id: Annotated[str, AfterValidator(_reference)]
    """The wallet's own reference."""


class RecordTicket(Body):
    """A ticket as the helpdesk keeps it; sent again, the record is brought up to date."""

    external_id: Annotated[Line, Field(min_length=1)]
    """Number in the helpdesk."""
    system: Annotated[Line, Field(min_length=1)]
    """Helpdesk it lives in: freshdesk."""
    requester: Annotated[str, Field(max_length=320)]
    """Who wrote: customer's reference or e-mail address; an unknown address is not kept."""
    channel: TicketChannel = TicketChannel.OTHER
    """How it came."""
    kind: TicketKind = TicketKind.REQUEST
    """What it counts as."""
    topic: Line = ""
    """What it is about, in the helpdesk's own words."""
    subject: Annotated[Line, Field(min_length=1)]
    """Its title."""
    text: Annotated[Text, Field(max_length=100_000)] = ""
    """The customer's words."""
    created_at: Moment
    """When it came."""
    resolved_at: Moment | None = None
    """When it was closed."""
    first_response_at: Moment | None = None
    """When a person first handled it; left out, what is known stays."""


class LinkTickets(Body):
    """Which tickets to tie to an incident: by id, or by what they have in common. At least one must be given."""

    ticket_ids: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=10_000)] = Field(default=[])
    """Our ids, or the helpdesk's numbers."""
    words: Annotated[Line, Field(min_length=1)] | None = None
    """Words that stand in subject or text."""
    topic: Line | None = None
    """The helpdesk's topic."""
    since: Moment | None = None
    """Came at or after."""
    until: Moment | None = None
    """Came at or before."""
    only_unlinked: StrictBool = True
    """Leave out tickets that are tied to an incident already; tickets named by id are taken all the same."""

    @model_validator(mode="after")
    def _says_which(self) -> "LinkTickets":
        if not self.ticket_ids and self.words is None and self.topic is None and self.since is None:
            raise wrong("says of no ticket that it is meant", "give ticket_ids, words, topic or since")
        return self


class LinkTicketsTo(LinkTickets):
    """The same, with the incident."""

    incident_id: Annotated[str, Field(max_length=40)]
    """Id of the incident, or INC-42."""


class PreviewAudience(Body):
    """Whom would it reach?"""

    audience: Rule = "affected"
    """The rule; `affected` is the union of the components' own rules."""
    components: Annotated[list[ComponentId], Field(max_length=500)] = Field(default=[])
    """What `affected` refers to."""
    channels: Channels | None = None
    """Channels to count. Default: all there are."""

"""What programs send about planned events."""

from typing import Annotated

from pydantic import Field, StrictBool, model_validator

from records.maintenance import Kind
from server.api.values import (
    Body,
    Channels,
    ComponentId,
    FutureMoment,
    Line,
    Moment,
    Phrase,
    Rule,
    Said,
    Span,
    Title,
    Zone,
)
from server.config.values import wrong


class OfChain(Body):
    """A block of a chain."""

    chain: Annotated[str, Field(min_length=1, max_length=64)]
    """Chain as the configuration names it."""
    height: Annotated[int, Field(strict=True, ge=1, lt=10**15)]
    """Its height."""


class AnnounceMaintenance(Body):
    """Something is planned."""

    name: Title
    """What will happen, as customers would say it."""
    body: Said
    """What stops and what keeps working."""
    kind: Kind = Kind.MAINTENANCE
    """A promotion degrades nothing; it warns of slower support."""
    scheduled_for: Moment
    """When it starts."""
    scheduled_until: Moment
    """When it ends."""
    time_zone: Zone = "UTC"
    """IANA zone in which it was planned, shown beside UTC."""
    components: Annotated[list[ComponentId], Field(max_length=500)] = Field(default=[])
    """What is affected, by configuration id or public id."""
    audience: Rule | None = None
    """Whom to tell. Default: affected."""
    channels: Channels | None = None
    """How to tell them. Default: all there are. An empty list tells nobody but the page."""
    reminders: Annotated[list[Span], Field(max_length=10)] = Field(default=["PT24H", "PT1H"], validate_default=True)
    """How long before the start a reminder goes out."""
    auto_start: StrictBool = True
    """Whether it starts by itself."""
    auto_complete: StrictBool = True
    """Whether it ends by itself."""
    still_works: Phrase = Field(default={})
    """What still works."""
    what_to_do: Phrase = Field(default={})
    """What customers should do."""
    emergency_reason: Line = ""
    """Why the notice is shorter than the rule; kept."""
    recurrence: Annotated[str, Field(max_length=200)] = ""
    """When it comes again: an RRULE such as FREQ=WEEKLY;BYDAY=TU, by the clock of time_zone. Each window is announced
    by itself, a day earlier than the rule of its kind asks."""
    at_block: OfChain | None = None
    """Block at which an upgrade happens. It opens there, and the times above are a first guess: when the chain's pace
    says otherwise by more than a quarter of an hour, the window moves and everybody is told."""

    untranslated_reason: Line = ""
    """Why it goes out although a language of page.required_languages is missing; kept in the audit."""

    @model_validator(mode="after")
    def _window_is_ahead(self) -> "AnnounceMaintenance":
        if self.scheduled_until <= self.scheduled_for:
            raise wrong("the window ends before it starts", "give a later scheduled_until")
        return self


class ExtendMaintenance(Body):
    """It takes longer."""

    scheduled_until: FutureMoment
    """The new end."""
    body: Phrase = Field(default={})
    """What to say about it."""


class RescheduleMaintenance(Body):
    """It takes place at another time."""

    scheduled_for: FutureMoment
    """The new start."""
    scheduled_until: FutureMoment
    """The new end."""
    body: Phrase = Field(default={})
    """What to say about it."""


class Step(Body):
    """Words that go with a step; may be left out."""

    body: Phrase = Field(default={})
    """What to say about it."""

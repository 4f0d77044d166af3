"""Unplanned trouble: stages, the table of allowed moves, updates and the next promise."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from records.components import Cause, Status, Words


class Stage(StrEnum):
    """How far we are with it."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"


class Impact(StrEnum):
    """How bad it is for customers. `none` is cosmetic: trading bots read anything else as a halt."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


#: Which stage may follow which. Staying in a stage is an update without a move.
MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.INVESTIGATING: frozenset({Stage.INVESTIGATING, Stage.IDENTIFIED, Stage.MONITORING, Stage.RESOLVED}),
    Stage.IDENTIFIED: frozenset({Stage.INVESTIGATING, Stage.IDENTIFIED, Stage.MONITORING, Stage.RESOLVED}),
    Stage.MONITORING: frozenset({Stage.INVESTIGATING, Stage.IDENTIFIED, Stage.MONITORING, Stage.RESOLVED}),
    # Back to investigating is a reopening: it happens, and hiding it would be worse.
    Stage.RESOLVED: frozenset({Stage.INVESTIGATING, Stage.POSTMORTEM}),
    Stage.POSTMORTEM: frozenset({Stage.POSTMORTEM, Stage.INVESTIGATING}),
}

#: Stages in which the public page shows the incident as happening now.
OPEN = frozenset({Stage.INVESTIGATING, Stage.IDENTIFIED, Stage.MONITORING})

_CADENCE_MINUTES = {
    Impact.CRITICAL: {Stage.INVESTIGATING: 10, Stage.IDENTIFIED: 10, Stage.MONITORING: 30},
}
_CADENCE_MINUTES_ELSE = {Stage.INVESTIGATING: 15, Stage.IDENTIFIED: 30, Stage.MONITORING: 60}


def cadence(impact: Impact, stage: Stage) -> timedelta | None:
    """How soon customers should hear from us again (job O5); None once it is over."""
    minutes = _CADENCE_MINUTES.get(impact, _CADENCE_MINUTES_ELSE).get(stage)
    return None if minutes is None else timedelta(minutes=minutes)


def promised(impact: Impact, stage: Stage, now: datetime) -> datetime | None:
    """When customers should hear from us again, said now; None once it is over."""
    interval = cadence(impact, stage)
    return None if interval is None else now + interval


_IMPACT_OF = {
    Status.MAJOR_OUTAGE: Impact.CRITICAL,
    Status.PARTIAL_OUTAGE: Impact.MAJOR,
    Status.DEGRADED: Impact.MINOR,
}


def impact_of(statuses: list[Status]) -> Impact:
    """The impact that the states of the affected components amount to."""
    ranks = [_IMPACT_OF.get(status, Impact.NONE) for status in statuses]
    return max(ranks, key=list(Impact).index, default=Impact.NONE)


@dataclass(frozen=True, kw_only=True)
class IncidentUpdate:
    """One thing we said about an incident."""

    id: str
    incident_id: str
    stage: Stage
    body: Words
    created_at: datetime
    #: When it happened, where somebody enters it later.
    display_at: datetime
    created_by: str
    #: When we promised to speak next; None when nothing was promised.
    next_update_at: datetime | None
    #: Affected components and their state as of this update.
    statuses: dict[str, Status]
    #: Id of the update whose words were wrong, when this one puts them right; both stay.
    corrects: str | None = None


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One thing that is, or was, wrong."""

    id: str
    #: Counting number that people say aloud: INC-42.
    number: int
    name: Words
    impact: Impact
    stage: Stage
    cause: Cause
    #: None while it is a draft that only operators see.
    published_at: datetime | None
    #: Set when an operator said "not an incident".
    discarded_at: datetime | None
    started_at: datetime
    detected_at: datetime | None
    declared_at: datetime | None
    first_public_at: datetime | None
    first_customer_notice_at: datetime | None
    monitoring_at: datetime | None
    resolved_at: datetime | None
    resolution_notice_at: datetime | None
    next_update_at: datetime | None
    #: Rule of whom it affects, as it was when declared.
    audience: str
    #: Channels that carry its notices; empty: the page only.
    channels: tuple[str, ...]
    #: Who or what opened it: a user's name, or `monitor:<id>`.
    opened_by: str
    #: What keeps one fault from opening two incidents, e.g. `chain:ethereum`; None when a person opened it.
    monitor: str | None
    #: The approved phrases shown beside the text; each may be empty.
    still_works: Words
    funds: Words
    what_to_do: Words
    statuses: dict[str, Status]
    updates: tuple[IncidentUpdate, ...]
    created_at: datetime
    updated_at: datetime
    #: Counts edits, so that two people never overwrite each other.
    version: int
    #: Id of the incident under which it goes on; then it says nothing more itself.
    merged_into: str | None = None

    @property
    def ref(self) -> str:
        """What people call it: `INC-42`."""
        return f"INC-{self.number}"

    @property
    def corrected(self) -> frozenset[str]:
        """Ids of the updates whose words were put right later."""
        return frozenset(update.corrects for update in self.updates if update.corrects is not None)

    @property
    def is_draft(self) -> bool:
        """Whether only operators see it."""
        return self.published_at is None and self.discarded_at is None

    @property
    def is_open(self) -> bool:
        """Whether the page shows it as happening now."""
        return self.published_at is not None and self.stage in OPEN

    def is_overdue(self, now: datetime) -> bool:
        """Whether we broke the promise to speak (job C5)."""
        return self.is_open and self.next_update_at is not None and self.next_update_at < now

"""An incident as somebody types it: read from a form, shown again with its faults, handed to the desk."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from records.components import Cause, Status, Words
from records.desk.incidents import IncidentEntry, UpdateEntry
from records.errors import Fault, Invalid
from records.incidents import Impact, Incident, Stage
from server.console.forms import Form, choice
from server.console.timewords import parse_moment, parse_past

_Parse = Callable[[str, datetime, str], datetime]


@dataclass(frozen=True, kw_only=True)
class IncidentForm:
    """The fields as typed; times stay text until the desk is asked."""

    name: Words = field(default_factory=dict)
    body: Words = field(default_factory=dict)
    still_works: Words = field(default_factory=dict)
    funds: Words = field(default_factory=dict)
    what_to_do: Words = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    stage: Stage = Stage.INVESTIGATING
    #: None: what the states amount to.
    impact: Impact | None = None
    cause: Cause = Cause.OPERATIONAL
    audience: str = "affected"
    #: None: as they are.
    channels: tuple[str, ...] | None = None
    #: As typed: `in 30 min`; empty for the usual cadence.
    next_update: str = ""
    #: As typed: `13:05`; empty for now.
    started: str = ""
    #: Version of the incident this edit was made from.
    version: int | None = None
    override_reason: str = ""
    untranslated_reason: str = ""

    def entry(self, now: datetime, zone: str, *, publish: bool) -> IncidentEntry:
        """For a new incident, or a draft. Raises Invalid at the field."""
        return IncidentEntry(
            name=self.name,
            body=self.body,
            statuses=self.statuses,
            impact=self.impact,
            stage=self.stage,
            cause=self.cause,
            audience=self.audience or None,
            channels=self.channels,
            publish=publish,
            next_update_at=_time(parse_moment, self.next_update, "next_update", now, zone),
            started_at=_time(parse_past, self.started, "started", now, zone),
            still_works=self.still_works,
            funds=self.funds,
            what_to_do=self.what_to_do,
            untranslated_reason=self.untranslated_reason,
        )

    def update(self, now: datetime, zone: str) -> UpdateEntry:
        """For an incident that the public sees. Raises Invalid at the field."""
        is_over = self.stage in (Stage.RESOLVED, Stage.POSTMORTEM)
        promise = None if is_over else _time(parse_moment, self.next_update, "next_update", now, zone)
        if promise is not None and promise <= now:
            raise Invalid(
                Fault(path="next_update", message="that is over already", hint="write for example: in 30 min")
            )
        return UpdateEntry(
            stage=self.stage,
            body=self.body,
            statuses=None if is_over else self.statuses,
            impact=self.impact,
            name=self.name or None,
            cause=self.cause,
            still_works=self.still_works,
            funds=self.funds,
            what_to_do=self.what_to_do,
            next_update_at=promise,
            version=self.version,
            override_reason=self.override_reason,
            untranslated_reason=self.untranslated_reason,
        )


def read(form: Form) -> IncidentForm:
    """What came from the page. Raises Invalid for a choice that was not on offer."""
    return IncidentForm(
        name=form.words("name"),
        body=form.words("body"),
        still_works=form.words("still_works"),
        funds=form.words("funds"),
        what_to_do=form.words("what_to_do"),
        statuses=form.statuses(),
        stage=choice(Stage, form.text("stage") or Stage.INVESTIGATING, "stage"),
        impact=choice(Impact, form.text("impact"), "impact") if form.text("impact") else None,
        cause=choice(Cause, form.text("cause") or Cause.OPERATIONAL, "cause"),
        audience=form.text("audience"),
        channels=form.many("channels"),
        next_update=form.text("next_update"),
        started=form.text("started"),
        version=form.number("version"),
        override_reason=form.text("override_reason"),
        untranslated_reason=form.text("untranslated_reason"),
    )


def of_draft(incident: Incident) -> IncidentForm:
    """The form of a draft, with what monitors or a colleague have written."""
    return IncidentForm(
        name=incident.name,
        body=incident.updates[-1].body if incident.updates else {},
        still_works=incident.still_works,
        funds=incident.funds,
        what_to_do=incident.what_to_do,
        statuses=incident.statuses,
        stage=incident.stage,
        cause=incident.cause,
        audience=incident.audience,
        channels=incident.channels,
        version=incident.version,
    )


def of_open(incident: Incident) -> IncidentForm:
    """The form of the next update: the text is new, the rest stands as it is."""
    return IncidentForm(
        name=incident.name,
        still_works=incident.still_works,
        funds=incident.funds,
        what_to_do=incident.what_to_do,
        statuses=incident.statuses,
        stage=Stage.INVESTIGATING if incident.stage is Stage.RESOLVED else incident.stage,
        cause=incident.cause,
        version=incident.version,
    )


def _time(parse: _Parse, text: str, name: str, now: datetime, zone: str) -> datetime | None:
    if not text:
        return None
    try:
        return parse(text, now, zone)
    except Invalid as refused:
        fault = refused.faults[0]
        raise Invalid(Fault(path=name, message=fault.message, hint=fault.hint)) from None

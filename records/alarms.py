"""What calls for a person, whether anybody looks at the board or not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AlarmKind(StrEnum):
    """What it is about."""

    #: There is something to send on a channel, and nothing was sent or tried for too long.
    QUEUE_STUCK = "queue_stuck"
    #: A channel is left alone: its far side is away, refuses us, or wants another password.
    CHANNEL_DOWN = "channel_down"
    #: A notice waits for somebody's yes.
    NOTICE_WAITS = "notice_waits"
    #: The next update that was promised is due soon.
    PROMISE_DUE = "promise_due"
    #: It is overdue.
    PROMISE_BROKEN = "promise_broken"
    #: Much breaks at once.
    MASS_FAILURE = "mass_failure"
    #: A part of the system has not been heard of.
    PART_SILENT = "part_silent"
    #: The wallet's own system takes no events.
    CRM_BEHIND = "crm_behind"
    #: Somebody tries out whether alarms arrive.
    TEST = "test"


@dataclass(frozen=True, kw_only=True)
class Concern:
    """Something that is as it should not be at this moment."""

    kind: AlarmKind
    #: What of its kind: a channel, an incident, a part.
    subject: str
    #: One sentence, for people.
    said: str
    #: What to do about it.
    hint: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A concern that was raised; it stands until it is over."""

    id: str
    concern: Concern
    raised_at: datetime
    ended_at: datetime | None = None


class Phase(StrEnum):
    """Each receiver hears of an alarm twice."""

    RAISED = "raised"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One alarm on its way to one receiver."""

    alarm: Alarm
    phase: Phase
    #: `mail:ops@acme.example`, `room:ops`, `webhook:pager`.
    receiver: str
    attempts: int

    @property
    def key(self) -> str:
        """The same in every repeat."""
        return f"alarm.{self.alarm.id}.{self.phase}"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long something may be so before it is an alarm."""

    queue: timedelta = timedelta(minutes=5)
    waiting: timedelta = timedelta(minutes=15)
    crm: timedelta = timedelta(minutes=15)
    #: A relay that restarts is no alarm.
    channel: timedelta = timedelta(minutes=1)
    part: timedelta = timedelta(minutes=1)

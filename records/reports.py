"""What other systems report to us by themselves: the state of a job, the alerts of an Alertmanager."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ReportedState(StrEnum):
    """How whoever reports calls itself."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The last thing that a job pushed."""

    at: datetime
    state: ReportedState
    #: In the job's own words, for operators; may be empty.
    message: str = ""
    #: A number it measured; None when it gave none.
    value: float | None = None


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert that fires."""

    #: What the Alertmanager knows it by, whatever the text says.
    fingerprint: str
    labels: Mapping[str, str] = field(default_factory=dict)
    since: datetime
    #: When it was last said that it fires.
    told_at: datetime


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """All that an Alertmanager said to one token."""

    #: When it last said anything.
    told_at: datetime
    firing: tuple[Alert, ...] = ()

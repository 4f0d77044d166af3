"""What reports to us by itself: jobs, and an Alertmanager."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from server.config.sections.watched import MonitorSettings, NumberExpect
from server.config.values import Duration, Line, Secret, between

Token = Annotated[Secret, Field(min_length=16)]


class HeartbeatMonitor(MonitorSettings):
    """Waits for a job to report by itself."""

    kind: Literal["heartbeat"]
    """heartbeat: wait for a job's POST to /hooks/heartbeat/<token>."""
    token: Token
    """Secret end of that address; at least 16 characters."""
    every: Annotated[Duration, between("1s", "31d")]
    """How often the job reports when it is well."""
    grace: Annotated[Duration, between("0s", "7d")] = timedelta(minutes=5)
    """How late a report may be."""


class PushMonitor(MonitorSettings):
    """Waits for a job to report its state by itself."""

    kind: Literal["push"]
    """push: wait for a job's state, by POST to /hooks/push/<token>."""
    token: Token
    """Secret end of that address; at least 16 characters."""
    every: Annotated[Duration, between("1s", "31d")]
    """How often the job reports, well or not."""
    grace: Annotated[Duration, between("0s", "7d")] = timedelta(minutes=5)
    """How late a report may be."""
    expect: NumberExpect = NumberExpect()
    """What the number it reports should be."""


class AlertmanagerMonitor(MonitorSettings):
    """Listens to an Alertmanager."""

    kind: Literal["alertmanager"]
    """alertmanager: listen to an Alertmanager's POST to /hooks/alertmanager/<token>."""
    token: Token
    """Secret end of that address; at least 16 characters. Several monitors may share one."""
    match: Annotated[dict[Line, str], Field(min_length=1)]
    """Labels that an alert about this must have: {service: payments}."""
    severities: dict[str, Literal["told", "degraded", "down"]] = Field(
        default={"critical": "down", "page": "down", "warning": "degraded", "info": "told", "none": "told"}
    )
    """How grave an alert is, by its label severity; any other value is degraded."""
    grace: Annotated[Duration, between("1m", "31d")] | None = None
    """Silence of the Alertmanager that counts as trouble; for those with an alert that always fires."""
    forget: Annotated[Duration, between("5m", "31d")] = timedelta(days=1)
    """A firing alert not repeated for so long is over; longer than its repeat_interval."""

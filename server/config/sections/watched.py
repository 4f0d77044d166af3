"""What the kinds of monitor share: how they are named, how often they look, and when a number is too much."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from server.config.sections.chains import Hysteresis
from server.config.values import NO_SWITCH, Duration, Identifier, Section, between, wrong

Number = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False), NO_SWITCH]
Days = Annotated[int, Field(ge=0, le=3_650), NO_SWITCH]


def _host_and_port(text: str) -> str:
    match = re.fullmatch(r"(?:tcp://)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", text)
    if not match or not 1 <= int(match.group(2)) <= 65535:
        raise wrong("is not host:port", "e.g. db.internal:5432, or [::1]:5432")
    return text


HostAndPort = Annotated[str, AfterValidator(_host_and_port)]


def _host(text: str) -> str:
    if not re.fullmatch(r"(?=.{1,253}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?", text):
        raise wrong("is not a host name", "write the bare name: www.acme.example")
    return text.rstrip(".").lower()


Host = Annotated[str, AfterValidator(_host)]


class MonitorSettings(Section):
    """What every monitor has."""

    id: Identifier
    """Its name here and in commands: website."""
    component: Identifier | None = None
    """Component whose state it sets; without one only operators see it."""
    backlog: bool = False
    """Whether it counts what waits for the component (uncredited deposits, a queue) instead of setting its state:
    an incident of the component is over only once this is well."""
    hysteresis: Hysteresis = Hysteresis()
    """How sure to be before the state changes."""

    @model_validator(mode="after")
    def _backlog_is_of_something(self) -> "MonitorSettings":
        if self.backlog and self.component is None:
            raise wrong("counts what waits, but not for what", "give component, or drop backlog")
        return self


class AskingMonitor(MonitorSettings):
    """What every monitor has that goes and looks."""

    every: Annotated[Duration, between("1s", "1d")] = timedelta(seconds=30)
    """How often."""
    timeout: Annotated[Duration, between("100ms", "60s")] = timedelta(seconds=5)
    """Longest wait for a whole answer."""


class TcpExpect(Section):
    """What a good answer looks like."""

    slow_after: Annotated[Duration, between("1ms", "60s")] | None = None
    """Answer time above which the service counts as slow."""


class NumberLimit(Section):
    """A number outside this is too much."""

    below: Number | None = None
    """Lower than this is too low."""
    above: Number | None = None
    """Higher than this is too high."""


class NumberExpect(TcpExpect):
    """What the measured number should be."""

    told: NumberLimit = NumberLimit()
    """Beyond this the operator is told."""
    degraded: NumberLimit = NumberLimit()
    """Beyond this the component counts as degraded."""
    down: NumberLimit = NumberLimit()
    """Beyond this it counts as down."""


class CertificateExpect(TcpExpect):
    """How long a certificate should still be good."""

    certificate_warn_days: Days = 14
    """Fewer days left of the certificate: the operator is told."""
    certificate_critical_days: Days = 2
    """Fewer days left of the certificate: it counts as degraded."""

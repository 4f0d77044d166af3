"""Services that are watched besides chains. One more kind is one class here and one word in `Monitor`."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from server.config.sections.chains import Auth, Hysteresis
from server.config.values import (
    NO_SWITCH,
    Duration,
    Identifier,
    Line,
    Secret,
    SecretWebAddress,
    Section,
    between,
    wrong,
)

Code = Annotated[int, Field(ge=100, le=599), NO_SWITCH]


def _codes(value: object) -> object:
    return [value] if isinstance(value, int) and not isinstance(value, bool) else value


def _host_and_port(text: str) -> str:
    match = re.fullmatch(r"(?:tcp://)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", text)
    if not match or not 1 <= int(match.group(2)) <= 65535:
        raise wrong("is not host:port", "e.g. db.internal:5432, or [::1]:5432")
    return text


class MonitorSettings(Section):
    """What every monitor has."""

    id: Identifier
    """Its name here and in commands: website."""
    component: Identifier | None = None
    """Component whose state it sets; without one only operators see it."""
    hysteresis: Hysteresis = Hysteresis()
    """How sure to be before the state changes."""


class HttpExpect(Section):
    """What a good answer looks like."""

    status: Annotated[tuple[Code, ...], BeforeValidator(_codes, json_schema_input_type=Code | tuple[Code, ...])] = ()
    """Status code or codes that count as good. Default: any from 200 to 299."""
    contains: Line | None = None
    """Words that the body must contain."""
    json_values: Annotated[dict[Line, str | int | float | bool | None], Field(alias="json")] = Field(default={})
    """Values that a JSON body must hold, by dotted path: {data.0.state: up}."""
    slow_after: Annotated[Duration, between("1ms", "60s")] | None = None
    """Answer time above which the service counts as slow."""


class HttpMonitor(MonitorSettings):
    """Asks a web address."""

    kind: Literal["http"]
    """http: ask a web address."""
    target: SecretWebAddress
    """Address to ask; may carry a key, so it is kept secret."""
    every: Annotated[Duration, between("1s", "1d")] = timedelta(seconds=30)
    """How often."""
    timeout: Annotated[Duration, between("100ms", "60s")] = timedelta(seconds=5)
    """Longest wait for a whole answer."""
    auth: Auth = Auth()
    """How we prove ourselves to it."""
    expect: HttpExpect = HttpExpect()
    """What a good answer looks like."""


class TcpExpect(Section):
    """What a good connection looks like."""

    slow_after: Annotated[Duration, between("1ms", "60s")] | None = None
    """Time to connect above which the service counts as slow."""


class TcpMonitor(MonitorSettings):
    """Opens a connection."""

    kind: Literal["tcp"]
    """tcp: open a connection, and close it."""
    target: Annotated[str, AfterValidator(_host_and_port)]
    """Where: host:port."""
    every: Annotated[Duration, between("1s", "1d")] = timedelta(seconds=30)
    """How often."""
    timeout: Annotated[Duration, between("100ms", "60s")] = timedelta(seconds=5)
    """Longest wait for the connection."""
    expect: TcpExpect = TcpExpect()
    """What a good connection looks like."""


class HeartbeatMonitor(MonitorSettings):
    """Waits for a job to report by itself."""

    kind: Literal["heartbeat"]
    """heartbeat: wait for a job's POST to /hooks/heartbeat/<token>."""
    token: Annotated[Secret, Field(min_length=16)]
    """Secret end of that address; at least 16 characters."""
    every: Annotated[Duration, between("1s", "31d")]
    """How often the job reports when it is well."""
    grace: Annotated[Duration, between("0s", "7d")] = timedelta(minutes=5)
    """How late a report may be."""


Monitor = Annotated[HttpMonitor | TcpMonitor | HeartbeatMonitor, Field(discriminator="kind")]

#: Model per kind of monitor; compared with the registry of checks by a test.
KINDS: dict[str, type[MonitorSettings]] = {
    "http": HttpMonitor,
    "tcp": TcpMonitor,
    "heartbeat": HeartbeatMonitor,
}

"""Services that are watched besides chains. One more kind is one class and one word in `Monitor`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from server.config.sections.chains import Auth
from server.config.sections.feeds import FeedMonitor, StatuspageMonitor
from server.config.sections.reporting import AlertmanagerMonitor, HeartbeatMonitor, PushMonitor
from server.config.sections.services import (
    DnsMonitor,
    PostgresMonitor,
    PrometheusMonitor,
    RedisMonitor,
    SmtpMonitor,
    TlsMonitor,
    WebsocketMonitor,
)
from server.config.sections.watched import AskingMonitor, CertificateExpect, HostAndPort, TcpExpect
from server.config.values import NO_SWITCH, Line, SecretWebAddress, Section

Code = Annotated[int, Field(ge=100, le=599), NO_SWITCH]


def _codes(value: object) -> object:
    return [value] if isinstance(value, int) and not isinstance(value, bool) else value


class HttpExpect(CertificateExpect):
    """What a good answer looks like."""

    status: Annotated[tuple[Code, ...], BeforeValidator(_codes, json_schema_input_type=Code | tuple[Code, ...])] = ()
    """Status code or codes that count as good. Default: any from 200 to 299."""
    contains: Line | None = None
    """Words that the body must contain."""
    json_values: Annotated[dict[Line, str | int | float | bool | None], Field(alias="json")] = Field(default={})
    """Values that a JSON body must hold, by dotted path: {data.0.state: up}."""


class HttpMonitor(AskingMonitor):
    """Asks a web address."""

    kind: Literal["http"]
    """http: ask a web address."""
    target: SecretWebAddress
    """Address to ask; may carry a key, so it is kept secret."""
    auth: Auth = Auth()
    """How we prove ourselves to it."""
    expect: HttpExpect = HttpExpect()
    """What a good answer looks like."""


class TcpMonitor(AskingMonitor):
    """Opens a connection."""

    kind: Literal["tcp"]
    """tcp: open a connection, and close it."""
    target: HostAndPort
    """Where: host:port."""
    expect: TcpExpect = TcpExpect()
    """What a good connection looks like."""


#: Model per kind of monitor; compared with the registry of checks by a test.
KINDS: dict[str, type[Section]] = {
    "http": HttpMonitor,
    "tcp": TcpMonitor,
    "tls": TlsMonitor,
    "dns": DnsMonitor,
    "postgres": PostgresMonitor,
    "redis": RedisMonitor,
    "smtp": SmtpMonitor,
    "websocket": WebsocketMonitor,
    "prometheus": PrometheusMonitor,
    "heartbeat": HeartbeatMonitor,
    "push": PushMonitor,
    "alertmanager": AlertmanagerMonitor,
    "feed": FeedMonitor,
    "statuspage": StatuspageMonitor,
}

Monitor = Annotated[
    HttpMonitor
    | TcpMonitor
    | TlsMonitor
    | DnsMonitor
    | PostgresMonitor
    | RedisMonitor
    | SmtpMonitor
    | WebsocketMonitor
    | PrometheusMonitor
    | HeartbeatMonitor
    | PushMonitor
    | AlertmanagerMonitor
    | FeedMonitor
    | StatuspageMonitor,
    Field(discriminator="kind"),
]

"""Services behind the website that are asked: certificates, names, databases, mail, sockets, a Prometheus."""

import re
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from server.config.sections.chains import Auth
from server.config.sections.watched import (
    AskingMonitor,
    CertificateExpect,
    Host,
    HostAndPort,
    NumberExpect,
    TcpExpect,
)
from server.config.values import Duration, Line, Secret, SecretWebAddress, Section, between, one_or_many, wrong


class TlsMonitor(AskingMonitor):
    """Looks at a certificate."""

    kind: Literal["tls"]
    """tls: shake hands, and look at the certificate."""
    target: HostAndPort
    """Where: host:port."""
    every: Annotated[Duration, between("1s", "1d")] = timedelta(minutes=5)
    """How often."""
    server_name: Host | None = None
    """Name the certificate must hold. Default: the host of target."""
    ca_file: Line | None = None
    """File with the authorities we trust, in PEM. Default: those of this machine."""
    expect: CertificateExpect = CertificateExpect()
    """How long the certificate should still be good."""


def _answers(values: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses in the one form they are compared in, names in lower case."""
    return tuple(_answer(value) for value in values)


def _answer(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        return value.rstrip(".").lower()


class DnsExpect(TcpExpect):
    """What a good answer looks like."""

    answers: Annotated[tuple[Line, ...], BeforeValidator(one_or_many), AfterValidator(_answers)] = ()
    """The only right answers; others count as wrong. Default: any answer is right."""


class DnsMonitor(AskingMonitor):
    """Asks a name server."""

    kind: Literal["dns"]
    """dns: ask a name server where a name leads."""
    target: Host
    """Name to ask for: www.acme.example."""
    every: Annotated[Duration, between("1s", "1d")] = timedelta(minutes=1)
    """How often."""
    record: Literal["A", "AAAA", "CNAME"] = "A"
    """What to ask for: A, AAAA or CNAME."""
    resolver: HostAndPort | None = None
    """Name server to ask: host:port. Default: the one this machine uses."""
    expect: DnsExpect = DnsExpect()
    """What a good answer looks like."""


def _postgres_address(text: SecretStr) -> SecretStr:
    if not re.match(r"postgres(ql)?://[^\s\x00-\x1f]+$", text.get_secret_value()):
        raise wrong("is not the address of a PostgreSQL", "e.g. postgresql://user:password@host/database")
    return text


class PostgresMonitor(AskingMonitor):
    """Asks a PostgreSQL for a number."""

    kind: Literal["postgres"]
    """postgres: ask a PostgreSQL for one number."""
    target: Annotated[Secret, AfterValidator(_postgres_address)]
    """Its address, with user and password, so it is kept secret."""
    query: Line = "SELECT 1"
    """One statement that gives one number; nothing can be changed with it."""
    expect: NumberExpect = NumberExpect()
    """What the number should be."""


class RedisAuth(Section):
    """How we prove ourselves to a Redis."""

    username: Line | None = None
    """Name, where the Redis has users."""
    password: Secret
    """Password."""


class RedisMonitor(AskingMonitor):
    """Asks a Redis."""

    kind: Literal["redis"]
    """redis: PING a Redis, and measure what waits in it."""
    target: HostAndPort
    """Where: host:port."""
    login: RedisAuth | None = None
    """How we prove ourselves to it."""
    tls: bool = False
    """Whether to speak TLS."""
    ca_file: Line | None = None
    """File with the authorities we trust, in PEM. Default: those of this machine."""
    info: Annotated[Line, Field(pattern=r"^[a-z0-9_]{1,64}$")] | None = None
    """Number of INFO to measure: connected_clients."""
    list: Line | None = None
    """List whose length to measure, instead: a queue of work."""
    expect: NumberExpect = NumberExpect()
    """What the number should be."""

    @model_validator(mode="after")
    def _one_number(self) -> "RedisMonitor":
        if self.info is not None and self.list is not None:
            raise wrong("measures two numbers", "give info or list, and make a second monitor for the other")
        return self


class SmtpMonitor(AskingMonitor):
    """Greets a mail server."""

    kind: Literal["smtp"]
    """smtp: greet a mail server, without sending anything."""
    target: HostAndPort
    """Where: host:port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """starttls, tls from the first byte, or none."""
    server_name: Host | None = None
    """Name the certificate must hold. Default: the host of target."""
    ca_file: Line | None = None
    """File with the authorities we trust, in PEM. Default: those of this machine."""
    expect: CertificateExpect = CertificateExpect()
    """How long the certificate should still be good."""


def _websocket_address(text: SecretStr) -> SecretStr:
    if not re.match(r"wss?://[^\s\x00-\x1f/]+(/[^\s\x00-\x1f]*)?$", text.get_secret_value()):
        raise wrong("is not the address of a websocket", "write it whole: wss://host/path")
    return text


class WebsocketExpect(TcpExpect):
    """What must come over it."""

    contains: Line | None = None
    """Words that a message must contain."""
    json_values: Annotated[dict[Line, str | int | float | bool | None], Field(alias="json")] = Field(default={})
    """Values that a JSON message must hold, by dotted path: {data.0.state: up}."""


class WebsocketMonitor(AskingMonitor):
    """Opens a websocket."""

    kind: Literal["websocket"]
    """websocket: open one, and wait for a message if one is expected."""
    target: Annotated[Secret, AfterValidator(_websocket_address)]
    """Address to open; may carry a key, so it is kept secret."""
    auth: Auth = Auth()
    """How we prove ourselves to it."""
    send: Secret | None = None
    """What to say once it is open."""
    expect: WebsocketExpect = WebsocketExpect()
    """What must come over it."""


class PrometheusMonitor(AskingMonitor):
    """Asks a Prometheus for a number."""

    kind: Literal["prometheus"]
    """prometheus: ask a Prometheus for one number."""
    target: SecretWebAddress
    """Its address: http://prometheus.internal:9090."""
    auth: Auth = Auth()
    """How we prove ourselves to it."""
    query: Line
    """PromQL that gives one number: max(withdrawals_waiting)."""
    empty_is_good: bool = False
    """Whether no result is good news, as with `lag > 60`; else it is unknown."""
    expect: NumberExpect = NumberExpect()
    """What the number should be."""

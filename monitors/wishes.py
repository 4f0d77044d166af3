"""What each kind of service is asked, and what a good answer looks like, beyond what all kinds share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Level(StrEnum):
    """How grave what was measured or reported is."""

    #: Worth the operator's look; customers notice nothing.
    TOLD = "told"
    #: It works, but not fully.
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A number outside this is too much; None: no limit on that side."""

    below: float | None = None
    above: float | None = None

    def broken_by(self, value: float) -> str | None:
        """How `value` breaks it, in words; None when it does not."""
        if self.below is not None and value < self.below:
            return f"below {self.below:g}"
        if self.above is not None and value > self.above:
            return f"above {self.above:g}"
        return None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a measured number counts as how grave."""

    #: Fact of the observation that is compared.
    fact: str = "value"
    #: What to call it in the reasoning.
    name: str = "the measured value"
    told: Limit = field(default_factory=Limit)
    degraded: Limit = field(default_factory=Limit)
    down: Limit = field(default_factory=Limit)


@dataclass(frozen=True, kw_only=True)
class TlsWish:
    """A certificate: in whose name, vouched for by whom."""

    #: Name the certificate must hold; None: the host that is asked.
    server_name: str | None = None
    #: File with the authorities that count; None: those of the machine.
    ca_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class DnsWish:
    """A question to a name server."""

    #: `A`, `AAAA` or `CNAME`.
    record: str = "A"
    #: The only right answers; empty: any.
    answers: tuple[str, ...] = ()
    #: `host:port` of the name server; None: the machine's own.
    resolver: str | None = None


@dataclass(frozen=True, kw_only=True)
class PostgresWish:
    """One number from a database."""

    query: str = "SELECT 1"


@dataclass(frozen=True, kw_only=True)
class PrometheusWish:
    """One number that a Prometheus knows of something else."""

    query: str
    #: Whether no result at all is good news, as with `lag > 60`; else it is unknown.
    empty_is_good: bool = False


@dataclass(frozen=True, kw_only=True)
class RedisWish:
    """What of a Redis is measured, besides its answer to PING."""

    tls: TlsWish | None = None
    #: A number of INFO, e.g. `connected_clients`.
    info: str | None = None
    #: A list whose length counts: a queue of work.
    list: str | None = None


@dataclass(frozen=True, kw_only=True)
class SmtpWish:
    """How a mail server is spoken to: `none`, `starttls` or `tls`."""

    security: str = "none"
    tls: TlsWish = field(default_factory=TlsWish)


@dataclass(frozen=True, kw_only=True)
class WebsocketWish:
    """What is said on a websocket, and what must come back; `Expect` says what of."""

    send: str | None = None


@dataclass(frozen=True, kw_only=True)
class AlertsWish:
    """Which alerts of an Alertmanager are about this, and how grave each is."""

    #: Every one of these labels must have this value.
    match: Mapping[str, str] = field(default_factory=dict)
    #: Level by the value of the label `severity`; any other value is `degraded`.
    severities: Mapping[str, Level] = field(default_factory=dict)
    #: Nothing from the Alertmanager for longer than this is silence; None: its silence says nothing.
    grace: timedelta | None = None
    #: A firing alert that was not repeated for longer than this is over.
    forget: timedelta = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class FeedWish:
    """What somebody else's feed is about. It says nothing of our own components' state."""

    chain: str | None = None
    component: str | None = None
    #: `incidents` (a status page) or `releases` (of a client).
    content: str = "incidents"
    #: Only entries that hold one of these words; empty: all.
    words: tuple[str, ...] = ()


Wish = TlsWish | DnsWish | PostgresWish | PrometheusWish | RedisWish | SmtpWish | WebsocketWish | AlertsWish | FeedWish
#: Kinds that look at what somebody else says of a thing: when they cannot be asked, that says nothing of the thing.
SECOND_HAND = (PrometheusWish, FeedWish)

"""What others announce: their status pages, and releases of the clients we run."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from server.config.sections.chains import Auth, Hysteresis
from server.config.values import Duration, Identifier, Line, SecretWebAddress, Section, between, one_or_many


class SourceSettings(Section):
    """What every source of findings has. It sets no component's state: what others say of themselves is a hint."""

    id: Identifier
    """Its name here and in commands: infura-status."""
    target: SecretWebAddress
    """Address to read; may carry a key, so it is kept secret."""
    every: Annotated[Duration, between("30s", "7d")] = timedelta(minutes=5)
    """How often."""
    timeout: Annotated[Duration, between("100ms", "60s")] = timedelta(seconds=20)
    """Longest wait for a whole answer."""
    auth: Auth = Auth()
    """How we prove ourselves to it."""
    hysteresis: Hysteresis = Hysteresis()
    """How sure to be before the state changes."""
    chain: Line | None = None
    """Chain that it is about; an open incident there suggests that a third party is the cause."""
    component: Identifier | None = None
    """Component that it is about."""
    words: Annotated[tuple[Line, ...], BeforeValidator(one_or_many)] = Field(default=())
    """Only entries that hold one of these words count: [Ethereum, Mainnet]. Default: all."""


class FeedMonitor(SourceSettings):
    """Reads a feed."""

    kind: Literal["feed"]
    """feed: read an Atom or RSS feed."""
    content: Literal["incidents", "releases"] = "incidents"
    """incidents of a status page, or releases of a client."""


class StatuspageMonitor(SourceSettings):
    """Reads a status page of the Statuspage kind."""

    kind: Literal["statuspage"]
    """statuspage: read somebody else's /api/v2/summary.json."""

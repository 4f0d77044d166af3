"""The wallet's own system of customer records, which is told what each customer was told."""

import ssl
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from records.crm import EVENTS
from server.config.values import (
    AT_LEAST_ONE,
    NO_SWITCH,
    Duration,
    Secret,
    SecretWebAddress,
    Section,
    between,
    unique_by,
    wrong,
)

_OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}


def _known_event(name: str) -> str:
    if name not in EVENTS:
        raise wrong("is no event", f"known: {', '.join(EVENTS)}")
    return name


CrmEvent = Annotated[str, AfterValidator(_known_event), Field(json_schema_extra={"enum": list(EVENTS)})]


class Crm(Section):
    """The wallet's own system of customer records: it is told what each customer was told, and what became of it."""

    url: SecretWebAddress
    """Where events are posted to, beginning with https://; without TLS only on our own machine."""
    secret: Annotated[Secret, Field(min_length=16)]
    """What posts are signed with, 16 letters or more."""
    token: Secret | None = None
    """Sent as Authorization: Bearer, for a gateway before the receiver; without it no such line is sent."""
    authority: str | None = None
    """Certificates in PEM that its own is judged by, where no public authority gave it: ${file:/run/secrets/ca.pem}."""
    events: Annotated[tuple[CrmEvent, ...], AT_LEAST_ONE, unique_by("event")] = EVENTS
    """What is told: noticed (in the audience) and outcomes of the ledger: accepted, bounced, displayed …"""
    batch: Annotated[int, Field(ge=1, le=5_000), NO_SWITCH] = 500
    """Most events in one post."""
    keep: Annotated[Duration, between("1h", "365d")] = timedelta(days=30)
    """How long events wait for a system that does not take them; `forewarn crm replay` tells older ones again."""

    @model_validator(mode="after")
    def _is_protected(self) -> "Crm":
        address = urlsplit(self.url.get_secret_value())
        if address.scheme != "https" and address.hostname not in _OWN_MACHINE:
            raise wrong("would tell of customers unprotected", "use an address that begins with https://")
        return self

    @model_validator(mode="after")
    def _authority_can_be_read(self) -> "Crm":
        try:
            _ = self.trust
        except (ssl.SSLError, ValueError) as error:
            raise wrong("has an authority that is no certificate", "give it in PEM") from error
        return self

    @property
    def trust(self) -> ssl.SSLContext:
        """Whose certificates count."""
        return ssl.create_default_context(cadata=self.authority)

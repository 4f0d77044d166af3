"""How mail is signed, and what comes back about it."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from records.signing import MailKey, NotAMailKey, mail_key_from_pem
from server.config.values import NO_SWITCH, Domain, Duration, Line, Secret, Section, between, wrong

_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}


def _usual_port(data: dict[str, Any]) -> int:
    return _PORTS[data.get("security", "tls")]


class DkimSigner(Section):
    """One key that signs mail."""

    selector: Annotated[Domain, Field(max_length=63)]
    """Name of the key: its public half stands in the DNS at <selector>._domainkey.<domain>."""
    private_key: Secret
    """The key in PEM, without a password: ${file:/run/secrets/dkim.pem}."""

    @model_validator(mode="after")
    def _key_is_one(self) -> "DkimSigner":
        try:
            _ = self.key
        except NotAMailKey as error:
            hint = "make one with: openssl genrsa 2048"
            raise wrong("has a key that is neither RSA of 2048 bits or more nor Ed25519", hint) from error
        return self

    @property
    def key(self) -> MailKey:
        """Ready to sign."""
        return mail_key_from_pem(self.private_key.get_secret_value())


class Dkim(DkimSigner):
    """Signing mail ourselves (DKIM), where the relay does not."""

    domain: Domain
    """Domain that signs: the sender's, or one above it, so that DMARC counts it."""
    second: DkimSigner | None = None
    """A second signature with another key, as Ed25519 for receivers that know it; RSA should stay the first."""


class Bounces(Section):
    """Where mail that could not be delivered comes back to; we learn of it by a hook, from a mailbox, or both."""

    domain: Domain
    """Domain of the return path, official or below an official one: every mail for b+…@ there must reach us."""
    token: Annotated[Secret, Field(min_length=16)] | None = None
    """Token of the hook /hooks/bounces/<token> that a mail server hands such mail to; without it the hook is off."""
    host: Line | None = None
    """Name or address of the IMAP server that keeps them; without it no mailbox is read."""
    security: Literal["tls", "starttls", "none"] = "tls"
    """How that connection is protected: tls from the first byte (993), starttls (143), none (own machine)."""
    port: Annotated[int, Field(ge=1, le=65535, default_factory=_usual_port), NO_SWITCH]
    """Port of the IMAP server. Default: 993 for tls, else 143."""
    username: Line | None = None
    """Login name of the mailbox."""
    password: Secret | None = None
    """Password of that login."""
    folder: Line = "INBOX"
    """Folder that is read; what was read is marked as seen and stays there."""
    every: Annotated[Duration, between("10s", "1d")] = timedelta(minutes=1)
    """How often the mailbox is looked into."""

    @model_validator(mode="after")
    def _mailbox_is_whole_and_protected(self) -> "Bounces":
        if self.host is None and self.token is None:
            raise wrong("leads nowhere", "give a token for the hook, the host of a mailbox, or both")
        if self.host is not None and (self.username is None or self.password is None):
            raise wrong("names a mailbox without a login", "give username and password")
        if self.host is not None and self.security == "none" and self.host not in _OWN_MACHINE:
            raise wrong("would send the password unprotected", "use security: tls or starttls")
        return self

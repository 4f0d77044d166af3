"""Where things are kept, for how long, who may do what, and what we are connected to."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from records.people import Role
from records.signing import NotAKey, PrivateKey, key_from_text
from server.config.values import (
    NO_SWITCH,
    Duration,
    Line,
    Secret,
    Section,
    WebAddress,
    between,
    wrong,
)


def _database(text: SecretStr) -> SecretStr:
    if not re.fullmatch(r"sqlite:///.+|(postgresql|postgres)://.+", text.get_secret_value()):
        raise wrong("is not a database address", "e.g. sqlite:///forewarn.db or postgresql://user@host/forewarn")
    return text


class Store(Section):
    """The database."""

    url: Annotated[
        Secret,
        AfterValidator(_database),
        Field(json_schema_extra={"default": "sqlite:///forewarn.db"}),
    ] = SecretStr("sqlite:///forewarn.db")
    """SQLite file on a local disk, or a PostgreSQL address."""


class Helpdesk(Section):
    """The helpdesk whose tickets are linked to incidents."""

    kind: Literal["freshdesk", "zendesk"]
    """Which product it is."""
    url: WebAddress
    """Its address: https://acme.freshdesk.com."""
    user: Line | None = None
    """Agent's mail address that the key belongs to; Zendesk needs it."""
    key: Secret
    """API key or token."""
    webhook_secret: Secret
    """What its webhooks prove themselves with."""

    @model_validator(mode="after")
    def _zendesk_names_its_user(self) -> "Helpdesk":
        if self.kind == "zendesk" and self.user is None:
            raise wrong("has no user", "Zendesk's API token works only with an agent's mail address: give user")
        return self


class Signing(Section):
    """What proves that notices and the published page are ours."""

    key: Secret | None = None
    """Ed25519 private key in PEM, or its 32 bytes as base64: ${file:/run/secrets/signing.pem}.
    Default: one made and kept in the database."""

    @model_validator(mode="after")
    def _key_is_one(self) -> "Signing":
        try:
            _ = self.private
        except NotAKey as error:
            hint = "make one with: openssl genpkey -algorithm ed25519"
            raise wrong("has a key that is no Ed25519 private key", hint) from error
        return self

    @property
    def private(self) -> PrivateKey | None:
        """The key, ready to sign; None when the database keeps it."""
        return None if self.key is None else key_from_text(self.key.get_secret_value())


class Oidc(Section):
    """Single sign-on."""

    issuer: WebAddress
    """Address of the identity provider."""
    client_id: Line
    """Our name there."""
    client_secret: Secret
    """Our secret there."""
    role_claim: Line = "groups"
    """Claim that names a person's groups; access.roles turns them into roles."""


class Approvals(Section):
    """When one yes is not enough, and how long it can be taken back."""

    second_person_above: Annotated[int, Field(ge=0), NO_SWITCH] | None = None
    """Customers above which an operator's notice waits for a second person's yes; without it, none does."""
    hold: Annotated[Duration, between("0s", "5m")] = timedelta(seconds=10)
    """How long what was posted in the console can be taken back before anybody hears it; urgent words leave at once."""


class InApp(Section):
    """How the wallet's back end proves which customer is asking."""

    algorithm: Literal["HS256", "EdDSA"] = "HS256"
    """Signature of its tokens: a shared key (HS256), or its public key (EdDSA)."""
    key: Secret
    """Shared key of at least 32 characters, or the public key in PEM."""

    @model_validator(mode="after")
    def _shared_key_is_long(self) -> "InApp":
        if self.algorithm == "HS256" and len(self.key.get_secret_value()) < 32:
            raise wrong("has a key that can be guessed", "use 32 random characters or more")
        return self


class Access(Section):
    """Who may come in."""

    oidc: Oidc | None = None
    """Single sign-on; without it people have passwords here."""
    roles: dict[Line, Role] = Field(default={})
    """Role for each group of the identity provider: {wallet-oncall: ops}."""
    approvals: Approvals = Approvals()
    """When a second person has to agree, and how long a notice can be taken back."""
    inapp: InApp | None = None
    """The key for tokens of the in-app view; without it that view is off."""


#: New York: seven years (23 NYCRR 200.12). MiCA: five, on request of the authority seven (article 68(9)).
PRESETS = {"ny": timedelta(days=2557), "mica": timedelta(days=1826)}


class Retention(Section):
    """How long records are kept."""

    preset: Literal["ny", "mica", "custom"] = "ny"
    """Rule that decides: ny keeps 7 years, mica 5 years, custom what `records` says."""
    records: Annotated[Duration, between("30d", "36500d")] | None = None
    """With preset custom: how long notices, ledger, incidents and tickets are kept."""
    observations: Annotated[Duration, between("1d", "365d")] = timedelta(days=7)
    """How long every single look of a monitor is kept; hourly and daily sums stay."""

    @model_validator(mode="after")
    def _custom_says_how_long(self) -> "Retention":
        if self.preset == "custom" and self.records is None:
            raise wrong("is custom, but does not say how long", "give records: 2557d")
        if self.preset != "custom" and self.records is not None:
            raise wrong("has a preset and a length of its own", "drop records, or use preset: custom")
        return self

    @property
    def kept_for(self) -> timedelta:
        """How long records are kept under the rule chosen."""
        return self.records if self.records is not None else PRESETS[self.preset]

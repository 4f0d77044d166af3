"""Where things are kept, for how long, who may do what, and what we are connected to."""

import re
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

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


def _safe_issuer(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise wrong("is not an https address", "whoever can read the way there can sign in as anybody; use https://")
    return address


def _with_openid(scopes: tuple[str, ...]) -> tuple[str, ...]:
    if "openid" not in scopes or any(" " in each for each in scopes):
        raise wrong("is not a list of scopes with openid in it", "e.g. [openid, profile, email]")
    return scopes


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
    """Single sign-on with OpenID Connect."""

    issuer: Annotated[WebAddress, AfterValidator(_safe_issuer)]
    """Address of the identity provider; what it offers is read from /.well-known/openid-configuration there."""
    client_id: Line
    """Our name there."""
    client_secret: Secret | None = None
    """Our secret there; without it we are a public client, which PKCE alone protects."""
    label: Line = "single sign-on"
    """What the button calls it: "Sign in with …"."""
    scopes: Annotated[tuple[Line, ...], AfterValidator(_with_openid)] = ("openid", "profile", "email")
    """What we ask to know; add offline_access where the provider gives refresh tokens only then."""
    name_claim: Line = "preferred_username"
    """Claim that names a person; the audit calls them so."""
    role_claim: Line = "groups"
    """Claim that names a person's groups, dotted where it lies deeper (realm_access.roles); access.roles turns them
    into roles."""
    create_users: bool = True
    """Whether whoever is in one of the groups gets a login at the first sign-in; else an admin adds them before."""
    recheck: Annotated[Duration, between("1m", "24h")] = timedelta(minutes=10)
    """How often the provider is asked whether somebody who is signed in may still come in, and as what."""
    unreachable: Annotated[Duration, between("0s", "24h")] = timedelta(hours=1)
    """How long sessions go on after its last yes while the provider cannot be reached."""
    session: Annotated[Duration, between("5m", "7d")] = timedelta(hours=12)
    """How long a session lasts at most before the provider is gone through again."""
    clock_skew: Annotated[Duration, between("0s", "5m")] = timedelta(minutes=1)
    """How far its clock may be from ours."""
    sign_out: bool = True
    """Whether signing out here leads on to signing out there, where the provider offers it."""
    redirect_url: WebAddress | None = None
    """Where the provider sends people back to, as registered there; default: /console/sign-in/return at the address
    under which the console was asked for."""


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

    passwords: bool = True
    """Whether people may come in with a password of ours; `forewarn user break-glass` lets an admin in all the same."""
    oidc: Oidc | None = None
    """Single sign-on; without it people have passwords here."""
    roles: dict[Line, Role] = Field(default={})
    """Role for each group of the identity provider: {wallet-oncall: ops}; of somebody in several of them, the first
    line that fits decides."""
    approvals: Approvals = Approvals()
    """When a second person has to agree, and how long a notice can be taken back."""
    inapp: InApp | None = None
    """The key for tokens of the in-app view; without it that view is off."""

    @model_validator(mode="after")
    def _somebody_can_come_in(self) -> "Access":
        if self.oidc is not None and not self.roles:
            raise wrong("has single sign-on, but no roles", "name at least one group: roles: {wallet-oncall: ops}")
        if not self.passwords and self.oidc is None:
            raise wrong("leaves no way in", "set oidc, or leave passwords on")
        return self


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

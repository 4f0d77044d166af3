"""What carries notices to people, and when they go out."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from records.incidents import Impact
from records.notices import Category, NoticeKind
from server.config.sections.mail import Bounces, Dkim
from server.config.sections.pace import MailOperators
from server.config.values import (
    AT_LEAST_ONE,
    NO_SWITCH,
    Identifier,
    Language,
    Line,
    Mailbox,
    Secret,
    Section,
    audience_rule,
    domain_of,
    one_or_many,
    unique_by,
    wrong,
)

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}

#: What a policy's `on` may name: `incident.opened`, `maintenance.reminder` …
EVENTS: dict[str, NoticeKind] = {kind.value.replace("_", ".", 1): kind for kind in NoticeKind}


def _usual_port(data: dict[str, Any]) -> int:
    return _PORTS[data.get("security", "starttls")]


class Smtp(Section):
    """The mail relay that takes our notices."""

    host: Line
    """Name or address of the relay."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected: starttls (usual, 587), tls from the first byte (465), none (own machine)."""
    port: Annotated[int, Field(ge=1, le=65535, default_factory=_usual_port), NO_SWITCH]
    """Port of the relay. Default: 587 for starttls, 465 for tls, 25 for none."""
    username: Line | None = None
    """Login name; without it no login is tried."""
    password: Secret | None = None
    """Password of that login."""
    sender: Annotated[Mailbox, Field(alias="from")]
    """Mailbox that notices come from; its domain must be one of page.official_domains."""
    reply_to: Mailbox | None = None
    """Mailbox that answers go to, read by people; its domain must be official too. Default: the sender."""
    connections: Annotated[int, Field(ge=1, le=64), NO_SWITCH] = 4
    """How many connections are held to the relay while there is mail to send."""
    rate_per_second: Annotated[float, Field(gt=0, le=100_000), NO_SWITCH] | None = None
    """Most messages per second, over all connections; without it as fast as the relay takes them."""
    operators: MailOperators = ()
    """Operators of mailboxes whose pace you know; every other one is sent mail as fast as it takes it."""
    bounces: Bounces | None = None
    """Where mail that could not be delivered comes back to; without it answers of the relay are all we learn."""
    dkim: Dkim | None = None
    """Key that signs our mail; leave it out where the relay signs."""

    @model_validator(mode="after")
    def _login_is_whole_and_protected(self) -> "Smtp":
        if (self.username is None) != (self.password is None):
            raise wrong("has a username or a password, but not both", "give both, or neither")
        if self.password and self.security == "none" and self.host not in _OWN_MACHINE:
            raise wrong("would send the password unprotected", "use security: starttls or tls")
        return self

    @model_validator(mode="after")
    def _signature_is_the_senders(self) -> "Smtp":
        sender = domain_of(self.sender)
        if self.dkim is not None and sender != self.dkim.domain and not sender.endswith(f".{self.dkim.domain}"):
            hint = "use the domain of smtp.from, or one above it"
            raise wrong(f"would sign mail of {sender} as {self.dkim.domain}, which no receiver counts", hint)
        return self


def _apprise_address(text: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", text.get_secret_value()):
        raise wrong("is not an Apprise address", "e.g. mastodons://${MASTODON_TOKEN}@social.example")
    return text


class SocialAccount(Section):
    """One public account that notices are posted to."""

    name: Identifier
    """What policies call it: the channel is social:<name>."""
    url: Annotated[Secret, AfterValidator(_apprise_address)]
    """Apprise address of the account, with its token; with secret, the web address of your own poster."""
    secret: Secret | None = None
    """What the posts to your own poster are signed with; makes url the address of a webhook."""
    languages: Annotated[tuple[Language, ...], unique_by("language")] = ()
    """Languages posted there, each as a post of its own. Default: the page's first."""
    posts_per_minute: Annotated[float, Field(gt=0, le=600), NO_SWITCH] | None = None
    """Most posts a minute, all languages together; without it as fast as the service takes them."""
    limit_chars: Annotated[int, Field(ge=50, le=10_000), NO_SWITCH] | None = None
    """Longest post, as the service counts. Default: what the service takes; 280 by way of Apprise."""

    @model_validator(mode="after")
    def _a_secret_signs_posts_to_a_web_address(self) -> "SocialAccount":
        if self.secret is not None and not self.url.get_secret_value().startswith(("https://", "http://")):
            raise wrong("has a secret, but its address is none of the web", "give url as https://…, or drop secret")
        return self


def _event(name: str) -> str:
    if name not in EVENTS:
        raise wrong("is no event", f"known: {', '.join(EVENTS)}")
    return name


Event = Annotated[str, AfterValidator(_event), Field(json_schema_extra={"enum": list(EVENTS)})]


def _affected_or_rule(text: str) -> str:
    return text if text == "affected" else audience_rule(text)


class Policy(Section):
    """Where notices go that nobody chose a way for, and whether what monitors and the clock say waits for a yes."""

    on: Annotated[
        tuple[Event, ...], BeforeValidator(one_or_many, json_schema_input_type=Event | tuple[Event, ...]), AT_LEAST_ONE
    ]
    """Event or events it is about: incident.opened, maintenance.announced …"""
    impact: tuple[Impact, ...] = tuple(Impact)
    """Impacts of incidents it is about; all of them by default. Planned events have none."""
    audience: Annotated[str, AfterValidator(_affected_or_rule)] = "affected"
    """Whom it goes to, unless the deed names others: affected (by the components' own rules), everyone, or a rule."""
    channels: tuple[Line, ...] = ("inapp", "email", "social")
    """Ways it goes, unless the deed names others: inapp, email, social (all), social:<name>; none: page only."""
    category: Category | None = None
    """Whether customers may decline it wholly: mandatory_service (they choose the channel only) or optional_service.
    Default: mandatory_service. What tells of a promotion is always optional."""
    approval: Literal["human", "auto", "second_person"] = "human"
    """Whether what a monitor or the clock says waits for a person's yes (human) or leaves by itself (auto).
    With second_person what a person says waits too, for the yes of another, however few it reaches."""

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """The kinds of notice it is about."""
        return frozenset(EVENTS[name] for name in self.on)
